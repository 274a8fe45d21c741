"""The operational picture in figures: what a wall says beside its map. One read of the database, all figures of one moment.

"24 hours" is a sliding window up to the moment of reading. The inquiries of the same window one week earlier stand beside them: same weekday, same hours.
"""
from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, Engine, text

from geo.errors import InvalidInput
from geo.settings import City
from layers.scope import Scope

DUE_SHARE = 0.9
"""A deadline presses once this share of the regulatory time has gone (`assets/symbols.js` draws by the same rule)."""
ATTENTION_ROWS = 60
"""How many incidents are named. Their number is counted without a bound."""

OPEN = "i.region = :region and i.status <> 'closed' and i.vanished_at is null"
DUE = f"(i.due_at is not null and now() >= i.opened_at + {DUE_SHARE} * (i.due_at - i.opened_at))"
PRESSING = f"(i.priority >= 1 or {DUE})"

INQUIRIES = """
    select count(*) filter (where received_at >= now() - interval '24 hours') as n,
           count(*) filter (where received_at < now() - interval '7 days') as before,
           count(*) filter (where received_at >= now() - interval '24 hours' and one_take) as one_take
    from inquiry where region = :region and (received_at between now() - interval '24 hours' and now()
                                          or received_at between now() - interval '8 days' and now() - interval '7 days')"""
CALLS = """
    select coalesce(sum(offered), 0)::int as offered, coalesce(sum(lost), 0)::int as lost from calls
    where region = :region and hour > now() - interval '25 hours' and hour <= now()"""
DAY = """
    select count(*) filter (where i.kind = 'police') as police, count(*) filter (where i.kind = 'emergency') as emergencies from incident i
    where i.region = :region and i.vanished_at is null and i.opened_at between now() - interval '24 hours' and now() and {scope}"""
OPEN_NOW = f"""
    select count(*) as open, count(*) filter (where i.due_at < now()) as overdue, count(*) filter (where {PRESSING}) as attention,
           count(*) filter (where i.point_4326 is null) as no_coordinates
    from incident i where {OPEN} and {{scope}}"""
TOPICS = """
    select coalesce(c.parent_id, c.id) as id, count(*)::int as n from inquiry q join category c on c.id = q.topic_id
    where q.region = :region and q.received_at between now() - interval '24 hours' and now()
    group by 1 order by 2 desc, 1 limit :rows"""
NAMED_TOPICS = "select t.id, t.n, c.name_{lang} as name from ({topics}) t join category c on c.id = t.id order by t.n desc, t.id"
ATTENTION = f"""
    select i.id, c.name_{{lang}} as category, d.name_{{lang}} as district, p.name_{{lang}} as performer
    from incident i left join category c on c.id = i.category_id left join performer p on p.id = coalesce(i.performer_id, c.performer_id)
    left join district d on d.region = i.region and d.id = i.district_id
    where {OPEN} and {PRESSING} and {{scope}}
    order by i.priority < 2, least(case when {DUE} then abs(extract(epoch from i.due_at - now())) end, case when i.priority >= 1 then extract(epoch from now() - i.opened_at) end),
             i.id desc limit {ATTENTION_ROWS}"""


@dataclass(frozen=True)
class Picture:
    """`read_at` in seconds since 1970. Shares are 0..1, none where nothing was counted. `attention`: incident id -> its category, district and performer by name."""

    read_at: float
    inquiries: int
    inquiries_week_ago: int
    one_take: float | None
    lost_calls: float | None
    police: int
    emergencies: int
    open: int
    overdue: int
    attention_count: int
    no_coordinates: int
    topics: list[dict]
    attention: dict[str, dict]

    def as_json(self) -> dict:
        return asdict(self)


def read_picture(engine: Engine, city: City, scope: Scope, lang: str, topics: int) -> Picture:
    """The picture of now, within `scope`. Inquiries and calls belong to no district: a caller of some districts sees the city's."""
    if lang not in city.languages:
        raise InvalidInput("request.language", language=lang)
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection, connection.begin():
        return _read(connection, {"region": city.region}, scope, lang, topics)


def _read(connection: Connection, values: Mapping[str, object], scope: Scope, lang: str, topics: int) -> Picture:
    condition, bound = _condition(scope)
    scoped = {**values, **bound}
    inquiries = connection.execute(text(INQUIRIES), values).one()
    calls = connection.execute(text(CALLS), values).one()
    day = connection.execute(text(DAY.format(scope=condition)), scoped).one()
    now = connection.execute(text(OPEN_NOW.format(scope=condition)), scoped).one()
    named = connection.execute(text(NAMED_TOPICS.format(lang=lang, topics=TOPICS)), {**values, "rows": topics}).mappings()
    attention = connection.execute(text(ATTENTION.format(lang=lang, scope=condition)), scoped).mappings()
    return Picture(
        read_at=connection.execute(text("select extract(epoch from now())::float8")).scalar_one(),
        inquiries=inquiries.n, inquiries_week_ago=inquiries.before, one_take=_share(inquiries.one_take, inquiries.n),
        lost_calls=_share(calls.lost, calls.offered), police=day.police, emergencies=day.emergencies,
        open=now.open, overdue=now.overdue, attention_count=now.attention, no_coordinates=now.no_coordinates,
        topics=[dict(row) for row in named],
        attention={str(row["id"]): {name: row[name] for name in ("category", "district", "performer")} for row in attention},
    )


def _condition(scope: Scope) -> tuple[str, dict[str, object]]:
    """`Scope.where` with SQLAlchemy's way of naming values."""
    condition, bound = scope.where()
    for name in bound:
        condition = condition.replace(f"%({name})s", f":{name}")
    return condition, dict(bound)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


class PictureDesk:
    """Keeps the newest picture of each scope, language and length for `keep_s`, so that many walls cost one read; those who ask meanwhile wait for that one."""

    def __init__(self, keep_s: float = 2.0) -> None:
        self.keep_s = keep_s
        self._held: dict[tuple, tuple[float, Picture]] = {}
        self._locks: dict[tuple, threading.Lock] = {}
        self._guard = threading.Lock()

    def ask(self, engine: Engine, city: City, scope: Scope, lang: str, topics: int) -> Picture:
        key = (engine.url, city.region, scope, lang, topics)
        with self._guard:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            read, picture = self._held.get(key, (0.0, None))
            if picture is None or time.monotonic() - read >= self.keep_s:
                picture = read_picture(engine, city, scope, lang, topics)
                self._held[key] = (time.monotonic(), picture)
            return picture
