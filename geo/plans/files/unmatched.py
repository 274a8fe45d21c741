"""What a person has to decide before a plan made from a decision's text is whole: each thing that its text
and the register of addresses do not agree on."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from geo.audit.records import record_audit
from geo.base import Base, Region
from geo.errors import NotFound
from geo.plans.decision_text.read import Unmatched


class PlanUnmatched(Base):
    """`precinct` is a number, none for a building that no precinct's text names. `other`: the precinct
    that names it too."""

    __tablename__ = "plan_doubt"
    __table_args__ = (Index("ix_plan_doubt_plan", "region", "plan_id"),)
    region: Mapped[Region]
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    plan_id: Mapped[int]
    precinct: Mapped[int | None]
    code: Mapped[str]
    text: Mapped[str]
    other: Mapped[int | None]
    building_id: Mapped[int | None]


def keep_unmatched(connection: Connection, region: str, plan_id: int, lines: Iterable[Unmatched]) -> None:
    rows = [{"region": region, "plan": plan_id, **vars(line_id)} for line_id in lines]
    if rows:
        connection.execute(
            text("""insert into plan_doubt (region, plan_id, precinct, code, text, other, building_id)
            values (:region, :plan, :precinct, :code, :text, :other, :building)"""),
            rows,
        )


def read_unmatched(connection: Connection, region: str, plan_id: int) -> dict[int, Unmatched]:
    """The worklist of a plan in the order of its text, by the id under which each is settled; empty for a
    plan that came from none."""
    rows = connection.execute(
        text("""select id, precinct, code, text, other, building_id from plan_doubt
        where region = :region and plan_id = :plan order by id"""),
        {"region": region, "plan": plan_id},
    )
    return {id_: Unmatched(*line_id) for id_, *line_id in rows}


def settle(connection: Connection, region: str, plan_id: int, line_id: int, who: str) -> int:
    """A person has decided one: it leaves the worklist. Returns how many are left. Raises `NotFound`
    ("plan.no_doubt")."""
    values = {"region": region, "plan": plan_id, "id": line_id}
    if not connection.execute(
        text("delete from plan_doubt where region = :region and plan_id = :plan and id = :id"), values
    ).rowcount:
        raise NotFound("plan.no_doubt", doubt=line_id)
    record_audit(connection, who, "plan.settled", plan=plan_id, doubt=line_id)
    return connection.execute(
        text("select count(*) from plan_doubt where region = :region and plan_id = :plan"), values
    ).scalar_one()
