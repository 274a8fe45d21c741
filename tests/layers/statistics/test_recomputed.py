"""A thousand figures of past days, drawn by chance, against what their events say: each incident's state is
built up from its events, each figure counted in Python by its formula, and what the cards and the three
levels read from roll-ups and rows is equal."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import Connection, text

from geo.database import connect_engine
from geo.settings import City, Settings
from geo.statistics.counting import Counted, Period, count_rows
from geo.statistics.day_counts import SUBJECTS
from geo.statistics.definitions import find_figure
from layers.statistics import counts
from layers.statistics.requests import StatisticsRequest
from tests.conftest import DEMO_UNTIL

CHECKED = 1000
SEED = 109
LONGEST_D = 45
DISTRICTS = (None, "esil", "almaty")
INCIDENTS = text("""select i.id, i.kind, i.category_id, d.key as district, i.channel, i.due_at, i.fine_tenge
    from incident i left join district d on d.region = i.region and d.id = i.district_id""")
EVENTS = text("""select incident_id, happened_at, what, from_value, to_value from incident_event
    order by recorded_at, id""")
INQUIRIES = text("select channel, topic_id, received_at, answer_s, one_take from inquiry")


@dataclass
class Rebuilt:
    """What the events of an incident say of it."""

    kind: str
    category: int | None
    district: str | None
    channel: str | None
    due: datetime | None
    fine: float
    opened: datetime | None = None
    status: str | None = None
    closed: datetime | None = None
    was_reopened: bool = False
    was_reclassified: bool = False

    def happens(self, what: str, at: datetime, before: str | None, after: str | None) -> None:
        if what == "opened":
            self.opened, self.status = at, after
        elif what == "status":
            self.was_reopened |= before == "closed"
            self.status, self.closed = after, at if after == "closed" else None
        elif what == "category":
            self.was_reclassified = True


@dataclass(frozen=True)
class History:
    incidents: list[Rebuilt]
    inquiries: list[tuple[str, int | None, datetime, int | None, bool]]
    city: City

    def day(self, at: datetime | None) -> date:
        assert at is not None
        return at.astimezone(self.city.time_zone).date()

    def opened(self, first: date, last: date, district: str | None) -> list[Rebuilt]:
        return [
            one
            for one in self.incidents
            if first <= self.day(one.opened) <= last and district in (None, one.district)
        ]

    def received(self, first: date, last: date) -> list[tuple[str, int | None, datetime, int | None, bool]]:
        return [one for one in self.inquiries if first <= self.day(one[2]) <= last]


def share(rows: list[Rebuilt], part: Callable[[Rebuilt], bool]) -> tuple[int, int]:
    return sum(map(part, rows)), len(rows)


def on_time(rows: list[Rebuilt], now: datetime) -> tuple[int, int]:
    due = [one for one in rows if one.due and (one.status == "closed" or one.due < now)]
    return share(due, lambda one: bool(one.status == "closed" and one.closed <= one.due))


OF_INCIDENTS: dict[str, Callable[[list[Rebuilt], datetime], tuple[float, int]]] = {
    **{
        key: lambda rows, _, kind=kind: (sum(one.kind == kind for one in rows),) * 2
        for key, kind in (
            ("service", "service"),
            ("police", "police"),
            ("emergencies", "emergency"),
            ("offences", "offence"),
        )
    },
    "fines": lambda rows, _: (sum(int(one.fine) for one in rows if one.kind == "offence"),) * 2,
    "on_time": on_time,
    "returned": lambda rows, _: share(
        [one for one in rows if one.status == "closed" or one.was_reopened], lambda one: one.was_reopened
    ),
    "classified": lambda rows, _: share(
        [one for one in rows if one.kind == "service"], lambda one: not one.was_reclassified
    ),
}
OF_INQUIRIES: dict[str, Callable[[list], tuple[float, int]]] = {
    "inquiries": lambda rows: (len(rows), len(rows)),
    "one_take": lambda rows: (sum(row[4] for row in rows), len(rows)),
    **{
        f"answered_{within}": lambda rows, within=within: (
            sum(row[3] is not None and row[3] <= within for row in rows),
            sum(row[3] is not None for row in rows),
        )
        for within in (15, 20)
    },
}


@pytest.fixture(scope="module")
def connection(demo_settings: Settings) -> Iterator[Connection]:
    engine = connect_engine(demo_settings, "reader")
    with engine.connect() as connected:
        yield connected
    engine.dispose()


@pytest.fixture(scope="module")
def history(connection: Connection, demo_settings: Settings) -> History:
    rebuilt = {
        row.id: Rebuilt(
            row.kind, row.category_id, row.district, row.channel, row.due_at, float(row.fine_tenge or 0)
        )
        for row in connection.execute(INCIDENTS)
    }
    for id_, at, what, before, after in connection.execute(EVENTS):
        rebuilt[id_].happens(what, at, before, after)
    rows = [tuple(row) for row in connection.execute(INQUIRIES)]
    return History(list(rebuilt.values()), rows, demo_settings.city)


def test_a_thousand_figures_of_past_days_are_what_the_events_say(
    connection: Connection, history: History
) -> None:
    chance, kinds = random.Random(SEED), Counter[str]()
    last_day = DEMO_UNTIL.date() - timedelta(1)
    days = (last_day - min(history.day(one.opened) for one in history.incidents)).days
    for n in range(CHECKED):
        last = last_day - timedelta(chance.randrange(days))
        first, district = last - timedelta(chance.randrange(LONGEST_D)), chance.choice(DISTRICTS)
        if n % 2:
            key = chance.choice([*OF_INCIDENTS, *OF_INQUIRIES])
            compare_figure(connection, history, key, first, last, district)
        else:
            key = chance.choice(["day", "hour", "channel"])
            compare_card(connection, history, key, chance.choice(SUBJECTS), first, last, district)
        kinds[key] += 1
    assert len(kinds) == len(OF_INCIDENTS) + len(OF_INQUIRIES) + 3 and kinds.total() == CHECKED


def compare_figure(
    connection: Connection, history: History, key: str, first: date, last: date, district: str | None
) -> None:
    request = StatisticsRequest(first, last, district=district)
    period = Period.of_days(history.city, first, last, DEMO_UNTIL)
    population = request.population(history.city)
    found: Counted = count_rows(connection, [find_figure(key)], population, period)[key]
    if key in OF_INQUIRIES:
        wanted = OF_INQUIRIES[key](history.received(first, last))
    else:
        wanted = OF_INCIDENTS[key](history.opened(first, last, district), DEMO_UNTIL)
    assert (found.part, found.whole) == wanted, (key, first, last, district)


def compare_card(
    connection: Connection,
    history: History,
    card: str,
    subject: str,
    first: date,
    last: date,
    district: str | None,
) -> None:
    request = StatisticsRequest(first, last, district=district, subject=subject)
    counted = request.counted()
    rows: list[tuple[datetime | None, str | None]] = (
        [(row[2], row[0]) for row in history.received(first, last)]
        if counted == "inquiry"
        else [
            (one.opened, one.channel) for one in history.opened(first, last, district) if one.kind == counted
        ]
    )
    zone = history.city.time_zone
    local = [(at.astimezone(zone), channel or "") for at, channel in rows if at]
    wanted: Counter
    if card == "day":
        found, wanted = (
            counts.by_day(connection, history.city, request),
            Counter(at.date() for at, _ in local),
        )
    elif card == "hour":
        found = counts.by_hour(connection, history.city, request)
        wanted = Counter((at.isoweekday(), at.hour) for at, _ in local)
    else:
        found = counts.by_channel(connection, history.city, request)
        wanted = Counter(channel for _, channel in local)
    assert found == dict(wanted), (card, subject, first, last, district)
