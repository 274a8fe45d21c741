"""What a hand-over tells, read in one statement, so that all of it is of one moment: what stands open and
what was done in the shift, within a post. Names are kept in three languages: it is read later, in any.

A section is {"n": how many there are, "rows": those that are listed, "groups": all of them counted}, with
what it needs of the three. Times are seconds since 1970, ids are whole numbers.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, text

from geo.incidents.model import CRITICAL
from geo.settings import City
from geo.shifts.post import DutyPost

SECTIONS = ("critical", "overdue", "shelved", "mass_events", "alarms", "feeds", "decisions", "notes")
FIRST_SHIFT, LONGEST_SHIFT = timedelta(hours=12), timedelta(days=7)
"""How far a hand-over looks back where none was before it, and at most."""
MOST_ROWS = 200
"""The most rows of a section; their full number is given beside them."""
LAST_TAKEN = text("""
    select id, left_at from shift_handover
    where region = :region and post = :post and taken_at is not null order by left_at desc limit 1""")


def _named(row: str) -> str:
    """The names of a category, district or performer; none where there is no such row."""
    return (
        f"case when {row}.id is not null then jsonb_build_object('kk', {row}.name_kk, 'ru', {row}.name_ru, "
        f"'en', {row}.name_en) end"
    )


SCOPE = """(cast(:kinds as text[]) is null or i.kind = any(cast(:kinds as text[])))
        and (cast(:districts as text[]) is null or d.key = any(cast(:districts as text[])))"""
ALARM_SCOPE = """(a.kind is null
            or (cast(:kinds as text[]) is null or a.kind = any(cast(:kinds as text[])))
            and (cast(:districts as text[]) is null or a.district = any(cast(:districts as text[]))))"""
FROM_INCIDENT = """left join district d on d.region = i.region and d.id = i.district_id
        left join category c on c.id = i.category_id
        left join performer p on p.id = coalesce(i.performer_id, c.performer_id)
        left join incident_case k on k.region = i.region and k.incident_id = i.id"""
CONTENTS = text(f"""
    with pressing as materialized (
        select i.id, i.source_id as number, i.title, i.address, i.kind, i.priority, i.status,
            {_named("c")} as category, {_named("d")} as district, {_named("p")} as performer,
            extract(epoch from i.opened_at)::bigint as opened, extract(epoch from i.due_at)::bigint as due,
            k.acknowledged_by, extract(epoch from k.shelved_until)::bigint as until
        from incident i {FROM_INCIDENT}
        where i.region = :region and i.status <> 'closed' and i.vanished_at is null and {SCOPE}
            and (i.priority = {CRITICAL} or i.due_at < :now or k.shelved_until > :now)),
    overdue as (select * from pressing where due < extract(epoch from cast(:now as timestamptz))),
    overdue_of as (
        select performer, count(*) as n, min(due) as oldest from overdue group by performer
        order by n desc, oldest),
    standing as materialized (
        select a.id, a.rule, a.kind, a.priority, a.incident_id as incident, a.parameters, i.title, i.address,
            {_named("c")} as category, {_named("d")} as district,
            extract(epoch from a.raised_at)::bigint as raised,
            extract(epoch from a.cleared_at)::bigint as cleared, a.acknowledged_by,
            extract(epoch from a.shelved_until)::bigint as until, a.shelved_by as who,
            a.shelved_reason as reason,
            coalesce(a.shelved_until > :now, false) as is_shelved, a.parameters ? 'feed' as of_feed
        from alarm a
            left join incident i on i.region = a.region and i.id = a.incident_id
            left join district d on d.region = i.region and d.id = i.district_id
            left join category c on c.id = (a.parameters ->> 'category')::bigint
        where a.region = :region and (a.cleared_at is null or a.parameters ? 'feed'
                and a.cleared_at >= :begins)
            and {ALARM_SCOPE}),
    shelved as (
        select 'alarm' as of, id, rule, incident, title, address, category, parameters, until, who, reason
        from standing where is_shelved and cleared is null
        union all
        select 'incident', s.id, null, s.id, s.title, s.address, s.category, null, s.until, l.who, l.reason
        from pressing s left join lateral (
            select who, coalesce(parameters ->> 'reason', parameters ->> 'text') as reason
            from incident_action where region = :region and incident_id = s.id and verb = 'shelve'
            order by id desc limit 1) l on true
        where s.until > extract(epoch from cast(:now as timestamptz))),
    done as materialized (
        select a.id, a.verb, a.who, extract(epoch from a.at)::bigint as at, i.id as incident,
            i.source_id as number, i.title, i.address, {_named("c")} as category,
            coalesce(a.parameters ->> 'text', a.parameters ->> 'reason') as remark,
            exists (select from incident_action u where u.region = a.region and u.undoes = a.id) as undone
        from incident_action a
            join incident i on i.region = a.region and i.id = a.incident_id
            {FROM_INCIDENT}
        where a.region = :region and a.at >= :begins and a.at <= :now and {SCOPE}
            -- A step on a mass event is one deed, told with the event, and not one for each of its incidents.
            and not exists (select from mass_event_step s where s.region = a.region and s.who = a.who
                and s.key = a.batch)),
    mass as (
        select e.id, e.number, e.kind, e.status as of, e.answer, e.confirmed_by, {_named("c")} as category,
            count(*) as incidents, count(*) filter (where i.status <> 'closed') as still_open,
            sum(i.inquiries) as inquiries, max(i.priority) as priority,
            extract(epoch from min(i.opened_at))::bigint as opened,
            extract(epoch from e.closed_at)::bigint as cleared
        from mass_event e join incident i on i.region = e.region and i.group_id = e.id
            left join district d on d.region = i.region and d.id = i.district_id
            left join category c on c.id = e.category_id
        where e.region = :region and i.vanished_at is null and {SCOPE}
            and (e.status in ('open', 'in_progress') or e.closed_at >= :begins)
        group by e.region, e.id, c.id),
    decided as (select * from done where verb not in ('note', 'undo')),
    noted as (select * from done where verb = 'note' and not undone)
    select jsonb_build_object(
        'critical', jsonb_build_object(
            'n', (select count(*) from pressing where priority = {CRITICAL}),
            'rows', (select coalesce(jsonb_agg(to_jsonb(r)), '[]') from (
                select * from pressing where priority = {CRITICAL} order by opened desc, id limit :most) r)),
        'overdue', jsonb_build_object(
            'n', (select count(*) from overdue),
            'groups', (select coalesce(jsonb_agg(to_jsonb(g)), '[]') from overdue_of g),
            'rows', (select coalesce(jsonb_agg(to_jsonb(r)), '[]') from (
                select * from overdue order by priority desc, due, id limit :most) r)),
        'shelved', jsonb_build_object(
            'n', (select count(*) from shelved),
            'rows', (select coalesce(jsonb_agg(to_jsonb(r)), '[]') from (
                select * from shelved order by until, of, id limit :most) r)),
        'mass_events', jsonb_build_object(
            'n', (select count(*) from mass where cleared is null),
            'rows', (select coalesce(jsonb_agg(to_jsonb(r)), '[]') from (
                select * from mass order by cleared nulls first, incidents desc, id limit :most) r)),
        'alarms', jsonb_build_object(
            'n', (select count(*) from standing where not is_shelved and cleared is null),
            'raised', (select count(*) from alarm a where a.region = :region and a.raised_at >= :begins
                and {ALARM_SCOPE}),
            'rows', (select coalesce(jsonb_agg(to_jsonb(r)), '[]') from (
                select * from standing where not is_shelved and cleared is null
                order by priority desc, acknowledged_by is not null, raised desc, id limit :most) r)),
        'feeds', jsonb_build_object(
            'n', (select count(*) from standing where of_feed and cleared is null),
            'rows', (select coalesce(jsonb_agg(to_jsonb(r)), '[]') from (
                select * from standing where of_feed order by cleared nulls first, raised desc, id
                limit :most) r)),
        'decisions', jsonb_build_object(
            'n', (select count(*) from decided where not undone),
            'groups', (select coalesce(jsonb_agg(to_jsonb(g)), '[]') from (
                select verb, count(*) as n from decided where not undone group by verb
                order by n desc, verb) g),
            'rows', (select coalesce(jsonb_agg(to_jsonb(r)), '[]') from (
                select * from decided order by at desc, id desc limit :most) r)),
        'notes', jsonb_build_object(
            'n', (select count(*) from noted),
            'rows', (select coalesce(jsonb_agg(to_jsonb(r)), '[]') from (
                select * from noted order by at desc, id desc limit :most) r)))""")


@dataclass(frozen=True)
class Contents:
    """`after`: the hand-over before this one, none = there was none. `begins`, `read_at`: seconds since
    1970. `sections`: by key, as the module says."""

    post: str
    after: int | None
    begins: int
    read_at: int
    sections: dict[str, dict[str, Any]]

    def marks(self) -> dict[str, str]:
        """Section -> what somebody who has read it has read: another once it holds other rows that one must
        know of. What flows by all day, overdue of no urgency and the shift's own deeds, is none of them."""
        return {key: self._mark(key, section) for key, section in self.sections.items()}

    def body(self, left_by: str, notes: str) -> str:
        """The line that is signed."""
        whole = asdict(self) | {"left_by": left_by, "notes": notes}
        return json.dumps(whole, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    def _mark(self, key: str, section: dict[str, Any]) -> str:
        if key in ("decisions", "notes"):
            return f"after-{self.after or 0}"
        rows = section["rows"]
        if key == "overdue":
            rows = [row for row in rows if row["priority"] > 0]
        known = [[row["id"], row.get("of"), row.get("acknowledged_by"), row.get("cleared")] for row in rows]
        return sha256(json.dumps(sorted(known, key=str)).encode()).hexdigest()[:16]


def digest_of(body: str) -> str:
    return sha256(body.encode()).hexdigest()


def collect(connection: Connection, city: City, post: DutyPost, now: datetime) -> Contents:
    """The contents of a hand-over by the post now."""
    bound = {"region": city.region, "post": post.key}
    last = connection.execute(LAST_TAKEN, bound).first()
    begins = now - FIRST_SHIFT if last is None else max(last.left_at, now - LONGEST_SHIFT)
    after = None if last is None else int(last.id)
    moments = {"begins": begins, "now": now, "most": MOST_ROWS}
    sections = connection.execute(CONTENTS, bound | post.lists() | moments).scalar_one()
    return Contents(post.key, after, int(begins.timestamp()), int(now.timestamp()), sections)
