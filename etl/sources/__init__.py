"""Sources: where a feed's rows are to be had, before anybody reads them.

    an address of a declaration -> `resolve` (files of a folder or a pattern, one by one) -> `local` (a
    file on this machine) -> a reader

An address is a path, a pattern (`in/*.csv`), a folder (what lies in it and is no longer being written),
`http(s)://`, `sftp://` (patterns too), or `postgresql://`. `${NAME}` in an address or an option is that
variable of the environment, so that no declaration holds a password; the ledger is shown an address
without its user, password and query. `fingerprint` says whether a source has changed, without reading it.

* `address`: addresses: their scheme, their secrets, and what of them may be shown
* `folder`: a watched folder: its files, but those that somebody is still writing
* `sftp`: files of another machine by SFTP
* `web`: HTTP: one polite client, with time limits, and retries that back off
"""

from __future__ import annotations

import glob
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from etl.chunk import Source
from etl.registry import Feed
from etl.sources import folder, sftp, web
from etl.sources.address import plain, scheme, with_environment
from geo.errors import InvalidInput

STREAMED = ("open311", "postgresql")
"""Formats whose reader speaks to the source itself, page by page."""


def resolve(feed: Feed, wanted: list[str] | list[Source] | None) -> Iterator[Source]:
    """Sources of the given or declared addresses, in order. Raises `InvalidInput` ("feed.no_source",
    "source.missing", "feeds.environment"), and
    `Unavailable` ("source.unreachable") where a listing is to be had from another machine."""
    given = wanted or list(feed.sources)
    if not given:
        raise InvalidInput("feed.no_source", feed=feed.key)
    for item in given:
        if isinstance(item, Source):
            yield item
        else:
            yield from (replace(source, own=not wanted) for source in opened_up(with_environment(item), feed))


def opened_up(address: str, feed: Feed) -> Iterator[Source]:
    kind = scheme(address)
    if kind == "sftp":
        yield from sftp.listed(address, feed)
    elif kind is not None:
        yield Source(
            plain(address), address=address, format="postgresql" if kind.startswith("postgres") else None
        )
    elif Path(address).is_dir():
        yield from (source_of(path) for path in folder.settled(Path(address)))
    else:
        paths = sorted(glob.glob(address, recursive=True)) if glob.has_magic(address) else [address]
        if not paths:
            raise InvalidInput("source.missing", source=address)
        yield from (source_of(Path(path)) for path in paths)


def source_of(path: Path) -> Source:
    """A file under one name from wherever and by whichever way to its folder it is asked for: it is the same
    source. A name that is itself a link stays: what it leads to may change."""
    whole = path.parent.resolve() / path.name
    return Source(str(whole), whole)


@contextmanager
def local(source: Source, feed: Feed, form: str | None) -> Iterator[Source]:
    """The source as something to be read here: a remote file is fetched into a folder that is removed
    afterwards."""
    if source.address is None or form in STREAMED:
        yield source
        return
    with TemporaryDirectory(prefix="ikomek-source-") as name:
        fetch = sftp.fetch if scheme(source.address) == "sftp" else web.fetch
        path, found = fetch(source.address, feed, Path(name))
        yield replace(source, path=path, address=None, format=source.format or found)


def fingerprint(source: Source, feed: Feed, before: tuple | None = None) -> tuple | None:
    """What differs when the source differs; none where only reading it can tell. `before`: its fingerprint
    when it was last read, for a server that is asked whether it has changed since. Raises OSError where a
    file is gone meanwhile."""
    if source.path is not None:
        about = source.path.stat()
        return source.name, about.st_size, about.st_mtime_ns
    if source.stamp is not None:
        return source.name, *source.stamp
    if (
        source.address is not None
        and (scheme(source.address) or "").startswith("http")
        and feed.format not in STREAMED
    ):
        stamp = web.stamp(source.address, feed, before and before[1:])
        return None if stamp is None else (source.name, *stamp)
    return None
