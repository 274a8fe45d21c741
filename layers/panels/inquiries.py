"""Panels about the day of 109: how it was answered, topics, channels, and any flow by the hour. Windows
slide: 24 hours up to the moment of reading; the same window one week earlier stands beside it: same
weekday, same hours."""

from __future__ import annotations

from sqlalchemy import Connection, text

from geo.statistics.counting import LAST_24_HOURS, SAME_24_HOURS_A_WEEK_AGO, count_rows
from geo.statistics.definitions import ANSWER, INQUIRIES, LOST_CALLS, ONE_TAKE
from layers.panels.requests import PanelRequest, read_rows

DAY = "received_at between now() - interval '24 hours' and now()"
WEEK_AGO = "received_at between now() - interval '8 days' and now() - interval '7 days'"

TOPICS = f"""
    select t.id, c.name_{{lang}} as name, t.n, t.before from (
        select coalesce(c.parent_id, c.id) as id, count(*) filter (where {DAY})::int as n,
            count(*) filter (where {WEEK_AGO})::int as before
        from inquiry q join category c on c.id = q.topic_id where q.region = :region and ({DAY}
            or {WEEK_AGO}) group by 1
    ) t join category c on c.id = t.id where t.n > 0 order by t.n desc, t.id limit :rows"""
CHANNELS = f"""
    select channel, count(*) filter (where {DAY})::int as n, count(*) filter (where {WEEK_AGO})::int as before
    from inquiry where region = :region and ({DAY} or {WEEK_AGO})
    group by 1 having count(*) filter (where {DAY}) > 0 order by n desc, channel limit :rows"""
FLOWS = {
    "inquiries": "select received_at as at from inquiry where region = :region and received_at > now() - "
    "interval '8 days' and received_at <= now()",
    "incidents": "select i.opened_at as at from incident i where {incidents} and i.kind = :of and "
    "i.opened_at between now() - interval '8 days' and now()",
}
HOURS = """
    with flow as ({flow})
    select floor(extract(epoch from now() - at) / 3600)::int as ago, count(*)::int as n from flow
    where at > now() - interval '24 hours' or at between now() - interval '8 days'
        and now() - interval '7 days' group by 1"""
WEEK_H = 7 * 24


def answering(connection: Connection, request: PanelRequest) -> dict:
    """{"inquiries", "inquiries_week_ago", "one_take": resolved in one take / all inquiries, "answer_s":
    mean seconds to the answer, "offered", "lost_calls": lost / offered calls}; shares 0..1, none where
    nothing was counted."""
    population = request.population()
    day = count_rows(connection, (INQUIRIES, ONE_TAKE, ANSWER, LOST_CALLS), population, LAST_24_HOURS)
    before = count_rows(connection, (INQUIRIES,), population, SAME_24_HOURS_A_WEEK_AGO)
    return {
        "inquiries": day["inquiries"].whole,
        "inquiries_week_ago": before["inquiries"].whole,
        "one_take": day["one_take"].value,
        "answer_s": day["answer"].value,
        "offered": day["lost_calls"].whole,
        "lost_calls": day["lost_calls"].value,
    }


def topics(connection: Connection, request: PanelRequest) -> dict:
    """{"rows": [{"id", "name", "n", "before"}]}: inquiries at the top of the tree of categories, most
    first; `before` is of the same hours a week ago."""
    return read_rows(connection, TOPICS.format(lang=request.lang), request.values())


def channels(connection: Connection, request: PanelRequest) -> dict:
    """{"rows": [{"channel", "n", "before"}]}, most first."""
    return read_rows(connection, CHANNELS, request.values())


def hours(connection: Connection, request: PanelRequest) -> dict:
    """{"now": 24 counts, "before": 24 counts}: the last hour at the end, every one of 60 minutes; `before`
    are the same hours a week ago."""
    condition, scoped = request.incidents()
    flow = FLOWS["inquiries" if request.of == "inquiries" else "incidents"].format(incidents=condition)
    counted = {row.ago: row.n for row in connection.execute(text(HOURS.format(flow=flow)), scoped)}
    return {
        "now": [counted.get(ago, 0) for ago in range(23, -1, -1)],
        "before": [counted.get(ago, 0) for ago in range(WEEK_H + 23, WEEK_H - 1, -1)],
    }
