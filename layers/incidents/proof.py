"""Pictures that people attached to an incident: what the card says of them, and the picture itself for who
may see the incident. One whose action was undone is gone."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine, text

from geo.desk.organisation import OWN
from geo.errors import NotFound
from geo.incidents.cases.proof import STANDS
from geo.settings import City
from layers.reading import snapshot
from layers.scope import Scope


def list_proofs(connection: Connection, city: City, incident: int) -> list[dict[str, Any]]:
    """Oldest first: action, stage, who, at, taken_at, metres (from the incident; none where either has no
    point), text."""
    rows = connection.execute(
        text(f"""
        select p.action_id as action, p.stage, a.who, p.at, p.taken_at, a.parameters ->> 'text' as text,
            st_distancesphere(i.point_4326, st_point(p.lon, p.lat, 4326)) as metres
        from incident_proof p
        join incident_action a on a.region = p.region and a.id = p.action_id
        join incident i on i.region = p.region and i.id = p.incident_id
        where p.region = :region and p.incident_id = :incident and {STANDS} order by p.action_id"""),
        {"region": city.region, "incident": incident},
    )
    return [dict(row) for row in rows.mappings()]


def read_proof(
    engine: Engine,
    city: City,
    scope: Scope,
    incident: int,
    action: int,
    thumbnail: bool,
    organisation: str | None = None,
) -> tuple[bytes, str]:
    """The JPEG and the incident's kind; with an `organisation` only of its own cases. Raises `NotFound`
    ("incident.no_proof"), also for an incident outside the caller's scope."""
    allowed, scoped = scope.where()
    column = "thumbnail" if thumbnail else "picture"
    with snapshot(engine) as connection:
        row = connection.execute(
            text(f"""
            select p.{column} as jpeg, i.kind from incident_proof p
            join incident i on i.region = p.region and i.id = p.incident_id
            where p.region = :region and p.incident_id = :incident and p.action_id = :action and {STANDS}
                and {allowed} and (cast(:organisation as text) is null or {OWN})"""),
            {
                "region": city.region,
                "incident": incident,
                "action": action,
                "organisation": organisation,
                **scoped,
            },
        ).first()
    if row is None:
        raise NotFound("incident.no_proof", incident=incident)
    return bytes(row.jpeg), row.kind
