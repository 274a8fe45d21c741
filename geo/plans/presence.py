"""Who is looking at which precincts of a plan, so that two people see each other before they collide."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, Connection, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from geo.base import Base, Now, Region
from geo.changes.outbox import record
from geo.settings import City

AWAY_S = 30
"""Somebody who was not heard of for so long has left."""


class PlanPresence(Base):
    """`precincts`: ids of those a person has in hand, empty while they only look."""

    __tablename__ = "plan_presence"
    region: Mapped[Region]
    plan_id: Mapped[int] = mapped_column(primary_key=True)
    who: Mapped[str] = mapped_column(primary_key=True)
    precincts: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    seen_at: Mapped[Now]


def seen(connection: Connection, city: City, plan_id: int, who: str, precincts: Sequence[int] = ()) -> None:
    """`who` is here and has `precincts` in hand. Every screen hears of somebody who came or took up
    something else, not of each heartbeat."""
    bound = {"region": city.region, "plan": plan_id, "who": who, "precincts": list(precincts), "away": AWAY_S}
    known = connection.scalar(
        text("""select true from plan_presence where region = :region and plan_id = :plan and who = :who
        and precincts = cast(:precincts as bigint[]) and seen_at > now() - make_interval(secs => :away)"""),
        bound,
    )
    connection.execute(
        text("""insert into plan_presence (region, plan_id, who, precincts) values (:region, :plan, :who,
            :precincts)
        on conflict (region, plan_id, who) do update set precincts = excluded.precincts,
            seen_at = excluded.seen_at"""),
        bound,
    )
    if not known:
        record(
            connection,
            city.region,
            "presence",
            plan_id,
            0,
            {"plan": plan_id, "who": who, "precincts": list(precincts)},
        )


def present(connection: Connection, city: City, plan_id: int) -> list[dict[str, Any]]:
    """Who is here, by name: who, precincts, at."""
    rows = connection.execute(
        text("""select who, precincts, seen_at as at from plan_presence where region = :region
            and plan_id = :plan
        and seen_at > now() - make_interval(secs => :away) order by who"""),
        {"region": city.region, "plan": plan_id, "away": AWAY_S},
    )
    return [dict(row._mapping) for row in rows]
