"""Indicators are assigned to managers as a workflow: the head of a department proposes one to the deputy akim
who supervises it, with a weight and where the strategy lets it a plan, from a month on; another person, the
deputy or the akim's office, accepts it or returns it with a reason. Who is a manager themselves
(`geo.accounts.managers`) proposes nothing for themselves, answers what is assigned to them, and nothing else.

Each step is a row that nobody changes: who, when and why. What an accepted one changes is in
`geo.rating.assigned`; a month that was closed before stays as it was closed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, text

from geo.audit.records import record_audit
from geo.errors import Conflict, InvalidInput, NotFound
from geo.incidents.cases.state import on_the_clock
from geo.rating.assigned import AcceptedAssignment, accepted, fits
from geo.rating.objections import check_reason
from geo.rating.strategy import AssignedIndicator, Indicator, Strategy
from geo.rating.versions import strategy_in_force
from geo.settings import City

ONE_AT_A_TIME = text("select pg_advisory_xact_lock(hashtextextended('rating_assignment/' || :region, 0))")
"""Whether weights add up is asked of what others have accepted: who asks waits for who is accepting."""
YEARS_AHEAD = 1
"""How far from now an assignment may begin: one that never begins would only stand in the way of others."""
CLOSED = text("""select closed_by, closed_at from rating_month where region = :region and month = :month
    and closed_at is not null""")
OPEN = text("""select a.id from rating_assignment a left join rating_assignment_answer d
        on d.region = a.region and d.assignment = a.id
    where a.region = :region and a.manager = :manager and a.indicator = :indicator and d.assignment is null
    limit 1""")
PROPOSE = text("""insert into rating_assignment (region, manager, indicator, since, strategy, weight, plan,
        reason, proposed_by)
    values (:region, :manager, :indicator, :since, :strategy, :weight, :plan, :reason, :who) returning id""")
FIND = text("""select a.*, d.decided_by, d.decided_at
    from rating_assignment a left join rating_assignment_answer d
        on d.region = a.region and d.assignment = a.id
    where a.region = :region and a.id = :id""")
ANSWER = text("""insert into rating_assignment_answer (region, assignment, proposed_by, accepted, answer,
        decided_by)
    values (:region, :id, :proposed_by, :accepted, :answer, :who)""")
LIST = text("""select a.id, a.manager, a.indicator, a.since, a.strategy, a.weight, a.plan, a.reason,
        a.proposed_by, a.proposed_at, d.accepted, d.answer, d.decided_by, d.decided_at
    from rating_assignment a left join rating_assignment_answer d
        on d.region = a.region and d.assignment = a.id
    where a.region = :region and (:manager = '' or a.manager = :manager)
    order by a.id""")


@dataclass(frozen=True)
class IndicatorProposal:
    """`since`: the first day of the month from which it counts. `plan` none = that of the strategy."""

    since: date
    manager: str
    indicator: str
    weight: int
    plan: float | None


def propose_assignment(
    connection: Connection,
    city: City,
    proposal: IndicatorProposal,
    reason: str,
    who: str,
    own: str | None = None,
) -> int:
    """Returns its number. `own`: the manager that `who` is, if they are one: nobody proposes for themselves.

    Raises `NotFound` ("rating.no_strategy", "rating.manager", "rating.indicator"), `Conflict`
    ("rating.own_proposal", "rating.closed", "rating.assigning", "rating.assigned_sum"), `InvalidInput`
    ("rating.reason", "rating.too_far", "rating.not_assignable", "rating.assigned_weight",
    "rating.plan_stands", "rating.assigned_plan")."""
    check_reason(reason)
    key, since, manager = {"region": city.region}, proposal.since, proposal.manager
    if own is not None and own == manager:
        raise Conflict("rating.own_proposal", manager=manager)
    last = city.today().year + YEARS_AHEAD
    if since.year > last:
        raise InvalidInput("rating.too_far", month=f"{since:%Y-%m}", last=f"{last}-12")
    connection.execute(ONE_AT_A_TIME, key)
    strategy = strategy_in_force(connection, city, since)
    if manager not in strategy.weights:
        raise NotFound("rating.manager", manager=manager[:40])
    _check_terms(_indicator(strategy, proposal.indicator), proposal.weight, proposal.plan)
    if closed := connection.execute(CLOSED, {**key, "month": since}).first():
        at = on_the_clock(city, closed.closed_at)
        raise Conflict("rating.closed", month=f"{since:%Y-%m}", who=closed.closed_by, at=at)
    if number := connection.execute(OPEN, {**key, **asdict(proposal)}).scalar():
        raise Conflict("rating.assigning", number=number)
    what = AssignedIndicator(0, manager, proposal.indicator, proposal.weight, proposal.plan)
    _check_sum(strategy, accepted(connection, city, strategy.version), AcceptedAssignment(since, what))
    values = {"strategy": strategy.version, "reason": reason.strip(), "who": who}
    number = connection.execute(PROPOSE, {**key, **asdict(proposal), **values}).scalar_one()
    record_audit(connection, who, "rating.assignment_proposed", number=number, manager=manager)
    return number


def answer_assignment(
    connection: Connection,
    city: City,
    number: int,
    is_accepted: bool,
    answer: str,
    who: str,
    manager: str | None = None,
) -> None:
    """`manager`: the one who answers, if they are one: each answers for themselves. Raises `NotFound`
    ("rating.assignment"), `Conflict` ("rating.answered", "rating.own_assignment", "rating.not_theirs",
    "rating.overtaken", "rating.assigned_sum"), `InvalidInput` ("rating.reason")."""
    check_reason(answer)
    connection.execute(ONE_AT_A_TIME, {"region": city.region})
    row = connection.execute(FIND, {"region": city.region, "id": number}).one_or_none()
    if row is None:
        raise NotFound("rating.assignment", number=number)
    if row.decided_by is not None:
        at = on_the_clock(city, row.decided_at)
        raise Conflict("rating.answered", number=number, who=row.decided_by, at=at)
    if row.proposed_by == who:
        raise Conflict("rating.own_assignment", number=number, who=who)
    if manager is not None and manager != row.manager:
        raise Conflict("rating.not_theirs", number=number, manager=row.manager, own=manager)
    if is_accepted:
        strategy = strategy_in_force(connection, city, row.since)
        if strategy.version != row.strategy:
            raise Conflict("rating.overtaken", number=number, version=strategy.version)
        what = AssignedIndicator(number, row.manager, row.indicator, row.weight, row.plan)
        _check_sum(strategy, accepted(connection, city, row.strategy), AcceptedAssignment(row.since, what))
    values = {"proposed_by": row.proposed_by, "accepted": is_accepted, "answer": answer.strip(), "who": who}
    connection.execute(ANSWER, {"region": city.region, "id": number, **values})
    record_audit(connection, who, "rating.assignment_answered", number=number, accepted=is_accepted)


def assignments_of(connection: Connection, region: str, manager: str = "") -> Sequence[Mapping[str, Any]]:
    """Oldest first; `manager` "" = everybody's."""
    rows = connection.execute(LIST, {"region": region, "manager": manager})
    return [dict(row) for row in rows.mappings()]


def _indicator(strategy: Strategy, key: str) -> Indicator:
    for one in strategy.indicators:
        if one.key == key:
            return one
    known = ", ".join(one.key for one in strategy.indicators)
    raise NotFound("rating.indicator", indicator=key[:40], known=known)


def _check_terms(indicator: Indicator, weight: int, plan: float | None) -> None:
    if indicator.assign_weight is None:
        raise InvalidInput("rating.not_assignable", indicator=indicator.key)
    low, high = indicator.assign_weight
    if not low <= weight <= high:
        raise InvalidInput("rating.assigned_weight", indicator=indicator.key, low=low, high=high)
    if plan is None:
        return
    if indicator.assign_plan is None:
        raise InvalidInput("rating.plan_stands", indicator=indicator.key, plan=indicator.plan)
    if not indicator.assign_plan[0] <= plan <= indicator.assign_plan[1]:
        low_plan, high_plan = indicator.assign_plan
        raise InvalidInput("rating.assigned_plan", indicator=indicator.key, low=low_plan, high=high_plan)


def _check_sum(strategy: Strategy, before: Sequence[AcceptedAssignment], added: AcceptedAssignment) -> None:
    """The manager's weights can add up in its month, and in every later one of anything accepted."""
    manager = added.what.manager
    found = [one for one in before if one.what.manager == manager]
    for month in sorted({added.since, *(one.since for one in found if one.since > added.since)}):
        counting = sorted((one for one in [*found, added] if one.since <= month), key=lambda one: one.since)
        given = {one.what.indicator: one.what.weight for one in counting}
        if not fits(strategy.weights[manager], given):
            name = f"{month:%Y-%m}"
            raise Conflict("rating.assigned_sum", manager=manager, month=name, sum=sum(given.values()))
