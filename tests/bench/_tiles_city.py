"""The city that tiles are measured on: incidents around a few hundred centres, streets, water and
buildings, made by the database itself.

Everything is within 20 km of the city's centre, in EPSG:3857. Numbers are random but the same in every
run.
"""

from __future__ import annotations

import psycopg2.extensions

from geo.database import for_driver

CENTRES = 300
CATEGORIES = 20
DAYS = 1826
BUILDINGS = 25_000
STREETS = 9_000

SEED = "select setseed(0.109)"

REFERENCE = f"""
    insert into category (id, key, kind, name_kk, name_ru, name_en)
    select i, 'bench-' || i,
      (array['service', 'police', 'emergency', 'offence'])[case when i <= 11 then 1 when i <= 15 then 2
          when i <= 18 then 3 else 4 end],
      'k' || i, 'r' || i, 'e' || i from generate_series(1, {CATEGORIES}) as i;
    create temp table centre as
    select i, :x + 15000 * (random() + random() + random() - 1.5) as x,
        :y + 15000 * (random() + random() + random() - 1.5) as y,
      400 + 900 * random() as spread
    from generate_series(1, {CENTRES}) as i"""

INCIDENTS = f"""
    insert into incident (region, source, source_id, kind, category_id, source_status, status,
        source_priority, priority, opened_at, closed_at,
      district_id, point_3857, point_4326)
    select :region, 'bench', 'b' || g, c.kind, c.id, 'closed', 'closed', 0, 0, opened,
        opened + interval '1 day',
      1 + g % 6, p, ST_Transform(p, 4326)
    from (
        select g, 1 + floor({CATEGORIES} * random() ^ 1.5)::int as category,
          timestamptz '2021-01-01 00:00+06' + random() * interval '{DAYS} days' as opened,
          ST_SetSRID(ST_MakePoint(x + spread * far * cos(turn), y + spread * far * sin(turn)), 3857) as p
        from (select g, sqrt(-2 * ln(1 - random())) as far, 2 * pi() * random() as turn,
            1 + floor({CENTRES} * random() ^ 1.3)::int as place
              from generate_series(:first, :last) as g) as s
        join centre on centre.i = s.place
    ) as t join category as c on c.id = t.category"""

DELTAS = """
    insert into density_delta (region, x22, y22, kind, category_id, day, n)
    select region, floor((ST_X(point_3857) + 20037508.342789244) / 40075016.685578488 * 4194304)::int,
      floor((20037508.342789244 - ST_Y(point_3857)) / 40075016.685578488 * 4194304)::int,
      kind, category_id, (opened_at at time zone :zone)::date, 1
    from incident where region = :region"""

STREETS_SQL = f"""
    insert into basemap_feature (region, source, source_id, theme, class, min_zoom, name_kk, name_ru,
        geom_4326, geom_3857)
    select :region, 'bench', 's' || g, 'road', class, zoom, 'k' || name, 'r' || name, ST_Transform(line,
        4326), line
    from (
        select g, class, zoom, g % 700 as name, ST_SetSRID(ST_MakeLine(array(
            select ST_MakePoint(x + i * step * cos(turn) + 4 * random(),
                y + i * step * sin(turn) + 4 * random())
            from generate_series(0, 20) as i)), 3857) as line
        from (
            select g, :x + 40000 * (random() - 0.5) as x, :y + 40000 * (random() - 0.5) as y,
                (g % 2) * pi() / 2 + 0.1 as turn,
              case when g % 100 < 1 then 300 when g % 100 < 8 then 120 else 25 end as step,
              case when g % 100 < 1 then 'trunk' when g % 100 < 3 then 'primary' when g % 100 < 8
                  then 'secondary'
                when g % 100 < 20 then 'tertiary' when g % 100 < 70 then 'residential'
                    else 'service' end as class,
              case when g % 100 < 1 then 6 when g % 100 < 3 then 8 when g % 100 < 8 then 10
                  when g % 100 < 20 then 12
                when g % 100 < 70 then 13 else 14 end as zoom
            from generate_series(1, {STREETS}) as g
        ) as s
    ) as t"""

AREAS = """
    insert into basemap_feature (region, source, source_id, theme, class, min_zoom, name_kk, name_ru,
        geom_4326, geom_3857)
    select :region, 'bench', 'a' || g, theme, theme, case when g <= 20 then 6 else 11 end, 'k' || g,
        'r' || g, ST_Transform(area, 4326), area
    from (
        select g, case when g % 3 = 0 then 'water' else 'green' end as theme,
          ST_Buffer(ST_SetSRID(ST_MakePoint(:x + 40000 * (random() - 0.5),
              :y + 40000 * (random() - 0.5)), 3857),
            case when g <= 20 then 900 else 40 + 120 * random() end, case when g <= 20 then 200
                else 12 end) as area
        from generate_series(1, 1500) as g
    ) as t"""

BUILDINGS_SQL = f"""
    insert into building (region, source, source_id, street_kk, street_ru, house, use, floors, voters,
      point_3857, point_4326, footprint_3857, footprint_4326)
    select :region, 'bench', 'h' || g, 'k' || g % 700, 'r' || g % 700, g % 180, 'residential',
        1 + g % 12, g % 300, p, ST_Transform(p, 4326),
      ST_Multi(f), ST_Multi(ST_Transform(f, 4326))
    from (
        select g, p, ST_Envelope(ST_Buffer(p, 8 + 14 * random())) as f
        from (select g, ST_SetSRID(ST_MakePoint(x + spread * 2 * (random() - 0.5),
            y + spread * 2 * (random() - 0.5)), 3857) as p
              from generate_series(1, {BUILDINGS}) as g join centre on centre.i = 1 + g % {CENTRES}) as s
    ) as t"""


def build(
    connection: psycopg2.extensions.connection,
    region: str,
    zone: str,
    centre_3857: tuple[float, float],
    rows: int,
) -> None:
    """Fill an empty, migrated database. The caller folds the deltas (`geo.changes.rollup.fold`)
    afterwards."""
    values = {"region": region, "zone": zone, "x": centre_3857[0], "y": centre_3857[1]}
    with connection, connection.cursor() as cursor:
        cursor.execute(SEED)
        cursor.execute(for_driver(REFERENCE), values)
        for statement in (STREETS_SQL, AREAS, BUILDINGS_SQL):
            cursor.execute(for_driver(statement), values)
        for first in range(1, rows + 1, 200_000):
            cursor.execute(
                for_driver(INCIDENTS), values | {"first": first, "last": min(first + 199_999, rows)}
            )
        cursor.execute(for_driver(DELTAS), values)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("vacuum analyze")
    connection.autocommit = False
