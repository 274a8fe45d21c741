"""The strategy of a month with the indicators that managers were assigned by then.

An assignment counts from its month, once it is accepted, under the version of the strategy that it was made
for: the next version says anew who answers for what. Of several of one indicator to one manager the last
month's counts, then the last that was accepted. The weights assigned to a manager stand as they are, and
their other indicators share the rest of the 100 in the proportion of the strategy.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import Connection, text

from geo.rating.strategy import FULL, AssignedIndicator, Strategy
from geo.settings import City

ACCEPTED = text("""select a.id, a.manager, a.indicator, a.since, a.weight, a.plan
    from rating_assignment a join rating_assignment_answer d on d.region = a.region and d.assignment = a.id
    where a.region = :region and a.strategy = :version and d.accepted
        and (cast(:as_of as timestamptz) is null or d.decided_at < :as_of)
    order by a.since, d.decided_at, a.id""")


@dataclass(frozen=True)
class AcceptedAssignment:
    since: date
    what: AssignedIndicator


def with_assigned(
    connection: Connection, city: City, strategy: Strategy, month: date, as_of: datetime
) -> Strategy:
    """The strategy as accepted before `as_of`."""
    return assign(strategy, accepted(connection, city, strategy.version, as_of), month)


def accepted(
    connection: Connection, city: City, version: int, as_of: datetime | None = None
) -> list[AcceptedAssignment]:
    """In the order in which they count; `as_of` none = all."""
    rows = connection.execute(ACCEPTED, {"region": city.region, "version": version, "as_of": as_of})
    return [
        AcceptedAssignment(
            row.since, AssignedIndicator(row.id, row.manager, row.indicator, row.weight, row.plan)
        )
        for row in rows
    ]


def assign(strategy: Strategy, found: Iterable[AcceptedAssignment], month: date) -> Strategy:
    last = {(one.what.manager, one.what.indicator): one.what for one in found if one.since <= month}
    weights = dict(strategy.weights)
    for manager in {key[0] for key in last}:
        given = {indicator: one.weight for (of, indicator), one in last.items() if of == manager}
        weights[manager] = share_out(strategy.weights[manager], given)
    assigned = sorted(last.values(), key=lambda one: one.number)
    return replace(strategy, weights=weights, assigned=tuple(assigned))


def fits(own: Mapping[str, int], assigned: Mapping[str, int]) -> bool:
    """Whether the weights can add up to 100 with what is assigned."""
    room = FULL - sum(assigned.values())
    others = sum(weight for key, weight in own.items() if key not in assigned)
    return room == 0 or (room > 0 and others > 0)


def share_out(own: Mapping[str, int], assigned: Mapping[str, int]) -> dict[str, int]:
    """What is left beside the assigned goes to the others in the proportion of `own`: whole numbers that add
    up, the largest remainders rounded up. Weights of 0 are left out."""
    others = {key: weight for key, weight in own.items() if key not in assigned}
    room, base = FULL - sum(assigned.values()), max(1, sum(others.values()))
    found = {key: weight * room // base for key, weight in others.items()}
    most_left = sorted(others, key=lambda key: (-(others[key] * room % base), key))
    for key in most_left[: room - sum(found.values())]:
        found[key] += 1
    return {key: weight for key, weight in {**found, **assigned}.items() if weight}
