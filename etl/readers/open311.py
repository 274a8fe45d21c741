"""Open311 GeoReport v2: `GET <address>/requests.json` or `.xml`, page after page, each page a chunk. A field is a column, whatever the server adds.

Servers differ: pages may be shorter than asked, repeat rows that have moved meanwhile, or be the same for any `page`. A repeated row is merged into
itself by its id, a page that is the one before it is dropped; reading ends at an empty page or after `STALE` pages without a new id. A poll asks for
what is newer than the feed's watermark less its overlap; the parameter is `start_date` (of the standard: opened since), or what `options.since` names
("updated_after").
"""
from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timezone
from xml.etree import ElementTree

import httpx
import numpy as np
import pyarrow as pa

from etl.readers.chunk import Broken, Chunk, Source
from etl.readers.objects import as_text
from etl.registry import Feed
from etl.sources import web
from etl.sources.address import with_environment
from geo.errors import InvalidInput

ID = "service_request_id"
FIELDS = {
    "source_id": ID, "opened_at": "requested_datetime", "due_at": "expected_datetime", "status": "status", "category": "service_name",
    "title": "description", "address": "address", "lon": "long", "lat": "lat",
}
"""What a feed of incidents maps if it does not say otherwise."""
WATERMARK = "requested_datetime"
STALE = 2
MOST_PAGES = 100_000
LISTS = ("requests", "service_requests")


def read(source: Source, feed: Feed) -> Iterator[Chunk]:
    """A file or pushed body is one page. Raises `InvalidInput` ("source.unreadable", "source.refused", "source.endless"), `Unavailable`."""
    if source.address is None:
        body = source.path.read_bytes() if source.path is not None else source.body or b""
        yield from numbered(iter([rows(body, source.name)]))
        return
    with web.client(feed) as opened:
        yield from numbered(pages(opened, source, feed))


def pages(opened: httpx.Client, source: Source, feed: Feed) -> Iterator[list[dict]]:
    form, seen, stale, before = feed.options.get("representation", "json"), set[str](), 0, None
    address = f"{source.address.rstrip('/')}/requests.{form}"
    for page in range(1, MOST_PAGES + 1):
        found = rows(web.get(opened, address, {**asked(source, feed), "page": str(page)}).content, source.name)
        new = {str(row.get(ID)) for row in found if isinstance(row, dict)} - seen
        seen |= new
        stale = 0 if new else stale + 1
        if not found or stale == STALE:
            return
        if found != before:
            yield found
        before = found
    raise InvalidInput("source.endless", source=source.name, pages=MOST_PAGES)


def asked(source: Source, feed: Feed) -> dict[str, str]:
    given = {name: with_environment(feed.options[name]) for name in ("api_key", "jurisdiction_id") if name in feed.options}
    if source.since is not None:
        given[feed.options.get("since", "start_date")] = source.since.strftime("%Y-%m-%dT%H:%M:%SZ")
        given["end_date"] = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    return given | {"page_size": str(feed.page_size)}


def rows(body: bytes, source: str) -> list:
    """Requests of an answer in either representation."""
    try:
        return from_xml(body) if body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") else from_json(body)
    except (ValueError, ElementTree.ParseError) as error:
        raise InvalidInput("source.unreadable", source=source, reason=str(error)) from error


def from_json(body: bytes) -> list:
    found = json.loads(body)
    if isinstance(found, dict):
        found = next((found[name] for name in LISTS if name in found), [found])
    if not isinstance(found, list):
        raise ValueError("not a list of requests")
    return found


def from_xml(body: bytes) -> list[dict]:
    return [{part.tag: value(part) for part in request} for request in ElementTree.fromstring(body).iter("request")]


def value(part: ElementTree.Element) -> str | dict | list | None:
    """Text; what has parts of its own as an object, or a list where they have one name."""
    if not len(part):
        return (part.text or "").strip() or None
    if len({child.tag for child in part}) < len(part):
        return [value(child) for child in part]
    return {child.tag: value(child) for child in part}


def numbered(parts: Iterator[list]) -> Iterator[Chunk]:
    first = 1
    for part in parts:
        numbers = np.arange(first, first + len(part))
        good = np.array([isinstance(row, dict) for row in part], dtype=bool)
        objects = [closed(row) for row in part if isinstance(row, dict)]
        # A field that no row of this page has is still a column: the next page may have it.
        names = list(dict.fromkeys([*FIELDS.values(), "updated_datetime", "closed_datetime", *(name for row in objects for name in row)]))
        table = pa.table({name: pa.array([as_text(row.get(name)) for row in objects], pa.string()) for name in names})
        broken = [Broken(int(n), "row.object", json.dumps(row, ensure_ascii=False)) for n, row in zip(numbers, part) if not isinstance(row, dict)]
        yield Chunk(table, numbers[good], broken=broken)
        first += len(part)


def closed(row: dict) -> dict:
    """The standard has no closing time: of a closed request it is the last change."""
    return row | {"closed_datetime": row.get("updated_datetime")} if str(row.get("status")).lower() == "closed" else row


def by_default(feed: Feed) -> Feed:
    """A feed of this format that maps nothing itself."""
    fields = FIELDS if feed.noun == "incident" and not feed.fields else feed.fields
    return replace(feed, fields=fields, watermark=feed.watermark or WATERMARK, doubles="last")
