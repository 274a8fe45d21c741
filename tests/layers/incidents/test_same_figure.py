"""Every count is the length of its list and of its file: facets, totals, points of the map, what is said of
an area, and the rows of each file, for random filters over the tiny demo city, now and at past moments.

`IKOMEK_EXAMPLES` says how many filters are tried.
"""

from __future__ import annotations

import csv
import json
import os
import random
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyogrio
from openpyxl import load_workbook
from sqlalchemy import Engine, text

from geo.incidents.model import KINDS, STATUSES
from geo.settings import Settings
from layers.incidents.export import FORMS, discard, export
from layers.incidents.filters import IncidentFilter
from layers.incidents.listing import Answer, read_page
from layers.incidents.points import read_points
from layers.incidents.trend import TrendStep
from layers.tiles.selection import FIELDS
from tests.conftest import DEMO_UNTIL
from tests.support.connected import engine_as

EXAMPLES = int(os.environ.get("IKOMEK_EXAMPLES", "20"))
SEED, MOST_ROWS = 109, 5_000
FLAGS = {"point": {"no_coordinates": True}, "overdue": {"overdue": True}}
"""What a click on a mark narrows a filter to."""

engine = engine_as("reader", "engine", of="demo_settings", scope="module")


class Filters:
    """Random addresses of the map page whose values are those of the city. `seed` decides them all."""

    def __init__(self, engine: Engine, settings: Settings, seed: int) -> None:
        self.chance, self.settings = random.Random(seed), settings
        with engine.connect() as connection:

            def column(statement: str) -> list[Any]:
                return list(connection.execute(text(statement)).scalars())

            self.values = {
                "kind": list(KINDS),
                "status": list(STATUSES),
                "priority": [0, 1, 2],
                "category": [0, *column("select id from category order by id")],
                "district": [0, *column("select id from district order by id")],
                "performer": [0, *column("select id from performer order by id")],
                "channel": ["none", *column("select distinct channel from incident where channel <> ''")],
            }
            self.buildings = column(
                "select building_id from incident where building_id is not null group by 1 "
                "order by count(*) desc, 1 limit 20"
            )
            self.streets = column(
                "select b.street_ru from incident i join building b on b.id = i.building_id group by 1 "
                "order by count(*) desc, 1 limit 20"
            )
            self.precincts = column("select id from precinct order by id limit 40")

    def one(self) -> dict[str, str]:
        facets = self.chance.sample(list(self.values), self.chance.choice((0, 0, 1, 1, 2, 3)))
        past = self.chance.random() < 0.25
        query = {name: self._several(self.values[name]) for name in facets}
        query |= self._moment() if past else self._window()
        for name, value in (("point", "none"), ("overdue", "yes")):
            if self.chance.random() < 0.1:
                query[name] = value
        if self.chance.random() < 0.35:
            query["area"] = self._area()
        elif self.chance.random() < 0.1:
            query["building"] = str(self.chance.choice(self.buildings))
        return query

    def _several(self, values: list[Any]) -> str:
        most = max(1, len(values) // 2)
        return ",".join(map(str, self.chance.sample(values, self.chance.randint(1, most))))

    def _window(self) -> dict[str, str]:
        window = self.chance.choice(("live", "dates", "dates", "30d"))
        query = {"window": window}
        if window == "dates" and self.chance.random() < 0.7:
            first = self._past().date()
            query["from"] = str(first)
            if self.chance.random() < 0.5:
                query["to"] = str(first + timedelta(days=self.chance.randint(0, 40)))
        return query

    def _moment(self) -> dict[str, str]:
        """The demo city ends in the past: a window that slides finds something at a moment of then."""
        window, known = self.chance.choice(("live", "7d", "30d")), self.chance.choice(("then", ""))
        return {"window": window, "moment": f"{self._past():%Y-%m-%dT%H:%M}", "known": known}

    def _past(self) -> datetime:
        past = DEMO_UNTIL - timedelta(minutes=self.chance.randint(60, 60 * 24 * 60))
        return past.astimezone(self.settings.city.time_zone).replace(tzinfo=None)

    def _area(self) -> str:
        lon, lat = 71.35 + self.chance.random() * 0.15, 51.07 + self.chance.random() * 0.12
        reach = self.chance.choice((0.01, 0.04, 0.1))
        corners = [
            number
            for _ in range(self.chance.randint(3, 7))
            for number in (lon + self._off(reach), lat + self._off(reach))
        ]
        shape = self.chance.choice(("circle", "box", "lasso", "street", "precinct", "district"))
        if shape == "street":
            return f"street,{self.chance.choice(self.streets)}"
        if shape == "precinct" and self.precincts:
            return f"precinct,{self.chance.choice(self.precincts)}"
        if shape == "district":
            return f"district,{self.chance.choice(self.values['district'][1:])}"
        if shape == "circle":
            return f"circle,{lon:.5f},{lat:.5f},{self.chance.choice((500, 2000, 8000))}"
        if shape == "box":
            return f"box,{lon:.5f},{lat:.5f},{lon + reach:.5f},{lat + reach:.5f}"
        return "lasso," + ",".join(f"{number:.5f}" for number in corners)

    def _off(self, reach: float) -> float:
        return (self.chance.random() - 0.5) * reach


def rows_of(path: Path) -> list[int]:
    """The numbers of the incidents in a file, in its order, read by what others read such files with."""
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            return [int(row["number"]) for row in csv.DictReader(file, delimiter=";")]
    if path.suffix == ".xlsx":
        with closing(load_workbook(path, read_only=True)) as book:
            head, *rows = book.worksheets[0].iter_rows(values_only=True)
        return [int(str(row[head.index("number")])) for row in rows]
    if path.suffix == ".geojson":
        return [feature["properties"]["number"] for feature in json.loads(path.read_text())["features"]]
    return [int(number) for number in pyogrio.read_dataframe(path, columns=["number"])["number"]]


def whole_list(engine: Engine, settings: Settings, wanted: IncidentFilter) -> Answer:
    return read_page(engine, settings.city, wanted, "ru", rows=MOST_ROWS, each=True)


def narrowed(
    chance: random.Random, wanted: IncidentFilter, answer: Answer
) -> list[tuple[IncidentFilter, int]]:
    """A value of each of three facets as a click takes it, and what stands beside it."""
    found = []
    for facet in chance.sample(sorted({*FIELDS, *FLAGS}), 3):
        if facet in FLAGS:
            found.append((replace(wanted, **FLAGS[facet]), answer.counts[facet][True]))
        elif answer.counts[facet]:
            value, n = chance.choice(sorted(answer.counts[facet].items(), key=str))
            selection = replace(wanted.selection, **{FIELDS[facet]: (value,)})
            found.append((replace(wanted, selection=selection), n))
    return found


def check_step(engine: Engine, settings: Settings, wanted: IncidentFilter, step: TrendStep) -> None:
    """The days of a step are a list of as many rows."""
    if step.whole and wanted.moment is None:
        days = replace(wanted.selection, since=step.first, until=step.last)
        of_days = replace(wanted, window="dates", selection=days)
        assert whole_list(engine, settings, of_days).total == step.n, of_days.as_query()


def check(engine: Engine, settings: Settings, wanted: IncidentFilter, chance: random.Random) -> int:
    """Its total."""
    answer = whole_list(engine, settings, wanted)
    listed = [row["id"] for row in answer.rows]
    assert answer.total == len(listed) == len(set(listed))
    folded = read_page(engine, settings.city, wanted, "ru", rows=MOST_ROWS)
    assert len(folded.rows) == folded.listed and folded.total == answer.total
    points = read_points(engine, settings.city, wanted)
    assert points.total == answer.total and points.unplaced == answer.counts["point"][True]
    if answer.summary is not None:
        assert sum(line.n for line in answer.summary.performers) == answer.total
        trend = answer.summary.trend
        if trend is not None:
            assert sum(step.n for step in trend.steps) == answer.total
            check_step(engine, settings, wanted, chance.choice(trend.steps))
    for narrower, n in narrowed(chance, wanted, answer):
        assert whole_list(engine, settings, narrower).total == n, narrower.as_query()
    for form in FORMS:
        made = export(engine, settings.city, wanted, "ru", form)
        try:
            assert made.rows == answer.total and rows_of(made.path) == listed, form
        finally:
            discard(made.path)
    return answer.total


def test_every_count_is_its_list_and_its_file(engine: Engine, demo_settings: Settings) -> None:
    filters, totals = Filters(engine, demo_settings, SEED), []
    for _ in range(EXAMPLES):
        query = filters.one()
        try:
            totals.append(check(engine, demo_settings, IncidentFilter.parse(query), filters.chance))
        except Exception as wrong:
            wrong.add_note(str(query))
            raise
    found = sum(map(bool, totals))
    print(f"{EXAMPLES} filters, {found} of them find {sum(totals):,} rows, {max(totals):,} at most")
    assert found > EXAMPLES / 4
