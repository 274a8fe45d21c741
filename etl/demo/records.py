"""The history into the tables, a year at a time, by COPY.

A run of a feed stamps what it writes with the present; a history has to say when each thing was known
then. So the rows are made here as runs would have left them over the years: incidents with their
events, inquiries with their counts, density deltas, telephony totals.
"""

from __future__ import annotations

import io
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from pyarrow import csv

from etl.demo.channels import CHANNEL_KEYS
from etl.demo.city import DemoCity
from etl.demo.facts.frame import DISTRICTS
from etl.demo.facts.organisations import SEVERAL
from etl.demo.facts.yearly import LOST_CALLS
from etl.demo.history import KINDS, Incidents, Inquiries
from etl.demo.lines import reproject
from etl.demo.operators import answered_by, operators
from etl.demo.present import Present
from etl.demo.reference import Ids, address
from etl.demo.rhythm import HOUR_US, SECOND_US, Clock
from etl.demo.topics import categories
from geo.incidents.density import CELL_M
from geo.incidents.model import STATUSES
from geo.incidents.squares import HALF_WORLD_M

SOURCES = {"service": "inquiries", "police": "police", "emergency": "emergencies", "offence": "offences"}
PREFIXES = {"service": "109", "police": "102", "emergency": "112", "offence": "ПР"}


class Recorder:
    """Writes the years of one city through one psycopg2 cursor; the transaction is the caller's."""

    def __init__(
        self, cursor, city: DemoCity, ids: Ids, region: str, clock: Clock, runs: dict[str, int]
    ) -> None:
        self.cursor, self.city, self.ids, self.region, self.clock, self.runs = (
            cursor,
            city,
            ids,
            region,
            clock,
            runs,
        )
        self.category_ids = np.array([0, *(ids.categories[topic.key] for topic in categories())])
        self.district_ids = np.array([ids.districts[row[0]] for row in DISTRICTS])[city.building_district]
        self.addresses = pa.array([address(city, i) for i in range(len(city.buildings))])

    def write_year(
        self,
        year: int,
        incidents: Incidents,
        present: Present,
        inquiries: Inquiries,
        rng: np.random.Generator,
    ) -> dict[str, int]:
        """Returns the rows written by feed."""
        ids = self._reserve("incident", len(incidents))
        self._incidents(year, ids, incidents, present, first_channels(incidents, inquiries))
        self._events(ids, incidents, present, rng)
        self._inquiries(year, ids, inquiries)
        hours = self._calls(inquiries, rng)
        counts = np.bincount(incidents.kind, minlength=len(KINDS))
        return {
            "inquiries": len(inquiries.topic),
            "calls": hours,
            **{SOURCES[kind]: int(n) for kind, n in zip(KINDS[1:], counts[1:])},
        }

    def _reserve(self, table: str, count: int) -> np.ndarray:
        """Ids from the table's own sequence, rising."""
        self.cursor.execute(
            f"select nextval(pg_get_serial_sequence('{table}', 'id')) from generate_series(1, {count})"
        )
        return np.array([row[0] for row in self.cursor.fetchall()], dtype=np.int64)

    def _copy(self, table: str, columns: dict[str, pa.Array | np.ndarray]) -> None:
        rows = len(next(iter(columns.values())))
        frame = pa.table(
            {
                "region": _same(self.region, rows),
                **{name: pa.array(values) for name, values in columns.items()},
            }
        )
        sink = pa.BufferOutputStream()
        csv.write_csv(frame, sink, csv.WriteOptions(include_header=False))
        names = ", ".join(frame.column_names)
        self.cursor.copy_expert(
            f"copy {table} ({names}) from stdin with (format csv)",
            io.BufferedReader(pa.BufferReader(sink.getvalue())),
        )

    def _incidents(
        self, year: int, ids: np.ndarray, incidents: Incidents, present: Present, channel: np.ndarray
    ) -> None:
        placed = incidents.building >= 0
        building = np.where(placed, incidents.building, 0)
        metric = shapely.points(
            shapely.get_coordinates(self.city.buildings.point)[building] + incidents.offset
        )
        degrees, mercator = (reproject(metric, self.city.srid, srid) for srid in (4326, 3857))
        category = self.category_ids[incidents.category]
        self._copy(
            "incident",
            {
                "id": ids,
                "source": _choice(list(SOURCES.values()), incidents.kind),
                "source_id": source_ids(year, incidents.kind),
                "kind": _choice(KINDS, incidents.kind),
                "category_id": category,
                "source_status": _choice(STATUSES, present.status),
                "source_priority": present.priority,
                "status": _choice(STATUSES, present.status),
                "priority": present.priority,
                "opened_at": _time(incidents.opened),
                "due_at": _time(incidents.due),
                "closed_at": _time(incidents.closed),
                "address": _where(placed, self.addresses.take(pa.array(building))),
                "district_id": _where(placed, pa.array(self.district_ids[building])),
                "building_id": _where(placed, pa.array(self.ids.buildings[building])),
                "performer_id": self._performers(incidents),
                "channel": _where(channel >= 0, _choice(CHANNEL_KEYS, np.maximum(channel, 0))),
                "inquiries": incidents.inquiries,
                "fine_tenge": _where(incidents.kind == 3, pa.array(incidents.fine)),
                "version": np.where(present.status == 2, 2, 1),
                "run_id": np.array([self.runs[SOURCES[kind]] for kind in KINDS])[incidents.kind],
                "point_4326": _where(placed, _hex(degrees, 4326)),
                "point_3857": _where(placed, _hex(mercator, 3857)),
            },
        )
        self._density(incidents, category, placed, shapely.get_coordinates(mercator))

    def _performers(self, incidents: Incidents) -> np.ndarray:
        """Who must act: the category's performer, the akimat of the place, or one of several companies by
        the building."""
        names = [topic.performer for topic in categories()]
        own = np.array([0, *(self.ids.performers.get(name, 0) for name in names)])[incidents.category]
        akimat = np.array([False, *(name == "akimat" for name in names)])[incidents.category]
        district = np.where(incidents.building >= 0, self.city.building_district[incidents.building], 2)
        out = np.where(
            akimat, np.array([self.ids.performers[f"akimat_{row[0]}"] for row in DISTRICTS])[district], own
        )
        for name, companies in SEVERAL.items():
            rows = np.array([False, *(n == name for n in names)])[incidents.category]
            out = np.where(
                rows,
                np.array([self.ids.performers[company] for company in companies])[
                    incidents.building % len(companies)
                ],
                out,
            )
        return out

    def _density(
        self, incidents: Incidents, category: np.ndarray, placed: np.ndarray, xy: np.ndarray
    ) -> None:
        cells = np.floor(np.column_stack([xy[:, 0] + HALF_WORLD_M, HALF_WORLD_M - xy[:, 1]]) / CELL_M).astype(
            np.int64
        )
        rows = np.column_stack([cells, incidents.kind, category, self.clock.local_days(incidents.opened)])[
            placed
        ]
        unique, counts = np.unique(rows, axis=0, return_counts=True)
        self._copy(
            "density_delta",
            {
                "x22": unique[:, 0],
                "y22": unique[:, 1],
                "kind": _choice(KINDS, unique[:, 2]),
                "category_id": unique[:, 3],
                "day": _date(unique[:, 4]),
                "n": counts,
            },
        )

    def _events(
        self, ids: np.ndarray, incidents: Incidents, present: Present, rng: np.random.Generator
    ) -> None:
        """Opened, taken into work, closed; each was known within a minute."""
        who = _choice([f"feed:{source}" for source in SOURCES.values()], incidents.kind)
        taken = np.where(
            incidents.closed > 0,
            incidents.opened + (incidents.closed - incidents.opened) // 8,
            incidents.opened + 9 * 60 * SECOND_US,
        )
        taken = np.where((present.status > 0) & (taken < self.clock.until), taken, 0)
        for what, before, after, happened in (
            ("opened", None, "open", incidents.opened),
            ("status", "open", "in_progress", taken),
            ("status", "in_progress", "closed", incidents.closed),
        ):
            rows = np.flatnonzero(happened > 0)
            recorded = np.minimum(
                happened[rows] + rng.integers(1, 60, len(rows)) * SECOND_US, self.clock.until
            )
            self._copy(
                "incident_event",
                {
                    "recorded_at": _time(recorded),
                    "incident_id": ids[rows],
                    "happened_at": _time(happened[rows]),
                    "who": who.take(pa.array(rows)),
                    "what": _same(what, len(rows)),
                    "from_value": _same(before, len(rows)),
                    "to_value": _same(after, len(rows)),
                },
            )

    def _inquiries(self, year: int, incident_ids: np.ndarray, inquiries: Inquiries) -> None:
        n = len(inquiries.topic)
        one_take = inquiries.incident < 0
        topic = self.category_ids[inquiries.topic]
        self._copy(
            "inquiry",
            {
                "source": _same("inquiries", n),
                "source_id": _numbered(f"{year % 100:02}-", np.arange(1, n + 1)),
                "channel": _choice(CHANNEL_KEYS, inquiries.channel),
                "topic_id": topic,
                "received_at": _time(inquiries.received),
                "answer_s": inquiries.answer_s,
                "operator": _choice([one[0] for one in operators()], answered_by(inquiries.answer_s, year)),
                "one_take": one_take,
                "incident_id": _where(
                    ~one_take, pa.array(incident_ids[np.where(one_take, 0, inquiries.incident)])
                ),
                "run_id": np.full(n, self.runs["inquiries"]),
            },
        )

    def _calls(self, inquiries: Inquiries, rng: np.random.Generator) -> int:
        """Telephony totals of each hour with a call: what was answered is what the inquiries say. Hours
        begun before the year's first call are whole."""
        rows = inquiries.channel == CHANNEL_KEYS.index("call")
        hours, index, answered = np.unique(
            inquiries.received[rows] // HOUR_US, return_inverse=True, return_counts=True
        )
        lost = rng.binomial(answered, np.clip(rng.normal(LOST_CALLS, 0.006, len(hours)), 0.015, 0.045))
        self._copy(
            "calls",
            {
                "source": _same("calls", len(hours)),
                "hour": _time(hours * HOUR_US),
                "offered": answered + lost,
                "answered": answered,
                "lost": lost,
                "answer_s": np.round(np.bincount(index, weights=inquiries.answer_s[rows]) / answered, 1),
                "run_id": np.full(len(hours), self.runs["calls"]),
            },
        )
        return len(hours)


def first_channels(incidents: Incidents, inquiries: Inquiries) -> np.ndarray:
    """The channel by which each incident's first inquiry came, an index into CHANNEL_KEYS; -1 for those of
    no inquiry. Inquiries stand in the order of their times."""
    out = np.full(len(incidents), -1)
    linked = np.flatnonzero(inquiries.incident >= 0)[::-1]
    out[inquiries.incident[linked]] = inquiries.channel[linked]
    return out


def source_ids(year: int, kind: np.ndarray) -> pa.Array:
    """Numbers as people say them: '109-26-0000123', counted by year and kind."""
    out = np.empty(len(kind), dtype=object)
    for code, name in enumerate(KINDS):
        rows = np.flatnonzero(kind == code)
        out[rows] = np.array(
            _numbered(f"{PREFIXES[name]}-{year % 100:02}-", np.arange(1, len(rows) + 1)), dtype=object
        )
    return pa.array(out, pa.string())


def _numbered(prefix: str, numbers: np.ndarray) -> pa.Array:
    return pc.binary_join_element_wise(
        prefix, pc.utf8_lpad(pc.cast(pa.array(numbers), pa.string()), 7, "0"), ""
    )


def _choice(words: tuple[str, ...] | list[str], index: np.ndarray) -> pa.Array:
    return pa.array(list(words)).take(pa.array(index))


def _same(word: str | None, count: int) -> pa.Array:
    return pa.repeat(pa.scalar(word, pa.string()), count)


def _where(mask: np.ndarray, values: pa.Array) -> pa.Array:
    """Null where the mask is false."""
    return pc.if_else(pa.array(mask), values, pa.scalar(None, values.type))


def _time(microseconds: np.ndarray) -> pa.Array:
    """Null for 0."""
    return pa.array(microseconds, pa.int64(), mask=microseconds == 0).cast(pa.timestamp("us", "UTC"))


def _date(days: np.ndarray) -> pa.Array:
    return pa.array(days.astype(np.int32)).cast(pa.date32())


def _hex(points: np.ndarray, srid: int) -> pa.Array:
    return pa.array(
        shapely.to_wkb(shapely.set_srid(points, srid), hex=True, include_srid=True).tolist(), pa.string()
    )


def microseconds(moment: datetime) -> int:
    return int(moment.astimezone(UTC).timestamp()) * SECOND_US
