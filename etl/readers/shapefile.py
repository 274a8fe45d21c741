"""A Shapefile's own words on its encoding: a companion `.cpg`, a code page in the header of its `.dbf`;
else the bytes of the texts themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from glob import escape
from pathlib import Path
from typing import IO

from etl.chunk import Chunk, Source
from etl.readers import entire, vector
from etl.registry import Feed
from geo import encodings

CODE_PAGES = {0x26: "cp866", 0x65: "cp866", 0xC9: "cp1251"}
"""The language driver in a dBASE header (byte 29) -> its encoding, of those that are Cyrillic; the others
are too often a default to be believed."""
LANGUAGE, HEADER = 29, slice(8, 10)
"""Where in a dBASE header its language driver and its own length (little-endian) stand."""


def read(source: Source, feed: Feed) -> Iterator[Chunk]:
    """A Shapefile that lies unpacked. Raises as `vector.read` and `entire.check_shapefile`."""
    companions = (
        {}
        if source.path is None
        else {
            path.suffix.lower(): _opens(path)
            for path in source.path.parent.glob(f"{escape(source.path.stem)}.*")
        }
    )
    if source.path is not None:
        entire.check_shapefile(companions, source.name)
    yield from vector.features(
        vector.path_of(source), source, feed, decoder(companions, feed), stated_crs(companions)
    )


def _opens(path: Path) -> Callable[[], IO[bytes]]:
    return lambda: path.open("rb")


def decoder(parts: Mapping[str, Callable[[], IO[bytes]]], feed: Feed) -> encodings.Decoder:
    """The decoder of a Shapefile's texts. `parts`: suffix of a companion -> how to open it."""
    if feed.encoding:
        return encodings.declared(feed.encoding)
    sample = start_of(parts, ".dbf")
    page = CODE_PAGES.get(sample[LANGUAGE], "") if len(sample) > LANGUAGE else ""
    declared = start_of(parts, ".cpg").decode("ascii", "replace") or page
    return encodings.of_page(declared, sample[int.from_bytes(sample[HEADER], "little") :])


def stated_crs(parts: Mapping[str, Callable[[], IO[bytes]]]) -> list[str]:
    """The CRS in its `.prj`; none where that is blank, or not there."""
    words = start_of(parts, ".prj").decode("utf-8", "replace").strip()
    return [words] if words else []


def start_of(parts: Mapping[str, Callable[[], IO[bytes]]], suffix: str) -> bytes:
    if suffix not in parts:
        return b""
    with parts[suffix]() as stream:
        return stream.read(encodings.BLOCK_BYTES)
