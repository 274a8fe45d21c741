"""Public holidays of a year, as the library `holidays` knows them for the city's country: a proposal, which
the owner of the calendar compares with the law and confirms.

The library knows what the government moved only for years that it has published; dates of the lunar calendar
to come are its estimates.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import version

from sqlalchemy import Connection

from geo.audit.records import record_audit
from geo.deadlines.calendar import SpecialDay, propose_year
from geo.settings import City

FIRST_YEAR = 2012
"""Incidents of the city's feeds go back so far."""
LANGUAGES = {"kk": "kk", "ru": "ru", "en": "en_US"}


def source() -> str:
    """The library and its version."""
    return f"holidays {version('holidays')}"


def proposed_days(country: str, year: int) -> list[SpecialDay]:
    """Days off of a year, and weekend days that are worked in their place, in order; a name is given in the
    languages that the library has for the country."""
    import holidays  # 0.2 s that nobody else should wait for: this is done once a day

    spoken = holidays.country_holidays(country, years=year)
    named = {
        ours: holidays.country_holidays(country, years=year, language=theirs)
        for ours, theirs in LANGUAGES.items()
        if theirs in (spoken.supported_languages or ())
    } or {"en": spoken}
    off = [
        SpecialDay(day, False, {lang: names[day] for lang, names in named.items()})
        for day in sorted(spoken)
        if day.year == year
    ]
    worked = [SpecialDay(day, True, {}) for day in spoken.weekend_workdays if day.year == year]
    return sorted([*off, *worked], key=lambda special: special.day)


def propose(connection: Connection, city: City, years: Iterable[int], who: str) -> list[int]:
    """Take over the proposals for these years, in the caller's transaction; returns those that were. A city
    whose file names no country gets none."""
    if city.country is None:
        return []
    taken = [
        year
        for year in years
        if propose_year(connection, city.region, year, proposed_days(city.country, year), source())
    ]
    if taken:
        record_audit(connection, who, "calendar.proposed", years=taken)
    return taken


def propose_missing(connection: Connection, city: City, until_year: int) -> list[int]:
    """The years up to `until_year` that nobody has confirmed, proposed by what the library knows now."""
    return propose(connection, city, range(FIRST_YEAR, until_year + 1), "command")
