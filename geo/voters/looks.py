"""One person looked up by the exact IIN: the only door to a person. The database writes the look, who looks
and why, before it answers; the answer is opened only when that is committed."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine, text

from geo.audit.callers import caller
from geo.errors import InvalidInput, NotFound
from geo.settings import City
from geo.voters import iin
from geo.voters.keys import KeyRing
from geo.voters.staging import open_row

REASONS = ("application", "call", "commission", "address")
"""Why somebody looks: an application of the voter, an inquiry at the contact centre, a comparison with the
commission, a correction of the address."""
LONGEST_DOCUMENT = 60
CURRENT_KEY = text("select voters.current_key(:region)")
LOOK = text("""select * from voters.look(:region, :hash, :who, :why, :document, :type, :origin, :page,
    :request_id)""")


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


def look(
    lookup: Engine, city: City, ring: KeyRing, number: str, who: str, why: str, document: str
) -> SeenVoter:
    """A person of the list in force. `lookup`: an engine of the role of that name; `document`: by what it is
    done ("Application 114 of 10 February").

    Raises `InvalidInput` ("voters.iin", "voters.reason", "voters.document"), `NotFound` ("voters.no_list";
    "voters.not_listed", which is recorded too). Errors never name the number.
    """
    if why not in REASONS:
        raise InvalidInput("voters.reason", known=", ".join(REASONS))
    if not document.strip() or len(document) > LONGEST_DOCUMENT:
        raise InvalidInput("voters.document", longest=LONGEST_DOCUMENT)
    if not iin.valid([number])[0]:
        raise InvalidInput("voters.iin")
    by = caller.get()
    with lookup.begin() as connection:
        key_id = connection.scalar(CURRENT_KEY, {"region": city.region})
        if key_id is None:
            raise NotFound("voters.no_list")
        key = ring.get(key_id)
        found = connection.execute(
            LOOK,
            {
                "region": city.region,
                "hash": key.lookup(number),
                "who": who,
                "why": why,
                "document": document,
                "type": by.type,
                "origin": by.origin,
                "page": by.page,
                "request_id": by.request_id,
            },
        ).one_or_none()
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
