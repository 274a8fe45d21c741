"""Decisions on geo-tags: a tag is set, found right, or put back as it was. One decision is one transaction
and one row of the history.

What a person decided stays: a later load of the source keeps the tag of a building that has `tagged_by`.
Plans follow (`geo.plans.assignments`); what was done is told to the caller. Points are EPSG:4326, lon,
lat.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from geo.audit.records import record_audit
from geo.changes.outbox import RESET_AFTER_ROWS, announce_reset, record_many
from geo.city.districts import HOLD_BORDERS
from geo.database import AnyRow
from geo.errors import Conflict, InvalidInput, NotFound
from geo.plans.assignments import follow_tags
from geo.settings import City

QUALITIES = ("register", "footprint", "hand", "geocoded")
"""The qualities that a tag can be set to; without a point it is "untagged"."""

SET = """
    with was as (select * from building where region = :region and id = :building
        and version = :version for update),
    to_be as (select st_setsrid(st_makepoint(cast(:lon as float8), cast(:lat as float8)), 4326) as point),
    moved as (
        update building b set point_4326 = to_be.point, point_3857 = st_transform(to_be.point, 3857),
            tag_quality = cast(:quality as text),
            tagged_by = cast(:tagged_by as text), version = b.version + 1, district_id = (select d.id
                from district d where d.region = b.region and d.valid_to is null
                and st_intersects(d.geom_3857, st_transform(to_be.point, 3857)) order by d.id limit 1)
        from was, to_be where b.region = was.region and b.id = was.id returning b.id, b.version)
    insert into building_tag (region, building_id, who, quality, point_4326, tagged_by, action, to_quality,
        to_point_4326, version, undoes)
    select was.region, was.id, :who, was.tag_quality, was.point_4326, was.tagged_by, :action,
        cast(:quality as text), to_be.point, moved.version,
        cast(:undoes as bigint)
    from was, to_be, moved returning id, building_id as building, version"""


@dataclass(frozen=True)
class Decided:
    """`event` is the decision's id (to undo it), `version` the building's now. `moved`: as `named`, of
    each plan in which the building went to another precinct; `kept`: {"plan", "name", "number", "lies_in"}
    of those in which a person gave it to one, or whose plan is settled, and it now lies elsewhere."""

    event: int
    building: int
    version: int
    moved: list[dict[str, Any]]
    kept: list[dict[str, Any]]


@dataclass(frozen=True)
class TagDecision:
    """What a person wants of a building: its tag at `lon`, `lat` (EPSG:4326, none = no point). The fields
    are what the statement `SET` binds."""

    building: int
    version: int
    lon: float | None
    lat: float | None
    quality: str
    who: str
    action: str
    tagged_by: str | None
    undoes: int | None = None


def set_tag(
    connection: Connection,
    city: City,
    building: int,
    version: int,
    point: tuple[float, float],
    quality: str,
    who: str,
) -> Decided:
    """Put the tag at `point`. `version` is the building's that the officer saw. Raises `NotFound`
    ("building.unknown"), `Conflict` ("building.stale"; "building.reloaded" by its feed),
    `InvalidInput` ("building.quality", "place.outside")."""
    if quality not in QUALITIES:
        raise InvalidInput("building.quality", quality=quality[:20], known=", ".join(QUALITIES))
    check_inside(city, point)
    return _decide(connection, city, TagDecision(building, version, *point, quality, who, "moved", who))


def confirm(connection: Connection, city: City, building: int, version: int, who: str) -> Decided:
    """The tag is right where it is: it leaves the worklist, and no load moves it. Raises as `set_tag`, and
    `InvalidInput` ("building.untagged")."""
    row = _read(connection, city, building)
    if row.lon is None:
        raise InvalidInput("building.untagged", building=building)
    return _decide(
        connection,
        city,
        TagDecision(building, version, row.lon, row.lat, row.tag_quality, who, "confirmed", who),
    )


def undo(connection: Connection, city: City, event: int, who: str) -> Decided:
    """Put back what a decision changed, whatever the register changed besides the tag. Raises `NotFound`
    ("building.no_decision"), `Conflict` ("building.decided_since": somebody, or a load, gave this building
    another tag after)."""
    was = connection.execute(
        text("""select t.building_id, t.quality, t.tagged_by, t.version, st_x(t.point_4326) as lon,
            st_y(t.point_4326) as lat
        from building_tag t where t.region = :region and t.id = :event and not t.action in ('loaded',
            'made')"""),
        {"region": city.region, "event": event},
    ).first()
    if was is None:
        raise NotFound("building.no_decision", event=event)
    row = _read(connection, city, was.building_id, "for update")
    last = latest(connection, city.region, was.building_id)
    if last is not None and last.id != event:
        raise Conflict("building.decided_since", who=last.who, at=_on_the_clock(city, last))
    return _decide(
        connection,
        city,
        TagDecision(
            was.building_id, row.version, was.lon, was.lat, was.quality, who, "undone", was.tagged_by, event
        ),
    )


def check_inside(city: City, point: tuple[float, float]) -> None:
    west, south, east, north = city.bbox
    if not (west <= point[0] <= east and south <= point[1] <= north):
        raise InvalidInput("place.outside", lon=point[0], lat=point[1])


def _decide(connection: Connection, city: City, decision: TagDecision) -> Decided:
    building = decision.building
    connection.execute(text(HOLD_BORDERS))
    done = connection.execute(text(SET), {"region": city.region, **vars(decision)}).first()
    if done is None:
        row, last = _read(connection, city, building), latest(connection, city.region, building)
        if last is None or last.version != row.version:  # the register has changed something since
            raise Conflict("building.reloaded", version=row.version, who=f"feed:{row.source}")
        raise Conflict("building.stale", version=row.version, who=last.who, at=_on_the_clock(city, last))
    record_audit(
        connection,
        decision.who,
        "building.tagged",
        building=building,
        event=done.id,
        action=decision.action,
    )
    moved = named(connection, city.region, follow_tags(connection, city, [building], decision.who))
    announce(connection, city, [building])
    return Decided(done.id, building, done.version, moved, astray(connection, city, building))


def _on_the_clock(city: City, event: AnyRow) -> str:
    return event.recorded_at.astimezone(city.time_zone).isoformat(timespec="seconds")


def announce(connection: Connection, city: City, buildings: Sequence[int]) -> None:
    """A change for every screen: {"id", "quality", "tagged_by", "district", "point"}; for many at once one
    that says to read the layer again."""
    if len(buildings) > RESET_AFTER_ROWS:
        return announce_reset(connection, city.region, "buildings")
    rows = connection.execute(
        text("""select id, version, jsonb_build_object('id', id, 'quality', tag_quality, 'tagged_by',
            tagged_by, 'district', district_id,
            'point', case when point_4326 is not null then jsonb_build_array(st_x(point_4326),
                st_y(point_4326)) end) as payload
        from building where region = :region and id = any(:ids) order by id"""),
        {"region": city.region, "ids": list(buildings)},
    ).all()
    record_many(connection, city.region, "building", [tuple(row) for row in rows])


def named(connection: Connection, region: str, moved: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Moves with what people call their plans and precincts: {"plan", "name", "building", "from", "to"},
    the last two numbers (none = in none)."""
    names = dict(
        tuple(row)
        for row in connection.execute(
            text("select id, name from plan where region = :region and id = any(:plans)"),
            {"region": region, "plans": sorted({move["plan"] for move in moved})},
        )
    )
    numbers = {
        (row.plan_id, row.id): row.number
        for row in connection.execute(
            text("select plan_id, id, number from precinct where region = :region and plan_id = any(:plans)"),
            {"region": region, "plans": sorted(names)},
        )
    }
    return [
        move
        | {
            "name": names[move["plan"]],
            **{side: numbers.get((move["plan"], move[side])) for side in ("from", "to")},
        }
        for move in moved
    ]


def astray(connection: Connection, city: City, building: int) -> list[dict[str, Any]]:
    """Plans not yet replaced by a newer one in which the building votes in another precinct than the one
    it lies in."""
    rows = connection.execute(
        text("""select a.plan_id as plan, l.name, l.state, p.number, h.number as lies_in
        from assignment a join plan l on l.region = a.region and l.id = a.plan_id
        join precinct p on p.region = a.region and p.plan_id = a.plan_id and p.id = a.precinct_id
        join building b on b.region = a.region and b.id = a.building_id
        left join lateral (select o.number from precinct o where o.region = a.region and o.plan_id = a.plan_id
            and st_covers(o.geom, st_setsrid(st_transform(b.point_4326, :srid), 0))
                order by o.number limit 1) h on true
        where a.region = :region and a.building_id = :building and h.number is distinct from p.number
            and p.geom is not null
        order by a.plan_id desc limit 5"""),
        {"region": city.region, "building": building, "srid": city.metric_srid},
    )
    return [dict(row._mapping) for row in rows]


def latest(connection: Connection, region: str, building: int) -> AnyRow | None:
    return connection.execute(
        text(
            "select id, who, version, recorded_at from building_tag where region = :region and "
            "building_id = :building order by id desc limit 1"
        ),
        {"region": region, "building": building},
    ).first()


def _read(connection: Connection, city: City, building: int, lock: str = "") -> AnyRow:
    row = connection.execute(
        text(f"""select version, source, tag_quality, st_x(point_4326) as lon, st_y(point_4326) as lat
            from building
        where region = :region and id = :building {lock}"""),
        {"region": city.region, "building": building},
    ).first()
    if row is None:
        raise NotFound("building.unknown", building=building)
    return row
