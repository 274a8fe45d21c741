"""What waits for an inspector, as SQL over a row `i` of `incident` with its case `k`: each queue gives since
when. An incident leaves a queue by a check of it in that queue (`case_check`), or when it is no longer so.

Which closed cases are drawn to be checked follows from the incident and the microsecond in which it was
closed: nobody who closes one can know. What one person makes and closes is checked as well.
"""

from __future__ import annotations

from geo.desk.rules import DeskRules
from geo.settings import City

CHECKED = """exists (select from case_check s where s.region = i.region and s.incident_id = i.id
    and s.queue = '{queue}' and s.recorded_at >= {since})"""
LAST = """(select max(a.at) from incident_action a where a.region = i.region and a.incident_id = i.id
    and a.verb = '{verb}')"""
DRAWN = """('x' || substr(md5(i.id || ' ' || extract(epoch from i.closed_at)), 1, 6))::bit(24)::int
    % :sample_one_in = 0"""

OWN = """i.source = 'desk' and exists (select from incident_event o join incident_event c
    on c.region = o.region and c.incident_id = o.incident_id and c.who = o.who
    where o.region = i.region and o.incident_id = i.id and o.what = 'opened' and c.what = 'status'
        and c.to_value = 'closed' and o.recorded_at >= i.opened_at and c.recorded_at >= i.opened_at)"""
"""Made and closed by one person: the rating does not count it before somebody else has checked it
(`geo.rating.cases`)."""

SINCE = {
    "time": """(select x.requested_at from time_extension x where x.region = i.region
        and x.incident_id = i.id and x.decided_at is null)""",
    "reopened": LAST.format(verb="reopen"),
    "escalated": LAST.format(verb="escalate"),
    "new": "i.opened_at",
    "sample": "i.closed_at",
}
"""Queue -> since when an incident waits in it."""
OPEN = "i.status <> 'closed' and i.vanished_at is null"
RECENT = "now() - make_interval(days => :check_days)"
WAITS = {
    "time": f"""{OPEN} and i.id in (select x.incident_id from time_extension x
        where x.region = i.region and x.decided_at is null)""",
    "reopened": f"""{OPEN} and k.reopened > 0
        and not {CHECKED.format(queue="reopened", since=SINCE["reopened"])}""",
    "escalated": f"""{OPEN} and k.escalation > 0
        and not {CHECKED.format(queue="escalated", since=SINCE["escalated"])}""",
    "new": f"""{OPEN} and i.kind = 'service' and i.opened_at >= {RECENT}
        and not {CHECKED.format(queue="new", since="i.opened_at")}""",
    "sample": f"""i.status = 'closed' and i.kind = 'service' and i.vanished_at is null
        and i.closed_at >= {RECENT} and i.opened_at >= now() - interval '120 days' and ({DRAWN} or {OWN})
        and not {CHECKED.format(queue="sample", since="i.closed_at")}""",
}
"""Queue -> the condition of waiting in it."""


def bounds(city: City) -> dict[str, int]:
    """The values of the conditions."""
    rules = DeskRules.of(city)
    return {"sample_one_in": rules.sample_one_in, "check_days": rules.check_days}
