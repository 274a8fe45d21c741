"""Corrected rows (`geo.intake.rejects`) come as JSON under the columns of their source, without its personal
ones: how their feed then reads them."""

from __future__ import annotations

from dataclasses import replace

from etl.entities.registry import ENTITIES
from etl.registry import Feed
from geo.intake.rejects import RESUBMITTED


def is_resubmitted(idempotency_key: str) -> bool:
    return idempotency_key.startswith(RESUBMITTED)


def for_resubmitted(feed: Feed, idempotency_key: str) -> Feed:
    """The feed as it is, unless the key is one of corrected rows."""
    if not is_resubmitted(idempotency_key):
        return feed
    personal = {field.name for field in ENTITIES[feed.noun].fields if field.type == "personal"}
    return replace(
        feed,
        table=None,
        fields={name: column for name, column in feed.fields.items() if name not in personal},
    )
