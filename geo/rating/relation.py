"""The cases of a month as one statement: from events and incidents to a row a case, with the columns of
`incident` that figures read (`RATED`). What each step is for is told in `geo.rating.cases`.

Bound: `region`, `month`, `since` and `until` of the month, `as_of`, `late`, `managers`, `bulk_cases`,
`bulk_span`, `sample_one_in`, `desk`, `quick`, `rules`.
"""

from __future__ import annotations

FIRST = "(array_agg({value} order by e.recorded_at, e.id) filter (where {condition}))[1]"
LAST = "(array_agg({value} order by e.recorded_at desc, e.id desc) filter (where {condition}))[1]"
GIVEN = "coalesce(e.from_value, case when e.recorded_at < :as_of then e.to_value end)"
"""For the first event of a field, whenever it was recorded: the field's value before anybody changed it."""
THEN = "e.recorded_at < :as_of"
CLOSES = f"{THEN} and e.what = 'status' and e.to_value = 'closed'"
RECORDED = f"""select e.incident_id,
        {FIRST.format(value=GIVEN, condition="e.what = 'due_at'")} as due,
        {FIRST.format(value=GIVEN, condition="e.what = 'performer'")} as performer,
        {FIRST.format(value="e.from_value", condition="e.what = 'category'")} as category,
        {FIRST.format(value="e.from_value", condition="e.what = 'opened_at'")} as opened,
        {LAST.format(value="e.to_value", condition=f"{THEN} and e.what in ('opened', 'status')")} as status,
        {LAST.format(value="e.happened_at", condition=CLOSES)} as closed,
        {LAST.format(value="e.recorded_at", condition=CLOSES)} as closed_recorded,
        {LAST.format(value="e.who", condition=CLOSES)} as closer,
        {FIRST.format(value="e.who", condition="e.what = 'opened'")} as maker,
        {LAST.format(value="e.to_value", condition=f"{THEN} and e.what = 'outcome'")} as outcome,
        {LAST.format(value="e.to_value", condition=f"{THEN} and e.what = 'vanished'")} as vanished,
        min(e.recorded_at) filter (where e.what = 'opened') as arrived,
        bool_or({THEN} and e.what = 'status' and e.from_value = 'closed') as reopened,
        bool_or({THEN} and e.what = 'performer' and e.from_value is not null and e.to_value is not null)
            as reassigned,
        bool_or({THEN} and e.what = 'performer' and e.from_value is not null and e.to_value is null)
            as unassigned,
        bool_or({THEN} and e.what = 'category') as reclassified,
        bool_or({THEN} and e.what = 'due_at' and e.from_value is not null) as paused,
        bool_or({THEN} and e.what = 'closed_at' and e.from_value is not null
            and e.to_value::timestamptz < e.from_value::timestamptz) as redated
    from incident_event e
    where e.region = :region and e.recorded_at >= :since and e.incident_id in (select o.id from incident o
        where o.region = :region and o.opened_at >= :since and o.opened_at < :as_of
        union all
        select m.incident_id from incident_event m where m.region = :region and m.recorded_at >= :since
            and m.what = 'opened_at')
    group by e.incident_id"""
"""The events of each incident summed up: first values, the last status, and what was done to it. Events after
`as_of` only tell what had been before."""

OBJECTED = """select distinct on (o.incident_id) o.incident_id, p.id as performer_id,
        o.performer is null as leaves_out
    from rating_objection o left join performer p on p.key = o.performer
    where o.region = :region and o.month = :month and o.accepted and o.decided_at < :as_of
    order by o.incident_id, o.decided_at desc, o.id desc"""
"""The effect of accepted objections on a case; of several the last."""

FIRST_OF_ONE = """select e.incident_id, {performer} as performer, {category} as category, {opened} as opened
    from incident_event e where e.region = :region and e.incident_id = :incident
    group by e.incident_id""".format(
    performer=FIRST.format(value="coalesce(e.from_value, e.to_value)", condition="e.what = 'performer'"),
    category=FIRST.format(value="e.from_value", condition="e.what = 'category'"),
    opened=FIRST.format(value="e.from_value", condition="e.what = 'opened_at'"),
)
COUNTED = f"""with first as ({FIRST_OF_ONE}), moved as (select distinct on (o.incident_id) o.incident_id, p.id
        from rating_objection o join performer p on p.key = o.performer
        where o.region = :region and o.month = :month and o.incident_id = :incident and o.accepted
        order by o.incident_id, o.decided_at desc, o.id desc)
    select m.key as manager
    from incident i left join first t on t.incident_id = i.id left join moved j on j.incident_id = i.id
    left join category c on c.id = coalesce(t.category::bigint, i.category_id)
    left join performer p on p.id = coalesce(j.id, t.performer::bigint, i.performer_id, c.performer_id)
    left join manager m on m.id = p.manager_id
    where i.region = :region and i.id = :incident
        and coalesce(t.opened::timestamptz, i.opened_at) >= :since
        and coalesce(t.opened::timestamptz, i.opened_at) < :until"""
"""For whom one incident counts now, by the same first values: a row where it is a case of the month. Bound:
`region`, `incident`, `month`, `since` and `until` of the month."""

SHOWN = """exists (select from incident_action a where a.region = i.region and a.incident_id = i.id
    and a.verb = 'attach' and a.parameters ->> 'stage' = 'after' and a.at < :as_of
    and not exists (select from incident_action u where u.region = a.region and u.undoes = a.id
        and u.at < :as_of))"""
"""A picture showed the repair of `i`: pictures are purged, what was done with them is not."""
CHECKED = """exists (select from case_check s where s.region = i.region and s.incident_id = i.id
    and s.recorded_at >= t.closed_recorded and s.recorded_at < :as_of and s.who not in (t.maker, t.closer))"""
"""An inspector who neither made nor closed `i` has looked at it after its closing."""

KNOWN = f"""select i.region, i.id, i.kind, i.source_priority, i.presses_at, i.building_id, t.*,
        coalesce(t.opened::timestamptz, i.opened_at) as opened_at,
        coalesce(t.category::bigint, i.category_id) as category_id,
        coalesce(j.performer_id, t.performer::bigint, i.performer_id, c.performer_id) as performer_id,
        coalesce(t.due::timestamptz, i.due_at) as due_at,
        coalesce(c.duplicate_window_h, 0) * interval '1 hour' as again_within,
        coalesce(t.status, i.status) as status_now, coalesce(t.closed, i.closed_at) as claimed,
        t.closed_recorded - t.closed > :late and t.closed_recorded is distinct from t.arrived
            as is_late_record,
        i.source = :desk and t.closed_recorded is not null and (t.closer = t.maker
            or t.closed_recorded - t.arrived < :quick and not {SHOWN}) and not {CHECKED} as is_self_made
    from incident i left join recorded t on t.incident_id = i.id left join category c on c.id = i.category_id
    left join objected j on j.incident_id = i.id
    where j.leaves_out is not true and i.region = :region
        and coalesce(t.opened::timestamptz, i.opened_at) >= :since
        and coalesce(t.opened::timestamptz, i.opened_at) < :as_of
        and (i.opened_at >= :since or t.opened is not null)
        and coalesce(t.arrived < :as_of, true)"""
CLOSED = """select k.*, case when status_now = 'closed' and vanished is null
        and coalesce(outcome, 'done') = 'done'
        then case when is_late_record then closed_recorded else claimed end end as closed_at
    from known k"""
ORDERED = """select d.*, opened_at <= again_within + max(coalesce(closed_at, 'infinity')) over (
        partition by building_id, category_id order by opened_at, id
        rows between unbounded preceding and 1 preceding) as continues,
    max(coalesce(closed_at, 'infinity')) over (partition by building_id, category_id order by opened_at, id
        rows between unbounded preceding and 1 preceding) as before_until,
    count(*) filter (where closed_at is not null) over (partition by performer_id order by closed_at
        range between :bulk_span preceding and :bulk_span following) as closed_together
    from closed d"""
NUMBERED = """select o.*, case when building_id is null then id
        else -sum((not coalesce(continues, false))::int)
            over (partition by building_id, category_id order by opened_at, id) end as number
    from ordered o"""
FOLDED = """select n.*, row_number() over first_of as part_number,
        count(*) over whole_of as parts,
        bool_and(closed_at is not null) over whole_of as is_closed,
        max(closed_at) over whole_of as last_closed,
        bool_or(before_until < 'infinity' and continues and opened_at > before_until) over whole_of
            as came_again,
        bool_or(coalesce(reopened, false)) over whole_of as was_reopened,
        bool_and(coalesce(is_self_made, false)) over whole_of as all_self_made
    from numbered n
    window whole_of as (partition by building_id, category_id, number),
        first_of as (partition by building_id, category_id, number order by opened_at, id)"""
RATED = """select region, id, kind, source_priority, presses_at, building_id, category_id, performer_id,
        opened_at, due_at, case when is_closed then 'closed' else 'open' end as status,
        case when is_closed then last_closed end as closed_at, null::timestamptz as vanished_at,
        :rules > 1 and all_self_made and is_closed and not was_reopened
            and last_closed <= coalesce(due_at, 'infinity') as is_uncounted,
        array_remove(array[
            case when closed_together >= :bulk_cases then 'bulk' end,
            case when was_reopened then 'reopened' end,
            case when reassigned then 'reassigned' end,
            case when reclassified then 'reclassified' end,
            case when parts > 1 and not coalesce(came_again, false) then 'split' end,
            case when outcome = 'duplicate' then 'merged' end,
            case when came_again then 'renumbered' end,
            case when paused then 'paused' end,
            case when is_late_record or redated or :rules > 1 and is_closed and claimed <= due_at
                and closed_recorded > due_at and closed_recorded is distinct from arrived
                then 'late_record' end,
            case when unassigned then 'unassigned' end,
            case when outcome in ('refused', 'not_ours', 'not_confirmed') then 'refused' end,
            case when vanished is not null then 'removed' end,
            case when :rules > 1 and is_self_made then 'self_made' end,
            case when is_closed and ('x' || substr(md5(id || ' ' || extract(epoch from
                cast(:as_of as timestamptz))::bigint), 1, 6))::bit(24)::int % :sample_one_in = 0
                then 'sample' end], null) as marks
    from folded where part_number = 1 and opened_at < :until"""
"""A row a case, with the columns of `incident` that figures read."""

STATEMENT = f"""with recorded as materialized ({RECORDED}), objected as ({OBJECTED}),
    known as materialized ({KNOWN}),
    closed as ({CLOSED}),
    ordered as ({ORDERED}), numbered as ({NUMBERED}), folded as ({FOLDED}), rated as materialized ({RATED})
    select i.id, m.key as manager, p.key as performer, i.marks, case when i.is_uncounted then {{uncounted}}
        else {{pattern}} end as pattern, {{strata}} as strata
    from rated i join performer p on p.id = i.performer_id join manager m on m.id = p.manager_id
    where m.key = any(:managers) order by i.id"""
