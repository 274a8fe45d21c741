"""A zip: a Shapefile with its companions, or files of any other format."""

from __future__ import annotations

import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from fnmatch import fnmatch
from functools import partial
from os import getuid
from pathlib import Path, PurePosixPath
from shutil import copyfileobj, disk_usage, rmtree
from tempfile import TemporaryDirectory, gettempdir, mkdtemp
from typing import IO

from etl.chunk import Chunk, Source
from etl.readers import entire, shapefile, vector
from etl.registry import Feed
from etl.sources import natural
from geo.errors import InvalidInput, StorageFull

MOST_BYTES = 20 << 30
"""Unpacked: a zip may claim any size."""
SMALL_BYTES, MOST_RATIO = 1 << 30, 300
"""More than the first, packed more tightly than the second, are no rows but a trap: tables pack 5 to 40
times."""
SPARE_BYTES = 1 << 30
"""Space on the disk that is left to all others."""
PREFIX, LEFT_S = "ikomek-zip-", 86_400
"""The prefix of our folders, and the age in seconds from which one was left by a run that was killed."""
LEFT_BY_WINDOWS = ("thumbs.db", "desktop.ini")


def read(source: Source, feed: Feed, unpacked_reader) -> Iterator[Chunk]:
    """`unpacked_reader` reads a file of a zip that is no Shapefile: the only one, or those that
    `feed.member` names, one after another.

    Raises `InvalidInput` ("source.cut_off", "source.several", "source.member", those of `check_size`).
    """
    sweep()
    with TemporaryDirectory(prefix=PREFIX) as name:
        path = kept(source, Path(name))
        try:
            with zipfile.ZipFile(path) as packed:
                members = wanted(packed, source, feed)
                shape = next(
                    (
                        PurePosixPath(member.filename)
                        for member in members
                        if member.filename.lower().endswith(".shp")
                    ),
                    None,
                )
                if shape is not None:
                    layers_at = "/".join(("/vsizip", f"{{{path}}}", *shape.parent.parts))
                    parts = parts_of(packed, shape)
                    entire.check_shapefile(parts, f"{source.name}/{shape.name}")
                    yield from vector.features(
                        layers_at, source, feed, shapefile.decoder(parts, feed), shapefile.stated_crs(parts)
                    )
                    return
                for member in one_or_named(members, source, feed):
                    inner = unpack(packed, member, Path(name))
                    yield from unpacked_reader(Source(f"{source.name}/{inner.name}", inner), inside(feed))
                    inner.unlink()
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


def one_or_named(members: list[zipfile.ZipInfo], source: Source, feed: Feed) -> list[zipfile.ZipInfo]:
    if not members or (feed.member is None and len(members) > 1):
        raise InvalidInput("source.several", source=source.name, files=listed(members))
    check_size(members, source)
    return members


def check_size(members: list[zipfile.ZipInfo], source: Source) -> None:
    """Raises `InvalidInput`: "source.zip_size" for more than may be unpacked, "source.zip_ratio" for what
    claims to be packed as no rows are; `StorageFull` ("source.no_room") where it does not fit now."""
    size = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members)
    if size > MOST_BYTES:
        raise InvalidInput(
            "source.zip_size", source=source.name, gb=gigabytes(size), most=gigabytes(MOST_BYTES)
        )
    if size > SMALL_BYTES and size > MOST_RATIO * packed:
        raise InvalidInput(
            "source.zip_ratio", source=source.name, gb=gigabytes(size), ratio=size // max(1, packed)
        )
    free = disk_usage(gettempdir()).free
    if max(member.file_size for member in members) > free - SPARE_BYTES:
        raise StorageFull("source.no_room", source=source.name, gb=gigabytes(size), free=gigabytes(free))


def gigabytes(size: int) -> float:
    return round(size / (1 << 30), 1)


def listed(members: list[zipfile.ZipInfo]) -> str:
    return ", ".join(sorted(member.filename for member in members))[:300]


def inside(feed: Feed) -> Feed:
    """The feed for a file out of a zip: its format is the declared one, unless that was "zip"; what no
    declaration says its suffix does."""
    return replace(feed, format=None) if feed.format in ("zip", "shp") else feed


def parts_of(packed: zipfile.ZipFile, shape: PurePosixPath) -> dict[str, Callable[[], IO[bytes]]]:
    """Suffix -> how to open it, of the files that make one Shapefile."""
    names = [
        name for name in packed.namelist() if PurePosixPath(name).with_suffix("") == shape.with_suffix("")
    ]
    return {PurePosixPath(name).suffix.lower(): partial(packed.open, name) for name in names}


def is_data(member: zipfile.ZipInfo) -> bool:
    """Not what the systems of whoever packed it leave in every folder."""
    name = PurePosixPath(member.filename).name
    left = name.startswith(".") or name.lower() in LEFT_BY_WINDOWS
    return not (member.is_dir() or left or member.filename.startswith("__MACOSX/"))


def kept(source: Source, folder: Path) -> Path:
    """GDAL reads a zip from a file whose name ends so."""
    if source.path is not None and source.path.suffix.lower() == ".zip":
        return source.path
    path = folder / "pushed.zip"
    if source.path is None:
        path.write_bytes(source.body or b"")
    else:
        path.symlink_to(source.path.resolve())
    return path


def unpack(packed: zipfile.ZipFile, member: zipfile.ZipInfo, folder: Path) -> Path:
    """Unpacks into a folder of its own in ours, whatever path the member claims."""
    path = Path(mkdtemp(dir=folder)) / PurePosixPath(member.filename).name
    with packed.open(member) as stream, path.open("wb") as file:
        copyfileobj(stream, file, 1 << 20)
    return path
