"""HTTP: one polite client, with time limits, and retries that back off. Answers of one address only: a redirect to another host is not followed."""
from __future__ import annotations

import logging
import random
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

import httpx

from etl.registry import Feed
from etl.sources.address import plain, with_environment
from geo.errors import InvalidInput, Unavailable

log = logging.getLogger(__name__)

TIMEOUT = httpx.Timeout(30, connect=10)
TRIES = 5
FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 60.0
AGAIN = (408, 425, 429, 500, 502, 503, 504)
"""Answers that may be better next time."""
FORMATS = {
    "text/csv": "csv", "text/tab-separated-values": "csv", "application/json": "json", "application/x-ndjson": "json", "application/geo+json": "geojson",
    "application/vnd.apache.parquet": "parquet", "application/geopackage+sqlite3": "gpkg", "application/zip": "zip",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
}
"""Media type -> reader."""


@contextmanager
def client(feed: Feed) -> Iterator[httpx.Client]:
    headers = {"authorization": with_environment(feed.options["authorization"])} if "authorization" in feed.options else {}
    with httpx.Client(timeout=TIMEOUT, headers=headers, follow_redirects=False, trust_env=False) as opened:
        yield opened


def get(opened: httpx.Client, address: str, parameters: Mapping[str, str] | None = None) -> httpx.Response:
    """A whole answer. Raises `Unavailable` ("source.unreachable") after `TRIES`, `InvalidInput` ("source.refused") for an answer that stays as it is."""
    return with_patience(address, lambda: opened.get(address, params=parameters))


def with_patience(address: str, ask) -> httpx.Response:
    for attempt in range(1, TRIES + 1):
        try:
            answer = ask()
            if answer.status_code not in AGAIN:
                return checked(answer, address)
            reason, wait_s = str(answer.status_code), asked_wait_s(answer)
        except httpx.TransportError as error:
            reason, wait_s = type(error).__name__, None
        if attempt < TRIES:
            log.info("%s: %s, attempt %d", plain(address), reason, attempt)
            time.sleep(wait_s if wait_s is not None else back_off_s(attempt))
    raise Unavailable("source.unreachable", source=plain(address), reason=reason)


def back_off_s(attempt: int) -> float:
    """1, 2, 4 ... s, and up to a quarter more, so that many feeds of one host do not come back together."""
    return min(FIRST_WAIT_S * 2 ** (attempt - 1), LONGEST_WAIT_S) * random.uniform(1, 1.25)


def asked_wait_s(answer: httpx.Response) -> float | None:
    """What the server itself asks for (Retry-After, seconds), within our own bound."""
    asked = answer.headers.get("retry-after", "")
    return min(float(asked), LONGEST_WAIT_S) if asked.isdigit() else None


def checked(answer: httpx.Response, address: str) -> httpx.Response:
    if not answer.is_success:
        raise InvalidInput("source.refused", source=plain(address), status=answer.status_code)
    return answer


def fetch(address: str, feed: Feed, folder: Path) -> tuple[Path, str | None]:
    """A file of the web in a folder, and the format that its media type says. Begun again from the start where the line breaks."""
    path = folder / (PurePosixPath(urlsplit(address).path).name or "source")
    with client(feed) as opened:
        answer = with_patience(address, lambda: download(opened, address, path))
    media_type = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    return path, FORMATS.get(media_type)


def download(opened: httpx.Client, address: str, path: Path) -> httpx.Response:
    with opened.stream("GET", address) as answer, path.open("wb") as file:
        if answer.is_success:
            for block in answer.iter_bytes(1 << 20):
                file.write(block)
        return answer


def stamp(address: str, feed: Feed) -> tuple | None:
    """What the server says of the file's state; none where it says nothing."""
    with client(feed) as opened:
        answer = with_patience(address, lambda: opened.head(address))
    found = tuple(answer.headers.get(name) for name in ("etag", "last-modified", "content-length"))
    return found if any(found[:2]) else None
