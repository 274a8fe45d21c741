"""Who looks at an incident now, and who is writing about it, so that two officers see each other before they
collide."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.orm import Mapped, mapped_column

from geo.accounts.users import Principal
from geo.base import Base, Now, Region
from geo.errors import NotFound
from geo.settings import City

AWAY_S = 30
"""Somebody who was not heard of for so long has left."""
WHERE = text("""
    select i.kind, d.key as district, p.key as performer from incident i
        left join district d on d.region = i.region and d.id = i.district_id
        left join category c on c.id = i.category_id
        left join performer p on p.id = coalesce(i.performer_id, c.performer_id)
    where i.region = :region and i.id = :incident""")
KNOWN = text("""
    select true from incident_viewer where region = :region and incident_id = :incident and who = :who
        and writing = :writing and seen_at > clock_timestamp() - make_interval(secs => :away)""")
KEEP = text("""
    insert into incident_viewer (region, incident_id, who, writing, seen_at)
        values (:region, :incident, :who, :writing, clock_timestamp())
    on conflict (region, incident_id, who) do update set writing = excluded.writing,
        seen_at = excluded.seen_at""")
LEAVE = text("delete from incident_viewer where region = :region and incident_id = :incident and who = :who")
PRESENT = text("""
    select who, writing, extract(epoch from seen_at)::float8 as at from incident_viewer
    where region = :region and incident_id = :incident
        and seen_at > clock_timestamp() - make_interval(secs => :away) order by who""")
RECORD = text("""
    insert into change (region, noun, noun_id, version, payload)
    select :region, 'viewer', :incident, 0, jsonb_build_object('who', cast(:who as text),
        'writing', cast(:writing as boolean), 'gone', cast(:gone as boolean),
        'kind', i.kind, 'district', i.district_id, 'performer',
        coalesce(i.performer_id, (select c.performer_id from category c where c.id = i.category_id)))
    from incident i where i.region = :region and i.id = :incident""")
"""Kind, district and performer, by which the stream knows whom it concerns."""


class IncidentViewer(Base):
    """`writing`: has a form open that holds words."""

    __tablename__ = "incident_viewer"
    region: Mapped[Region]
    incident_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    who: Mapped[str] = mapped_column(primary_key=True)
    writing: Mapped[bool]
    seen_at: Mapped[Now]


def look(
    connection: Connection, city: City, principal: Principal, incident: int, writing: bool
) -> list[dict[str, Any]]:
    """The caller is here; returns who is: who, writing, at (seconds since 1970). Screens hear of somebody who
    came, began to write or ended it, not of each heartbeat. Raises `NotFound` ("incident.unknown")."""
    bound = {
        "region": city.region,
        "incident": incident,
        "who": principal.name,
        "writing": writing,
        "away": AWAY_S,
    }
    _need_in_scope(connection, principal, bound)
    known = connection.scalar(KNOWN, bound)
    connection.execute(KEEP, bound)
    if not known:
        connection.execute(RECORD, bound | {"gone": False})
    return [dict(row) for row in connection.execute(PRESENT, bound).mappings()]


def leave(connection: Connection, city: City, principal: Principal, incident: int) -> None:
    """The caller closed the card; nothing where they were not there. Raises `NotFound`
    ("incident.unknown")."""
    bound = {"region": city.region, "incident": incident, "who": principal.name, "writing": False}
    _need_in_scope(connection, principal, bound)
    if connection.execute(LEAVE, bound).rowcount:
        connection.execute(RECORD, bound | {"gone": True})


def _need_in_scope(connection: Connection, principal: Principal, bound: dict[str, Any]) -> None:
    row = connection.execute(WHERE, bound).first()
    if (
        row is None
        or not principal.sees(row.kind, row.district)
        or principal.acts_for not in (None, row.performer)
    ):
        raise NotFound("incident.unknown", incident=bound["incident"])
