"""When a rule will take the next step of an incident, if nothing happens until then: for whoever looks at it.
What is due is decided by `geo.escalation.steps`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from geo.escalation.rules import EscalationStep


@dataclass(frozen=True)
class Escalated:
    """What the rules look at of an open incident whose clock runs. `category`: its key; `taken`: the keys of
    steps that were taken, by whomever they were undone since."""

    level: int
    priority: int
    category: str | None
    opened_at: datetime
    due_at: datetime | None
    acknowledged: bool
    shelved_until: datetime | None = None
    taken: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True)
class NextStep:
    level: int
    at: datetime


def next_step(steps: Iterable[EscalationStep], incident: Escalated) -> NextStep | None:
    """The first of those that no rule forbids; none where nothing will be done by itself. It can be past:
    then it is taken at the next look."""
    return min(_possible(steps, incident), key=lambda step: step.at, default=None)


def _possible(steps: Iterable[EscalationStep], incident: Escalated) -> Iterator[NextStep]:
    for step in steps:
        at = _when(step, incident)
        is_its = step.level == incident.level + 1 and incident.priority >= step.least_priority
        of_category = not step.categories or incident.category in step.categories
        if at is None or not is_its or not of_category or step.key in incident.taken:
            continue
        at = max(at, incident.shelved_until or at)
        if at < incident.opened_at + timedelta(hours=step.younger_than_h):
            yield NextStep(step.level, at)


def _when(step: EscalationStep, incident: Escalated) -> datetime | None:
    if step.late_min is not None:
        return incident.due_at and incident.due_at + timedelta(minutes=step.late_min)
    if incident.acknowledged or step.unacknowledged_min is None:
        return None
    return incident.opened_at + timedelta(minutes=step.unacknowledged_min)
