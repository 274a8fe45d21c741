"""What an action can change: the fields of an incident and of its case, where each is kept, and how its value
is written as text in an event, a decision and an action's `before`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias

Value: TypeAlias = str | int | datetime | None


@dataclass(frozen=True)
class CaseField:
    """`what` names it in events. `column` of `incident`, or of `incident_case` where `of_case`; `decision` is
    the name under which `decision` holds it, none = it is no decision."""

    what: str
    column: str
    read: Callable[[str], Value] = str
    of_case: bool = False
    decision: str | None = None


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


FIELDS: dict[str, CaseField] = {
    field.what: field
    for field in (
        CaseField("status", "status", decision="status"),
        CaseField("priority", "priority", int, decision="priority"),
        CaseField("category", "category_id", int, decision="category"),
        CaseField("performer", "performer_id", int, decision="performer"),
        CaseField("due_at", "due_at", moment, decision="due"),
        CaseField("closed_at", "closed_at", moment),
        CaseField("group", "group_id", int),
        CaseField("acknowledged_by", "acknowledged_by", of_case=True),
        CaseField("acknowledged_at", "acknowledged_at", moment, of_case=True),
        CaseField("escalation", "escalation", int, of_case=True),
        CaseField("shelved_until", "shelved_until", moment, of_case=True),
        CaseField("paused_at", "paused_at", moment, of_case=True),
        CaseField("left_s", "left_s", int, of_case=True),
        CaseField("returned", "returned", int, of_case=True),
        CaseField("reopened", "reopened", int, of_case=True),
        CaseField("outcome", "outcome", of_case=True),
        CaseField("duplicate_of", "duplicate_of", int, of_case=True),
    )
}
DECIDED = tuple(what for what, field in FIELDS.items() if field.decision)
OF_CASE = tuple(what for what, field in FIELDS.items() if field.of_case)
NEW_CASE: dict[str, Value] = {
    what: 0 if what in ("escalation", "returned", "reopened") else None for what in OF_CASE
}
"""The case of an incident that nobody has acted on."""


def written(value: Value) -> str | None:
    """A value as text; a moment in ISO 8601 with its offset."""
    if value is None:
        return None
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)


def read(what: str, value: Any) -> Value:
    """The value that `written` made this text of; an empty text is none, as a decision writes it."""
    return None if value is None or value == "" else FIELDS[what].read(value)
