"""Proof: a picture that somebody attaches to an incident, as an action like any other, in its transaction.

The picture is kept in the database, so that backup, rights and undo hold for it; it is never a file that a
server hands out. One whose action was undone is shown to nobody and purged (`geo.work.retention`), and so is
one whose incident is gone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from annotated_types import Len
from sqlalchemy import CheckConstraint, Connection, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from geo.accounts.users import Principal
from geo.base import Base, Region
from geo.errors import Conflict, InvalidInput
from geo.incidents.cases.act import done_before, stated
from geo.incidents.cases.clicks import hold_click
from geo.incidents.cases.state import State, check_current, lock_one
from geo.incidents.cases.verbs import Wish
from geo.incidents.cases.write import Action, Performed, write
from geo.pictures.intake import Picture
from geo.ranges import Lat, Lon, Moment
from geo.settings import City

MOST = 30
"""Pictures of one incident."""
CLOCKS_DIFFER = timedelta(minutes=5)
"""How far a camera's clock may be ahead."""

STANDS = """not exists (select from incident_action u where u.region = p.region
    and u.undoes = p.action_id)"""
"""SQL over a row `p` of `incident_proof`: its action was not undone."""
COUNT = text(f"""
    select count(*) from incident_proof p where p.region = :region and p.incident_id = :incident
        and {STANDS}""")
KEEP = text("""
    insert into incident_proof (region, action_id, incident_id, stage, at, taken_at, lon, lat, width, height,
        picture, thumbnail)
    values (:region, :action, :incident, :stage, :at, :taken_at, :lon, :lat, :width, :height, :picture,
        :thumbnail)""")


class IncidentProof(Base):
    """Named by its action. `taken_at`, `lon`, `lat` (EPSG:4326): when and where it was taken, as far as the
    sender gave it. `picture` and `thumbnail` are JPEGs without metadata; sizes in pixels."""

    __tablename__ = "incident_proof"
    __table_args__ = (
        CheckConstraint("stage in ('before', 'after')", name="stage"),
        CheckConstraint("(lon is null) = (lat is null)", name="taken_where"),
        Index("ix_incident_proof_incident", "region", "incident_id", "action_id"),
    )
    region: Mapped[Region]
    action_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    incident_id: Mapped[int]
    stage: Mapped[str]
    at: Mapped[datetime]
    taken_at: Mapped[datetime | None]
    lon: Mapped[float | None]
    lat: Mapped[float | None]
    width: Mapped[int]
    height: Mapped[int]
    picture: Mapped[bytes]
    thumbnail: Mapped[bytes]


@dataclass(frozen=True)
class Attach(Wish):
    """Whether it shows the incident or its repair, and what the sender says of it. With `keep_metadata` the
    picture's own metadata tell when and where it was taken, where the sender does not."""

    stage: Literal["before", "after"]
    text: Annotated[str, Len(1, 300)] | None = None
    taken_at: Moment | None = None
    lon: Lon | None = None
    lat: Lat | None = None
    keep_metadata: bool = False


def attach(
    connection: Connection,
    city: City,
    principal: Principal,
    incident: int,
    wish: Attach,
    picture: Picture,
    seen: int | None,
    key: UUID,
) -> Performed:
    """Once for a key, as `geo.incidents.cases.act.act`, and raising what it raises; `Conflict`
    ("incident.proof_many"), `InvalidInput` ("incident.taken": in the future, or half a point)."""
    hold_click(connection, principal.name, key)
    state = lock_one(connection, city, principal, incident)
    action = Action(principal.name, "attach", key, stated(wish))
    if done := done_before(connection, city, action, incident):
        return done
    check_current(connection, city, state, seen, principal.name)
    _need_room(connection, city, incident)
    circumstances = _circumstances(state, wish, picture)
    done = write(connection, city, state, action, {}, {})
    bound = {"region": city.region, "action": done.action, "incident": incident, "at": state.now}
    pixels = {"width": picture.width, "height": picture.height}
    files = {"picture": picture.whole, "thumbnail": picture.thumbnail}
    connection.execute(KEEP, bound | {"stage": wish.stage} | circumstances | pixels | files)
    return done


def _need_room(connection: Connection, city: City, incident: int) -> None:
    if connection.execute(COUNT, {"region": city.region, "incident": incident}).scalar_one() >= MOST:
        raise Conflict("incident.proof_many", most=MOST)


def _circumstances(state: State, wish: Attach, picture: Picture) -> dict[str, Any]:
    """When and where it was taken: what the sender says, else what the file says."""
    latest = state.now + CLOCKS_DIFFER
    if (wish.lon is None) != (wish.lat is None) or (wish.taken_at and wish.taken_at > latest):
        raise InvalidInput("incident.taken")
    taken_at, lon, lat = wish.taken_at, wish.lon, wish.lat
    if wish.keep_metadata:
        if taken_at is None and picture.taken_at is not None and picture.taken_at <= latest:
            taken_at = picture.taken_at
        if lon is None:
            lon, lat = picture.lon, picture.lat
    return {"taken_at": taken_at, "lon": lon, "lat": lat}
