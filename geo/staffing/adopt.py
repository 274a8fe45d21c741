"""A roster becomes the one in force, and is kept."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from sqlalchemy import Connection, text

from geo.audit.records import record_audit
from geo.errors import Conflict
from geo.settings import City
from geo.staffing.roster import Roster, roster_of
from geo.toml import TomlFile

LOCK = 8109_67
NEWEST = text("""select id, body, digest, adopted_at, adopted_by from roster_file where region = :region
    order by id desc limit 1""")
KEEP = text("""insert into roster_file (region, body, digest, adopted_by) values (:region, :body, :digest,
    :who) returning id""")


@dataclass(frozen=True)
class RosterInForce:
    roster: Roster
    number: int
    adopted_at: datetime
    adopted_by: str


def adopt_roster(connection: Connection, city: City, roster: Roster, who: str) -> int:
    """Its number. Raises `Conflict` ("roster.same") for the one that is in force already."""
    connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    digest = sha256(roster.text.encode()).hexdigest()
    newest = connection.execute(NEWEST, {"region": city.region}).one_or_none()
    if newest is not None and newest.digest == digest:
        raise Conflict("roster.same")
    number = connection.execute(
        KEEP, {"region": city.region, "body": roster.text, "digest": digest, "who": who}
    ).scalar_one()
    record_audit(connection, who, "roster.adopted", number=number, digest=digest)
    return number


def roster_in_force(connection: Connection, city: City) -> RosterInForce | None:
    """None = none was adopted yet."""
    row = connection.execute(NEWEST, {"region": city.region}).one_or_none()
    if row is None:
        return None
    read = roster_of(TomlFile(Path(f"roster-{row.id}.toml"), row.body, tomllib.loads(row.body)))
    assert read.roster is not None, "only a file without mistakes is adopted"
    return RosterInForce(read.roster, row.id, row.adopted_at, row.adopted_by)
