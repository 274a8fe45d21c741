"""A zip: a Shapefile with its companions, or files of any other format."""

from __future__ import annotations

import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from fnmatch import fnmatch
from os import getuid
from pathlib import Path, PurePosixPath
from shutil import copyfileobj, disk_usage, rmtree
from tempfile import TemporaryDirectory, gettempdir, mkdtemp

from etl.chunk import Chunk, Source
from etl.readers import shapefile
from etl.readers.stream import check_unpacked, gigabytes, plain
from etl.registry import Feed
from etl.sources import natural
from geo.errors import InvalidInput, StorageFull

SPARE_BYTES = 1 << 30
"""Space on the disk that is left to all others."""
PREFIX, LEFT_S = "ikomek-zip-", 86_400
"""The prefix of our folders, and the age in seconds from which one was left by a run that was killed."""
LEFT_BY_WINDOWS = ("thumbs.db", "desktop.ini")
Delivery = list[zipfile.ZipInfo]
"""Files of a zip that are read as one: one, or the parts of a Shapefile."""
UnpackedReader = Callable[[Source, Feed], Iterator[Chunk]]


def read(source: Source, feed: Feed, unpacked_reader: UnpackedReader) -> Iterator[Chunk]:
    """`unpacked_reader` reads a file of a zip that is no Shapefile. What `feed.member` names is read one
    after another, else there is only one.

    Raises `InvalidInput` ("source.cut_off", "source.several", "source.member", those of `check_size`).
    """
    sweep()
    with TemporaryDirectory(prefix=PREFIX) as name:
        try:
            with plain(source) as stream, zipfile.ZipFile(stream) as packed:
                found = one_or_named(deliveries(packed, source, feed), source, feed)
                check_size(found, source)
                for parts in found:
                    inner = unpack(packed, parts, Path(name))
                    reads = shapefile.read if is_shape(parts[0]) else unpacked_reader
                    yield from reads(Source(f"{source.name}/{inner.name}", inner), inside(feed))
                    rmtree(inner.parent)
        except zipfile.BadZipFile as error:
            raise InvalidInput("source.cut_off", source=source.name) from error


def sweep() -> None:
    """Remove what killed runs of this user have left."""
    for folder in Path(gettempdir()).glob(f"{PREFIX}*"):
        with suppress(FileNotFoundError):  # another run sweeps as well
            found = folder.lstat()
            if found.st_uid == getuid() and found.st_mtime < time.time() - LEFT_S:
                rmtree(folder, ignore_errors=True)


def wanted(packed: zipfile.ZipFile, source: Source, feed: Feed) -> list[zipfile.ZipInfo]:
    """The files of a zip that a feed reads, those first that were written last: of several rows that name a
    thing the first one holds. Raises `InvalidInput` ("source.member") where none has the declared name."""
    members = sorted(
        (member for member in packed.infolist() if is_data(member)),
        key=lambda member: (member.date_time, natural(member.filename)),
        reverse=True,
    )
    if feed.member is None:
        return members
    named = [
        member
        for member in members
        if fnmatch(member.filename, feed.member) or fnmatch(PurePosixPath(member.filename).name, feed.member)
    ]
    if not named:
        raise InvalidInput("source.member", source=source.name, member=feed.member, files=listed(members))
    return named


def deliveries(packed: zipfile.ZipFile, source: Source, feed: Feed) -> list[Delivery]:
    """What can be read by itself: a Shapefile with its companions, or each file where there is none. Of
    several Shapefiles the one that `feed.table` names, if any."""
    members = wanted(packed, source, feed)
    shapes = [member for member in members if is_shape(member)]
    named = [member for member in shapes if PurePosixPath(member.filename).stem == feed.table]
    return [shapefile_of(packed, shape) for shape in named or shapes] or [[member] for member in members]


def one_or_named(found: list[Delivery], source: Source, feed: Feed) -> list[Delivery]:
    if not found or (feed.member is None and len(found) > 1):
        raise InvalidInput("source.several", source=source.name, files=listed([parts[0] for parts in found]))
    return found


def is_shape(member: zipfile.ZipInfo) -> bool:
    return member.filename.lower().endswith(".shp")


def shapefile_of(packed: zipfile.ZipFile, shape: zipfile.ZipInfo) -> Delivery:
    """The file of shapes, then its companions."""
    stem = PurePosixPath(shape.filename).with_suffix("")
    companions = [
        member
        for member in packed.infolist()
        if PurePosixPath(member.filename).with_suffix("") == stem and member is not shape
    ]
    return [shape, *(member for member in companions if is_data(member))]


def check_size(found: list[Delivery], source: Source) -> None:
    """Raises as `check_claims`; `StorageFull` ("source.no_room") where it does not fit now."""
    check_claims([member for parts in found for member in parts], source)
    size = max(sum(member.file_size for member in parts) for parts in found)
    free = disk_usage(gettempdir()).free
    if size > free - SPARE_BYTES:
        raise StorageFull("source.no_room", source=source.name, gb=gigabytes(size), free=gigabytes(free))


def check_claims(members: Sequence[zipfile.ZipInfo], source: Source) -> None:
    """Raises as `check_unpacked`, by what the zip says of its files."""
    size = sum(member.file_size for member in members)
    check_unpacked(size, sum(member.compress_size for member in members), source)


def listed(members: list[zipfile.ZipInfo]) -> str:
    return ", ".join(sorted(member.filename for member in members))[:300]


def inside(feed: Feed) -> Feed:
    """The feed for a file out of a zip: its format is the declared one, unless that was "zip"; what no
    declaration says its suffix does."""
    return replace(feed, format=None) if feed.format in ("zip", "shp") else feed


def is_data(member: zipfile.ZipInfo) -> bool:
    """Not what the systems of whoever packed it leave in every folder."""
    name = PurePosixPath(member.filename).name
    left = name.startswith(".") or name.lower() in LEFT_BY_WINDOWS
    return not (member.is_dir() or left or member.filename.startswith("__MACOSX/"))


def unpack(packed: zipfile.ZipFile, parts: Delivery, folder: Path) -> Path:
    """Unpacks into a folder of its own in ours, whatever paths the parts claim. Returns the first's."""
    own = Path(mkdtemp(dir=folder))
    for member in parts:
        with packed.open(member) as stream, (own / PurePosixPath(member.filename).name).open("wb") as file:
            copyfileobj(stream, file, 1 << 20)
    return own / PurePosixPath(parts[0].filename).name
