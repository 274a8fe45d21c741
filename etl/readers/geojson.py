"""What GDAL does not tell of a GeoJSON, read beside it.

Of a CRS that it does not know GDAL says degrees; it opens a CRS that is given as a link; of a CRS inside a
feature or a geometry (as PostGIS writes it) it says nothing. It makes one type of all values of a property,
so that `true` among numbers is 1, and an id that is a text 0 among ids that are numbers.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa

from etl.chunk import Kinds, Source
from etl.readers.json_text import Long, Text
from etl.readers.nested import KINDS, as_columns, as_text, kinds_of
from etl.readers.stream import opened
from geo.errors import InvalidInput

HEAD = 4096
BLOCK, OVERLAP = 1 << 20, 64
MENTIONED = re.compile(
    rb'"(?:(?:c|\\u00[46]3)(?:r|\\u00[57]2)(?:s|\\u00[57]3)|spatialReference)"', re.IGNORECASE
)
"""A name under which a CRS may stand, as a JSON text may spell it."""
CRS_NAMES = ("crs", "spatialreference")
"""The names of the member that states the CRS, in GeoJSON and in what ArcGIS writes; GDAL ignores their
case."""
LINKS = ("link", "url")


@dataclass
class Features:
    """The features of a text one after another, and what stands beside them."""

    stream: BinaryIO
    about: dict[str, Any] = field(default_factory=dict)
    """The other members of the objects around the features, once they were read."""

    def __iter__(self) -> Iterator[dict[str, Any]]:
        text = Text(self.stream, errors="replace")
        while text.next():
            alone: dict[str, Any] = {}
            for name in text.names():
                if name == "features" and text.next() == "[":
                    text.at += 1
                    yield from filter(None, map(feature_of, text.items()))
                else:
                    alone[name] = text.value()
            if (feature := feature_of(alone)) is not None:
                yield feature
            self.about |= alone


def feature_of(value: object) -> dict[str, Any] | None:
    """A value as a feature; none where it is no such thing. One that is too long to be held says nothing."""
    if isinstance(value, Long):
        return {"type": "Feature"}
    if isinstance(value, dict) and ("attributes" in value or value.get("type") == "Feature"):
        return value
    return None


def is_json(stream: BinaryIO) -> bool:
    """Whether an object begins here, or a sequence of them, as far as its first character says; the stream
    stays at its start."""
    head = stream.read(HEAD).removeprefix(codecs.BOM_UTF8).lstrip(b" \t\r\n\x1e")
    stream.seek(0)
    return head.startswith(b"{")


def stated_crs(source: Source) -> list[str]:
    """The names that the file gives its CRS; none where it names none. Raises `InvalidInput`
    ("source.crs_link"): nothing is fetched because a file says so."""
    with opened(source) as stream:
        if not is_mentioned(stream):
            return []
        stream.seek(0)
        features = Features(stream)
        found: dict[str, None] = {}
        for feature in features:
            for holder in (feature, feature.get("geometry")):
                found |= dict.fromkeys(named(source, holder))
        return list(dict.fromkeys([*named(source, features.about), *found]))


def is_mentioned(stream: BinaryIO) -> bool:
    held = b""
    while block := stream.read(BLOCK):
        held = held[-OVERLAP:] + block
        if MENTIONED.search(held):
            return True
    return False


def named(source: Source, holder: object) -> Iterator[str]:
    if not isinstance(holder, dict):
        return
    for name, value in holder.items():
        if name.casefold() in CRS_NAMES and value is not None:
            yield words_of(source, value)


def words_of(source: Source, crs: object) -> str:
    """A CRS as the file has it, in the words that others use for it."""
    if not isinstance(crs, dict):
        return as_text(crs) or ""
    kind, about = str(crs.get("type", "")).casefold(), crs.get("properties")
    about = about if isinstance(about, dict) else {}
    if kind in LINKS:
        link = str(about.get("href") or about.get("url") or "")
        raise InvalidInput("source.crs_link", source=source.name, crs=link[:80])
    code = crs.get("latestWkid") or crs.get("wkid") or (about.get("code") if kind == "epsg" else None)
    words = f"EPSG:{code}" if code is not None else about.get("name") or about.get("urn") or crs.get("wkt")
    return words if isinstance(words, str) else json.dumps(crs, ensure_ascii=False)


@dataclass
class FeatureReader:
    """The features of a file, read in step with GDAL."""

    source: Source
    features: Iterator[Mapping[str, Any]]

    def as_written(self, table: pa.Table) -> tuple[pa.Table, Kinds]:
        """The rows that GDAL has read next, with their ids and lists as the file has them, and what the
        values are. Raises `InvalidInput` ("source.unreadable") where the file has fewer."""
        ids: list[object] = []
        kinds: dict[str, np.ndarray] = {}
        for row, feature in enumerate(islice(self.features, table.num_rows)):
            properties = feature.get("properties") or feature.get("attributes") or {}
            ids.append(None if "id" in properties else feature.get("id"))
            for name, value in properties.items():
                if type(value) in KINDS:
                    kinds.setdefault(name, np.zeros(table.num_rows, dtype=np.int8))[row] = KINDS[type(value)]
        if len(ids) < table.num_rows:
            raise self.unreadable()
        kinds = {name: of for name, of in kinds.items() if name in table.column_names}
        for name, of in kinds.items():
            table = unlisted(table, name, of)
        if all(one is None for one in ids):
            return table, kinds
        return with_ids(table, ids), {**kinds, **kinds_of("id", ids)}

    def end(self) -> None:
        """Raises `InvalidInput` ("source.unreadable") where the file has more features than GDAL."""
        if next(self.features, None) is not None:
            raise self.unreadable()

    def unreadable(self) -> InvalidInput:
        return InvalidInput("source.unreadable", source=self.source.name, reason="not one list of features")


def with_ids(table: pa.Table, ids: list[object]) -> pa.Table:
    """The features' own ids as they are written: GDAL keeps no number, and makes 0 of a text that follows
    one."""
    column = pa.array(map(as_text, ids), pa.string())
    if "id" not in table.column_names:
        return table.append_column("id", column)
    return table.set_column(table.column_names.index("id"), "id", column)


def unlisted(table: pa.Table, name: str, kinds: np.ndarray) -> pa.Table:
    """A property that GDAL has made lists throughout, for some of its values are: the others are none."""
    values = table[name].to_pylist() if pa.types.is_list(table[name].type) else []
    if all(value is None or kind for value, kind in zip(values, kinds)):
        return table
    own, _ = as_columns(
        [{name: value if kind or not value else value[0]} for value, kind in zip(values, kinds)]
    )
    return pa.table(
        dict(zip(own.column_names, own.columns))
        | {other: table[other] for other in table.column_names if other != name}
    )
