"""Whose case an incident is: the performer that it names, else its category's. A performer sees and does only
what is their own organisation's; an account of no organisation has none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from annotated_types import Len
from sqlalchemy import Connection, text

from geo.accounts.users import Principal
from geo.errors import NotFound
from geo.incidents.cases.act import act
from geo.incidents.cases.state import lock_one
from geo.incidents.cases.verbs import Close, Note, Nothing, SetStatus, Wish
from geo.incidents.cases.write import Performed
from geo.settings import City

OWN = """coalesce(i.performer_id, (select c.performer_id from category c where c.id = i.category_id))
    = (select p.id from performer p where p.key = :organisation)"""
"""SQL over a row `i` of `incident`: it is the caller's organisation's."""
IS_OWN = text(f"select {OWN} from incident i where i.region = :region and i.id = :incident")


@dataclass(frozen=True)
class Finish(Wish):
    """What was done, in the performer's words."""

    text: Annotated[str, Len(1, 2000)] | None = None


WORK: dict[str, type[Wish]] = {"acknowledge": Nothing, "note": Note, "done": Finish}
"""What a performer does with a case of their own, and what each asks for."""


def need_own(connection: Connection, city: City, principal: Principal, incident: int) -> None:
    """Raises `NotFound` ("incident.unknown"), as for one that is not there; never for those who decide about
    all and work for nobody."""
    if principal.may("incident.decide") and principal.organisation is None:
        return
    bound = {"region": city.region, "incident": incident, "organisation": principal.organisation}
    if not connection.execute(IS_OWN, bound).scalar():
        raise NotFound("incident.unknown", incident=incident)


def work(
    connection: Connection,
    city: City,
    principal: Principal,
    incident: int,
    verb: str,
    wish: Any,
    seen: int,
    key: UUID,
) -> Performed:
    """One of `WORK`, once for a key. What is acknowledged is in progress; what is done is closed as done, and
    may be drawn to be checked. Raises what `geo.incidents.cases.act.act` raises."""
    state = lock_one(connection, city, principal, incident)
    need_own(connection, city, principal, incident)

    def then(first: Performed, verb: str, wish: Wish) -> Performed:
        second = UUID(int=key.int ^ 1)
        act(connection, city, principal, incident, verb, wish, first.version, second)
        return first

    if verb == "done":
        closed = act(connection, city, principal, incident, "close", Close("done"), seen, key)
        return then(closed, "note", Note(wish.text)) if wish.text else closed
    done = act(connection, city, principal, incident, verb, wish, seen, key)
    if verb == "acknowledge" and state["status"] == "open":
        return then(done, "status", SetStatus("in_progress"))
    return done
