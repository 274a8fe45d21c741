"""Open311 GeoReport v2: `GET <address>/requests.json` or `.xml`, page after page, each page a chunk. A
field is a column, whatever the server adds.

Servers differ: pages may be shorter than asked, repeat rows that have moved meanwhile, or be the same for
any `page`. A repeated row is merged into itself by its id, a page that is the one before it is dropped;
reading ends at an empty page or after `STALE` pages without a new id. A poll asks for what is newer than
the feed's watermark less its overlap; the parameter is `start_date` (of the standard: opened since), or
what `options.since` names ("updated_after"). With the former, requests that are still open here are asked
for again by id, some at each poll: their closing is no new request.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import BinaryIO
from urllib.parse import quote
from xml.etree import ElementTree

import httpx
import numpy as np

from etl.chunk import Chunk, Source
from etl.readers.json_text import Text
from etl.readers.nested import table_of
from etl.readers.objects import HEAD, broken_row, next_rows
from etl.readers.stream import opened
from etl.registry import Feed
from etl.sources import web
from etl.sources.address import with_environment
from geo.errors import InvalidInput
from geo.foreign_json import read_foreign_json

ID = "service_request_id"
FIELDS = {
    "source_id": ID,
    "opened_at": "requested_datetime",
    "due_at": "expected_datetime",
    "status": "status",
    "category": "service_name",
    "title": "description",
    "address": "address",
    "lon": "long",
    "lat": "lat",
    "closed_at": "closed_datetime",
}
"""The fields of a feed of incidents that declares none."""
WATERMARK, CHANGED = "requested_datetime", "updated_datetime"
SAME_TIME = 50
"""Requests that are asked for by id in one question."""
STALE = 2
MOST_PAGES = 100_000
UNKNOWN = (400, 404, 405, 410, 414)
"""Answers to a question by id that say that there is no such request, or no such question."""
LISTS = ("requests", "service_requests")


def read(source: Source, feed: Feed) -> Iterator[Chunk]:
    """A file or pushed body is one page. Raises `InvalidInput` ("source.unreadable", "source.refused",
    "source.endless"), `Unavailable`."""
    if source.address is None:
        with opened(source) as stream:
            try:
                yield from numbered(pieces(stream))
            except (ValueError, ElementTree.ParseError) as error:
                raise InvalidInput("source.unreadable", source=source.name, reason=str(error)) from error
        return
    with web.client(feed) as client:
        yield from numbered(pages(client, source, feed))


def pieces(stream: BinaryIO) -> Iterator[list]:
    """The requests of a file, a few at a time: it may hold years of them."""
    head = stream.read(HEAD).lstrip(codecs.BOM_UTF8 + b" \t\r\n")
    stream.seek(0)
    requests = xml_requests(stream) if head.startswith(b"<") else json_requests(Text(stream))
    yield list(next_rows(requests, stream))
    yield from iter(lambda: list(next_rows(requests, stream)), [])


def json_requests(text: Text) -> Iterator[object]:
    """Those of a list, of an object that holds one under a name of `LISTS`, or the object itself."""
    first = text.next()
    if first == "[":
        yield from text.values()
        return
    if first != "{":
        raise ValueError("not a list of requests")
    request: dict[str, object] = {}
    for name in text.names():
        if name in LISTS and text.next() == "[":
            yield from text.values(one=True)
            return
        request[name] = text.value()
    yield request


def xml_requests(stream: BinaryIO) -> Iterator[dict]:
    for _, element in ElementTree.iterparse(stream):
        if element.tag == "request":
            yield {part.tag: value(part) for part in element}
            element.clear()


def pages(client: httpx.Client, source: Source, feed: Feed) -> Iterator[list[dict]]:
    seen, stale, before = set[str](), 0, None
    address = f"{source.address.rstrip('/')}/requests.{representation(feed)}"
    for page in range(1, MOST_PAGES + 1):
        found = rows(
            web.get(client, address, {**request_parameters(source, feed), "page": str(page)}).content,
            source.name,
        )
        new = ids(found) - seen
        seen |= new
        stale = 0 if new else stale + 1
        if not found or stale == STALE:
            yield from request_again(client, source, feed, [one for one in source.again if one not in seen])
            return
        if found != before:
            yield found
        before = found
    raise InvalidInput("source.endless", source=source.name, pages=MOST_PAGES)


def representation(feed: Feed) -> str:
    return feed.options.get("representation", "json")


def ids(found: list) -> set[str]:
    return {str(row.get(ID)) for row in found if isinstance(row, dict)}


def request_again(
    client: httpx.Client, source: Source, feed: Feed, wanted: list[str]
) -> Iterator[list[dict]]:
    """Requests by id: several in one question, as the standard allows, and one by one what a server does
    not answer so. One that it no longer has is left."""
    for first in range(0, len(wanted), SAME_TIME):
        part = set(wanted[first : first + SAME_TIME])
        found = by_id(client, source, feed, "", {ID: ",".join(sorted(part))}, part)
        for one in sorted(part - ids(found)):
            found += by_id(client, source, feed, f"/{quote(one, safe='')}", {}, {one})
        if found:
            yield found


def by_id(
    client: httpx.Client, source: Source, feed: Feed, path: str, given: dict[str, str], wanted: set[str]
) -> list[dict]:
    """Those of the wanted requests that a server answers; one that does not know the question may answer
    with others."""
    address = f"{source.address.rstrip('/')}/requests{path}.{representation(feed)}"
    try:
        found = rows(web.get(client, address, identified(feed) | given).content, source.name)
    except InvalidInput as error:
        if error.parameters.get("status") in UNKNOWN:
            return []
        raise
    return [row for row in found if isinstance(row, dict) and str(row.get(ID)) in wanted]


def identified(feed: Feed) -> dict[str, str]:
    """Who asks, and for which city."""
    return {
        name: with_environment(feed.options[name])
        for name in ("api_key", "jurisdiction_id")
        if name in feed.options
    }


def request_parameters(source: Source, feed: Feed) -> dict[str, str]:
    given = identified(feed)
    if source.since is not None:
        given[feed.options.get("since", "start_date")] = source.since.strftime("%Y-%m-%dT%H:%M:%SZ")
        given["end_date"] = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return given | {"page_size": str(feed.page_size)}


def rows(body: bytes, source: str) -> list:
    """Requests of an answer in either representation."""
    try:
        return from_xml(body) if body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") else from_json(body)
    except (ValueError, ElementTree.ParseError) as error:
        raise InvalidInput("source.unreadable", source=source, reason=str(error)) from error


def from_json(body: bytes) -> list:
    found = read_foreign_json(body)
    if isinstance(found, dict):
        found = next((found[name] for name in LISTS if name in found), [found])
    if not isinstance(found, list):
        raise ValueError("not a list of requests")
    return found


def from_xml(body: bytes) -> list[dict]:
    return [
        {part.tag: value(part) for part in request}
        for request in ElementTree.fromstring(body).iter("request")
    ]


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
        objects = [with_closing(row) for row in part if isinstance(row, dict)]
        # A field that no row of this page has is still a column: the next page may have it.
        names = list(dict.fromkeys([*FIELDS.values(), CHANGED, *(name for row in objects for name in row)]))
        table, kinds = table_of(objects, names)
        broken = [broken_row(int(n), row) for n, row in zip(numbers, part) if not isinstance(row, dict)]
        yield Chunk(table, numbers[good], broken=broken, kinds=kinds)
        first += len(part)


def with_closing(row: dict) -> dict:
    """The standard has no closing time: it is the last change of a request when it is first seen closed,
    and which word means so the feed knows."""
    return {"closed_datetime": row.get(CHANGED)} | row


def by_default(feed: Feed) -> Feed:
    """A feed of this format that maps nothing itself."""
    if feed.noun == "incident":
        feed = replace(
            feed,
            fields={"closed_at": FIELDS["closed_at"], **feed.fields} if feed.fields else FIELDS,
            closing="seen",
        )
    return replace(
        feed, watermark=feed.watermark or WATERMARK, changed=feed.changed or CHANGED, doubles="last"
    )
