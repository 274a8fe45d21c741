"""Figures that were kept: what was published of a period, so that anybody can count it again.

What is kept is one line of canonical JSON (keys sorted, no spaces): the figure's definition as SQL, its
period, its value, and a SHA-256 over the rows that it counted, each with its version. To verify is to count
again as of the same moment (what was overdue then is overdue) and to compare the bytes. A row that was
corrected since has another version: the value may be the same, the line is not, and the difference is named.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256

from sqlalchemy import Connection, Date, Identity, text
from sqlalchemy.orm import Mapped, mapped_column

from geo.audit.records import record_audit
from geo.base import Base, Region
from geo.errors import NotFound
from geo.settings import City
from geo.statistics.counting import Period, Population, count_rows, rows_condition
from geo.statistics.definitions import CALLS, Figure, find_figure


class KeptFigure(Base):
    """`body` is the line, `digest` its SHA-256 in hexadecimal digits. `position`: of the change feed, read
    before the rows."""

    __tablename__ = "statistic_kept"
    region: Mapped[Region]
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    figure: Mapped[str]
    first: Mapped[date] = mapped_column(Date)
    last: Mapped[date] = mapped_column(Date)
    read_at: Mapped[datetime]
    position: Mapped[int]
    body: Mapped[str]
    digest: Mapped[str]
    kept_by: Mapped[str]


@dataclass(frozen=True)
class Published:
    """A figure of whole days of the city, both included, as of `read_at`."""

    figure: Figure
    first: date
    last: date
    read_at: datetime
    position: int
    body: str


@dataclass(frozen=True)
class Mismatch:
    """A difference between a kept line and a new count: its key, the kept and the new value."""

    key: str
    kept: str
    now: str


INSERT = text("""insert into statistic_kept (region, figure, first, last, read_at, position, body, digest,
    kept_by)
    values (:region, :figure, :first, :last, :read_at, :position, :body, :digest, :who) returning id""")
READ = text("select * from statistic_kept where region = :region and id = :id")
LIST = text("""select id, figure, first as "from", last as "to", kept_by as name, digest from statistic_kept
    where region = :region order by id""")


def publish(connection: Connection, city: City, key: str, first: date, last: date) -> Published:
    """Count a figure now. `connection` in one snapshot. Raises `NotFound` ("statistics.figure")."""
    figure = find_figure(key)
    position, now = connection.execute(text("select position, now() from change_position")).one()
    return Published(figure, first, last, now, position, _line(connection, city, figure, first, last, now))


def keep(connection: Connection, city: City, published: Published, who: str) -> int:
    """Write it down, and into the audit; returns its number."""
    row = {
        "region": city.region,
        "figure": published.figure.key,
        "first": published.first,
        "last": published.last,
        "read_at": published.read_at,
        "position": published.position,
        "body": published.body,
        "digest": sha256(published.body.encode()).hexdigest(),
        "who": who,
    }
    number = connection.execute(INSERT, row).scalar_one()
    record_audit(connection, who, "figure.kept", figure=published.figure.key, number=number)
    return number


def verify(connection: Connection, city: City, number: int) -> list[Mismatch]:
    """Count a kept figure again, as of its moment; empty = the same bytes. `connection` in one snapshot.
    Raises `NotFound` ("statistics.kept")."""
    row = connection.execute(READ, {"region": city.region, "id": number}).one_or_none()
    if row is None:
        raise NotFound("statistics.kept", number=number)
    if sha256(row.body.encode()).hexdigest() != row.digest:
        return [Mismatch("sha256", row.digest, sha256(row.body.encode()).hexdigest())]
    counted = _line(connection, city, find_figure(row.figure), row.first, row.last, row.read_at)
    if counted == row.body:
        return []
    kept, now = json.loads(row.body), json.loads(counted)
    return [
        Mismatch(key, str(kept.get(key)), str(now.get(key)))
        for key in sorted({*kept, *now})
        if kept.get(key) != now.get(key)
    ]


def kept_rows(connection: Connection, region: str) -> list[dict[str, object]]:
    """Oldest first."""
    return [dict(row) for row in connection.execute(LIST, {"region": region}).mappings()]


def _line(
    connection: Connection, city: City, figure: Figure, first: date, last: date, read_at: datetime
) -> str:
    population, period = Population(city.region), Period.of_days(city, first, last, read_at)
    counted = count_rows(connection, [figure], population, period)[figure.key]
    body = {
        "figure": figure.key,
        "first": first.isoformat(),
        "last": last.isoformat(),
        "part": counted.part,
        "read_at": read_at.astimezone(city.time_zone).isoformat(),
        "region": city.region,
        "rows": _digest_of_rows(connection, figure, population, period),
        "sql": figure.sql,
        "value": counted.value,
        "whole": counted.whole,
    }
    return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _digest_of_rows(connection: Connection, figure: Figure, population: Population, period: Period) -> str:
    digest = sha256()
    for line in _rows(connection, figure, population, period):
        digest.update(line.encode())
    return digest.hexdigest()


def _rows(connection: Connection, figure: Figure, population: Population, period: Period) -> Iterator[str]:
    """A line for each row of the list, in the order of their ids: id and version; of an hour of calls, which
    has none, what it says."""
    source = figure.source
    columns = "c.source, extract(epoch from c.hour)::bigint, c.offered, c.lost"
    if source is not CALLS:
        columns = f"{source.alias}.id, {source.alias}.version"
    condition, values = rows_condition(figure, population, period)
    rows = connection.execute(
        text(f"select {columns} from {source.table} {source.alias} where {condition} order by 1, 2"), values
    )
    for row in rows:
        yield " ".join(map(str, row)) + "\n"
