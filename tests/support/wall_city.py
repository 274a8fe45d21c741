"""A city for the tests of the wall's looks, as rows: a normal day, and a bad one."""

from __future__ import annotations

LONG = "Прорыв трубопровода горячего водоснабжения у детского сада № 58 «Балапан»"

CALM = """
insert into category (id, key, kind, name_kk, name_ru, name_en) select n, 'c' || n, 'service',
    'Тақырып ' || n, 'Общественный транспорт ' || n, 'Topic ' || n from generate_series(1, 25) n;
insert into performer (id, key, type, name_kk, name_ru, name_en) values (1, 'p', 'department', 'Басқарма',
    'Управление занятости и социальной защиты', 'Department');
update category set performer_id = 1;
insert into district (region, id, key, name_kk, name_ru, name_en, valid_from, geom_4326, geom_3857)
  select '71', n, key, name, name, name, '2020-01-01', st_multi(b), st_multi(st_transform(b, 3857))
  from (values (1, 'saryarqa', 'Сарыарка', 71.30, 51.16, 71.42, 51.25), (2, 'almaty', 'Алматы', 71.42, 51.12,
      71.60, 51.25), (3, 'esil', 'Есиль', 71.30, 51.00, 71.60, 51.12))
    as v (n, key, name, west, south, east, north), st_makeenvelope(west, south, east, north, 4326) b;
insert into inquiry (region, source, source_id, channel, topic_id, received_at, one_take, answer_s)
  select '71', 't', n::text, (array['call', 'app', 'telegram', 'site'])[1 + n % 4], 1 + n % 25,
      now() - n * interval '2 minutes', n % 9 > 0, 20 from generate_series(1, 6000) n;
insert into calls (region, source, hour, offered, answered, lost) select '71', 't', date_trunc('hour',
    now()) - h * interval '1 hour', 100, 98, 2 from generate_series(0, 30) h;
insert into incident (region, source, source_id, kind, category_id, title, source_status, status, priority,
    opened_at, due_at, address, district_id, point_4326, point_3857)
  select '71', 'inquiries', n::text, (array['service', 'police', 'emergency', 'offence'])[1 + n % 4],
      1 + n % 25, 'Происшествие ' || n, 'open', 'open', 0,
    now() - n * interval '1 minute', now() + interval '3 days', 'проспект Кабанбай батыра, ' || n, 1 + n % 3,
        p, st_transform(p, 3857)
  from generate_series(1, 60) n, st_setsrid(st_makepoint(71.36 + n % 12 * 0.014, 51.11 + n / 12 * 0.018),
      4326) p;
insert into incident (region, source, source_id, kind, category_id, source_status, status, opened_at, due_at,
    closed_at, district_id)
  select '71', 'inquiries', 'closed' || n, 'service', 1, 'closed', 'closed', now() - interval '9 days',
      now() - interval '6 days', now() - interval '7 days', 1 + n % 3 from generate_series(1, 90) n;
insert into building (region, source, source_id, district_id, point_4326) select '71', 't', n::text,
    1 + n % 3, st_setsrid(st_makepoint(71.4, 51.1), 4326) from generate_series(1, 90) n;
insert into plan (region, id, name, state, in_force_from, created_by) values ('71', 1, 'План выборов',
    'published', '2020-01-01', 't');
insert into precinct (region, plan_id, id, number, kind, district_id, voters, geom_4326, geom_3857)
  select '71', 1, n, n, 'open', 1, 1000 + n * 100, st_multi(b), st_multi(st_transform(b, 3857))
  from generate_series(1, 12) n, st_makeenvelope(71.30 + n * 0.02, 51.10, 71.32 + n * 0.02, 51.18, 4326) b;
insert into assignment (region, plan_id, building_id, precinct_id) select '71', 1, id, 1 from building;
insert into feed (region, key, layer, interval_s, polled_at)
  select '71', k, 'incidents', 86400, now() from unnest(array['inquiries', 'calls', 'police', 'emergencies',
      'offences', 'buildings', 'districts']) k;
insert into manager (id, key, name, post_kk, post_ru, post_en) select n, 'm' || n, 'Н. Есенов',
    'Қала әкімінің тұрғын үй-коммуналдық шаруашылық жөніндегі орынбасары',
    'Заместитель акима города, жилищно-коммунальное хозяйство', 'Deputy akim, housing and utilities'
  from generate_series(1, 11) n;
insert into rating_strategy (region, version, since, body, digest, adopted_by)
  values ('71', 1, '2020-01-01', $t$
version = 1
from = "2020-01"
threshold = 75
least_cases = 30
recorded_within_h = 2
name = { kk = "Сапа", ru = "Качество", en = "Quality" }
goal = [{ key = "time", kk = "Мерзім", ru = "Срок", en = "Time" }]
indicator = [{ key = "on_time", goal = "time", figure = "on_time", weight = 100, plan = 0.95, zero = 0.7 }]
manager = [{ key = "m1" }]
$t$, 'd', 't');
insert into rating_month (region, month, strategy, as_of, body, digest, proposed_by, proposed_at, closed_by,
    closed_at, key, signature)
  select '71', '2025-01-01', 1, now(), json_build_object('managers', json_agg(json_build_object('manager',
      'm' || n, 'best', n - 1 + n % 2, 'worst', n + n % 2, 'score', 97 - 2.5 * n, 'low', 95.8 - 2.5 * n,
      'high', 98.2 - 2.5 * n))), 'd', 'a', now(), 'b', now(), 'k', 'x'
  from generate_series(1, 11) n;
"""
"""A normal day: goals met, nothing urgent, nothing overdue, no precinct over its cap."""

PRESSING = """
update incident set priority = 1, title = '{title}', inquiries = 143 where status <> 'closed'
    and source_id::int % 3 = 0;
update incident set due_at = now() - interval '70 minutes', title = '{title}' where status <> 'closed'
    and source_id::int % 3 = 1;
update incident set priority = 2 where source_id = '7';
update precinct set voters = 3300 where id < 6;
update building set tag_quality = 'untagged' where id % 5 = 0;
"""
"""A bad day in it: what presses has long names, precincts are over their cap, houses are without a tag.
`{title}` is the name."""

BURST = """
insert into incident (region, source, source_id, kind, title, source_status, status, priority, opened_at,
    address, point_4326, point_3857)
  select '71', 'police', 'burst' || n, 'police', 'Драка', 'open', 'open', (n % 49 = 0)::int,
      now() - n % 285 * interval '1 second', 'проспект Туран, ' || n, p, st_transform(p, 3857)
  from generate_series(1, 2000) n, st_setsrid(st_makepoint(71.30 + n * 0.61803398875 % 0.3, 51.00 + n *
      0.75487766625 % 0.25), 4326) p;
update incident i set district_id = d.id from district d where i.source_id like 'burst%'
    and st_contains(d.geom_4326, i.point_4326);
"""
"""A flood over either: 2,000 police events of the last five minutes, every 49th of them urgent, spread over
its districts."""
