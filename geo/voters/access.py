"""Who saw whom, and when: everybody who saw one person, and everybody whom one login saw. Both are read from
the audit, and are recorded there themselves.

A look is found by a keyed hash of a key of looks, which outlive the versions of the list: the answer must be
there for as long as the audit is. Whom a login saw is opened with the keys of the versions that still live;
who is in none of them any more is counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple

from sqlalchemy import Connection, TextClause, text

from geo.audit.records import record_audit
from geo.database import AnyRow
from geo.settings import City
from geo.voters import iin, looks
from geo.voters.keys import KeyRing
from geo.voters.model import versions
from geo.voters.staging import open_row

How = Literal["person", "listed", "house", "changes", "without", "list", "printed", "addresses", "report"]
HOW: dict[str, How] = {
    "voter.seen": "person",
    "voter.listed": "listed",
    "voters.house_seen": "house",
    "voters.house_changes_seen": "changes",
    "voters.without_seen": "without",
    "voters.exported": "list",
    "voters.printed": "printed",
    "voters.addresses_seen": "addresses",
    "voter.looks_seen": "report",
}
"""The audit's code of a look -> what was seen: a person, whether one is listed, those of a house, those of a
house whom a list changes, those without a building, all of a list, those of a precinct on paper, address
lines without names, who saw a person."""
OF_PERSON = text("""select at, who, what, parameters, origin from audit
    where parameters ? 'subject' and parameters ->> 'subject' = any(:subjects)""")
OF_HOUSE = text("""select at, who, what, parameters, origin from audit
    where what = 'voters.house_seen' and (parameters ->> 'building')::bigint = any(:buildings)""")
OF_CHANGES = text("""select at, who, what, parameters, origin from audit
    where what = 'voters.house_changes_seen' and (parameters ->> 'building')::bigint = any(:buildings)""")
OF_WITHOUT = text("""select at, who, what, parameters, origin from audit
    where what = 'voters.without_seen' and (parameters ->> 'list')::bigint = any(:lists)""")
OF_LIST = text("""select at, who, what, parameters, origin from audit
    where what = 'voters.exported' and (parameters ->> 'list')::bigint = any(:lists)""")
OF_PRINTED = text("""select at, who, what, parameters, origin from audit
    where what = 'voters.printed' and (parameters ->> 'list')::bigint = any(:lists)""")
PRECINCT_OF = text("""select c.number from public.assignment a join public.precinct c on c.region = a.region
        and c.plan_id = a.plan_id and c.id = a.precinct_id
    where a.region = :region and a.plan_id = :plan and a.building_id = :building""")
OF_LOGIN = text("""select at, who, what, parameters, origin from audit
    where who = any(:logins) and at >= :since and at < :until and what = any(:acts) order by at""")
IN_LIST = text("""select building_id, line from voters.person where region = :region and list_id = :list
    and hash = :hash""")
ROW = text("""select hash, iin, name, residence from voters.person where region = :region and list_id = :list
    and hash = :hash""")
HOUSE_ROWS = text("""select hash, iin, name, residence from voters.person where region = :region
    and list_id = :list and building_id = :building""")
WITHOUT_ROWS = text("""select hash, iin, name, residence from voters.person where region = :region
    and list_id = :list and building_id is null and line between :first and :last""")
WHOLE = text(
    "select hash, iin, name, residence from voters.person where region = :region and list_id = :list"
)
FETCHED = 5_000
APPLICATION = "application"
"""Why it is asked: a person wants to know."""


class Access(NamedTuple):
    """One look. `why` and `document`: as they were given; of a whole list none."""

    at: datetime
    who: str
    how: How
    why: str
    document: str
    origin: str
    list_id: int | None


class SeenPerson(NamedTuple):
    """Whom somebody saw: `iin` masked, the rest as it must be written to that person."""

    iin: str
    name: str
    address: str


@dataclass
class BreachReport:
    """`persons`: each once. `lists`: versions that were exported whole. `printed`: (version, precinct) of
    lists on paper. `unknown`: how many looks were at
    people who are in no version that can be read."""

    looks: list[Access] = field(default_factory=list)
    persons: list[SeenPerson] = field(default_factory=list)
    lists: list[int] = field(default_factory=list)
    printed: list[tuple[int, int]] = field(default_factory=list)
    unknown: int = 0


class _Version(NamedTuple):
    """`since`, `until`: when it was in force; none = not yet, or still."""

    id: int
    key_id: str
    since: datetime | None
    until: datetime | None

    def in_force(self, at: datetime) -> bool:
        return self.since is not None and self.since <= at and (self.until is None or at < self.until)


class _Listing(NamedTuple):
    """A person in a version: by its line, in a building or in none."""

    version: _Version
    line: int
    building: int | None


def who_saw(
    voters: Connection, auditor: Connection, city: City, ring: KeyRing, number: str, who: str, document: str
) -> list[Access]:
    """Everybody who saw a person, the newest first; recorded in the transaction of `voters`. The connections
    are of the roles "voters" and "auditor". Raises `InvalidInput` ("voters.iin", "voters.document")."""
    document = looks.check(number, APPLICATION, document)
    subjects = [key.lookup(number).hex() for key in ring.all_looks()]
    record_audit(voters, who, "voter.looks_seen", subject=subjects[0], document=document)
    found = list(auditor.execute(OF_PERSON, {"subjects": subjects}))
    listings = _where_listed(voters, city, ring, number)
    houses = [(listing.building, listing.version) for listing in listings if listing.building is not None]
    bound = {"lists": [listing.version.id for listing in listings]}
    found += _by_house(auditor, houses)
    found += _without(auditor, [listing for listing in listings if listing.building is None])
    found += auditor.execute(OF_LIST, bound)
    found += _printed(voters, auditor.execute(OF_PRINTED, bound).all(), city, houses)
    return sorted(map(_access, found), key=lambda one: one.at, reverse=True)


def seen_by(
    voters: Connection,
    auditor: Connection,
    city: City,
    ring: KeyRing,
    login: str,
    since: datetime,
    until: datetime,
    who: str,
) -> BreachReport:
    """Whose data a login saw between two moments, in the browser and on the command line; recorded alike."""
    logins, acts = [login, f"cli:{login}"], list(HOW)
    bound = {"logins": logins, "since": since, "until": until, "acts": acts}
    rows, report = auditor.execute(OF_LOGIN, bound).all(), BreachReport()
    persons = _Persons(voters, city, ring)
    for row in rows:
        report.looks.append(access := _access(row))
        if access.how == "list" and access.list_id is not None:
            report.lists.append(access.list_id)
        elif access.how == "printed" and access.list_id is not None:
            report.printed.append((access.list_id, int(row.parameters["number"])))
        elif access.how == "house":
            persons.add_house(int(row.parameters["building"]), row.at)
        elif access.how == "changes":
            persons.add_changed(int(row.parameters["building"]), _lists_of(row))
        elif access.how == "without":
            persons.add_without(row.parameters)
        elif access.how in ("person", "listed"):
            persons.add(row.parameters)
    report.persons, report.unknown = persons.found()
    report.lists, report.printed = sorted(set(report.lists)), sorted(set(report.printed))
    record_audit(voters, who, "voters.breach_seen", name=login, count=len(report.persons))
    return report


def _access(row: AnyRow) -> Access:
    given = row.parameters or {}
    return Access(
        row.at,
        row.who,
        HOW[row.what],
        given.get("why", ""),
        given.get("document", ""),
        row.origin or "",
        given.get("list"),
    )


def _lists_of(row: AnyRow) -> tuple[int | None, int | None]:
    """A version that was seen house by house, and the one that it was compared with."""
    return row.parameters["list"], row.parameters.get("base")


def _known(voters: Connection, city: City) -> list[_Version]:
    """Those whose keys live, the newest first."""
    found, until = [], None
    for row in versions(voters, city.region):
        if row.key_id is not None:
            found.append(_Version(row.id, row.key_id, row.approved_at, until))
        until = row.approved_at or until
    return found


def _where_listed(voters: Connection, city: City, ring: KeyRing, number: str) -> list[_Listing]:
    """Where a person is in each version that holds them."""
    listings = []
    for version in _known(voters, city):
        hash_ = ring.get(version.key_id).lookup(number)
        row = voters.execute(
            IN_LIST, {"region": city.region, "list": version.id, "hash": hash_}
        ).one_or_none()
        if row is not None:
            listings.append(_Listing(version, row.line, row.building_id))
    return listings


def _by_house(auditor: Connection, houses: list[tuple[int, _Version]]) -> Iterator[AnyRow]:
    """Looks at all of a house while the version was in force, and at how it changes with one."""
    bound = {"buildings": [building for building, _ in houses]}
    for row in auditor.execute(OF_HOUSE, bound):
        building = int(row.parameters["building"])
        if any(version.in_force(row.at) for one, version in houses if one == building):
            yield row
    for row in auditor.execute(OF_CHANGES, bound):
        building = int(row.parameters["building"])
        if any(version.id in _lists_of(row) for one, version in houses if one == building):
            yield row


def _without(auditor: Connection, listings: list[_Listing]) -> Iterator[AnyRow]:
    """Looks at the pages of those without a building, where the person was on the page."""
    lines = {listing.version.id: listing.line for listing in listings}
    for row in auditor.execute(OF_WITHOUT, {"lists": list(lines)}):
        if row.parameters["first"] <= lines[row.parameters["list"]] <= row.parameters["last"]:
            yield row


def _printed(
    voters: Connection, rows: Sequence[AnyRow], city: City, houses: list[tuple[int, _Version]]
) -> Iterator[AnyRow]:
    """The printings of those lists that hold the person's precinct, by the plan that was in force then."""
    for row in rows:
        for building, version in houses:
            if int(row.parameters["list"]) == version.id:
                bound = {"region": city.region, "plan": row.parameters["plan"], "building": building}
                if voters.scalar(PRECINCT_OF, bound) == int(row.parameters["number"]):
                    yield row


class _Persons:
    """Persons found by what the audit kept of them, each once."""

    def __init__(self, voters: Connection, city: City, ring: KeyRing) -> None:
        self._voters, self._region, self._ring = voters, city.region, ring
        self._versions = _known(voters, city)
        self._by_number: dict[str, SeenPerson] = {}
        self._subjects: set[str] = set()
        """The subjects of looks whose own version cannot be read any more, or has new keys."""

    def add(self, given: dict[str, str]) -> None:
        """Adds a person found by the hash under the key of the version that was in force."""
        hash_ = bytes.fromhex(given["person"])
        for version in self._versions:
            if self._take(version, self._rows(ROW, version, hash=hash_)):
                return
        self._subjects.add(given["subject"])

    def add_house(self, building: int, at: datetime) -> None:
        for version in self._versions:
            if version.in_force(at):
                self._take(version, self._rows(HOUSE_ROWS, version, building=building))

    def add_changed(self, building: int, lists: tuple[int | None, int | None]) -> None:
        """All of the house: it is not known any more who of them had changed."""
        for version in self._versions:
            if version.id in lists:
                self._take(version, self._rows(HOUSE_ROWS, version, building=building))

    def add_without(self, given: Mapping[str, int]) -> None:
        for version in self._versions:
            if version.id == given["list"]:
                edges = {"first": given["first"], "last": given["last"]}
                self._take(version, self._rows(WITHOUT_ROWS, version, **edges))

    def found(self) -> tuple[list[SeenPerson], int]:
        """The persons found, those among them that only a walk through the lists finds; and how many looks
        lead to nobody."""
        for version in self._versions:
            if self._subjects:
                self._walk(version)
        return sorted(self._by_number.values(), key=lambda one: one.name), len(self._subjects)

    def _walk(self, version: _Version) -> None:
        key, of_looks = self._ring.get(version.key_id), self._ring.all_looks()
        bound = {"region": self._region, "list": version.id}
        for row in self._voters.execute(WHOLE, bound, execution_options={"yield_per": FETCHED}):
            number = key.open("iin", bytes(row.hash), bytes(row.iin))
            theirs = self._subjects & {one.lookup(number).hex() for one in of_looks}
            if theirs:
                self._subjects -= theirs
                self._take(version, [row])

    def _rows(self, statement: TextClause, version: _Version, **bound: object) -> Sequence[AnyRow]:
        named = {"region": self._region, "list": version.id, **bound}
        return self._voters.execute(statement, named).all()

    def _take(self, version: _Version, rows: Iterable[AnyRow]) -> bool:
        key, taken = self._ring.get(version.key_id), False
        for row in rows:
            voter = open_row(key, row, 0)
            name = " ".join(filter(None, (voter.surname, voter.first_name, voter.patronymic)))
            self._by_number.setdefault(voter.iin, SeenPerson(iin.masked(voter.iin), name, voter.address))
            taken = True
        return taken
