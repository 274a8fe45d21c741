"""Eight managers with two hundred incidents each in January 2026, told by their events, and what a manager
can do to them afterwards.

Manager n is late with n of 25 incidents: the order of the rating is theirs, a place is 4 % of cases.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime

from sqlalchemy import Connection, text

from geo.rating import months
from geo.rating.cases import RatedCase, read_cases
from geo.rating.scores import ManagerScore
from geo.rating.strategy import Strategy
from geo.settings import City

MONTH = date(2026, 1, 1)
AS_OF = datetime(2026, 3, 5, tzinfo=UTC)
MANAGERS, CASES = 8, 200
CHEAT = 5
"""The manager that cheats: 40 of their incidents are late, a fifth."""
STRATEGY = """
version = 1
from = "2025-06"
threshold = 75
least_cases = 30
recorded_within_h = 2
[name]
kk = "с"
ru = "с"
en = "s"
[[goal]]
key = "quality"
kk = "с"
ru = "с"
en = "q"
[[indicator]]
key = "on_time"
goal = "quality"
figure = "on_time"
weight = 60
plan = 0.99
zero = 0.5
[[indicator]]
key = "returned"
goal = "quality"
figure = "returned"
weight = 20
plan = 0.0
zero = 0.2
[[indicator]]
key = "repeated"
goal = "quality"
figure = "repeated"
weight = 20
plan = 0.0
zero = 0.2
""" + "".join(f'[[manager]]\nkey = "m{n}"\n' for n in range(1, MANAGERS + 1))
CITY = """
insert into manager (id, key, name, post_kk, post_ru, post_en)
    select n, 'm' || n, 'Manager ' || n, 'Post ' || n, 'Post ' || n, 'Post ' || n
    from generate_series(1, 8) n;
insert into performer (id, key, type, name_kk, name_ru, name_en, manager_id)
    select n, 'p' || n, 'utility', 'P' || n, 'P' || n, 'P' || n, n from generate_series(1, 8) n;
insert into category (id, key, kind, name_kk, name_ru, name_en, performer_id)
    select n, 'c' || n, 'service', 'C' || n, 'C' || n, 'C' || n, 8 from generate_series(1, 2) n;
insert into incident (region, id, source, source_id, kind, category_id, source_status, status, opened_at,
    due_at, closed_at, performer_id, building_id)
    select '71', 1000 * m + k, 't', m || '-' || k, 'service', 1, 'closed', 'closed', opened,
        opened + interval '24 hours',
        opened + case when k % 25 < m then interval '40 hours' else interval '10 hours' end, m, 1000 * m + k
    from generate_series(1, 8) m, generate_series(1, 200) k,
        lateral (select timestamptz '2026-01-01 01:00+00' + k * interval '3 hours' as opened) o;
insert into incident_event (region, incident_id, recorded_at, happened_at, who, what, from_value, to_value)
    select region, id, opened_at + interval '1 minute', opened_at, 'feed:t', 'opened', null, 'open'
        from incident
    union all
    select region, id, closed_at + interval '1 minute', closed_at, 'feed:t', 'status', 'open', 'closed'
        from incident"""

# What is done to the incidents of :ids, each statement with the events that it leaves.
EVENT = """insert into incident_event (region, incident_id, recorded_at, happened_at, who, what, from_value,
        to_value)
    select region, id, {at}, {happened}, 'someone', '{what}', {before}, {after} from incident i
    where id = any(:ids)"""
FORGET_CLOSING = "delete from incident_event where incident_id = any(:ids) and what = 'status'"
CLOSE = "update incident set closed_at = {at} where id = any(:ids)"
AGAIN = """insert into incident (region, id, source, source_id, kind, category_id, source_status, status,
        opened_at, due_at, closed_at, performer_id, building_id)
    select region, id + {n} * 100000, source, source_id || '/{n}', kind, category_id, 'closed', 'closed',
        {opened}, {opened} + interval '24 hours', {closed}, performer_id, building_id
    from incident where id = any(:ids)"""
AGAIN_EVENTS = """insert into incident_event (region, incident_id, recorded_at, happened_at, who, what,
        from_value, to_value)
    select region, id, opened_at, opened_at, 'feed:t', 'opened', null, 'open' from incident
        where id % 100000 = any(:ids) and id > 100000
    union all
    select region, id, closed_at, closed_at, 'feed:t', 'status', 'open', 'closed' from incident
        where id % 100000 = any(:ids) and id > 100000"""


def later(hours: float) -> str:
    """SQL: so long after the opening."""
    return f"opened_at + interval '{hours} hours'"


def event(what: str, before: str, after: str, at: str, happened: str | None = None) -> str:
    return EVENT.format(what=what, before=before, after=after, at=at, happened=happened or at)


def closing(at: str, recorded: str | None = None) -> list[str]:
    """Closed at `at` instead, written down at `recorded`."""
    return [
        FORGET_CLOSING,
        CLOSE.format(at=at),
        event("status", "'open'", "'closed'", recorded or at, at),
    ]


def outcome(value: str) -> list[str]:
    return [*closing(later(20)), event("outcome", "null", f"'{value}'", later(20))]


DESK = """insert into incident (region, id, source, source_id, kind, category_id, source_status, status,
        opened_at, due_at, closed_at, performer_id, building_id)
    select region, id + {n} * 100000, 'desk', 'D' || id || '-{n}', kind, category_id, 'closed', 'closed',
        at, at + interval '24 hours', at + interval '{pace}', performer_id, id + {n} * 100000
    from incident, lateral (select opened_at + interval '{n} hours' as at) o where id = any(:ids)"""
DESK_EVENTS = """insert into incident_event (region, incident_id, recorded_at, happened_at, who, what,
        from_value, to_value)
    select region, id, opened_at, opened_at, '{maker}', 'opened', null, 'open' from incident
        where source = 'desk'
    union all
    select region, id, closed_at, closed_at, '{closer}', 'status', 'open', 'closed' from incident
        where source = 'desk'"""


def padding(pace: str, maker: str, closer: str, times: int = 1) -> list[str]:
    """So many invented incidents for each of :ids, each at its own place, closed as done after `pace`."""
    invented = [DESK.format(n=n, pace=pace) for n in range(1, times + 1)]
    return [*invented, DESK_EVENTS.format(maker=maker, closer=closer)]


END = "timestamptz '2026-01-31 10:00+00' + id % 40 * interval '1 second'"
CHEATS: Mapping[str, tuple[str, list[str]]] = {
    "bulk closing of late cases": ("bulk", closing(END)),
    "closing before done": (
        "renumbered",
        [*closing(later(1)), AGAIN.format(n=1, opened=later(20), closed=later(40)), AGAIN_EVENTS],
    ),
    "reassigning overdue ones": (
        "reassigned",
        [
            event("performer", "i.performer_id::text", "'8'", later(30)),
            "update incident set performer_id = 8 where id = any(:ids)",
        ],
    ),
    "reclassifying to a longer period": (
        "reclassified",
        [
            event("category", "'1'", "'2'", later(20)),
            event("due_at", "i.due_at::text", f"({later(72)})::text", later(20)),
            f"update incident set category_id = 2, due_at = {later(72)} where id = any(:ids)",
        ],
    ),
    "splitting": (
        "split",
        [
            *(AGAIN.format(n=n, opened=later(n / 10), closed=later(9)) for n in (1, 2, 3, 4)),
            AGAIN_EVENTS,
        ],
    ),
    "merging": ("merged", outcome("duplicate")),
    "reopening under a new number": (
        "renumbered",
        [*closing(later(23)), AGAIN.format(n=1, opened=later(23.2), closed=later(40)), AGAIN_EVENTS],
    ),
    "pausing the clock": (
        "paused",
        [
            event("due_at", "i.due_at::text", "null", later(20)),
            event("due_at", "null", f"({later(60)})::text", later(36)),
            f"update incident set due_at = {later(60)} where id = any(:ids)",
        ],
    ),
    "back-dating": ("late_record", closing(later(10), later(40))),
    "dumping into no performer": (
        "unassigned",
        [
            event("performer", "i.performer_id::text", "null", later(30)),
            "update incident set performer_id = null where id = any(:ids)",
        ],
    ),
    "refusing as not ours": ("refused", outcome("not_ours")),
    "removing from the feed": (
        "removed",
        [
            event("vanished", "null", "now()::text", later(20)),
            "update incident set vanished_at = now() where id = any(:ids)",
        ],
    ),
}
"""What is done to a fifth of a manager's cases: the mark that lists them, and the statements."""


def build(connection: Connection) -> None:
    connection.execute(text(CITY))


def late_cases(connection: Connection, manager: int = CHEAT) -> list[int]:
    rows = connection.execute(
        text("select id from incident where performer_id = :manager and closed_at > due_at order by id"),
        {"manager": manager},
    )
    return [row.id for row in rows]


def do(connection: Connection, statements: list[str], ids: list[int]) -> None:
    for statement in statements:
        connection.execute(text(statement), {"ids": ids})


def rate(
    connection: Connection, city: City, strategy: Strategy
) -> tuple[list[ManagerScore], list[RatedCase]]:
    cases = read_cases(connection, city, strategy, MONTH, AS_OF)
    return months.scores_of(strategy, cases, []), cases


def position(scores: list[ManagerScore], manager: str) -> int:
    return [one.manager for one in scores].index(manager)


LOOSE = """select m.key, avg((i.closed_at <= i.due_at)::int)::float8 as share from incident i
    join performer p on p.id = i.performer_id join manager m on m.id = p.manager_id
    where i.opened_at < '2026-02-01' and i.status = 'closed' and i.vanished_at is null
    group by m.key order by 2 desc"""
"""What a count of the rows as they stand would say."""


def loose_position(connection: Connection, manager: str) -> int:
    return [row.key for row in connection.execute(text(LOOSE))].index(manager)
