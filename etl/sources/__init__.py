"""Sources: where a feed's rows are to be had, before anybody reads them.

    an address of a declaration -> `resolve` (files of a folder or a pattern, one by one) -> `local` (a
    file on this machine) -> a reader

An address is a path, a pattern (`in/*.csv`), a folder (what lies in it), `http(s)://`, `sftp://`
(patterns too), or `postgresql://`. A folder or a pattern that holds nothing is quiet; one that is not
there is missing. A file that is still being written is left for later (`etl.sources.folder`). `${NAME}`
in an address or an option is that variable of the environment, so that no declaration holds a password;
the ledger is shown an address without its user, password and query. `fingerprint` says whether a source
has changed, without reading it.

* `address`: schemes of addresses, ${NAME} from the environment, what is hidden of them
* `folder`: files of a folder or pattern: unfinished names, seconds since the last write, an unended last line
* `sftp`: SFTP: listing, fetching, host keys, time limits
* `web`: HTTP: time limits, retries and their waits, redirects, what has changed since (ETag), media types
"""

from __future__ import annotations

import glob
import hashlib
import re
from collections.abc import Iterable, Iterator
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


def resolve(feed: Feed, wanted: list[str] | list[Source] | None) -> list[Source]:
    """Sources of the given or declared addresses, in the order in which they were written
    (`in_order`). Of a folder named by hand without the files that are still being written; of a
    declared one its watcher judges (`etl.runs.watch`).

    Raises `InvalidInput` ("feed.no_source", "source.missing", "feeds.environment"), and `Unavailable`
    ("source.unreachable") where a listing is to be had from another machine.
    """
    given = wanted or list(feed.sources)
    if not given:
        raise InvalidInput("feed.no_source", feed=feed.key)
    found: list[Source] = []
    for item in given:
        if isinstance(item, Source):
            found.append(item)
        else:
            address = with_environment(item)
            opened = by_hand(address, feed) if wanted else opened_up(address, feed)
            found += (replace(source, own=not wanted) for source in opened)
    return in_order(found)


def in_order(found: Iterable[Source]) -> list[Source]:
    """By the time at which each was written, to the nanosecond, then by name as people count; what has no
    such time stands behind them, as it was given.

    The time and not the name, because names are chosen freely: `day10.csv`, `new.csv`, `old.csv`. Where
    neither tells, as after a copy that gave all files one time under names without a date, only the rows
    can: a feed declares the column `changed`.
    """
    return sorted(
        found,
        key=lambda source: (
            (1, 0, ()) if source.written_ns is None else (0, source.written_ns, natural(source.name))
        ),
    )


def natural(name: str) -> tuple:
    """A key by which numbers within names stand in the order of their values.

    >>> sorted(["day10.csv", "day9.csv"], key=natural)
    ['day9.csv', 'day10.csv']
    """
    parts = re.split(r"([0-9]+)", name)
    return tuple(int(part) if number % 2 else part for number, part in enumerate(parts)), name


def by_hand(address: str, feed: Feed) -> Iterable[Source]:
    """The sources at an address that somebody has typed: a pattern that matches nothing is then a mistake."""
    found = list(opened_up(address, feed))
    if Path(address).is_dir():
        return [source for source in found if source.path is not None and folder.is_settled(source.path)]
    if not found:
        raise InvalidInput("source.missing", source=plain(address) if scheme(address) else address)
    return found


def opened_up(address: str, feed: Feed) -> Iterator[Source]:
    kind = scheme(address)
    if kind == "sftp":
        yield from sftp.listed(address, feed)
    elif kind is not None:
        yield Source(
            plain(address), address=address, format="postgresql" if kind.startswith("postgres") else None
        )
    elif Path(address).is_dir() or glob.has_magic(address):
        yield from (source_of(path, listed=True) for path in folder.files(address))
    else:
        yield source_of(Path(address))


def source_of(path: Path, listed: bool = False) -> Source:
    """A file under one name from wherever and by whichever way to its folder it is asked for: it is the same
    source. A name that is itself a link stays: what it leads to may change."""
    whole = path.parent.resolve() / path.name
    written_ns = whole.stat().st_mtime_ns if whole.is_file() else None
    return Source(str(whole), whole, written_ns=written_ns, listed=listed)


@contextmanager
def local(source: Source, feed: Feed, form: str | None) -> Iterator[Source]:
    """The source as something to be read here: a remote file is fetched into a folder that is removed
    afterwards."""
    if source.address is None or source.path is not None or form in STREAMED:
        yield source
        return
    with TemporaryDirectory(prefix="ikomek-source-") as name:
        fetch = sftp.fetch if scheme(source.address) == "sftp" else web.fetch
        path, found = fetch(source.address, feed, Path(name))
        yield replace(source, path=path, format=source.format or found)


def digest(source: Source) -> bytes | None:
    """SHA-256 of a file that is here; none of what is no file, and of what was pushed."""
    if source.path is None or source.delivery is not None or not source.path.is_file():
        return None
    with source.path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


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
