"""From a chunk as it stands in the source to a batch for staging, with a reason for each row that stays
behind."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import reduce
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.chunk import Chunk
from etl.clean import codes, day_and_clock, numbers, times, words
from etl.clean.coordinates import CoordinateReading
from etl.clean.texts import as_objects, beside, tidy, unblanked, whole
from etl.entities.entity import LONGEST_TITLE, Entity, Field
from etl.entities.incidents import CLOCK_SKEW
from etl.entities.shaping import Corrections, Faults, ReferenceCatalogue, Shaping
from etl.registry import Feed
from etl.runs.cleaned import Cleaned
from etl.runs.doubles import Doubles, carried, since_1970_us
from etl.runs.scalars import only_scalars
from geo.errors import InvalidInput
from geo.settings import City

LONGEST_ID = 500
"""Characters. An id is looked up in an index, whose entries end at 2,704 bytes; no system gives ids as
long as this."""
BLANK_PART = "-"
"""A blank column of several that make an id: two rows that differ in which one is blank are two."""
CONTENT_EDGE = "\x1f"
DAMAGED = "\ufffd"
"""Stands for bytes that were no text (`geo.encodings`)."""


def cut(array: pa.Array, longest: int, corrections: Corrections) -> pa.Array:
    """Texts of so many characters at most."""
    long = pc.greater(pc.utf8_length(array), longest)
    corrections.add("cell.cut", numbers.mask(long))
    cut_off = pc.binary_join_element_wise(pc.utf8_slice_codeunits(array, 0, longest - 1), "…", "")
    return pc.if_else(long, cut_off, array) if pc.any(long).as_py() else array


@dataclass
class Cleaner:
    """A feed at work over one run: it remembers what its first rows have decided for those that follow."""

    feed: Feed
    entity: Entity
    city: City
    now: datetime
    catalogue: ReferenceCatalogue
    add_category: Callable[[str], int]
    readings: dict[str, CoordinateReading] = field(default_factory=dict)
    """The coordinate readings of a feed that guesses: one from the first rows to the end of the run."""
    delivered: dict[str | int | None, datetime] = field(default_factory=dict)
    """When the rows of each source, or of each part of a chunk, were delivered; none = now."""
    orders: dict[str, bool] = field(default_factory=dict)
    """Time field -> whether its days come first, once its values have said so: one order for a column,
    from then to the end of the run."""
    names: dict[str | None, str] = field(default_factory=dict)
    """The name of each source, by its key, for whoever is told of an error in it."""
    doubles: Doubles = field(init=False)

    def __post_init__(self) -> None:
        self.doubles = Doubles(keeps_last=self.feed.doubles == "last")

    def clean(self, chunk: Chunk) -> Cleaned:
        """Raises `InvalidInput`, its source named, where the chunk lacks a column that the feed names
        ("feed.column"), has none for a field that must be ("feed.required"), or geometry in a CRS that
        nobody knows ("source.crs")."""
        try:
            return self._clean(chunk)
        except InvalidInput as error:
            source = self.names.get(chunk.source, chunk.source or self.feed.key)
            raise InvalidInput(error.code, **{"source": source} | error.parameters) from error

    def _clean(self, chunk: Chunk) -> Cleaned:
        self.doubles.turn_to(chunk.source)
        faults = Faults(chunk.table.num_rows)
        raw = {f.name: column for f in self.entity.fields if (column := self.raw(chunk, f)) is not None}
        corrections = Corrections(chunk.by_reader)
        shaping = Shaping(
            self.feed,
            self.city,
            self.now,
            self.catalogue,
            {},
            faults,
            self.add_category,
            geometry(chunk),
            chunk.crs,
            readings=self.readings,
            corrections=corrections,
        )
        self.find_orders(raw, corrections)
        for f in self.entity.fields:
            if f.name in raw:
                values = raw[f.name]
                if chunk.kinds:
                    values = only_scalars(self.feed, f, chunk, values, faults)
                stated = self.stated_values(values, corrections)
                shaping.columns[f.name] = self.typed(f, stated, faults, corrections)
                if f.type == "time":
                    self.find_months(f, stated, shaping)
            if f.name == "source_id" and self.feed.content_id:
                named = shaping.column(f.name)
                shaping.columns[f.name] = pc.coalesce(named, self.content(raw))
                corrections.add("row.by_content", numbers.mask(pc.is_null(named)))
            if f.required:
                faults.mark(numbers.mask(pc.is_null(shaping.column(f.name))), "value.missing", f.name)
        shaping.columns["attributes"] = self.attributes(chunk.table, corrections)
        staged = self.dated(pa.table(dict(self.entity.shape(shaping))), chunk, shaping)
        self.find_doubles(staged, faults, chunk.parts)
        good = pa.array(faults.good)
        refused = staged.select(list(self.entity.identity)).filter(pc.invert(good))
        return Cleaned(self.feed, self.entity, chunk, staged.filter(good), refused, raw, shaping)

    def dated(self, staged: pa.Table, chunk: Chunk, shaping: Shaping) -> pa.Table:
        """With `said_at`, when each row changed last at its source, where the feed has a column that says
        so. Where it cannot be read or lies ahead of the delivery that is counted; such a row, and one that
        does not say, comes after what the chunk says of its thing before, and after what was delivered
        before (`geo.loading.order`)."""
        if not self.is_dated():
            return staged
        stated = self.stated(chunk)
        if self.feed.day_first is None:
            self.orders = times.resolved({"changed": times.order(stated)}, self.orders)
        day_first = self.orders.get("changed", self.feed.day_first is not False)
        changed_at, bad = times.parse(stated, self.zone(), day_first)
        ahead = pc.greater(changed_at, self.latest(chunk, changed_at.type))
        shaping.corrections.add("time.changed", bad | numbers.mask(ahead))
        changed_at = pc.if_else(pc.fill_null(ahead, False), pa.scalar(None, changed_at.type), changed_at)
        if changed_at.null_count:
            changed_at = carried(changed_at, self.identity(staged, chunk.parts), shaping.faults.good)
        return staged.append_column("said_at", changed_at)

    def stated(self, chunk: Chunk) -> pa.Array:
        """When each row says that it changed, as it is written."""
        column = self.source_column(chunk, self.feed.changed or "", "changed")
        return self.stated_values(column, Corrections())

    def identity(self, staged: pa.Table, parts: np.ndarray | None) -> pa.Table:
        """Equal in rows that name the same thing, of a chunk of several pushes in the same push."""
        identity = staged.select(list(self.entity.identity))
        return identity if parts is None else identity.append_column("part", pa.array(parts))

    def latest(self, chunk: Chunk, type_: pa.DataType) -> pa.Array | pa.Scalar:
        """When each row can have changed at the latest: a source's clock may run ahead of ours."""
        if chunk.parts is None:
            return pa.scalar(self.delivered.get(chunk.source, self.now) + CLOCK_SKEW, type_)
        return pa.array([self.delivered[part] + CLOCK_SKEW for part in chunk.parts.tolist()], type_)

    def is_dated(self) -> bool:
        return self.feed.changed is not None and not self.entity.whole

    def raw(self, chunk: Chunk, field_: Field) -> pa.Array | None:
        """A field as the source gives it, its words renamed by the declaration; none where the feed does
        not have it."""
        name, table = field_.name, chunk.table
        if name in self.feed.constants:
            return pa.array([self.feed.constants[name]] * table.num_rows, pa.string())
        column = self.feed.fields.get(name, name if not self.feed.fields else None)
        if not self.feed.fields and name not in table.column_names:
            column = None
        if column is None:
            by_content = field_.name == "source_id" and self.feed.content_id
            return self.required(chunk) if field_.required and not by_content else None
        parts = [
            self.source_column(chunk, part, name)
            for part in ((column,) if isinstance(column, str) else column)
        ]
        array = parts[0] if len(parts) == 1 else self.joined(field_, parts)
        return words.renamed(tidy(array), self.feed.words[name]) if name in self.feed.words else array

    def joined(self, field_: Field, parts: list[pa.Array]) -> pa.Array:
        """Several columns as one; null where all of them are blank, or the day of a time."""
        if field_.type == "time" and field_.name not in self.feed.formats:
            return day_and_clock.joined(parts)
        texts = [unblanked(tidy(part))[0] for part in parts]
        if field_.name in self.entity.identity:
            blank = reduce(pc.and_, (pc.is_null(text) for text in texts))
            whole_id = pc.binary_join_element_wise(*(pc.fill_null(text, BLANK_PART) for text in texts), " ")
            return pc.if_else(blank, pa.scalar(None, pa.string()), whole_id)
        return beside(texts)

    def required(self, chunk: Chunk) -> pa.Array:
        """A field that must be, and is not there: every row lacks it, or the feed has forgotten it."""
        if chunk.loose and not self.feed.fields:
            return pa.nulls(chunk.table.num_rows, pa.string())
        taken = {*self.feed.constants, *(self.feed.fields or chunk.table.column_names)}
        missing = ", ".join(f.name for f in self.entity.fields if f.required and f.name not in taken)
        raise InvalidInput(
            "feed.required",
            feed=self.feed.key,
            at=self.feed.lines.get("fields", ""),
            fields=missing,
            columns=listed(chunk),
        )

    def source_column(self, chunk: Chunk, column: str, name: str) -> pa.Array:
        if column in chunk.table.column_names:
            array = whole(chunk.table[column])
            return tidy(array) if pa.types.is_boolean(array.type) else array
        if chunk.loose:
            return pa.nulls(chunk.table.num_rows, pa.string())
        at = self.feed.lines.get(f"fields.{name}", "")
        raise InvalidInput(
            "feed.column", feed=self.feed.key, at=at, field=name, column=column, columns=listed(chunk)
        )

    def find_orders(self, raw: dict[str, pa.Array], corrections: Corrections) -> None:
        """Day first or month first, decided for each column of times by all its values, else by the feed's
        other columns of times.

        Days that could be either and nothing that says which are counted as "time.order_assumed".
        """
        if self.feed.day_first is not None:
            return
        found = self.date_orders(raw)
        self.orders = times.resolved(found, self.orders)
        for name in found.keys() - self.orders.keys():
            corrections.add("time.order_assumed", found[name].either)

    def date_orders(self, raw: dict[str, pa.Array]) -> dict[str, times.Order]:
        """The order in each column of times, where that is not known yet."""
        return {
            f.name: times.order(raw[f.name])
            for f in self.entity.fields
            if f.type == "time" and f.name in raw and f.name not in self.orders
        }

    def stated_values(self, array: pa.Array, corrections: Corrections) -> pa.Array:
        """The values of a text column: tidied, and null where it holds a word for nothing."""
        if not pa.types.is_string(array.type):
            return array
        array, blank = unblanked(tidy(array))
        corrections.add("cell.blank_word", blank)
        corrections.add("cell.damaged", numbers.mask(pc.match_substring(array, DAMAGED)))
        return array

    def typed(self, f: Field, array: pa.Array, faults: Faults, corrections: Corrections) -> pa.Array:
        if f.type in ("text", "personal"):
            text = self.code(f, array, faults) if f.code else tidy(array)
            return text if f.longest is None else cut(text, f.longest, corrections)
        if f.type == "boolean":
            values, bad = words.look_up(tidy(array), words.BOOLEANS, pa.bool_())
        elif f.type == "time":
            values, bad = self.times(f, array, faults)
        else:
            values, bad = (numbers.parse_whole if f.type == "integer" else numbers.parse)(array)
            corrections.add("number.comma", numbers.commas(array, values))
        if f.required or f.strict or f.type == "boolean":
            faults.mark(bad, f"value.{f.type}", f.name)
        elif f.type != "coordinate":  # a coordinate that is no number is a missing one, and counted as that
            corrections.add("time.dropped" if f.type == "time" else "number.dropped", bad)
        if f.least is not None:
            faults.mark(numbers.mask(pc.less(values, f.least)), "value.least", f.name)
        if f.most is not None:
            faults.mark(numbers.mask(pc.greater(values, f.most)), "value.most", f.name)
        return values

    def code(self, f: Field, array: pa.Array, faults: Faults) -> pa.Array:
        """An id or a house number; what a spreadsheet made of it is a question for a person."""
        code = codes.tidied(tidy(array))
        faults.mark(numbers.mask(codes.dated(code, f.name == "house")), "value.date", f.name)
        for lost in (codes.inexact(array), codes.shortened(code)):
            faults.mark(numbers.mask(lost), "value.shortened", f.name)
        return code

    def content(self, raw: dict[str, pa.Array]) -> pa.Array:
        """Ids of rows by what they say in the columns that the feed reads."""
        stated = [
            pc.fill_null(tidy(raw[name]), "") for name in sorted(raw.keys() - self.feed.constants.keys())
        ]
        rows = pc.binary_join_element_wise(*stated, CONTENT_EDGE).to_pylist() if stated else []
        return pa.array(
            [hashlib.md5(row.encode(), usedforsecurity=False).hexdigest() for row in rows], pa.string()
        )

    def times(self, f: Field, array: pa.Array, faults: Faults) -> tuple[pa.Array, np.ndarray]:
        """The times of a column. One that could be read only in the other order of day and month than its
        column's is a fault of its own, "time.order"."""
        declared = self.feed.formats.get(f.name, ())
        if declared:
            return times.parse(
                array, self.zone(), formats=(declared,) if isinstance(declared, str) else declared
            )
        day_first = self.orders.get(f.name, self.feed.day_first is not False)
        values, bad = times.parse(array, self.zone(), day_first)
        if bad.any() and f.required:
            _, worse = times.parse(array.filter(pa.array(bad)), self.zone(), not day_first)
            indices = np.flatnonzero(bad)[~worse]
            other = np.zeros(len(bad), dtype=bool)
            other[indices] = True
            faults.mark(other, "time.order", f.name)
        return values, bad

    def find_months(self, f: Field, array: pa.Array, shaping: Shaping) -> None:
        """Times that name no day are the first moment of their month by the city's clock, whatever clock
        the others are of."""
        months = times.months(array)
        shaping.months[f.name] = months
        if months.any() and self.feed.time_zone:
            whole_months = times.parse(array, self.city.time_zone)[0]
            shaping.columns[f.name] = pc.if_else(pa.array(months), whole_months, shaping.columns[f.name])

    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.feed.time_zone) if self.feed.time_zone else self.city.time_zone

    def attributes(self, table: pa.Table, corrections: Corrections) -> pa.Array:
        """The kept columns as a JSON object a row, without what is blank; none longer than a title."""
        kept = table.select([name for name in self.feed.keep if name in table.column_names])
        return as_objects(kept, lambda column: cut(column, LONGEST_TITLE, corrections))

    def find_doubles(self, staged: pa.Table, faults: Faults, parts: np.ndarray | None) -> None:
        """Mark every row that names a thing again, in this chunk or in an earlier one; of a chunk of
        several pushes, in the same push."""
        names = list(self.entity.identity)
        if "source_id" in names:
            faults.mark(staged["source_id"].is_null(), "value.missing", "source_id")
            faults.mark(
                numbers.mask(pc.greater(pc.utf8_length(staged["source_id"]), LONGEST_ID)),
                "value.long",
                "source_id",
            )
        changed_at = since_1970_us(staged["said_at"]) if self.is_dated() else None
        doubled = self.doubles.find(self.identity(staged, parts), faults.good, changed_at)
        faults.mark(doubled, "row.doubled", names[0])


def listed(chunk: Chunk) -> str:
    """The columns that there are, for whoever must map them."""
    return ", ".join(name for name in chunk.table.column_names if name != chunk.geometry)[:500]


def geometry(chunk: Chunk) -> pa.Array | None:
    return None if chunk.geometry is None else whole(chunk.table[chunk.geometry])
