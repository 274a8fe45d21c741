"""The cases of a manager in a closed month: those that an indicator counts, those that it did not give points
for, those of a mark, and the shares of each performer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, text

from geo.errors import InvalidInput
from geo.ranges import whole
from geo.rating.cases import MARKS
from geo.rating.strategy import Strategy
from geo.settings import City
from layers.scope import Scope

PAGE_ROWS = 100
CASES = """select i.id, i.source_id as number, i.opened_at as at, c.name_{lang} as category,
        p.name_{lang} as performer, d.name_{lang} as district, i.due_at as due, i.closed_at as closed, k.marks
    from rating_case k join incident i on i.region = k.region and i.id = k.incident_id
    join performer p on p.key = k.performer left join category c on c.id = i.category_id
    left join district d on d.region = i.region and d.id = i.district_id
    where {condition} and k.incident_id > :after order by k.incident_id limit :limit"""
COUNT = "select count(*) from rating_case k where {condition}"
PERFORMERS = text("""select p.key, p.name_kk, p.name_ru, p.name_en,
        count(*) filter (where k.pattern >> :whole & 1 = 1) as whole,
        count(*) filter (where k.pattern >> :part & 1 = 1) as part
    from rating_case k join performer p on p.key = k.performer
    where k.region = :region and k.month = :month and k.manager = :manager
    group by p.key, p.name_kk, p.name_ru, p.name_en order by p.key""")

CLOSED = text("""select count(*) filter (where k.pattern >> :part & 1 = 1) as part,
        count(*) filter (where k.pattern >> :part & 1 = 1 or i.closed_at < :as_of) as closed
    from rating_case k join incident i on i.region = k.region and i.id = k.incident_id
    where k.region = :region and k.month = :month and k.manager = :manager
        and k.pattern >> :whole & 1 = 1""")


@dataclass(frozen=True)
class CasesRequest:
    """`indicator`: only what it counts; with `part` "yes" what of these is in its numerator, with "no" what
    is not. `mark`: only what is marked so."""

    manager: str
    indicator: str | None = None
    part: str | None = None
    mark: str | None = None
    performer: str | None = None
    after: int = 0

    @classmethod
    def parse(cls, query: Mapping[str, str], strategy: Strategy) -> CasesRequest:
        """Raises `InvalidInput` ("statistics.value")."""
        names = [indicator.key for indicator in strategy.indicators]
        after = whole(query.get("after", "0"))
        if after is None:
            raise InvalidInput("statistics.value", name="after", value=query["after"][:40])
        return cls(
            one_of(query, "manager", list(strategy.weights)) or "",
            one_of(query, "indicator", names),
            one_of(query, "part", ["yes", "no"]),
            one_of(query, "mark", list(MARKS)),
            query.get("performer") or None,
            after,
        )

    def where(self, city: City, month: date, strategy: Strategy) -> tuple[str, dict[str, Any]]:
        terms = ["k.region = :region", "k.month = :month", "k.manager = :manager"]
        values: dict[str, Any] = {"region": city.region, "month": month, "manager": self.manager}
        if self.indicator is not None:
            n = [indicator.key for indicator in strategy.indicators].index(self.indicator)
            terms.append(f"k.pattern >> {2 * n} & 1 = 1")
            if self.part is not None:
                terms.append(f"k.pattern >> {2 * n + 1} & 1 = {int(self.part == 'yes')}")
        if self.mark is not None:
            terms.append(":mark = any(k.marks)")
            values["mark"] = self.mark
        if self.performer is not None:
            terms.append("k.performer = :performer")
            values["performer"] = self.performer
        return " and ".join(terms), values


@dataclass(frozen=True)
class CasesPage:
    """`total`: of the whole list, whoever asks; `rows`: those that the caller may see. `next`: where the next
    page begins, none at the end."""

    total: int
    rows: list[dict[str, Any]]
    next: int | None


@dataclass(frozen=True)
class PerformerShare:
    key: str
    names: Mapping[str, str]
    part: int
    whole: int


def read_cases_page(
    connection: Connection,
    city: City,
    month: date,
    strategy: Strategy,
    request: CasesRequest,
    scope: Scope,
    lang: str,
) -> CasesPage:
    condition, values = request.where(city, month, strategy)
    total = connection.execute(text(COUNT.format(condition=condition)), values).scalar_one()
    within, bound = scope.where()
    statement = CASES.format(lang=lang, condition=f"{condition} and {within}")
    found = connection.execute(
        text(statement), {**values, **bound, "after": request.after, "limit": PAGE_ROWS + 1}
    )
    rows = [dict(row) for row in found.mappings()]
    following = rows[PAGE_ROWS - 1]["id"] if len(rows) > PAGE_ROWS else None
    return CasesPage(total, rows[:PAGE_ROWS], following)


def count_marks(connection: Connection, city: City, month: date, manager: str) -> dict[str, int]:
    """Mark -> how many cases have it, the most frequent first."""
    rows = connection.execute(
        text("""select mark, count(*) as n from rating_case k, unnest(k.marks) mark
            where k.region = :region and k.month = :month and k.manager = :manager
            group by mark order by count(*) desc, mark"""),
        {"region": city.region, "month": month, "manager": manager},
    )
    return {row.mark: row.n for row in rows}


def performer_shares(
    connection: Connection, city: City, month: date, manager: str, n: int
) -> list[PerformerShare]:
    """The share that each performer with a case of indicator `n` has in it."""
    values = {"region": city.region, "month": month, "manager": manager, "whole": 2 * n, "part": 2 * n + 1}
    return [
        PerformerShare(
            row.key, {"kk": row.name_kk, "ru": row.name_ru, "en": row.name_en}, row.part, row.whole
        )
        for row in connection.execute(PERFORMERS, values)
        if row.whole
    ]


def closed_in_time(
    connection: Connection, city: City, month: date, manager: str, n: int, as_of: datetime
) -> tuple[int, int]:
    """Cases of indicator `n` that were closed by `as_of`: those that it gives points for, and all of
    them. What is open, however late, is in neither."""
    values = {"region": city.region, "month": month, "manager": manager, "as_of": as_of}
    row = connection.execute(CLOSED, {**values, "whole": 2 * n, "part": 2 * n + 1}).one()
    return row.part, row.closed


def one_of(query: Mapping[str, str], name: str, known: list[str]) -> str | None:
    value = query.get(name)
    if value and value not in known:
        raise InvalidInput("statistics.value", name=name, value=value[:40])
    return value or None
