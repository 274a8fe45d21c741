"""A city in which things happen at random, by the programs that do it in earnest: feeds bring incidents late,
correct them, close them afterwards and list them no more; officers decide, assign, pause, close, reopen and
take back. Between two of them the live rows can be copied as they stand.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from io import BytesIO, StringIO
from typing import Any

from sqlalchemy import text

from geo.database import connect_engine
from geo.errors import IkomekError
from geo.loading import incidents as loading
from geo.loading import listed
from geo.loading.staging import Batch, driver_cursor
from geo.settings import Settings
from tests.support.desk import Desk

COLUMNS = (
    "row_number", "source_id", "kind", "category_id", "title", "source_status", "source_priority",
    "opened_at", "due_at", "closed_at", "address", "performer_id", "channel", "lon", "lat", "x", "y", "added",
)  # fmt: skip
KEPT = (
    "id", "kind", "category_id", "source_id", "status", "priority", "opened_at", "due_at",
    "closed_at", "address", "performer_id", "district_id", "building_id", "channel", "inquiries",
    "vanished_at", "lon", "lat",
    "acknowledged_by", "escalation", "shelved_until", "paused_at", "returned", "reopened", "outcome",
)  # fmt: skip
"""What a copy holds of each row: all that a past view restates."""
SHOWN = ", ".join(
    {
        "lon": "round(st_x(i.point_4326)::numeric, 6)::float8 as lon",
        "lat": "round(st_y(i.point_4326)::numeric, 6)::float8 as lat",
    }.get(name, f"{{case}}.{name}" if name in KEPT[KEPT.index("lat") + 1 :] else f"i.{name}")
    for name in KEPT
)
COPY = f"""select {SHOWN.format(case="k")} from incident i left join incident_case k
    on k.region = i.region and k.incident_id = i.id
    where i.status <> 'closed' and i.vanished_at is null and i.source = 'police' order by i.id"""
DISTRICTS = """insert into district (region, id, key, name_kk, name_ru, name_en, valid_from, geom_4326,
        geom_3857)
    overriding system value
    select '71', n, 'd' || n, 'd', 'd', 'd', date '2000-01-01', geom, st_transform(geom, 3857)
    from (select n, st_multi(st_makeenvelope(71.3 + n * 0.1, 51.0, 71.4 + n * 0.1, 51.3, 4326)) as geom
        from generate_series(0, 1) n) s"""
CATEGORIES = """insert into category (id, key, kind, name_kk, name_ru, name_en) overriding system value
    select n, 'c' || n, 'service', 'k', 'r', 'e' from generate_series(1, 5) n on conflict do nothing"""


@dataclass(frozen=True)
class LiveCopy:
    """The rows of the live picture at `at`, copied by a select without a condition but "open"."""

    at: datetime
    rows: list[dict[str, Any]]


@dataclass
class PastCity:
    """`seed` decides all but the moments."""

    settings: Settings
    seed: int = 109
    source_rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What the source says now, by its id."""

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.desk = Desk(self.settings, incidents=0)
        self.etl = connect_engine(self.settings, "etl", pool_size=1)
        self.desk.execute(DISTRICTS)
        self.desk.execute(CATEGORIES)
        self.deliveries = 0
        self.done: list[Any] = []
        self.happened: dict[str, int] = {}

    def close(self) -> None:
        self.desk.close()
        self.etl.dispose()

    def copy(self) -> LiveCopy:
        with self.desk.owner.begin() as connection:
            at = connection.execute(text("select clock_timestamp()")).scalar_one()
            rows = [dict(row) for row in connection.execute(text(COPY)).mappings()]
        return LiveCopy(at, rows)

    def rows_now(self) -> list[dict[str, Any]]:
        """Its incidents as they are now."""
        with self.desk.owner.connect() as connection:
            return [
                dict(row)
                for row in connection.execute(
                    text("select * from incident where source = 'police'")
                ).mappings()
            ]

    def step(self) -> str:
        """Something happens; its name."""
        deeds: dict[Callable[[], None], int] = {
            self._new: 4,
            self._correct: 5,
            self._close_late: 3,
            self._decide: 8,
            self._undo: 1,
            self._vanish: 1,
            self._reopen_at_source: 1,
        }
        deed = self.random.choices(list(deeds), list(deeds.values()))[0]
        deed()
        name = deed.__name__.strip("_")
        self.happened[name] = self.happened.get(name, 0) + 1
        return name

    def _new(self) -> None:
        for _ in range(self.random.randint(1, 4)):
            self._invent(f"s{len(self.source_rows) + 1}")
        self._load(list(self.source_rows)[-4:])

    def _invent(self, key: str) -> None:
        opened = datetime.now().astimezone() - timedelta(minutes=self.random.randint(0, 3000))
        closed = self.random.random() < 0.2
        self.source_rows[key] = {
            "source_id": key,
            "kind": self.random.choice(["service", "police", "emergency"]),
            "category_id": self.random.randint(1, 5),
            "title": self.random.choice(["Нет отопления", "Яма", ""]),
            "source_status": "closed" if closed else self.random.choice(["open", "in_progress"]),
            "source_priority": self.random.randint(0, 2),
            "opened_at": opened,
            "due_at": opened + timedelta(hours=self.random.randint(1, 90)),
            "closed_at": opened + timedelta(minutes=5) if closed else None,
            "address": self.random.choice(["Абая 1", "Кенесары 2", ""]),
            "performer_id": self.random.choice([None, 1, 2]),
            "channel": self.random.choice([None, "call", "app"]),
            "lon": round(71.31 + self.random.random() * 0.18, 5),
            "lat": round(51.05 + self.random.random() * 0.2, 5),
        }
        if self.random.random() < 0.15:
            self.source_rows[key] |= {"lon": None, "lat": None}

    def _correct(self) -> None:
        for key in self.random.sample(list(self.source_rows), min(3, len(self.source_rows))):
            fresh = dict(self.source_rows[key])
            self._invent(key)
            fields = self.random.sample(
                ["category_id", "title", "source_priority", "opened_at", "due_at", "address", "performer_id",
                 "kind", "place"], 3)  # fmt: skip
            for name in [part for one in fields for part in (("lon", "lat") if one == "place" else (one,))]:
                fresh[name] = self.source_rows[key][name]
            self.source_rows[key] = fresh
        self._load(list(self.source_rows))

    def _close_late(self) -> None:
        open_ones = [key for key, row in self.source_rows.items() if row["source_status"] != "closed"]
        for key in self.random.sample(open_ones, min(2, len(open_ones))):
            row = self.source_rows[key]
            row |= {
                "source_status": "closed",
                "closed_at": row["opened_at"] + timedelta(minutes=self.random.randint(1, 60)),
            }
        self._load(list(self.source_rows))

    def _reopen_at_source(self) -> None:
        closed = [key for key, row in self.source_rows.items() if row["source_status"] == "closed"]
        for key in self.random.sample(closed, min(2, len(closed))):
            self.source_rows[key] |= {"source_status": "open", "closed_at": None}
        self._load(list(self.source_rows))

    def _vanish(self) -> None:
        """A snapshot without some, who may come back with a later one."""
        some = [key for key in self.source_rows if self.random.random() < 0.93]
        self._load(some, snapshot=True)

    def _load(self, keys: list[str], snapshot: bool = False) -> None:
        self.deliveries += 1
        out = StringIO()
        writer = csv.writer(out)
        for n, key in enumerate(keys):
            row = self.source_rows[key]
            x, y = self._metres(row["lon"], row["lat"])
            added = 1 if self.random.random() < 0.1 else 0
            values = row | {"row_number": n, "x": x, "y": y, "added": added}
            writer.writerow(["" if values[name] is None else values[name] for name in COLUMNS])
        batch = Batch(
            self.settings.city, "police", 1, COLUMNS, BytesIO(out.getvalue().encode()), len(keys),
            snapshot=snapshot, delivery_id=self.deliveries, may_reuse=True,
        )  # fmt: skip
        with self.etl.begin() as connection:
            cursor = driver_cursor(connection)
            loading.prepare(cursor, self.settings.city)
            if snapshot:
                listed.forget(cursor)
            loading.load(connection, batch)
            if snapshot:
                loading.vanish(connection, batch)

    def _metres(self, lon: float | None, lat: float | None) -> tuple[float | None, float | None]:
        if lon is None:
            return None, None
        return self.desk.rows(
            "select st_x(p), st_y(p) from st_transform(st_point(:lon, :lat, 4326), 3857) p", lon=lon, lat=lat
        )[0]

    def _decide(self) -> None:
        """One of an officer's actions; one that its rules refuse is refused."""
        ids = [
            row[0]
            for row in self.desk.rows(
                "select id from incident where vanished_at is null and source = 'police'"
            )
        ]
        if not ids:
            return
        incident = self.random.choice(ids)
        deeds: list[tuple[str, dict[str, Any]]] = [
            ("acknowledge", {}),
            ("note", {"text": "слова"}),
            ("assign", {"performer": self.random.randint(1, 2)}),
            ("priority", {"priority": self.random.randint(0, 2)}),
            ("status", {"status": self.random.choice(["open", "in_progress"])}),
            ("escalate", {"reason": "ждёт"}),
            ("pause", {"reason": "нет доступа"}),
            ("resume", {}),
            ("close", {"outcome": "done"}),
            ("reopen", {"reason": "снова"}),
        ]
        verb, wish = self.random.choice(deeds)
        try:
            self.done.append(self.desk.act("aidos", verb, incident, **wish))
        except IkomekError:
            self.happened["refused"] = self.happened.get("refused", 0) + 1

    def _undo(self) -> None:
        if not self.done:
            return
        try:
            self.desk.undo("aidos", self.done.pop())
        except IkomekError:
            self.happened["refused"] = self.happened.get("refused", 0) + 1
