"""An incident that an officer creates on the map, or that a program sends (`geo.exchange.intake`), in the
caller's transaction: placed in its district and building as a feed's are, with its deadline by the category's
period, and the first action of its case.

Its source is the desk or the interface itself (`IncidentOrigin`): no run of a feed lists it, so none takes it
away.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from annotated_types import Len
from sqlalchemy import Connection, text

from geo.accounts.users import Principal
from geo.audit.records import record_audit
from geo.city.districts import HOLD_BORDERS
from geo.deadlines.calendar import load_calendar
from geo.deadlines.clock import RegulatoryClock
from geo.errors import Forbidden, InvalidInput
from geo.incidents.cases.act import done_before, stated
from geo.incidents.cases.clicks import hold_click
from geo.incidents.cases.verbs import Wish
from geo.incidents.cases.write import ACTIONS, EVENTS, RECORD, Action, Performed, write_rows
from geo.incidents.density import cell
from geo.incidents.pressing import set_pressing
from geo.loading.placing import BY_POINT, POINT
from geo.ranges import Id, Lat, Lon
from geo.settings import City

CATEGORY = text("""
    select kind, due_hours, calendar = 'working' as working, performer_id as performer from category
    where id = :category""")
INSERT = text(f"""
    with s as (select cast(:lon as float8) as lon, cast(:lat as float8) as lat, st_x(p) as x, st_y(p) as y
        from st_transform(st_setsrid(st_makepoint(:lon, :lat), 4326), 3857) p)
    insert into incident (region, id, source, source_id, kind, category_id, title, source_status, status,
        source_priority, priority, opened_at, due_at, address, placed_by, channel, performer_id, district_id,
        building_id, point_4326, point_3857)
    select :region, n.id, :source, :letter || n.id, :kind, :category, :title, 'open', 'open', :priority,
        :priority, :at, :due, :address, :placed_by, :channel, :performer,
        (select d.id from district d where d.region = :region and st_intersects(d.geom_3857, {POINT})
            and (cast(:at as timestamptz) at time zone :time_zone)::date
                between d.valid_from and coalesce(d.valid_to, 'infinity') order by d.id limit 1),
        ({BY_POINT}), st_setsrid(st_makepoint(s.lon, s.lat), 4326), {POINT}
    from s, (select nextval('incident_id_seq') as id) n
    returning id, (select d.key from district d where d.region = :region and d.id = district_id)""")
APPEND_DELTA = text(f"""
    insert into density_delta (region, x22, y22, kind, category_id, day, n)
    select :region, {cell("st_x(i.point_3857)", "st_y(i.point_3857)")}, i.kind, coalesce(i.category_id, 0),
        (i.opened_at at time zone :time_zone)::date, 1
    from incident i where i.region = :region and i.id = :incident and i.point_3857 is not null""")


@dataclass(frozen=True)
class IncidentOrigin:
    """By which way it came. `letter` begins its number at its source; `channel` as inquiries name theirs."""

    source: str
    letter: str
    channel: str | None = None


DESK = IncidentOrigin("desk", "D")


@dataclass(frozen=True)
class NewIncident(Wish):
    """Where it is (EPSG:4326) and what; its performer and deadline are those of its category."""

    kind: Literal["service", "police", "emergency", "offence"]
    title: Annotated[str, Len(1, 200)]
    lon: Lon
    lat: Lat
    priority: Literal[0, 1, 2] = 0
    category: Id | None = None
    address: Annotated[str, Len(1, 300)] | None = None


@dataclass(frozen=True)
class SentIncident(Wish):
    """The same as a program sends it. Without a point it is kept, counted and listed as "no coordinates";
    `placed_by` says how the point was found from the address. `digest` tells what was sent under a key."""

    kind: str
    category: int
    title: str
    digest: str
    lon: float | None = None
    lat: float | None = None
    address: str | None = None
    placed_by: str | None = None
    priority: int = 0


def create(
    connection: Connection,
    city: City,
    principal: Principal,
    wish: NewIncident | SentIncident,
    key: UUID,
    origin: IncidentOrigin = DESK,
) -> Performed:
    """Creates an incident; with a key that was used before, returns what it created then. Raises
    `InvalidInput` ("incident.outside", "incident.category", "incident.key_used"), `Forbidden`
    ("incident.outside_scope")."""
    hold_click(connection, principal.name, key)
    action = Action(principal.name, "create", key, stated(wish))
    if done := done_before(connection, city, action, None):
        return done
    _need_in_city(city, wish)
    connection.execute(text(HOLD_BORDERS))
    at = connection.execute(text("select clock_timestamp()")).scalar_one()
    bound = {"region": city.region, "at": at, "time_zone": city.time_zone.key, "who": principal.name}
    values = {"placed_by": None} | asdict(wish) | asdict(origin) | _by_category(connection, city, wish, at)
    incident, district = connection.execute(INSERT, bound | values).one()
    if not principal.sees(wish.kind, district):
        raise Forbidden("incident.outside_scope")
    set_pressing(connection, city, [incident])
    return _record(connection, city, bound | {"incident": incident}, action)


def _record(connection: Connection, city: City, bound: dict[str, Any], action: Action) -> Performed:
    incident, at = bound["incident"], bound["at"]
    [row] = write_rows(connection, city, ACTIONS, [action.row(incident, at, 1, {"decisions": {}})])
    about = {"nth": 0, "incident": incident, "at": at, "who": action.who, "version": 1, "action": row.id}
    write_rows(connection, city, EVENTS, [about | {"what": "opened", "before": None, "after": "open"}])
    connection.execute(APPEND_DELTA, bound)  # nothing of one without a point
    connection.execute(RECORD, {"region": city.region, "ids": [incident]})
    record_audit(connection, action.who, "incident.create", incident=incident, action=row.id)
    return Performed(row.id, incident, "create", 1, at)


def _need_in_city(city: City, wish: NewIncident | SentIncident) -> None:
    if wish.lon is not None and wish.lat is not None and not city.holds(wish.lon, wish.lat):
        raise InvalidInput("incident.outside", lon=wish.lon, lat=wish.lat)


def _by_category(
    connection: Connection, city: City, wish: NewIncident | SentIncident, at: datetime
) -> dict[str, Any]:
    """The deadline and the performer."""
    if wish.category is None:
        return {"due": None, "performer": None}
    row = connection.execute(CATEGORY, {"category": wish.category}).first()
    if row is None or row.kind != wish.kind:
        raise InvalidInput("incident.category", number=wish.category)
    if row.due_hours is None:
        return {"due": None, "performer": row.performer}
    calendar = load_calendar(connection, city) if row.working else None
    clock = RegulatoryClock.of_hours(at, row.due_hours, calendar=calendar)
    return {"due": clock.due_at, "performer": row.performer}
