"""What the houses are told that vote elsewhere from now on: first the list for who carries the sheets round,
then a sheet for each house in both languages, two to a page, to be cut."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from dashboard.formats import addresses, listed
from dashboard.paper.typeset import typeset
from dashboard.words import language, word
from geo.database import AnyRow
from geo.errors import TooLarge
from geo.plans.compare import Notices
from geo.settings import City

SPOKEN = ("kk", "ru")
"""The languages on the sheet of a house."""
COLUMNS = ("house", "before", "now", "station", "voters", "given")
MOST_HOUSES = 5_000


def notices_pdf(found: Notices, city: City) -> bytes:
    """Dated by the day on which the plan comes into force: the same plan is the same bytes. Raises
    `TooLarge` ("plan.notices")."""
    if len(found.houses) > MOST_HOUSES:
        raise TooLarge("plan.notices", houses=len(found.houses), most=MOST_HOUSES)
    at = datetime.combine(found.since, time(), city.time_zone)
    data = {
        "title": word("notices.title"),
        "about": word("notices.about", day=_day(found), plan=found.plan, n=len(found.houses)),
        "columns": [word(f"notices.column.{name}") for name in COLUMNS],
        "rows": [_row(house) for house in found.houses],
        "sheets": [[_sheet(house, lang, _day(found)) for lang in SPOKEN] for house in found.houses],
        "made_by": word("notices.since"),
        "none_word": word("notices.none"),
    }
    return typeset("notices", data, at)


def _day(found: Notices) -> str:
    return found.since.strftime("%d.%m.%Y")


def _row(house: AnyRow) -> list[str]:
    station = house.station_kk if language.get() == "kk" else house.station_ru
    return [
        addresses({"street_kk": house.street_kk, "street_ru": house.street_ru, "house": house.house})[0],
        _number(house.before),
        _number(house.now),
        station or "–",
        str(house.voters),
        "",
    ]


def _number(number: int | None) -> str:
    return "–" if number is None else str(number)


def _sheet(house: AnyRow, lang: str, day: str) -> dict[str, Any]:
    """One language of a house's sheet."""
    row = house._mapping
    street = row[f"street_{lang}"] or row["street_kk"] or row["street_ru"]
    station = listed(row[f"station_{lang}"], row[f"address_{lang}"])

    return {
        "lang": lang,
        "title": word("notices.sheet.title", lang),
        "house": listed(street, row["house"]),
        "now": word("notices.sheet.now", lang, number=row["now"], day=day)
        if row["now"]
        else word("notices.sheet.nowhere", lang, day=day),
        "before": word("notices.sheet.before", lang, number=row["before"]) if row["before"] else "",
        "station": word("notices.sheet.station", lang, station=station)
        if station
        else word("notices.sheet.no_station", lang),
        "ask": word("notices.sheet.ask", lang),
    }
