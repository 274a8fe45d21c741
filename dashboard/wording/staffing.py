"""How many operators are needed, against the roster: in sentences."""

from __future__ import annotations

from dashboard.formats import number
from dashboard.wording.statistics import percent
from dashboard.words import word
from geo.settings import City
from layers.statistics.staffing import Staffing


def silence(found: Staffing, city: City) -> str:
    """Why nothing can be said."""
    if found.roster is None:
        return word("staffing.no_roster")
    if found.until is None:
        return word("staffing.no_calls")
    until = found.until.astimezone(city.time_zone)
    return word("staffing.silent", at=f"{until:%d.%m.%Y %H:%M}")


def summary(found: Staffing, city: City) -> list[str]:
    """Who is lacking when, and what it is counted with."""
    assert found.roster is not None, "without a roster nothing is counted"
    lacking = [one for one in found.hours if one.short]
    worst = max(lacking, key=lambda one: one.short, default=None)
    lines = [word("staffing.enough", count=number(len(found.hours)))]
    if worst is not None:
        lines = [
            word(
                "staffing.short",
                hours=number(len(lacking)),
                of=number(len(found.hours)),
                worst=f"{worst.begins:%d.%m %H:%M}",
                lacking=number(worst.short),
            )
        ]
    roster = found.roster.roster
    at = found.roster.adopted_at.astimezone(city.time_zone)
    lines.append(
        word(
            "staffing.taken",
            handling=number(roster.handling_s),
            away=percent(roster.away, 1, 0),
            at=f"{at:%d.%m.%Y}",
            name=found.roster.adopted_by,
        )
    )
    lines.append(
        word("staffing.never")
        if found.patience_s is None
        else word("staffing.patience", seconds=number(found.patience_s))
    )
    return lines
