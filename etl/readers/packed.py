"""A zip: a Shapefile with its companions, or one file of any other format."""
from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from etl.readers import vector
from etl.readers.chunk import Chunk, Source
from etl.readers.encodings import HEAD_BYTES, encoding_of
from etl.registry import Feed
from geo.errors import InvalidInput

MOST_BYTES = 20 << 30
"""Unpacked: a zip may claim any size."""


def read(source: Source, feed: Feed, unpacked_reader) -> Iterator[Chunk]:
    """`unpacked_reader` reads the single file of a zip that is no Shapefile. Raises `InvalidInput` ("source.unreadable", "source.several")."""
    with TemporaryDirectory(prefix="ikomek-zip-") as name:
        path = kept(source, Path(name))
        try:
            with zipfile.ZipFile(path) as packed:
                members = [member for member in packed.infolist() if is_data(member)]
                shape = next((PurePosixPath(member.filename) for member in members if member.filename.lower().endswith(".shp")), None)
                if shape is not None:
                    yield from vector.features("/".join(("/vsizip", f"{{{path}}}", *shape.parent.parts)), source, feed, code_page(packed, shape))
                    return
                inner = unpack(packed, members, source, Path(name))
        except zipfile.BadZipFile as error:
            raise InvalidInput("source.unreadable", source=source.name, reason=str(error)) from error
        yield from unpacked_reader(Source(f"{source.name}/{inner.name}", inner), replace(feed, format=None))


def code_page(packed: zipfile.ZipFile, shape: PurePosixPath) -> str | None:
    """The encoding of a Shapefile's texts, by their bytes; none where a `.cpg` says it."""
    found = {PurePosixPath(name).suffix.lower(): name for name in packed.namelist() if PurePosixPath(name).with_suffix("") == shape.with_suffix("")}
    if ".cpg" in found or ".dbf" not in found:
        return None
    with packed.open(found[".dbf"]) as stream:
        return encoding_of(stream.read(HEAD_BYTES))


def is_data(member: zipfile.ZipInfo) -> bool:
    return not member.is_dir() and not member.filename.startswith("__MACOSX/")


def kept(source: Source, folder: Path) -> Path:
    """GDAL reads a zip from a file whose name ends so."""
    if source.path is not None and source.path.suffix.lower() == ".zip":
        return source.path
    path = folder / "pushed.zip"
    path.write_bytes(source.body if source.path is None else source.path.read_bytes())
    return path


def unpack(packed: zipfile.ZipFile, members: list[zipfile.ZipInfo], source: Source, folder: Path) -> Path:
    """Into a name of its own in our folder, whatever path the member claims."""
    if len(members) != 1 or members[0].file_size > MOST_BYTES:
        raise InvalidInput("source.several", source=source.name, files=", ".join(member.filename for member in members)[:300])
    path = folder / PurePosixPath(members[0].filename).name
    with packed.open(members[0]) as inside, path.open("wb") as file:
        while block := inside.read(1 << 20):
            file.write(block)
    return path
