"""Polling stations of a draft: set, moved, taken away. A station is in a building of the register; only a
precinct without ground may have one by address
alone (an embassy, a ship).

A station's row is never changed: what a person sets is a new row, so that a published plan and every undo
find the one they had. Points are EPSG:4326
(lon, lat).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

from geo.errors import InvalidInput, NotFound
from geo.plans.editing.draft import Author, Draft
from geo.plans.editing.save import Edited, Step, save
from geo.plans.plan_import import StationInput, write_station

MOST_LETTERS = 300

ADDRESS = {"kk": "coalesce(s.address_kk, s.address)", "ru": "coalesce(s.address, s.address_kk)"}
"""SQL over a row `s` of `station`: its address in a language, or as it is known."""
ENTRANCE = {"kk": "coalesce(s.entrance_kk, s.entrance_ru)", "ru": "coalesce(s.entrance_ru, s.entrance_kk)"}


@dataclass(frozen=True)
class StationLocation:
    """What a person asks for. `building`: its point and address are the station's; none: `address_*` in
    words, of a precinct without ground. `entrance_*`:
    which door and floor, where several precincts share the building."""

    name_kk: str
    name_ru: str
    building: int | None = None
    entrance_kk: str | None = None
    entrance_ru: str | None = None
    address_kk: str | None = None
    address_ru: str | None = None


def set_station(author: Author, precinct: int, location: StationLocation | None) -> Edited:
    """The station of a precinct from now on; `location` none: it has none.

    Raises what `Draft.open`, `lock` and `save` raise, and `NotFound` ("building.unknown"), `InvalidInput`
    ("station.name"; "station.untagged" and
    "station.no_address" for a building that lacks either; "station.no_building" for an open precinct's
    station that is in none).
    """
    draft = Draft.opened(author)
    area = draft.lock([precinct], seen=author.seen)
    row = area.known[precinct]
    station = (
        None
        if location is None
        else write_station(draft.connection, draft.city.region, placed(draft, checked(location), row.kind))
    )
    command = {
        "precinct": precinct,
        "station": location and {key: value for key, value in asdict(location).items() if value is not None},
    }
    return save(
        draft, area, Step("station", author.who, command, precincts={precinct: replace(row, station=station)})
    )


def checked(location: StationLocation) -> StationLocation:
    """Words without blanks at their ends, empty ones none."""
    words: dict[str, Any] = {
        key: (value or "").strip() or None for key, value in asdict(location).items() if key != "building"
    }
    if not (words["name_kk"] and words["name_ru"]) or any(
        value and len(value) > MOST_LETTERS for value in words.values()
    ):
        raise InvalidInput("station.name", most=MOST_LETTERS)
    return StationLocation(building=location.building, **words)


def placed(draft: Draft, location: StationLocation, kind: str) -> StationInput:
    """The station with the address and the point of its building."""
    if location.building is None:
        if kind == "open" or not (location.address_kk or location.address_ru):
            raise InvalidInput("station.no_building")
        return StationInput(
            location.name_kk,
            location.name_ru,
            location.address_ru or location.address_kk,
            address_kk=location.address_kk or location.address_ru,
            entrance_kk=location.entrance_kk,
            entrance_ru=location.entrance_ru,
        )
    rows = draft.all(
        """select street_kk, street_ru, house, st_x(point_4326) as lon, st_y(point_4326) as lat from building
        where region = :region and id = :building""",
        building=location.building,
    )
    if not rows:
        raise NotFound("building.unknown", building=location.building)
    held = rows[0]
    if held.lon is None:
        raise InvalidInput("station.untagged", building=location.building)
    if not (held.street_ru or held.street_kk) or not held.house:
        raise InvalidInput("station.no_address", building=location.building)
    return StationInput(
        location.name_kk,
        location.name_ru,
        f"{held.street_ru or held.street_kk} {held.house}",
        held.lon,
        held.lat,
        f"{held.street_kk or held.street_ru} {held.house}",
        location.entrance_kk,
        location.entrance_ru,
        location.building,
    )
