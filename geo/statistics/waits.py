"""What requests wait for: until work began, until they were closed. How long, in steps of at most 3.2 %, so
that what is counted ahead does not grow with the requests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

MINUTE_S = 60
EXACT_MIN = 64
"""Below it minutes are exact. Above, 32 steps lead from each power of two to the next, and a time counts as
the beginning of its step, as it does as that of its minute: an hour, four hours, a day stay what they are."""
CLOSED = "i.status = 'closed'"
BEGUN = """left join (select e.incident_id, min(e.happened_at) as at from incident_event e
        where e.region = :region and e.recorded_at >= :events_since and (e.what = 'status'
            and e.to_value = 'in_progress' or e.what = 'performer' and e.to_value is not null)
        group by 1) b on b.incident_id = i.id"""
"""When a performer took an incident up, or was named by a person. No event is recorded before its incident
was opened, so the period's beginning keeps the search to the months that matter."""


@dataclass(frozen=True)
class WaitUntil:
    """An end that incidents `i` wait for: `at` is SQL of its moment over a row that may be `joined`. One that
    is closed waits no longer, whether or not it is known until when it did."""

    at: str
    joined: str = ""

    @property
    def state(self) -> str:
        """SQL: "ended", "waits", or "unknown" until when it waited."""
        return f"case when {self.at} is not null then 'ended' when {CLOSED} then 'unknown' else 'waits' end"

    @property
    def minutes(self) -> str:
        """SQL of how long it lasted, or of its age."""
        lasted = f"date_part('epoch', coalesce({self.at}, now()) - i.opened_at) / {MINUTE_S}"
        return stepped(f"greatest(floor({lasted}), 0)::bigint")


def stepped(minutes: str) -> str:
    """SQL of the beginning of the step that whole minutes fall into."""
    # 1e-9: the logarithm of a power of two may be a hair too small.
    bits = f"floor(ln(greatest({minutes}, 1)::float8) / ln(2::float8) + 1e-9)::int"
    return f"""(select case when m.n < {EXACT_MIN} then m.n
        else m.n >> (m.bits - 5) << (m.bits - 5) end
        from (select {minutes} as n, {bits} as bits) m)"""


def stepped_minutes(minutes: np.ndarray) -> np.ndarray:
    """The same as `stepped`, of whole minutes."""
    _, bits = np.frexp(np.maximum(minutes, 1))
    more = np.maximum(bits - 1 - 5, 0)
    return np.where(minutes < EXACT_MIN, minutes, minutes >> more << more)


UNTIL: Mapping[str, WaitUntil] = {
    "assigned": WaitUntil("b.at", BEGUN),
    "closed": WaitUntil(f"case when {CLOSED} then i.closed_at end"),
}
"""What incidents wait for; inquiries wait for an "answer"."""
