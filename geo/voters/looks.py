"""One person looked up by the exact IIN, or those of one house: the only door to persons. The database
answers in a transaction that has recorded who looks and why, and in no other; the answer is opened only when
that is committed. Recorded are two keyed hashes of a person: of the list's key, by which the database finds
it, and of the key of looks, by which `geo.voters.access` finds who saw it; of a house its id. Who is seen by
the house is seen by initials alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Connection, Engine, text

from geo.addresses.line_notes import without_room
from geo.audit.records import record_audit
from geo.database import AnyRow
from geo.errors import Conflict, InvalidInput, NotFound
from geo.settings import City
from geo.voters import iin, limits
from geo.voters.given import free_text
from geo.voters.keys import KeyRing
from geo.voters.limits import LOOKS, MISSES, PACE, QUESTIONS, QUESTIONS_PACE, refusals_recorded
from geo.voters.rows import VoterRow, read_date
from geo.voters.sealing import ListKey
from geo.voters.staging import open_name, open_row

REASONS = ("application", "call", "commission", "address")
"""Why somebody looks: an application of the voter, an inquiry at the contact centre, a comparison with the
commission, a correction of the address."""
LISTED = text("select * from voters.listed(:region, :hash, :who)")
CURRENT_KEY = text("select voters.current_key(:region)")
LOOK = text("select * from voters.look(:region, :hash, :who)")
LOOK_AT_HOUSE = text("select * from voters.look_at_house(:region, :building, :who)")


@dataclass(frozen=True)
class SeenVoter:
    """`iin` is masked."""

    iin: str
    surname: str
    first_name: str
    patronymic: str
    birth: str
    address: str
    building: int | None


class Resident(NamedTuple):
    """Somebody of a house: `iin` masked, `name` by its initials, the flat as it is written."""

    iin: str
    name: str
    year: str
    room: str


def look(
    lookup: Engine, city: City, ring: KeyRing, number: str, who: str, why: str, document: str
) -> SeenVoter:
    """A person of the list in force. `lookup`: an engine of the role of that name; `document`: by what it is
    done ("Application 114 of 10 February").

    Raises `InvalidInput` ("voters.iin", "voters.reason", "voters.document"), `NotFound` ("voters.no_list";
    "voters.not_listed", which is recorded too), `TooMany` ("voters.looks"), `Conflict` ("voters.busy") while
    another list comes into force. Errors never name the number.
    """
    document = check(number, why, document)
    with refusals_recorded(lookup, who):
        key, found = _recorded(lookup, city, ring, number, who, why, document)
    if found is None:
        raise NotFound("voters.not_listed")
    row = open_row(key, found, 0)
    return SeenVoter(
        iin.masked(row.iin),
        row.surname,
        row.first_name,
        row.patronymic,
        row.birth,
        row.address,
        found.building_id,
    )


def look_at_house(
    lookup: Engine, city: City, ring: KeyRing, building: int, who: str, why: str, document: str
) -> list[Resident]:
    """Those of a building, in the order of their flats; each such look is one of the day's. Raises as
    `look`."""
    document = check_reason(why, document)
    with refusals_recorded(lookup, who), lookup.begin() as connection:
        key = _current_key(connection, city, ring)
        limits.check(connection, who, LOOKS, PACE)
        record_audit(connection, who, "voters.house_seen", building=building, why=why, document=document)
        bound = {"region": city.region, "building": building, "who": who}
        found = connection.execute(LOOK_AT_HOUSE, bound).all()
    return sorted((resident(open_row(key, row, 0)) for row in found), key=by_room)


def listed(
    lookup: Engine, city: City, ring: KeyRing, number: str, birth: str, who: str
) -> tuple[bool, int | None]:
    """Whether somebody of this IIN and birth date is in the list in force, and the building; recorded first,
    and that nobody is, too. Somebody of another birth date is not. Raises `InvalidInput` ("voters.iin",
    "voters.birth"), `NotFound` ("voters.no_list"), `TooMany` ("voters.looks", "voters.misses")."""
    if not iin.valid([number])[0]:
        raise InvalidInput("voters.iin")
    born = read_date(birth)
    if born is None:
        raise InvalidInput("voters.birth")
    with refusals_recorded(lookup, who), lookup.begin() as connection:
        key = _current_key(connection, city, ring)
        limits.check(connection, who, MISSES, QUESTIONS, QUESTIONS_PACE)
        hash_ = key.lookup(number)
        subject = ring.looks().lookup(number).hex()
        record_audit(connection, who, "voter.listed", person=hash_.hex(), subject=subject)
        bound = {"region": city.region, "hash": hash_, "who": who}
        found = connection.execute(LISTED, bound).one_or_none()
        if found is None:
            _check_same_key(connection, city, key)
        if found is None or read_date(open_name(key, bytes(found.hash), bytes(found.name))[3]) != born:
            record_audit(connection, who, "voter.not_listed")
            return False, None
    return True, found.building_id


def by_room(one: Resident) -> tuple[int, str, str]:
    digits = re.search("[0-9]+", one.room)
    return (int(digits[0]) if digits else 0, one.room, one.name)


def resident(row: VoterRow) -> Resident:
    initials = ". ".join(name[0] for name in (row.surname, row.first_name, row.patronymic) if name)
    born = read_date(row.birth)
    return Resident(
        iin.masked(row.iin), f"{initials}.", str(born.year) if born else "", without_room(row.address)[1]
    )


def check(number: str, why: str, document: str) -> str:
    """The document as it is recorded. Raises `InvalidInput` ("voters.reason", "voters.document",
    "voters.iin")."""
    document = check_reason(why, document)
    if not iin.valid([number])[0]:
        raise InvalidInput("voters.iin")
    return document


def check_reason(why: str, document: str) -> str:
    """The document as it is recorded. Raises `InvalidInput` ("voters.reason", "voters.document")."""
    if why not in REASONS:
        raise InvalidInput("voters.reason", known=", ".join(REASONS))
    return free_text(document, "voters.document")


def record(
    connection: Connection, ring: KeyRing, key: ListKey, number: str, who: str, why: str, document: str
) -> bytes:
    """The look in the audit, in the caller's transaction; the keyed hash of the number."""
    hash_ = key.lookup(number)
    about = {"person": hash_.hex(), "subject": ring.looks().lookup(number).hex()}
    record_audit(connection, who, "voter.seen", why=why, document=document, **about)
    return hash_


def _recorded(
    lookup: Engine, city: City, ring: KeyRing, number: str, who: str, why: str, document: str
) -> tuple[ListKey, AnyRow | None]:
    """The sealed row, once the look is committed to the audit."""
    with lookup.begin() as connection:
        key = _current_key(connection, city, ring)
        limits.check(connection, who, LOOKS, PACE)
        hash_ = record(connection, ring, key, number, who, why, document)
        bound = {"region": city.region, "hash": hash_, "who": who}
        found = connection.execute(LOOK, bound).one_or_none()
        if found is None:
            _check_same_key(connection, city, key)
        return key, found


def _check_same_key(connection: Connection, city: City, key: ListKey) -> None:
    """Raises `Conflict` ("voters.busy") where another list, or the same under a new key, has come into force
    meanwhile: that nobody was found by the old one says nothing."""
    if connection.scalar(CURRENT_KEY, {"region": city.region}) != key.id:
        raise Conflict("voters.busy")


def _current_key(connection: Connection, city: City, ring: KeyRing) -> ListKey:
    """Raises `NotFound` ("voters.no_list")."""
    key_id = connection.scalar(CURRENT_KEY, {"region": city.region})
    if key_id is None:
        raise NotFound("voters.no_list")
    return ring.get(key_id)
