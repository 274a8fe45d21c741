"""The living present: of what is open at the last moment, how many, how late, how urgent, and how many
without a place.

History alone would leave open whatever has not run its course. Here the number open is brought to the
figure wanted: the newest that are within their term stay open, a few stay open past it or close to its
end, and everything else is closed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from etl.demo.facts import yearly
from etl.demo.history import KINDS, Incidents
from etl.demo.rhythm import DAY_US, HOUR_US, SECOND_US
from etl.demo.scales import Scale
from etl.demo.topics import by_key

CRITICAL_AGE_US = 161 * SECOND_US
IN_WORK = 0.55
FEW_OPEN = {"police": 0.035, "emergency": 0.012, "offence": 0.01}
"""Parts of the open incidents that are not service."""


@dataclass(frozen=True)
class Present:
    """Status (index into geo.incidents.model.STATUSES) and priority of each row."""

    status: np.ndarray
    priority: np.ndarray


def settle(incidents: Incidents, scale: Scale, until: int, rng: np.random.Generator) -> Present:
    """Closes or leaves open the incidents in place; when all are long over, closes all."""
    n, open_rows = len(incidents), np.empty(0, dtype=np.int64)
    if n and incidents.opened.max() > until - DAY_US * 3:
        open_rows = _leave_open(incidents, scale, until, rng)
    is_open = np.zeros(n, dtype=bool)
    is_open[open_rows] = True
    ending = ~is_open & ((incidents.closed == 0) | (incidents.closed > until))
    incidents.closed[ending] = (
        incidents.opened[ending] + (until - incidents.opened[ending]) * rng.uniform(0.3, 0.95, ending.sum())
    ).astype(np.int64)
    incidents.closed[is_open] = 0
    status = np.where(is_open, np.where(rng.random(n) < IN_WORK, 1, 0), 2)
    priority = np.zeros(n, dtype=np.int64)
    if len(open_rows):
        critical = _make_critical(incidents, open_rows, until)
        priority[_urgent(incidents, open_rows, scale, until, rng)] = 1
        priority[critical] = 2
        status[critical] = 1
        _lose_points(incidents, open_rows[open_rows != critical], priority, scale, until, rng)
    return Present(status, priority)


def _leave_open(incidents: Incidents, scale: Scale, until: int, rng: np.random.Generator) -> np.ndarray:
    wanted, late = max(8, round(yearly.OPEN_NOW * scale.now)), max(2, round(yearly.OVERDUE_NOW * scale.now))
    left, term = incidents.due - until, np.maximum(incidents.due - incidents.opened, 1)
    dated = (incidents.due > 0) & (incidents.kind == 0)
    overdue = np.flatnonzero(dated & (left < 0) & (left > -2 * DAY_US))
    soon = np.flatnonzero(dated & (left > 0.02 * term) & (left < 0.09 * term) & (incidents.opened < until))
    within = (incidents.due == 0) | (left > 0.15 * term)
    chosen = [
        rng.choice(rows, min(many, len(rows)), replace=False)
        for rows, many in ((overdue, late), (soon, max(1, round(yearly.DUE_SOON_NOW * scale.now))))
    ]
    for kind, part in FEW_OPEN.items():
        rows = np.flatnonzero(
            (incidents.kind == KINDS.index(kind)) & within & (incidents.opened > until - DAY_US)
        )
        chosen.append(rows[::-1][: max(1, round(wanted * part))])
    service = np.flatnonzero((incidents.kind == 0) & within)
    rest = max(0, wanted - sum(map(len, chosen)))
    likely = np.exp(-(until - incidents.opened[service]) / (2.5 * DAY_US)) + 1e-9
    chosen.append(rng.choice(service, min(rest, len(service)), replace=False, p=likely / likely.sum()))
    return np.sort(np.concatenate(chosen))


def _make_critical(incidents: Incidents, open_rows: np.ndarray, until: int) -> int:
    """The newest open emergency (else the newest open incident) becomes a fire in a home, opened under
    three minutes ago."""
    emergencies = open_rows[incidents.kind[open_rows] == KINDS.index("emergency")]
    row = int((emergencies if len(emergencies) else open_rows)[-1])
    fire = by_key()["emergency.fire_home"]
    incidents.kind[row], incidents.category[row] = KINDS.index("emergency"), fire.id
    incidents.opened[row] = until - CRITICAL_AGE_US
    incidents.due[row], incidents.inquiries[row] = incidents.opened[row] + int(fire.due_hours * HOUR_US), 7
    if incidents.building[row] < 0:
        incidents.building[row] = 0
    return row


def _urgent(
    incidents: Incidents, open_rows: np.ndarray, scale: Scale, until: int, rng: np.random.Generator
) -> np.ndarray:
    """A random choice of grave incidents that no deadline presses yet."""
    grave = [
        by_key()[key].id
        for key in (
            "heating.none",
            "heating.burst",
            "lifts.people",
            "hatches.open",
            "electricity.wire",
            "gas.smell",
            "police.injured",
            "emergency.smoke",
            "snow.ice",
            "water.none",
            "roads.signal",
            "dogs.bite",
            "police.missing",
            "emergency.rescue",
        )
    ]
    calm = open_rows[_unpressed(incidents, open_rows, until)]
    rows = calm[np.isin(incidents.category[calm], grave)]
    rows = rows if len(rows) else open_rows
    return rng.choice(rows, min(max(2, round(yearly.URGENT_NOW * scale.now)), len(rows)), replace=False)


def _unpressed(incidents: Incidents, rows: np.ndarray, until: int) -> np.ndarray:
    """Mask of the rows with more than 15 % of their term left, or without a term."""
    due = incidents.due[rows]
    return (due == 0) | (due - until > 0.15 * (due - incidents.opened[rows]))


def _lose_points(
    incidents: Incidents,
    open_rows: np.ndarray,
    priority: np.ndarray,
    scale: Scale,
    until: int,
    rng: np.random.Generator,
) -> None:
    """Bring the number of open incidents without coordinates to the figure; the urgent, the late and those
    due soon keep theirs."""
    calm = open_rows[(priority[open_rows] == 0) & _unpressed(incidents, open_rows, until)]
    lost = rng.choice(calm, min(round(yearly.WITHOUT_POINT_NOW * scale.now), len(calm)), replace=False)
    back = open_rows[incidents.building[open_rows] < 0]
    some = np.flatnonzero(incidents.building >= 0)
    incidents.building[back] = incidents.building[some[rng.integers(0, len(some), len(back))]]
    incidents.building[lost] = -1
