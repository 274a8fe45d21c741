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
from geo.errors import Conflict, IkomekError, InvalidInput, NotFound
from geo.incidents.cases.fields import written
from geo.incidents.cases.state import State, check_current, lock, lock_one
from geo.incidents.cases.verbs import VERBS, Assign, Changes, Classify, Close, Settle, Verb, Wish
from geo.incidents.cases.write import Action, Performed, decided, write
from geo.incidents.numbers import BY_NUMBER, NUMBER, as_own
from geo.settings import City

MOST = 500
"""Incidents of one selection: they are locked together."""
FOUND = text("""select id, incident_id, verb, undoes, version, at from incident_action
    where region = :region and who = :who and key = :key""")
CATEGORY = text("""select true from category c where c.id = :id and c.kind = :kind
    and not exists (select from category below where below.parent_id = c.id)""")

ORIGINAL = text(f"""{BY_NUMBER}
    select i.id, i.kind, d.key as district, o.source_id as original from hit
    join incident i on i.region = :region and i.id = hit.id
    left join district d on d.region = i.region and d.id = i.district_id
    left join incident_case c on c.region = i.region and c.incident_id = i.id
    left join incident o on o.region = i.region and o.id = c.duplicate_of order by i.id limit 9""")


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
    seen: int,
    key: UUID,
) -> Performed:
    """Do it once. `seen` is the version of the incident that the officer looked at, `key` the page's own name
    of the click: with a key that was used before, the answer of then.

    Raises `NotFound` ("incident.unknown"), `Conflict` ("incident.stale", "incident.changed",
    "incident.vanished", and what `VERBS` refuse), `InvalidInput` ("incident.key_used" for another action)."""
    state = lock_one(connection, city, principal, incident)
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
    selection = BatchResult(key)
    states = lock(connection, city, principal, list(seen))
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
    return Performed(row.id, row.incident_id, row.verb, row.version, row.at)


def _perform(
    connection: Connection,
    city: City,
    principal: Principal,
    state: State,
    verb: Verb,
    wish: Wish,
    seen: int,
    action: Action,
) -> Performed:
    changes = _prepare(connection, city, principal, state, verb, wish, seen)
    decisions = decided(state, action, changes)
    if isinstance(wish, Settle):
        decisions[wish.field] = _settled(state, wish)
    return write(connection, city, state, action, changes, decisions)


def _prepare(
    connection: Connection, city: City, principal: Principal, state: State, verb: Verb, wish: Wish, seen: int
) -> Changes:
    """The fields that the action sets; raises where it is refused. Writes nothing."""
    check_current(connection, city, state, seen, principal.name)
    if isinstance(wish, Close):
        wish = _with_original(connection, city, principal, state, wish)
    if isinstance(wish, Assign):
        _need_performer(connection, wish.performer)
    if isinstance(wish, Classify):
        _need_category(connection, state, wish.category)
    return verb.changes(state, wish, principal.name)


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


def _with_original(
    connection: Connection, city: City, principal: Principal, state: State, wish: Close
) -> Close:
    """The incident that it repeats by its id: one that the caller may see, and that is no duplicate itself,
    for chains would hide where the answer is."""
    spoken = wish.duplicate_number
    if spoken is None and wish.duplicate_of is None:
        return wish
    number = NUMBER.match(spoken) if spoken else None
    own = as_own(number[1]) if number else wish.duplicate_of
    bound = {"region": city.region, "number": number[1] if number else None, "own": own}
    found = connection.execute(ORIGINAL, bound).all()
    rows = [row for row in found if principal.sees(row.kind, row.district)]
    named = spoken or wish.duplicate_of
    if not rows:
        raise NotFound("incident.unknown", incident=named)
    if len(rows) > 1:
        raise InvalidInput("incident.several", number=spoken)
    if rows[0].original is not None:
        raise Conflict("incident.duplicate_chain", incident=named, original=rows[0].original)
    return replace(wish, duplicate_of=rows[0].id, duplicate_number=None)


def stated(wish: Wish) -> dict[str, Any]:
    """The wish as an action's row keeps it, without the fields that were left out."""
    return {
        name: value if isinstance(value, int | float) else written(value)
        for name, value in asdict(wish).items()
        if value is not None
    }
