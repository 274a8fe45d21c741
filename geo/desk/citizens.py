"""What a citizen says of what was done: a mark, and that it is not done. A case can be reopened for so many
days after it was closed (`rules`); each time is counted with the case."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import Connection, text

from geo.accounts.users import Principal
from geo.audit.records import record_audit
from geo.desk.once import Click, once
from geo.desk.rules import DeskRules
from geo.errors import Conflict, Forbidden
from geo.incidents.cases.act import act, done_before, stated
from geo.incidents.cases.clicks import hold_click
from geo.incidents.cases.state import State, lock_one
from geo.incidents.cases.verbs import Because
from geo.incidents.cases.write import Action, Performed
from geo.settings import City

OF_CITIZENS = "service"
"""The kind of incidents for which citizens are answered; of the others nobody gives a mark."""
KEEP = text("""insert into citizen_mark (region, incident_id, mark, who)
    values (:region, :incident, :mark, :who) returning id""")


def give_mark(
    connection: Connection, city: City, principal: Principal, incident: int, mark: int, key: UUID
) -> int:
    """Its number, once for a key. Raises `Conflict` ("incident.not_closed"), `Forbidden`
    ("citizen.nobody"), and what `once` raises."""

    def keep(state: State) -> int:
        _need_citizen(state)
        if not state.is_closed:
            raise Conflict("incident.not_closed")
        row = {"region": city.region, "incident": incident, "mark": mark, "who": principal.name}
        number = connection.execute(KEEP, row).scalar_one()
        record_audit(connection, principal.name, "citizen.marked", incident=incident, number=number)
        return int(number)

    return once(connection, city, principal, Click("mark", incident, key), keep)


def reopen(
    connection: Connection,
    city: City,
    principal: Principal,
    incident: int,
    wish: Because,
    seen: int,
    key: UUID,
) -> Performed:
    """Raises `Conflict` ("citizen.reopen_over": too long ago), `Forbidden` ("citizen.nobody") and what `act`
    raises."""
    hold_click(connection, principal.name, key)
    state = lock_one(connection, city, principal, incident)
    _need_citizen(state)
    action = Action(principal.name, "reopen", key, stated(wish))
    if done := done_before(connection, city, action, incident):
        return done
    days, closed_at = DeskRules.of(city).reopen_days, state["closed_at"]
    if closed_at is not None and state.now - closed_at > timedelta(days=days):
        raise Conflict("citizen.reopen_over", days=days)
    return act(connection, city, principal, incident, "reopen", wish, seen, key)


def _need_citizen(state: State) -> None:
    """Raises `Forbidden` ("citizen.nobody"): inquiries of citizens are of one kind."""
    if state.kind != OF_CITIZENS:
        raise Forbidden("citizen.nobody")
