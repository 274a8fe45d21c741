"""What becomes of the open incidents: taken into work, sent back, closed. Keeps their number, the late
ones among them, about where the demo began."""

from __future__ import annotations

from datetime import datetime

import numpy as np

from etl.demo.standing import Standing

STEP_EVERY_S = 9.0
"""The mean number of seconds between changes of status, at rate 1."""
CRITICAL_FOR_S = 540
PRESSING = 0.87
"""The share of its term from which an incident is closed before it presses, unless too few are late."""
SETTLE_S = 900.0
PRESSING_LEFT = 2
SERVICE_FIELDS = ("address", "lon", "lat", "performer", "due_at", "title")
OTHER_FIELDS = (
    "opened_at",
    "due_at",
    "category",
    "title",
    "address",
    "performer",
    "lon",
    "lat",
    "fine_tenge",
)


class Upkeep:
    """Chooses among `standing.open`; its rows are those of the feeds, by feed."""

    def __init__(self, standing: Standing, rng: np.random.Generator, rate: float) -> None:
        self.standing, self.rng, self.rate = standing, rng, rate

    def rows(self, now: datetime, seconds: float, opened: int) -> dict[str, list[dict]]:
        """The changes of the last `seconds`, in which `opened` new incidents came."""
        out: dict[str, list[dict]] = {}
        closing = self._closing(now, seconds, opened)
        for incident in closing:
            out.setdefault(incident["source"], []).append(changed(incident, now, "closed"))
        for incident in self._stepping(seconds, {i["id"] for i in closing}):
            incident["status"] = "in_progress" if incident["status"] == "open" else "open"
            out.setdefault(incident["source"], []).append(changed(incident, now, incident["status"]))
        gone = {i["id"] for i in closing}
        self.standing.open = [i for i in self.standing.open if i["id"] not in gone]
        return out

    def _closing(self, now: datetime, seconds: float, opened: int) -> list[dict]:
        """Those whose time has come, then as many as bring the number open back, the furthest in their
        term first."""
        calm = [i for i in self.standing.open if i["priority"] < 2]
        ended = [
            i
            for i in self.standing.open
            if i["priority"] == 2 and (now - i["opened_at"]).total_seconds() > CRITICAL_FOR_S
        ]
        gone = {i["id"]: elapsed(i, now) for i in calm}
        late = sorted((i for i in calm if gone[i["id"]] >= 1), key=lambda i: i["due_at"])
        pressing = [i for i in calm if PRESSING <= gone[i["id"]] < 1]
        ended += late[: max(0, len(late) - self.standing.wanted_overdue - 1)]
        if len(late) >= self.standing.wanted_overdue:
            ended += pressing[: max(0, len(pressing) - PRESSING_LEFT)]
        surplus = len(self.standing.open) - len(ended) - self.standing.wanted_open
        count = self.rng.poisson(max(0.0, opened * 0.5 + surplus * min(1.0, seconds / SETTLE_S)))
        taken = {i["id"] for i in ended}
        rest = [i for i in calm if i["id"] not in taken and gone[i["id"]] < 1]
        return ended + self._by_age(rest, gone, min(count, len(rest)))

    def _by_age(self, rest: list[dict], gone: dict[int, float], count: int) -> list[dict]:
        if not count:
            return []
        weight = np.exp(5 * np.array([gone[i["id"]] for i in rest]))
        return [rest[k] for k in self.rng.choice(len(rest), count, replace=False, p=weight / weight.sum())]

    def _stepping(self, seconds: float, closing: set[int]) -> list[dict]:
        rest = [i for i in self.standing.open if i["id"] not in closing]
        count = min(
            self.rng.poisson(seconds * self.rate / STEP_EVERY_S * len(rest) / max(len(rest), 200)), len(rest)
        )
        return [rest[k] for k in self.rng.choice(len(rest), count, replace=False)] if count else []


def elapsed(incident: dict, now: datetime) -> float:
    """The share of its regulatory term that has gone; 0 without one."""
    if incident["due_at"] is None:
        return min(0.8, (now - incident["opened_at"]).total_seconds() / 86_400)
    term = (incident["due_at"] - incident["opened_at"]).total_seconds()
    return (now - incident["opened_at"]).total_seconds() / max(term, 1.0)


def changed(incident: dict, now: datetime, status: str) -> dict:
    """The row that its feed would send for the new status: everything else as it was."""
    state = {
        "status": status,
        "priority": str(incident["priority"]),
        "closed_at": now if status == "closed" else None,
    }
    if incident["source"] != "inquiries":
        return {
            "source_id": incident["source_id"],
            **state,
            **{name: incident[name] for name in OTHER_FIELDS},
        }
    return {
        "source_id": incident["inquiry"],
        "channel": incident["channel"],
        "topic": incident["topic"],
        "received_at": incident["received_at"],
        "answer_s": incident["answer_s"],
        "operator": incident["operator"],
        "one_take": False,
        "incident_id": incident["source_id"],
        **state,
        **{name: incident[name] for name in SERVICE_FIELDS},
    }
