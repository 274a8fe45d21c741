"""An action of a person on one incident, or on a selection: checked and written in the caller's transaction.

The caller runs it by `geo.database.transact`, which does it once more after a deadlock. Selections are locked
in the order of their ids, so two of them never wait for each other in a ring.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Connection, text

from geo.accounts.users import Principal
from geo.errors import IkomekError, InvalidInput, NotFound
from geo.incidents.cases.clicks import hold_click
from geo.incidents.cases.duplicates import followers, involved, with_original
from geo.incidents.cases.fields import written
from geo.incidents.cases.membership import out_of_event
from geo.incidents.cases.state import State, check_current, lock, lock_one
from geo.incidents.cases.verbs import VERBS, Assign, Changes, Classify, Close, Settle, Verb, Wish
from geo.incidents.cases.write import Action, Deed, Performed, decided, write_all
from geo.settings import City

MOST = 500
"""Incidents of one selection: they are locked together."""
FOUND = text("""select a.id, a.incident_id, a.verb, a.undoes, a.version, a.at, e.number as left_event
    from incident_action a
    left join mass_event e on e.region = a.region and e.id = (a.before ->> 'group')::bigint
    where a.region = :region and a.who = :who and a.key = :key""")
CATEGORY = text("""select true from category c where c.id = :id and c.kind = :kind
    and not exists (select from category below where below.parent_id = c.id)""")


@dataclass(frozen=True)
class Refused:
    """Why an action on one incident of a selection is not done."""

    incident: int
    error: IkomekError


@dataclass
class BatchResult:
    """What became of a selection; of a preview, what would. `batch` is its key, by which all of it is
    undone."""

    batch: UUID
    done: list[Performed] = field(default_factory=list)
    ready: list[int] = field(default_factory=list)
    """In a preview: the incidents on which the action would be done."""
    refused: list[Refused] = field(default_factory=list)


def act(
    connection: Connection,
    city: City,
    principal: Principal,
    incident: int,
    verb: str,
    wish: Wish,
    seen: int | None,
    key: UUID,
) -> Performed:
    """Do it once. `seen` is the version of the incident that the officer looked at (none: a program's, which
    looked at nothing), `key` the page's own name of the click: with a key that was used before, the answer of
    then.

    Raises `NotFound` ("incident.unknown"), `Conflict` ("incident.stale", "incident.changed",
    "incident.vanished", and what `VERBS` refuse), `InvalidInput` ("incident.key_used" for another action)."""
    hold_click(connection, principal.name, key)
    others = involved(connection, city, principal, [incident], wish)
    state = lock_one(connection, city, principal, incident, others)
    action = Action(principal.name, verb, key, stated(wish))
    return done_before(connection, city, action, incident) or _perform(
        connection, city, principal, state, VERBS[verb], wish, seen, action
    )


def act_on_selection(
    connection: Connection,
    city: City,
    principal: Principal,
    verb: str,
    wish: Wish,
    seen: Mapping[int, int],
    key: UUID,
    preview: bool = False,
) -> BatchResult:
    """The same action on many: incident -> version that the officer looked at. What is refused is left alone
    and listed; the rest is done together. `preview`: nothing is written."""
    if not 0 < len(seen) <= MOST:
        raise InvalidInput("incident.selection", n=len(seen), most=MOST)
    hold_click(connection, principal.name, key)
    selection = BatchResult(key)
    states = lock(connection, city, principal, [*seen, *involved(connection, city, principal, seen, wish)])
    template = Action(principal.name, verb, key, stated(wish), batch=key)
    for incident, version in sorted(seen.items()):
        action = replace(template, key=uuid5(key, str(incident)))
        try:
            if incident not in states:
                raise NotFound("incident.unknown", incident=incident)
            if done := done_before(connection, city, action, incident):
                selection.done.append(done)
                continue
            state = states[incident]
            if preview:
                _prepare(connection, city, principal, state, VERBS[verb], wish, version)
                selection.ready.append(incident)
            else:
                selection.done.append(
                    _perform(connection, city, principal, state, VERBS[verb], wish, version, action)
                )
        except IkomekError as error:
            selection.refused.append(Refused(incident, error))
    return selection


def done_before(connection: Connection, city: City, action: Action, incident: int | None) -> Performed | None:
    """The outcome of an earlier action with this key; `incident` none = it created one. Raises `InvalidInput`
    ("incident.key_used") where that was something else."""
    bound = {"region": city.region, "who": action.who, "key": action.key}
    row = connection.execute(FOUND, bound).first()
    if row is None:
        return None
    expected = row.incident_id if incident is None else incident
    if (row.incident_id, row.verb, row.undoes) != (expected, action.verb, action.undoes):
        raise InvalidInput("incident.key_used")
    return Performed(row.id, row.incident_id, row.verb, row.version, row.at, row.left_event)


def _perform(
    connection: Connection,
    city: City,
    principal: Principal,
    state: State,
    verb: Verb,
    wish: Wish,
    seen: int | None,
    action: Action,
) -> Performed:
    changes = _prepare(connection, city, principal, state, verb, wish, seen)
    decisions = decided(state, action, changes)
    if isinstance(wish, Settle):
        decisions[wish.field] = _settled(state, wish)
    deed = Deed(state, action, changes, decisions)
    follow = followers(connection, city, principal, state, changes, action)
    return write_all(connection, city, [deed, *follow])[0]


def _prepare(
    connection: Connection,
    city: City,
    principal: Principal,
    state: State,
    verb: Verb,
    wish: Wish,
    seen: int | None,
) -> Changes:
    """The fields that the action sets; raises where it is refused. Writes nothing."""
    check_current(connection, city, state, seen, principal.name)
    if isinstance(wish, Close):
        wish = with_original(connection, city, principal, state, wish)
    if isinstance(wish, Assign):
        _need_performer(connection, wish.performer)
    if isinstance(wish, Classify):
        _need_category(connection, state, wish.category)
    changes = verb.changes(state, wish, principal.name)
    return changes | out_of_event(state, changes, state.event)


def _settled(state: State, wish: Settle) -> dict[str, Any] | None:
    """The source's word ends the decision; else it stands over what the source says now."""
    if wish.take == "source":
        return None
    row = state.decisions[wish.field]
    return row | {"source_value": row["source_value_now"], "conflict_value": None}


def _need_performer(connection: Connection, performer: int) -> None:
    if not connection.scalar(text("select true from performer where id = :id"), {"id": performer}):
        raise InvalidInput("incident.performer", number=performer)


def _need_category(connection: Connection, state: State, category: int) -> None:
    """One of the incident's kind that stands at the end of a branch."""
    if not connection.scalar(CATEGORY, {"id": category, "kind": state.kind}):
        raise InvalidInput("incident.category", number=category)


def stated(wish: Wish) -> dict[str, Any]:
    """The wish as an action's row keeps it, without the fields that were left out."""
    return {
        name: value if isinstance(value, int | float) else written(value)
        for name, value in asdict(wish).items()
        if value is not None
    }
