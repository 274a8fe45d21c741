"""Plans of precincts as the studio draws them: the list, a plan's nodes, shared edges and precincts, and
the buildings it assigns.

Everything is EPSG:4326 (lon, lat) with nine decimals, a tenth of a millimetre: a corner that nobody moved
comes back to the same place of the plan's 1 mm grid. The whole plan of a city (600 precincts) is one
answer, so the browser moves borders and counts voters without asking; after a change only the touched
precincts are read again.
"""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from sqlalchemy import Connection, Engine, text

from geo.errors import InvalidInput, NotFound
from geo.ranges import whole
from geo.settings import City
from layers.plans.stations import FACTS
from layers.reading import snapshot
from layers.serve import run
from layers.tiles.precincts import PLAN
from layers.tiles.requests import Statement, read_box

router = APIRouter(prefix="/layers/plans")
JSON = "application/json"
MAX_PART = 200
"""The most precincts one part may name."""
MILLIMETRE = 9
"""Decimals of a degree."""


def lon_lat(geometry: str) -> str:
    return (
        f"(ST_AsGeoJSON(ST_Transform(ST_SetSRID({geometry}, :srid), 4326), {MILLIMETRE})::json -> "
        f"'coordinates')"
    )


KNOWN = "exists (select from plan where region = :region and id = :plan)"


def topology_sql(edges: str, nodes: str, precincts: str) -> str:
    """A plan or a part of it as one JSON text; the arguments are conditions on `e`, `n` and `p`. Empty
    lists where nothing meets them."""
    return f"""
        select case when {KNOWN} then json_build_object('nodes', (
            select coalesce(json_agg(json_build_array(n.id, n.version, {lon_lat("n.point")})), '[]')
                from node n
            where n.region = :region and n.plan_id = :plan and {nodes}),
          'edges', (
            select coalesce(json_agg(json_build_array(e.id, e.version, e.from_node, e.to_node,
                e.left_precinct, e.right_precinct, {lon_lat("e.geom")})), '[]')
            from edge e where e.region = :region and e.plan_id = :plan and {edges}),
          'precincts', (
            select coalesce(json_agg(json_build_object('id', p.id, 'version', p.version, 'number', p.number,
                'kind', p.kind, 'voters', p.voters,
              'buildings', p.buildings, 'district', p.district_id, {FACTS},
              'label', (ST_AsGeoJSON((ST_MaximumInscribedCircle(p.geom_4326)).center,
                  6)::json -> 'coordinates')) order by p.number), '[]')
            from precinct p where p.region = :region and p.plan_id = :plan
                and {precincts}))::text end"""


WHOLE = topology_sql("true", "true", "true")
TOUCHING = "(e.left_precinct = any(:precincts) or e.right_precinct = any(:precincts))"
PART = topology_sql(
    TOUCHING,
    f"exists (select from edge e where e.region = n.region and e.plan_id = n.plan_id and n.id in "
    f"(e.from_node, e.to_node) and {TOUCHING})",
    "p.id = any(:precincts)",
)

SOURCE = "case a.source when 'geometry' then 0 when 'hand' then 1 when 'text' then 2 end"
BUILDINGS = f"""
    with b as materialized (
        select b.id, b.point_4326 as point, b.voters, a.precinct_id, {SOURCE} as source, coalesce(b.street_ru,
            b.street_kk, '') as ru, coalesce(b.street_kk, b.street_ru, '') as kk,
          b.house
        from building b left join assignment a on a.region = b.region and a.plan_id = :plan
            and a.building_id = b.id
        where b.region = :region and b.point_4326 is not null),
      street as materialized (select ru, kk, row_number() over (order by ru, kk) - 1 as place from b
          group by ru, kk)
    select case when {KNOWN} then json_build_object('streets', (select coalesce(json_agg(json_build_array(ru,
        kk) order by place), '[]') from street),
      'buildings', (select coalesce(json_agg(json_build_array(b.id, round(ST_X(b.point)::numeric, 7),
          round(ST_Y(b.point)::numeric, 7), b.voters, b.precinct_id,
        b.source, street.place, b.house)), '[]')
        from b join street using (ru, kk)))::text end"""

ASSIGNED = f"""
    select case when {KNOWN} then json_build_object('assigned',
        coalesce(json_agg(json_build_array(a.building_id, a.precinct_id, {SOURCE})), '[]'))::text end
    from assignment a where a.region = :region and a.plan_id = :plan
        and a.precinct_id = any(:precincts)"""

PLANS = f"""
    select l.id, l.name, l.state, l.in_force_from, l.created_by, l.created_at, p.precincts, p.voters, p.over,
        e.recorded_at as edited_at, e.who as edited_by, e.events,
      l.id is not distinct from ({PLAN}) as in_force
    from plan l
      left join lateral (select count(*) as precincts, coalesce(sum(voters), 0) as voters,
          count(*) filter (where voters > :cap) as over
        from precinct p where p.region = l.region and p.plan_id = l.id) p on true
      left join lateral (select max(recorded_at) as recorded_at, (array_agg(who order by id desc))[1] as who,
          count(*) as events
        from plan_event e where e.region = l.region and e.plan_id = l.id) e on true
    where l.region = :region order by l.id desc"""

SOURCES = (
    f"select a.building_id, {SOURCE} from assignment a where a.region = :region and a.plan_id = "
    f":plan and a.building_id = any(:buildings)"
)

STREETS = """
    select coalesce(json_agg(ST_AsGeoJSON(geom_4326, 7)::json -> 'coordinates'), '[]')::text from (
        select (ST_Dump(geom_4326)).geom as geom_4326 from basemap_feature
        where region = :region and theme = 'road' and ST_Dimension(geom_4326) = 1
          and geom_3857 && ST_Transform(ST_MakeEnvelope(:west, :south, :east, :north, 4326),
              3857)) s
    where ST_GeometryType(geom_4326) = 'ST_LineString'"""


def bound(city: City, plan: int, **more: Any) -> dict[str, Any]:
    return {"region": city.region, "srid": city.metric_srid, "plan": plan, **more}


def read_part(connection: Connection, city: City, plan: int, precincts: list[int]) -> dict[str, Any]:
    """The same as `topology.json?precincts=`, inside the caller's transaction: what an edit has just made
    of them."""
    return json.loads(connection.execute(text(PART), bound(city, plan, precincts=precincts)).scalar_one())


def read_sources(connection: Connection, city: City, plan: int, buildings: list[int]) -> list[list[int]]:
    """[[building, source]] of those that are assigned: 0 geometry, 1 hand, 2 text."""
    return [list(row) for row in connection.execute(text(SOURCES), bound(city, plan, buildings=buildings))]


def read_plans(engine: Engine, city: City) -> list[dict[str, Any]]:
    """Every plan, newest first: id, name, state, in_force_from, created_by, created_at, precincts, voters,
    over (the cap; 0 where the city names none), edited_at, edited_by (none where nobody has), in_force."""
    cap = city.precincts.cap if city.precincts else None
    with snapshot(engine) as connection:
        rows = (
            connection.execute(text(PLANS), {"region": city.region, "cap": cap, "today": city.today()})
            .mappings()
            .all()
        )
    return [dict(row) for row in rows]


def read_addresses(connection: Connection, city: City, buildings: list[int], lang: str) -> dict[int, str]:
    """ "street house" by building, in Kazakh or, for every other language, in Russian; also of those
    without a point."""
    one, other = ("kk", "ru") if lang == "kk" else ("ru", "kk")
    rows = connection.execute(
        text(f"""select id, concat_ws(' ', coalesce(street_{one}, street_{other}), house) from building
        where region = :region and id = any(:buildings)"""),
        {"region": city.region, "buildings": buildings},
    )
    return dict(tuple(row) for row in rows)


def read_district_names(engine: Engine, city: City, lang: str) -> dict[int, str]:
    with snapshot(engine) as connection:
        return dict(
            tuple(row)
            for row in connection.execute(
                text(f"select id, name_{lang} from district where region = :region"), {"region": city.region}
            )
        )


@router.get("/{plan}/topology.json")
async def topology(request: Request, plan: Annotated[int, Path(ge=1, lt=2**63)]) -> Response:
    """{"nodes": [[id, version, [lon, lat]]], "edges": [[id, version, from, to, left, right, line]],
    "precincts": [...]}; `?precincts=7,9`: of those alone, with all their edges."""
    wanted = request.query_params.get("precincts")
    if wanted is None:
        return await answer(request, Statement(WHOLE, values(request, plan)))
    return await answer(request, Statement(PART, values(request, plan, precincts=ids(wanted))))


@router.get("/{plan}/buildings.json")
async def buildings(request: Request, plan: Annotated[int, Path(ge=1, lt=2**63)]) -> Response:
    """{"streets": [[ru, kk]], "buildings": [[id, lon, lat, voters, precinct or null, source 0 geometry 1
    hand 2 text, street, house]]}."""
    return await answer(request, Statement(BUILDINGS, values(request, plan)))


@router.get("/{plan}/assigned.json")
async def assigned(request: Request, plan: Annotated[int, Path(ge=1, lt=2**63)]) -> Response:
    """{"assigned": [[building, precinct, source]]} of `?precincts=7,9`."""
    return await answer(
        request,
        Statement(ASSIGNED, values(request, plan, precincts=ids(request.query_params.get("precincts", "")))),
    )


@router.get("/streets.json")
async def streets(request: Request) -> Response:
    """Centre lines of streets in `?bbox=west,south,east,north`, as a list of lists of [lon, lat]: what a
    dragged border snaps to."""
    west, south, east, north = read_box(request.query_params.get("bbox", ""))
    box = {"west": west, "south": south, "east": east, "north": north}
    return await answer(
        request, Statement(STREETS, {"region": request.app.state.servers.settings.city.region, **box})
    )


async def answer(request: Request, statement: Statement) -> Response:
    body = await run(request.app.state.servers.pools.rows, statement)
    if body is None:
        raise NotFound("plan.unknown", plan=statement.values["plan"])
    return Response(body, media_type=JSON, headers={"Cache-Control": "private, no-store"})


def values(request: Request, plan: int, **more: Any) -> dict[str, Any]:
    return bound(request.app.state.servers.settings.city, plan, **more)


def ids(text_: str) -> list[int]:
    """Raises `InvalidInput` ("plan.precincts") for none, too many, or what is no number."""
    parts = [part for part in text_.split(",") if part]
    numbers = [number for part in parts if (number := whole(part)) is not None]
    if not 1 <= len(parts) <= MAX_PART or len(numbers) < len(parts):
        raise InvalidInput("plan.precincts", precincts=text_[:80], most=MAX_PART)
    return numbers
