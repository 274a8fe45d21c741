"""A public alert that an officer declares from the card of an incident or of a mass event: of what they see
alone, once for a click."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import Connection, text

from geo.accounts.users import Principal
from geo.exchange.alerts import Notice, PublishedAlert, declare, sender
from geo.incidents.cases.clicks import hold_click
from geo.incidents.cases.state import lock_one
from geo.incidents.mass_events.members import lock_all, lock_event, member_ids
from geo.settings import City

WRITTEN = text("select id, identifier, message from public_alert where identifier = :identifier")


def declare_incident(
    connection: Connection, city: City, principal: Principal, incident: int, notice: Notice, key: UUID
) -> PublishedAlert:
    """Raises what `declare` raises, and `NotFound` ("incident.unknown")."""
    hold_click(connection, principal.name, key)
    lock_one(connection, city, principal, incident)
    return _once(connection, city, principal, str(incident), notice, key)


def declare_event(
    connection: Connection, city: City, principal: Principal, event: int, notice: Notice, key: UUID
) -> PublishedAlert:
    """Raises what `declare` raises, `NotFound` ("mass.unknown") and `Forbidden` ("mass.outside")."""
    hold_click(connection, principal.name, key)
    locked = lock_event(connection, city, principal, event)
    lock_all(connection, city, principal, member_ids(connection, city, event))
    return _once(connection, city, principal, locked.number, notice, key)


def _once(
    connection: Connection, city: City, principal: Principal, subject: str, notice: Notice, key: UUID
) -> PublishedAlert:
    """The lock on the subject is held: a click that is sent again finds what the first one wrote."""
    identifier = f"{sender(city)}.{key}"
    if before := connection.execute(WRITTEN, {"identifier": identifier}).first():
        return PublishedAlert(*before)
    return declare(connection, city, principal.name, subject, notice, datetime.now(UTC), identifier)
