"""Duplicates: the incident that another one repeats, and what keeps them without chains. A duplicate names
its original and never another duplicate, for chains would hide where the answer is: closed as a duplicate
itself, an original hands its own duplicates on. All that takes part is locked together, by id.

Reopened, a duplicate is on its own again; a reopened original keeps its duplicates closed, for the answer is
still its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import uuid5

from sqlalchemy import Connection, text

from geo.accounts.users import Principal
from geo.database import AnyRow
from geo.errors import Conflict, Forbidden, InvalidInput, NotFound
from geo.incidents.cases.fields import Value
from geo.incidents.cases.state import State, lock
from geo.incidents.cases.verbs import Close, Wish
from geo.incidents.cases.write import Action, Deed
from geo.incidents.numbers import BY_NUMBER, NUMBER, as_own
from geo.settings import City

FOLLOW = "follow"
"""The verb of what a duplicate does when its original becomes one."""
ORIGINAL = text(f"""{BY_NUMBER}
    select i.id, i.kind, d.key as district, o.id as original, o.source_id as original_number from hit
    join incident i on i.region = :region and i.id = hit.id
    left join district d on d.region = i.region and d.id = i.district_id
    left join incident_case c on c.region = i.region and c.incident_id = i.id
    left join incident o on o.region = i.region and o.id = c.duplicate_of order by i.id limit 9""")
DUPLICATES = text("""
    select incident_id from incident_case where region = :region and duplicate_of = any(:originals)
    order by incident_id""")
FOLLOWED = text("""
    select a.id, a.incident_id, exists (select from incident_action u where u.region = a.region
            and u.undoes = a.id) as undone
    from incident_action a where a.region = :region and a.batch = :batch and a.who = :who
        and a.verb = 'follow' order by a.incident_id""")
CHAINED = text("""
    select true from incident_case where region = :region and duplicate_of is not null
        and (incident_id = :original or duplicate_of = :incident) limit 1""")


def involved(
    connection: Connection, city: City, principal: Principal, incidents: Iterable[int], wish: Wish
) -> list[int]:
    """The incidents to lock with those that a wish is for: where they become duplicates, the original and
    the duplicates of their own. What is found here is looked at again under the locks."""
    if not isinstance(wish, Close) or not _names_one(wish):
        return []
    found = [row.id for row in _named(connection, city, principal, wish)]
    return [*found, *_duplicates(connection, city, incidents)]


def with_original(
    connection: Connection, city: City, principal: Principal, state: State, wish: Close
) -> Close:
    """The wish with the incident that it repeats by its id: one that the caller may see and that is no
    duplicate; locked. Raises `NotFound` ("incident.unknown"), `InvalidInput` ("incident.several"), `Conflict`
    ("incident.duplicate_chain", "incident.duplicate_mutual"), `Forbidden` ("incident.duplicates_outside")."""
    if not _names_one(wish):
        return wish
    original = _locked_original(connection, city, principal, wish)
    named = wish.duplicate_number or wish.duplicate_of
    if original.original == state.id:
        raise Conflict("incident.duplicate_mutual", incident=named)
    if original.original is not None:
        raise Conflict("incident.duplicate_chain", incident=named, original=original.original_number)
    _own_duplicates(connection, city, principal, state)
    return replace(wish, duplicate_of=original.id, duplicate_number=None)


def followers(
    connection: Connection,
    city: City,
    principal: Principal,
    state: State,
    changes: Mapping[str, Value],
    action: Action,
) -> list[Deed]:
    """What the duplicates of an incident do that becomes one itself by `changes`: they follow it to its
    original. The action's key is their batch."""
    if (original := changes.get("duplicate_of")) is None:
        return []
    deeds = []
    for duplicate in _own_duplicates(connection, city, principal, state):
        key = uuid5(action.key, f"{FOLLOW} {duplicate.id}")
        follow = Action(action.who, FOLLOW, key, {"incident": state.id}, batch=action.key)
        deeds.append(Deed(duplicate, follow, {"duplicate_of": original}, {}))
    return deeds


def tied(connection: Connection, city: City, actions: Iterable[AnyRow]) -> list[int]:
    """The incidents to lock with those of actions (of `geo.incidents.cases.undo.read_actions`) that are to
    be undone: the originals that they had, and what followed them."""
    found = [int(original) for row in actions if (original := row.before.get("duplicate_of"))]
    for row in actions:
        found += [one.incident_id for one in _followed(connection, city, row)]
    return found


def return_followers(
    connection: Connection, city: City, row: AnyRow, action: Action, locked: Mapping[int, State]
) -> list[Deed]:
    """What followed an incident comes back to it when its closing is undone; what has left the original
    meanwhile stays as it is."""
    deeds = []
    for one in _followed(connection, city, row):
        state = locked.get(one.incident_id)
        if state is None or state["duplicate_of"] is None or one.undone:
            continue
        back = replace(action, key=uuid5(action.key, f"{FOLLOW} {one.id}"), undoes=one.id)
        deeds.append(Deed(state, back, {"duplicate_of": row.incident_id}, {}))
    return deeds


def need_no_chain(connection: Connection, city: City, incident: int, original: object) -> None:
    """Before an incident becomes a duplicate again by an undo. Raises `Conflict`
    ("incident.undo_duplicate") where either has found another place meanwhile; both are locked."""
    bound = {"region": city.region, "incident": incident, "original": original}
    if original is not None and connection.execute(CHAINED, bound).scalar():
        raise Conflict("incident.undo_duplicate")


def _names_one(wish: Close) -> bool:
    return wish.duplicate_number is not None or wish.duplicate_of is not None


def _named(connection: Connection, city: City, principal: Principal, wish: Close) -> list[AnyRow]:
    """Those that the caller may see."""
    number = NUMBER.match(wish.duplicate_number) if wish.duplicate_number else None
    own = as_own(number[1]) if number else wish.duplicate_of
    bound = {"region": city.region, "number": number[1] if number else None, "own": own}
    found = connection.execute(ORIGINAL, bound).all()
    return [row for row in found if principal.sees(row.kind, row.district)]


def _duplicates(connection: Connection, city: City, originals: Iterable[int]) -> Sequence[int]:
    bound = {"region": city.region, "originals": sorted(originals)}
    return connection.execute(DUPLICATES, bound).scalars().all()


def _followed(connection: Connection, city: City, row: AnyRow) -> Sequence[AnyRow]:
    if row.verb != "close":
        return ()
    bound: dict[str, Any] = {"region": city.region, "batch": row.key, "who": row.who}
    return connection.execute(FOLLOWED, bound).all()


def _locked_original(connection: Connection, city: City, principal: Principal, wish: Close) -> AnyRow:
    """Read again under its lock, until that is the one that was locked."""
    held: set[int] = set()
    while True:
        rows = _named(connection, city, principal, wish)
        if not rows:
            raise NotFound("incident.unknown", incident=wish.duplicate_number or wish.duplicate_of)
        if len(rows) > 1:
            raise InvalidInput("incident.several", number=wish.duplicate_number)
        if rows[0].id in held:
            return rows[0]
        held |= lock(connection, city, principal, [rows[0].id]).keys()


def _own_duplicates(connection: Connection, city: City, principal: Principal, state: State) -> list[State]:
    """Locked. No others come to it while it is locked itself."""
    ids = _duplicates(connection, city, [state.id])
    found = lock(connection, city, principal, ids) if ids else {}
    if hidden := len(ids) - len(found):
        raise Forbidden("incident.duplicates_outside", n=hidden)
    return list(found.values())
