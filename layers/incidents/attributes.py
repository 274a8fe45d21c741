"""What a feed keeps of its source beside the fields of an incident, as far as its declaration calls it
public; the rest never leaves the database."""

from __future__ import annotations

FEED = "join feed as f on f.region = i.region and f.key = i.source"
"""Joins the feed, `f`, of a row `i` of `incident`."""
PUBLIC = """case when i.attributes is not null then (
    select jsonb_object_agg(kept.key, kept.value) from feed as f
    cross join lateral jsonb_each(i.attributes) as kept
    where f.region = i.region and f.key = i.source and kept.key = any(f.public)) end"""
"""The public columns of a row `i` of `incident` as an object; null where it has none."""
