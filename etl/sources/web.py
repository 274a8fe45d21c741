"""HTTP: one polite client, with time limits, and retries that back off.

A redirect is followed within http and https, never from https to http, and is written to the log; a
password goes to no other host. Whether a file has changed is asked with what the server said of it last
(`ETag`, `Last-Modified`): an answer 304 is a good one.
"""

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
MOST_REDIRECTS = 5
FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 60.0
AGAIN = (408, 425, 429, 500, 502, 503, 504)
"""Answers that may be better next time."""
FORMATS = {
    "text/csv": "csv",
    "text/tab-separated-values": "csv",
    "application/json": "json",
    "application/x-ndjson": "json",
    "application/geo+json": "geojson",
    "application/vnd.apache.parquet": "parquet",
    "application/geopackage+sqlite3": "gpkg",
    "application/zip": "zip",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
}
"""Media type -> reader."""


@contextmanager
def client(feed: Feed) -> Iterator[httpx.Client]:
    headers = (
        {"authorization": with_environment(feed.options["authorization"])}
        if "authorization" in feed.options
        else {}
    )
    hooks = {"response": [follow]}
    with httpx.Client(
        timeout=TIMEOUT,
        headers=headers,
        follow_redirects=True,
        max_redirects=MOST_REDIRECTS,
        trust_env=False,
        event_hooks=hooks,
    ) as opened:
        yield opened


def follow(answer: httpx.Response) -> None:
    """Look at a redirect before it is followed. Raises `InvalidInput` ("source.redirect") for one that
    leaves http and https, or https for http."""
    if not answer.has_redirect_location:
        return
    to = answer.url.join(answer.headers["location"])
    if to.scheme not in ("http", "https") or (answer.url.scheme, to.scheme) == ("https", "http"):
        raise InvalidInput("source.redirect", source=plain(str(answer.url)), to=plain(str(to)))
    log.warning("%s: redirected to %s", plain(str(answer.url)), plain(str(to)))


def get(opened: httpx.Client, address: str, parameters: Mapping[str, str] | None = None) -> httpx.Response:
    """A whole answer. Raises `Unavailable` ("source.unreachable") after `TRIES`, `InvalidInput`
    ("source.refused") for an answer that stays as it is."""
    return with_patience(address, lambda: opened.get(address, params=parameters))


def with_patience(address: str, ask) -> httpx.Response:
    for attempt in range(1, TRIES + 1):
        try:
            answer = ask()
            if answer.status_code not in AGAIN:
                return checked(answer, address)
            reason, wait_s = str(answer.status_code), retry_after_s(answer)
        except httpx.TransportError as error:
            reason, wait_s = type(error).__name__, None
        except httpx.TooManyRedirects as error:
            raise InvalidInput(
                "source.redirect", source=plain(address), to=plain(str(error.request.url))
            ) from error
        if attempt < TRIES:
            log.info("%s: %s, attempt %d", plain(address), reason, attempt)
            time.sleep(wait_s if wait_s is not None else back_off_s(attempt))
    raise Unavailable("source.unreachable", source=plain(address), reason=reason)


def back_off_s(attempt: int) -> float:
    """1, 2, 4 ... s, and up to a quarter more, so that many feeds of one host do not come back together."""
    return min(FIRST_WAIT_S * 2 ** (attempt - 1), LONGEST_WAIT_S) * random.uniform(1, 1.25)


def retry_after_s(answer: httpx.Response) -> float | None:
    """The delay that the server asks for (Retry-After, seconds), within our own bound."""
    retry_after = answer.headers.get("retry-after", "")
    return min(float(retry_after), LONGEST_WAIT_S) if retry_after.isdigit() else None


def checked(answer: httpx.Response, address: str) -> httpx.Response:
    if not answer.is_success and answer.status_code != httpx.codes.NOT_MODIFIED:
        raise InvalidInput("source.refused", source=plain(address), status=answer.status_code)
    return answer


def fetch(address: str, feed: Feed, folder: Path) -> tuple[Path, str | None]:
    """A file of the web in a folder, and the format that its media type says. Begun again from the start
    where the line breaks."""
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


def stamp(address: str, feed: Feed, before: tuple | None = None) -> tuple | None:
    """What the server says of the file's state, its body left unread; none where it says nothing.
    `before`: what it said when the file was last read; the same comes back where it has not changed since."""
    conditions = dict(zip(("if-none-match", "if-modified-since"), before or ()))
    with client(feed) as opened:
        answer = with_patience(
            address,
            lambda: beginning(opened, address, {name: value for name, value in conditions.items() if value}),
        )
    if before is not None and answer.status_code == httpx.codes.NOT_MODIFIED:
        return before
    found = tuple(answer.headers.get(name) for name in ("etag", "last-modified", "content-length"))
    return found if any(found[:2]) else None


def beginning(opened: httpx.Client, address: str, headers: Mapping[str, str]) -> httpx.Response:
    """An answer without its body. Asked by GET: many servers answer HEAD otherwise, or not at all."""
    with opened.stream("GET", address, headers=headers) as answer:
        return answer
