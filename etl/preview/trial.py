"""A try: read and clean a file, write nothing into the tables, and show what would become of it: columns,
mapping, figures, first rejects, a picture."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection

from etl import readers, sources
from etl.clean.coordinates import CoordinateReading, ReadingCounts
from etl.columns import print_columns
from etl.entities.references import read_catalogue
from etl.entities.registry import ENTITIES
from etl.entities.shaping import ReferenceCatalogue, Shaping
from etl.preview import beginnings, inference
from etl.preview.sketch import Sketch
from etl.readers import Chunk
from etl.registry import Feed
from etl.runs.cleaned import Cleaned
from etl.runs.cleaning import Cleaner
from geo.errors import InvalidInput
from geo.loading.ledger import RunCounts
from geo.settings import City

FIRST_REJECTS = 10
SHOWN = 80
ODD_SHOWN = 5
"""Cells of a column that are not of its type, at most."""


def feed_of_entity(key: str, city: City, file: str) -> Feed:
    """A feed that nobody has declared: where its table begins and its mapping are guessed from a file."""
    entity = ENTITIES[key]
    bare = Feed(key, key, 300, new_categories=any(field.name == "category" for field in entity.fields))
    found = list(sources.resolve(bare, [file]))
    bare = beginnings.find(found[0], bare)
    first = next((chunk for source in found for chunk in readers.read(source, bare)), None)
    if first is None or any(
        field.name in first.table.column_names for field in entity.fields if field.required
    ):
        return bare
    fields = inference.mapping(inference.columns(first, entity, city.time_zone))
    by_content = "source_id" not in fields and any(
        field.name == "source_id" and field.required for field in entity.fields
    )
    kind = (
        {"kind": "service"}
        if any(field.name == "kind" and field.required for field in entity.fields) and "kind" not in fields
        else {}
    )
    return replace(bare, fields=fields, constants=kind, content_id=by_content)


def with_reading(feed: Feed, city: City, connection: Connection, file: str) -> Feed:
    """The feed with the one reading of its coordinates that holds the most rows of the whole file."""
    tried = Trial(feed, city, connection)
    tried.read(file)
    return (
        feed if tried.readings is None else replace(feed, **tried.readings.best.keys(tried.readings.declared))
    )


def reason_of(reject: dict) -> str | None:
    """The bad value; of a row that is none, its text."""
    value = reject["value"] if reject["field"] else reject["row"].get("text")
    return value and value[:SHOWN]


class Trial:
    """The figures of a try, chunk by chunk, and what its first chunk looks like."""

    def __init__(self, feed: Feed, city: City, connection: Connection) -> None:
        self.feed, self.city, self.connection = feed, city, connection
        self.counts = RunCounts()
        self.first: Cleaned | None = None
        self.reasons: Counter[tuple[str, str | None]] = Counter()
        self.corrections: Counter[str] = Counter()
        self.examples: list[dict] = []
        self.new: dict[str, int] = {}
        self.unknown: dict[str, dict[str, str]] = {}
        """Field -> its words that mean nothing to us."""
        self.sketch = Sketch()
        self.readings: ReadingCounts | None = None
        """For an entity with a point: how many rows lie in the city by each way to read their coordinates."""

    def read(self, file: str) -> None:
        catalogue: ReferenceCatalogue = read_catalogue(self.connection, self.city)
        cleaner = Cleaner(
            self.feed,
            ENTITIES[self.feed.noun],
            self.city,
            datetime.now(UTC),
            catalogue,
            self.add_category,
        )
        for source in sources.resolve(self.feed, [file]):
            cleaner.names = {None: source.name}
            for chunk in readers.read(source, self.feed):
                try:
                    self.add(cleaner.clean(chunk))
                except InvalidInput:
                    self.show_columns(chunk)
                    raise

    def add_category(self, word: str) -> int:
        return self.new.setdefault(word, -1 - len(self.new))

    def add(self, cleaned: Cleaned) -> None:
        self.first = self.first or cleaned
        self.counts += RunCounts(
            cleaned.read, 0, cleaned.staged.num_rows, cleaned.rejected, cleaned.no_coordinates
        )
        self.corrections.update(cleaned.shaping.corrections.counts())
        rejects = cleaned.rejects()
        self.reasons.update((reject["code"], reject["field"]) for reject in rejects)
        for reject in rejects:
            if reject["code"] in inference.WORDS:
                self.unknown.setdefault(reject["field"], {})[reject["value"]] = ""
        self.examples += rejects[: max(0, FIRST_REJECTS - len(self.examples))]
        self.sketch.add(cleaned)
        self.count_readings(cleaned.shaping)

    def count_readings(self, shaping: Shaping) -> None:
        if shaping.coordinates is None:
            return
        first, second, crs = shaping.coordinates
        self.readings = self.readings or ReadingCounts(
            self.city, CoordinateReading(crs, self.feed.swapped, self.feed.scale)
        )
        self.readings.add(first, second)

    def show_readings(self) -> None:
        """Where another reading of the coordinates holds more rows than the declared one: both, as a
        declaration says them."""
        counts = self.readings
        if counts is None or counts.inside[counts.best] <= counts.inside[counts.declared]:
            return
        keys = ", ".join(
            f"{name} = {json.dumps(value)}" for name, value in counts.best.keys(counts.declared).items()
        )
        print()
        print_columns(
            ("inside_the_city", "of", "coordinates"),
            [
                (counts.inside[counts.declared], counts.rows, "as declared"),
                (counts.inside[counts.best], counts.rows, f"{keys}   <- put this into the declaration"),
            ],
        )

    def show(self) -> None:
        if self.first is not None:
            self.show_columns(self.first.chunk)
            print_columns(("field", "type", "from", "first value"), self.mapping(self.first))
        print()
        print_columns(
            ("read", "good", "rejected", "no_coordinates"),
            [(self.counts.read, self.counts.unchanged, self.counts.rejected, self.counts.no_coordinates)],
        )
        for title, counts in (("mended", self.corrections), ("rejects", self.reasons)):
            found = [
                (number, *((name,) if isinstance(name, str) else name))
                for name, number in counts.most_common()
                if number
            ]
            if found:
                print()
                print_columns(("rows", title, "field")[: len(found[0])], found)
        self.show_readings()
        if self.new:
            print("\nnew_categories:", ", ".join(list(self.new)[:50]))
        if self.examples:
            print()
            names = ("row_number", "code", "field")
            print_columns(
                (*names, "value"),
                [(*(reject[name] for name in names), reason_of(reject)) for reject in self.examples],
            )
        for name, words in self.unknown.items():
            print(f"\n{inference.words_to_fill(self.feed, name, words)}")

    def show_columns(self, chunk: Chunk) -> None:
        """The file's own columns; a field with a question mark is one that the declaration does not map
        and that this column might be."""
        entity = ENTITIES[self.feed.noun]
        personal = {f.name for f in entity.fields if f.type == "personal"}
        mapped = {column: name for name, given in self.sources_of(chunk).items() for column in given}
        rows, odd = [], []
        for column in inference.columns(chunk, entity, self.city.time_zone):
            field = mapped.get(column.name)
            guessed = (
                f"{column.field}?"
                if column.field and column.field not in mapped.values()
                else "keep"
                if column.name in self.feed.keep
                else None
            )
            hidden = personal and (field is None or field in personal)
            rows.append(
                (
                    column.name,
                    column.type,
                    f"{column.filled:.0%}",
                    field or guessed,
                    "***" if hidden else (column.example or "")[:60],
                )
            )
            if column.odd:
                shown = (
                    "" if hidden else ": " + ", ".join(f'"{value[:60]}"' for value in column.odd[:ODD_SHOWN])
                )
                odd.append(f"{column.name}: cells that are no {column.type}, {len(column.odd)}{shown}")
        print_columns(("column", "seems", "filled", "field", "example"), rows)
        print("\n".join(odd))

    def sources_of(self, chunk: Chunk) -> dict[str, tuple[str, ...]]:
        """Field -> the columns that it is read from."""
        own = [f.name for f in ENTITIES[self.feed.noun].fields if f.name in chunk.table.column_names]
        given = {
            name: column
            for name, column in (self.feed.fields or dict(zip(own, own))).items()
            if name not in self.feed.constants
        }
        return {name: (column,) if isinstance(column, str) else column for name, column in given.items()}

    def mapping(self, cleaned: Cleaned) -> Iterable[tuple]:
        given = self.sources_of(cleaned.chunk)
        for field in cleaned.entity.fields:
            if field.name in self.feed.constants:
                yield field.name, field.type, "=", self.feed.constants[field.name]
            elif field.name == "source_id" and self.feed.content_id and field.name not in given:
                yield (
                    field.name,
                    field.type,
                    "content_id",
                    cleaned.shaping.columns[field.name][0].as_py() if cleaned.chunk.table.num_rows else None,
                )
            elif field.name in given:
                values = cleaned.shaping.columns[field.name].drop_null()
                shown = "***" if field.type == "personal" else values[0].as_py() if len(values) else None
                yield field.name, field.type, " + ".join(given[field.name]), shown
            else:
                yield field.name + (" !" if field.required else ""), field.type, "-", None

    def draw(self, path: Path, file: str) -> None:
        """The picture, and where it is."""
        counts = " · ".join(
            f"{name} {getattr(self.counts, name)}" for name in ("read", "rejected", "no_coordinates")
        )
        caption = f"{self.feed.key} · {Path(file).name} · {counts}"
        if self.sketch.write(path, caption, self.connection, self.city.region):
            print(f"\npicture: {path}")
