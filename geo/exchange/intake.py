"""A request that a program sends becomes an incident, in one transaction: when the answer is given, it is
there, with its number, its deadline and its picture, and a failure leaves nothing.

Who called is not taken: names, telephones and addresses of mail are left out of what is sent, and cut out of
the words, as identification numbers (IIN) are. A long description is kept whole, as the first notes of the
case.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Connection, text

from geo.addresses.geocoding import Gazetteer, GeocodedPoint
from geo.addresses.street_directory import StreetDirectory
from geo.contacts import without_contacts
from geo.errors import Conflict, InvalidInput, NotFound
from geo.exchange.keys import ApiClient
from geo.incidents.cases.act import act
from geo.incidents.cases.proof import Attach, attach
from geo.incidents.cases.verbs import Note
from geo.incidents.cases.write import Performed
from geo.loading.by_hand import IncidentOrigin, SentIncident, create
from geo.pictures.intake import Picture
from geo.settings import City

SOURCE, LETTER = "open311", "O"
CHANNELS = ("app", "site", "telegram", "whatsapp", "instagram", "facebook", "email")
DEFAULT_CHANNEL = "app"
LONGEST_TITLE, LONGEST_NOTE, LONGEST = 200, 2000, 4000
KEYS = UUID("1b5b5a5e-9c5b-4c56-9d0f-7a1f6f0f3111")
"""Under which a client's own key becomes ours."""
CATEGORY = text("""
    select c.id, c.kind, c.name_ru as name from category c where c.key = :code and c.kind = any(:kinds)
        and not exists (select from category b where b.parent_id = c.id)""")
SENT = text("""
    select parameters ->> 'digest' as digest from incident_action
    where region = :region and id = :action""")
OWN = text("""
    select true from incident_action where region = :region and who = :who and incident_id = :incident
        and verb = 'create'""")


@dataclass(frozen=True)
class SentRequest:
    """`lon`, `lat` EPSG:4326, none = only `address` says where. `landmark`: how to find it."""

    service: str
    description: str = ""
    lon: float | None = None
    lat: float | None = None
    address: str | None = None
    channel: str = DEFAULT_CHANNEL
    landmark: str = ""


def own_key(client: ApiClient, key: str) -> UUID:
    """The same for the same key of the same client: by it a request that is sent again is known."""
    return uuid5(KEYS, f"{client.name}\n{key}")


def take_request(
    connection: Connection,
    city: City,
    client: ApiClient,
    sent: SentRequest,
    key: UUID,
    picture: Picture | None = None,
) -> Performed:
    """Once for a key. Raises `NotFound` ("open311.service"), `InvalidInput` ("open311.missing",
    "open311.long", "open311.channel", "incident.outside"), `Conflict` ("open311.key_reused")."""
    _check(sent)
    principal = client.principal
    category = connection.execute(CATEGORY, {"code": sent.service, "kinds": list(client.kinds)}).first()
    if category is None:
        raise NotFound("open311.service", service=sent.service[:80])
    words = without_contacts(sent.description.strip())
    done = create(
        connection,
        city,
        principal,
        SentIncident(
            kind=category.kind,
            category=category.id,
            title=words[:LONGEST_TITLE] or category.name,
            digest=_digest(sent),
            address=sent.address,
            **_point(connection, city, sent),
        ),
        key,
        IncidentOrigin(SOURCE, LETTER, sent.channel),
    )
    kept = connection.execute(SENT, {"region": city.region, "action": done.action}).scalar()
    if kept != _digest(sent):
        raise Conflict("open311.key_reused")
    for nth, part in enumerate(_notes(words, without_contacts(sent.landmark.strip()))):
        own = uuid5(key, f"note {nth}")
        act(connection, city, principal, done.incident, "note", Note(part), None, own)
    if picture is not None:
        wish = Attach(stage="before", keep_metadata=True)
        attach(connection, city, principal, done.incident, wish, picture, None, uuid5(key, "media"))
    return done


def add_update(
    connection: Connection, city: City, client: ApiClient, incident: int, words: str, key: UUID
) -> Performed:
    """What a citizen adds to a request that this client has sent, as a note: its state is ours to say. Raises
    `NotFound` ("open311.request"), also for one of another client."""
    bound = {"region": city.region, "who": client.principal.name, "incident": incident}
    if not connection.execute(OWN, bound).scalar():
        raise NotFound("open311.request", request=incident)
    if not words.strip():
        raise InvalidInput("open311.missing", name="description")
    if len(words) > LONGEST_NOTE:
        raise InvalidInput("open311.long", name="description", most=LONGEST_NOTE)
    note = Note(without_contacts(words).strip())
    return act(connection, city, client.principal, incident, "note", note, None, key)


def _check(sent: SentRequest) -> None:
    if not sent.service:
        raise InvalidInput("open311.missing", name="service_code")
    if sent.lon is None and not sent.address:
        raise InvalidInput("open311.missing", name="lat, long / address_string")
    if sent.channel not in CHANNELS:
        raise InvalidInput("open311.channel", channel=sent.channel[:40], known=", ".join(CHANNELS))
    limits = {"description": LONGEST, "address_string": 300, "attribute[landmark]": 300}
    texts = (sent.description, sent.address or "", sent.landmark)
    for (name, most), given in zip(limits.items(), texts):
        if len(given) > most:
            raise InvalidInput("open311.long", name=name, most=most)


def _point(connection: Connection, city: City, sent: SentRequest) -> Mapping[str, Any]:
    if sent.lon is not None:
        return {"lon": sent.lon, "lat": sent.lat}
    found = _locate(connection, city, sent.address or "")
    if found is None:
        return {}
    return {"lon": found.lon, "lat": found.lat, "placed_by": found.quality}


def _locate(connection: Connection, city: City, address: str) -> GeocodedPoint | None:
    def execute(statement: str, bound: dict[str, Any]) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in connection.execute(text(statement), bound)]

    directory = StreetDirectory.read(city, execute)
    found = Gazetteer(directory, execute).locate([address]).get(address)
    return found if found and city.holds(found.lon, found.lat) else None


def _digest(sent: SentRequest) -> str:
    return sha256(repr(sent).encode("utf-8", "surrogatepass")).hexdigest()


def _notes(words: str, landmark: str) -> list[str]:
    long = words if len(words) > LONGEST_TITLE else ""
    parts = [long[first : first + LONGEST_NOTE].strip() for first in range(0, len(long), LONGEST_NOTE)]
    return [part for part in (*parts, landmark) if part]
