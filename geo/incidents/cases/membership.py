"""When an incident is part of its mass event no more: what is done with one incident alone never leaves it
where nobody can go on with it, open in an event that is over, or in one of another category."""

from __future__ import annotations

from geo.incidents.cases.fields import Value
from geo.incidents.cases.state import OwnEvent, State

MOVES = frozenset({"status", "category", "group"})
"""The fields by which it can come to that."""


def out_of_event(state: State, changes: dict[str, Value], event: OwnEvent | None) -> dict[str, Value]:
    """{"group": None} where by `changes` the incident, which is or comes into `event`, can be no part of it;
    else nothing. `event` none = it is in none."""
    moved = MOVES & changes.keys()
    if event is None or not moved:
        return {}
    after = state.fields | changes
    over = event.status == "dissolved" or (event.status == "closed" and after["status"] != "closed")
    foreign = moved != {"status"} and after["category"] != event.category
    return {"group": None} if over or foreign else {}
