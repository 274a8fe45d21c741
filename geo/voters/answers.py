"""What the process that owns the keys answers, by the name of the request (`geo.voters.service`).

To add one: a function of (owner, who, **parameters) whose answer is JSON, and its line in `ANSWERS` with the
permission that it needs. It records what it does in the transaction of it; the answer leaves the process
after the commit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, Engine

from geo.audit.records import record_audit
from geo.database import AnyRow, Role, connect_engine, for_driver
from geo.errors import NotFound
from geo.loading.staging import driver_cursor
from geo.settings import City, Settings
from geo.voters import alike, approval, checks, compare, houses, lasting, looks, rules, without, worklist
from geo.voters.forgetting import forget_persons
from geo.voters.keys import KeyRing
from geo.voters.limits import ADDRESSES, CITY_PRINTED, PRINTED, check, refusals_recorded
from geo.voters.matching import read_matcher
from geo.voters.model import COUNTS, current, version, versions
from geo.voters.printed import PrintOrder, read_printed
from geo.voters.regions import doubles
from geo.voters.transfer.model import newest

ROLES: tuple[Role, ...] = ("voters", "lookup")
SHOWN_VERSIONS = 12
SHOWN_TRANSFERS = 3
MOST_ADDRESSES = 60
MOST_LINES = 500
OVERTAKEN = "overtaken"


@dataclass(frozen=True)
class ListOwner:
    """The list, its keys, and connections of the roles that may."""

    city: City
    ring: KeyRing
    voters: Engine
    lookup: Engine

    @classmethod
    def of(cls, settings: Settings) -> ListOwner:
        engines = (connect_engine(settings, role, pool_size=2) for role in ROLES)
        return cls(settings.city, KeyRing.of(settings), *engines)

    @property
    def region(self) -> str:
        return self.city.region

    @contextmanager
    def connected(self) -> Iterator[Connection]:
        """One transaction, committed where nothing was raised."""
        with self.voters.begin() as connection:
            yield connection

    def close(self) -> None:
        self.voters.dispose()
        self.lookup.dispose()


def overview(owner: ListOwner, who: str, list_id: int | None = None) -> dict[str, Any]:
    """Counts alone: the version (else the newest that waits and can still be approved, else the one in
    force), those before it, its flags, whether it is overtaken, how each precinct changes, and the packages
    that were sent.
    {"shown": none} where no list was ever loaded."""
    with owner.connected() as connection:
        known = versions(connection, owner.region)
        shown = _shown(known, list_id)
        record_audit(connection, who, "voters.seen", list=shown.id if shown else None)
        in_force = current(connection, owner.region)
        rows = [_version(row, in_force) for row in known[:SHOWN_VERSIONS]]
        if shown is None:
            return {"shown": None, "versions": rows}
        return {
            "shown": _version(shown, in_force),
            "versions": rows,
            "overtaken": approval.is_overtaken(shown, in_force),
            "without": _without(connection, owner.region, known),
            "open": worklist.count_open(connection, owner.region, shown.id)._asdict(),
            "flags": [_plain(row) for row in approval.flags(connection, owner.region, shown.id, all_=True)],
            "precincts": [_plain(row) for row in compare.by_precinct(connection, owner.city, shown.id)],
            "transfers": [
                _plain_values(one._asdict()) for one in newest(connection, owner.region, SHOWN_TRANSFERS)
            ],
        }


def houses_of(
    owner: ListOwner, who: str, list_id: int, precinct: int | None = None, building: int | None = None
) -> dict[str, Any]:
    """Counts alone: how the houses of a precinct change, of that of `building` where one is given."""
    with owner.connected() as connection:
        record_audit(connection, who, "voters.seen", list=list_id)
        if building:
            precinct = houses.precinct_of(connection, owner.city, building)
        rows = houses.by_house(connection, owner.city, list_id, precinct)
        return {"precinct": precinct, "houses": [_plain(row) for row in rows]}


def changed(owner: ListOwner, who: str, list_id: int, building: int) -> list[dict[str, Any]]:
    """Who changes in one house, masked."""
    found = houses.changed(owner.voters, owner.city, owner.ring, list_id, building, who)
    return [one._asdict() for one in found]


def persons_without(owner: ListOwner, who: str, page: int) -> dict[str, Any]:
    """A page of the persons of the list in force who have no building, masked."""
    found = without.persons_without(owner.voters, owner.city, owner.ring, page, who)
    return found._asdict() | {"persons": [one._asdict() for one in found.persons]}


def accept_flag(owner: ListOwner, who: str, list_id: int, level: str, of_id: int, code: str) -> None:
    """One change in one way: what was not looked at stays open."""
    with owner.connected() as connection:
        approval.accept_flag(connection, owner.city, list_id, level, of_id, who, code)


def reopen_flag(owner: ListOwner, who: str, list_id: int, level: str, of_id: int, code: str) -> None:
    with owner.connected() as connection:
        approval.reopen_flag(connection, owner.city, list_id, level, of_id, who, code)


def approve(owner: ListOwner, who: str, list_id: int) -> int:
    """How many houses have another count now."""
    with owner.connected() as connection:
        return approval.approve(connection, owner.city, list_id, who)


def reject(owner: ListOwner, who: str, list_id: int) -> None:
    with owner.connected() as connection:
        key = forget_persons(connection, owner.city, owner.ring, list_id, "rejected", who)
    owner.ring.destroy(key)


def lines(owner: ListOwner, who: str, list_id: int, code: str) -> list[dict[str, Any]]:
    """The first `MOST_LINES` rows that a check found: lines of the file, never what stands in them. Raises
    `NotFound` ("voters.unknown_check", "voters.unknown_list")."""
    with owner.connected() as connection:
        if code not in version(connection, owner.region, list_id).checks:
            raise NotFound("voters.unknown_check", list=list_id)
        record_audit(connection, who, "voters.lines_seen", list=list_id, code=code)
        found = checks.lines(connection, owner.region, list_id, code, MOST_LINES)
        return [{"line": row.line, "parameters": row.parameters} for row in found]


def addresses(owner: ListOwner, who: str, list_id: int) -> list[dict[str, Any]]:
    """The first `MOST_ADDRESSES` that nobody has decided, most persons first: the lines are opened."""
    with refusals_recorded(owner.voters, who), owner.connected() as connection:
        check(connection, who, ADDRESSES)
        record_audit(connection, who, "voters.addresses_seen", list=list_id)
        found = worklist.open_addresses(connection, owner.city, owner.ring, list_id, MOST_ADDRESSES)
        return [asdict(one) for one in found]


def alike_lines(owner: ListOwner, who: str, list_id: int, address: int) -> list[dict[str, Any]]:
    """What one decision on an address may settle besides: for each, how many lines and persons, and the first
    `MOST_ADDRESSES` lines, opened."""
    with refusals_recorded(owner.voters, who), owner.connected() as connection:
        check(connection, who, ADDRESSES)
        record_audit(connection, who, "voters.addresses_seen", list=list_id)
        found = alike.alike(connection, owner.city, owner.ring, list_id, address)
        return [
            {
                "building": one.building,
                "count": len(one.lines),
                "persons": one.persons,
                "lines": [line._asdict() for line in one.lines[:MOST_ADDRESSES]],
            }
            for one in found
        ]


def decide_alike(
    owner: ListOwner, who: str, list_id: int, address: int, building: int | None, count: int
) -> int:
    with owner.connected() as connection:
        return alike.decide_alike(connection, owner.city, owner.ring, list_id, address, building, count, who)


def accept_flags(owner: ListOwner, who: str, list_id: int, level: str, code: str, count: int) -> int:
    with owner.connected() as connection:
        return approval.accept_flags(connection, owner.city, list_id, level, code, count, who)


def reopen_flags(owner: ListOwner, who: str, list_id: int, level: str, code: str, count: int) -> int:
    with owner.connected() as connection:
        return approval.reopen_flags(connection, owner.city, list_id, level, code, count, who)


def decide(owner: ListOwner, who: str, list_id: int, address: int, building: int | None) -> None:
    with owner.connected() as connection:
        worklist.decide(connection, owner.city, owner.ring, list_id, address, building, who)


def undo(owner: ListOwner, who: str, list_id: int, address: int) -> int:
    with owner.connected() as connection:
        return worklist.take_back(connection, owner.city, list_id, address, who)


def look(owner: ListOwner, who: str, number: str, why: str, document: str) -> dict[str, Any]:
    """One person by the exact IIN."""
    return asdict(looks.look(owner.lookup, owner.city, owner.ring, number, who, why, document))


def look_at_house(owner: ListOwner, who: str, line: str, why: str, document: str) -> list[dict[str, Any]]:
    """Those of the one building that an address line leads to. Raises `NotFound`
    ("voters.no_such_address")."""
    document = looks.check_reason(why, document)
    with owner.connected() as connection:
        cursor = driver_cursor(connection)

        def execute(statement: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
            cursor.execute(for_driver(statement), parameters)
            return list(cursor.fetchall())

        decided = rules.known(
            connection, owner.region, lasting.rules_key(connection, owner.region, owner.ring)
        )
        found = read_matcher(owner.city, execute, decided).match([line])[line].building
    if found is None:
        raise NotFound("voters.no_such_address")
    seen = looks.look_at_house(owner.lookup, owner.city, owner.ring, found, who, why, document)
    return [one._asdict() for one in seen]


def listed(owner: ListOwner, who: str, number: str, birth: str) -> dict[str, Any]:
    """Yes or no, and the building that leads to the precinct."""
    found, building = looks.listed(owner.lookup, owner.city, owner.ring, number, birth, who)
    return {"listed": found, "building": building}


def printed(owner: ListOwner, who: str, number: int, by: str, lang: str) -> dict[str, Any]:
    """The list of one precinct, as its commission has it on paper; so many a day."""
    wanted = PrintOrder(number=number, by=by, lang=lang)
    with refusals_recorded(owner.voters, who):
        (found,) = read_printed(owner.voters, owner.city, owner.ring, wanted, who, PRINTED, CITY_PRINTED)
    return found.as_json()


def doubles_open(owner: ListOwner, who: str) -> dict[str, Any]:
    """How many doubles between regions nobody has decided, and the one that waits longest, masked."""
    with owner.connected() as connection:
        first = doubles.open_doubles(connection, owner.city, owner.ring, who, 1)
        return {
            "open": doubles.count_open(connection, owner.region),
            "first": [one._asdict() for one in first],
        }


def decide_double(owner: ListOwner, who: str, double: int, decision: str, reason: str) -> None:
    with owner.connected() as connection:
        doubles.decide(connection, owner.city, double, decision, reason, who)


@dataclass(frozen=True)
class ListRequest:
    """What answers a request, and the permission that its caller needs; `weighs`: they must have just signed
    in (`geo.accounts.sessions.FRESH`)."""

    function: Callable[..., Any]
    permission: str
    weighs: bool = False


SEE, DECIDE, APPROVE, LOOK = "page.voters", "voters.decide", "voters.approve", "voters.look"
ANSWERS: dict[str, ListRequest] = {
    "overview": ListRequest(overview, SEE),
    "houses": ListRequest(houses_of, SEE),
    "changed": ListRequest(changed, LOOK, weighs=True),
    "without": ListRequest(persons_without, LOOK, weighs=True),
    "accept_flag": ListRequest(accept_flag, DECIDE),
    "reopen_flag": ListRequest(reopen_flag, DECIDE),
    "approve": ListRequest(approve, APPROVE, weighs=True),
    "reject": ListRequest(reject, DECIDE, weighs=True),
    "lines": ListRequest(lines, SEE),
    "addresses": ListRequest(addresses, DECIDE),
    "decide": ListRequest(decide, DECIDE),
    "alike": ListRequest(alike_lines, DECIDE),
    "decide_alike": ListRequest(decide_alike, DECIDE),
    "accept_flags": ListRequest(accept_flags, DECIDE),
    "reopen_flags": ListRequest(reopen_flags, DECIDE),
    "undo": ListRequest(undo, DECIDE),
    "listed": ListRequest(listed, "voters.listed"),
    "look": ListRequest(look, LOOK, weighs=True),
    "look_at_house": ListRequest(look_at_house, LOOK, weighs=True),
    "printed": ListRequest(printed, "voters.print", weighs=True),
    "doubles": ListRequest(doubles_open, DECIDE),
    "decide_double": ListRequest(decide_double, DECIDE),
}


def _shown(known: list[AnyRow], list_id: int | None) -> AnyRow | None:
    """Raises `NotFound` ("voters.unknown_list")."""
    if list_id is not None:
        for row in known:
            if row.id == list_id:
                return row
        raise NotFound("voters.unknown_list", list=list_id)
    return approval.live(known) or next((row for row in known if row.state == "current"), None)


def _without(connection: Connection, region: str, known: list[AnyRow]) -> dict[str, int] | None:
    """How many persons of the list in force have no building; none where no list is."""
    for row in known:
        if row.state == "current":
            return {"list": row.id, "count": without.count_persons(connection, region, row.id)}
    return None


def _version(row: AnyRow, in_force: AnyRow | None) -> dict[str, Any]:
    """A version without its key. Its state is "overtaken" where it waits in vain."""
    return {
        "id": row.id,
        "state": OVERTAKEN if approval.is_overtaken(row, in_force) else row.state,
        "file": bytes(row.file_sha256).hex(),
        "voting_day": row.voting_day.isoformat(),
        **{
            name: getattr(row, name)
            for name in (*COUNTS, "rows_read", "kept", "removed", "before", "base_id")
        },
        "checks": {code: {"count": one["count"], "lines": one["lines"]} for code, one in row.checks.items()},
        "matching": row.matching,
        "compared": row.compared,
        "loaded_by": row.loaded_by,
        "loaded_at": row.loaded_at.isoformat(),
        "approved_by": row.approved_by,
        "approved_at": row.approved_at and row.approved_at.isoformat(),
    }


def _plain(row: AnyRow) -> dict[str, Any]:
    return _plain_values(row._mapping)


def _plain_values(values: Mapping[Any, Any]) -> dict[str, Any]:
    """The values in types of JSON."""
    plain = {}
    for name, value in values.items():
        if isinstance(value, bytes | memoryview):
            plain[name] = bytes(value).hex()
        else:
            plain[name] = value.isoformat() if hasattr(value, "isoformat") else value
    return plain
