"""What alarm rules can look at. Each condition is a statement that gives the subjects that fulfil it now:
subject, incident, kind, district (a key), parameters (what its sentence is about).

To add one:

1. `CONDITIONS` below: its `Condition`
2. `geo/alarms/rules.py`: in NUMBERS, with their limits, the keys of a rule that its statement binds
3. `geo/alarms/rules.toml`: its name in the comment, a rule of it
4. `dashboard/locale/LANGUAGE/LC_MESSAGES/ikomek.po`: "alarms.condition.CONDITION", in each language
5. `dashboard/pages/alarms/rows.py`: in `ShownAlarms.about`, if it is of no incident and of no feed, what it
   says of itself
"""

from __future__ import annotations

from dataclasses import dataclass

from geo.alarms import machine
from geo.incidents.model import CRITICAL

OF_INCIDENT = """select i.id::text as subject, i.id as incident, i.kind, d.key as district,
        jsonb_build_object('title', i.title, 'address', i.address, 'category', i.category_id,
            'opened', extract(epoch from i.opened_at)::bigint, 'due', extract(epoch from i.due_at)::bigint,
            'escalation', coalesce(c.escalation, 0)) as parameters
    from incident i left join district d on d.region = i.region and d.id = i.district_id
        left join incident_case c on c.region = i.region and c.incident_id = i.id
    where i.region = :region and i.status <> 'closed' and i.vanished_at is null
        and coalesce(c.shelved_until, '-infinity') <= cast(:now as timestamptz)"""
SINCE = "cast(:now as timestamptz) - :younger_than_h * interval '1 hour'"
YOUNG = f"""(i.opened_at > {SINCE} or i.id = any(array(select incident_id from decision
        where region = :region and field = 'priority' and decided_at > {SINCE})))"""
"""Opened lately, or a person has weighed it lately."""
EXPECTED_NOW = """expected_hour e where e.region = :region
    and e.hour > cast(:now as timestamptz) - interval '2 hours' and e.hour <= cast(:now as timestamptz)"""
"""The two hours of the clock that the last sixty minutes touch. What came in them is compared with the larger
of both, so that no hour's beginning or end is an alarm."""


@dataclass(frozen=True)
class Condition:
    """`numbers`: the keys of a rule that the statement binds, beside `region` and `now`."""

    statement: str
    numbers: tuple[str, ...] = ()


CONDITIONS: dict[str, Condition] = {
    "critical": Condition(f"{OF_INCIDENT} and i.priority = {CRITICAL} and {YOUNG}", ("younger_than_h",)),
    "unacknowledged": Condition(
        f"""{OF_INCIDENT} and i.priority >= 1 and c.acknowledged_at is null and {YOUNG}
            and i.opened_at <= cast(:now as timestamptz) - :after_min * interval '1 minute'""",
        ("younger_than_h", "after_min"),
    ),
    "overdue": Condition(
        f"""{OF_INCIDENT} and i.priority >= :least_priority and {YOUNG}
            and i.due_at <= cast(:now as timestamptz) - :after_min * interval '1 minute'""",
        ("younger_than_h", "after_min", "least_priority"),
    ),
    "escalated": Condition(
        f"""{OF_INCIDENT.replace("i.id::text as subject", "i.id || '/' || c.escalation as subject")}
            and c.escalation >= 1 and exists (select from incident_action a where a.region = i.region
                and a.incident_id = i.id and a.verb = 'escalate' and a.at > {SINCE})""",
        ("younger_than_h",),
    ),
    "geofence": Condition(
        f"""{OF_INCIDENT} and i.priority >= :least_priority and {YOUNG}
            and st_dwithin(cast(i.point_4326 as geography), cast(st_setsrid(st_makepoint(:lon, :lat), 4326)
                as geography), :radius_m)""",
        ("younger_than_h", "least_priority", "lon", "lat", "radius_m"),
    ),
    "feed_lost": Condition("""
        select f.key as subject, null::bigint as incident, null as kind, null as district,
            jsonb_build_object('feed', f.key, 'since', extract(epoch from least(f.alarmed_at,
                f.backlog_alarmed_at))::bigint) as parameters
        from feed f
        where f.region = :region and (f.alarmed_at is not null or f.backlog_alarmed_at is not null)"""),
    "surge": Condition(
        f"""
        with counted as (
            select i.category_id, count(*) filter (where age = 0) as n,
                count(*) filter (where age > 0) / 4.0 as usual
            from incident i, generate_series(0, 4) age
            where i.region = :region and i.category_id is not null and i.vanished_at is null
                and i.opened_at > cast(:now as timestamptz) - age * interval '7 days'
                    - :minutes * interval '1 minute'
                and i.opened_at <= cast(:now as timestamptz) - age * interval '7 days'
            group by 1)
        select category_id::text as subject, null::bigint as incident, null as kind, null as district,
            jsonb_build_object('category', category_id, 'n', n, 'usual', round(usual, 1), 'minutes',
                cast(:minutes as int)) as parameters
        from counted c where n >= :at_least and n >= :times * usual and not exists (select from
            {EXPECTED_NOW} and e.category_id = c.category_id)""",
        ("minutes", "at_least", "times"),
    ),
    "early_warning": Condition(
        """
        select w.id::text as subject, null::bigint as incident, null as kind, w.district,
            jsonb_build_object('cause', w.cause, 'category', w.category_id, 'n', w.n, 'expected',
                round(cast(w.expected as numeric), 2), 'minutes', w.minutes, 'lon', round(cast(w.lon as
                numeric), 5), 'lat', round(cast(w.lat as numeric), 5), 'radius', w.radius_m) as parameters
        from early_warning w where w.region = :region
            and w.seen_at > cast(:now as timestamptz) - :minutes * interval '1 minute'""",
        ("minutes",),
    ),
    "beyond_forecast": Condition(
        f"""
        with came as (
            select i.category_id, i.district_id from incident i
            where i.region = :region and i.category_id is not null and i.vanished_at is null
                and i.opened_at > cast(:now as timestamptz) - interval '1 hour'
                and i.opened_at <= cast(:now as timestamptz)),
        counted as (
            select category_id, 0 as district_id, count(*) as n from came group by 1
            union all
            select category_id, district_id, count(*) from came where district_id is not null group by 1, 2),
        expected as (
            select e.category_id, e.district_id, max(e.mean) as mean,
                max(case when :interval >= 99 then e.most_99 else e.most_90 end) as most
            from {EXPECTED_NOW} group by 1, 2),
        beyond as (
            select c.*, x.mean, x.most from counted c join expected x using (category_id, district_id)
            where c.n >= :at_least and c.n > x.most)
        select b.category_id || coalesce('/' || d.key, '') as subject, null::bigint as incident, null as kind,
            d.key as district, jsonb_build_object('category', b.category_id, 'n', b.n, 'mean',
                round(cast(b.mean as numeric), 1), 'most', b.most, 'interval', cast(:interval as int),
                'district', d.key) as parameters
        from beyond b left join district d on d.region = :region and d.id = b.district_id
        where b.district_id = 0 or not exists (select from beyond w
            where w.category_id = b.category_id and w.district_id = 0)""",
        ("interval", "at_least"),
    ),
    "disk_low": Condition(machine.DISK_LOW, ("free_percent",)),
    "memory_low": Condition(machine.MEMORY_LOW, ("free_percent",)),
    "replication_behind": Condition(machine.REPLICATION_BEHIND, ("behind_s",)),
    "archive_failing": Condition(machine.ARCHIVE_FAILING, ("behind_s",)),
    "audit_unsealed": Condition(machine.AUDIT_UNSEALED, ("behind_s",)),
    "certificate_ends": Condition(machine.CERTIFICATE_ENDS, ("days",)),
    "backup_old": Condition(machine.BACKUP_OLD, ("hours",)),
}
