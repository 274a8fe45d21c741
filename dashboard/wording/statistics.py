"""Numbers, changes and periods in words."""

from __future__ import annotations

from datetime import date

from dashboard.formats import moment, number, signed
from dashboard.words import word
from geo.database import Connection
from geo.settings import City
from geo.statistics.definitions import Figure
from layers.reading import ReadMoment, read_moment
from layers.statistics.requests import StatisticsRequest

HOUR, DAY = 60, 1440
"""Minutes of an hour and of a day."""
MINUTE = 60
"""Seconds."""
NONE = "–"
"""Nothing is recorded: not zero."""
LARGE = 0.25
DEVIATIONS = 3
"""A difference of two counts beyond three of its deviations is not of chance."""


def change(now: float, before: float) -> str:
    """The change in percent with its sign; none where there was nothing before."""
    if not before:
        return NONE
    return word("number.percent", share=signed(100 * (now - before) / before))


def change_of(request: StatisticsRequest, now: float, before: float) -> str:
    """The change against the period before; none where the counts of the two are of another scale."""
    return change(now, before) if request.is_comparable else NONE


def percent(part: float, whole: float, digits: int = 1) -> str:
    return NONE if not whole else word("number.percent", share=number(100 * part / whole, digits))


def day(at: date, year: bool = False) -> str:
    """ "26 Feb", with its year where that is not plain."""
    text = word("statistics.day", day=at.day, month=word(f"date.month_short.{at.month}"))
    return f"{text} {at.year}" if year else text


def period(request: StatisticsRequest) -> str:
    """ "1 Jan – 26 Feb 2025"."""
    if request.first == request.last:
        return day(request.last, True)
    return f"{day(request.first, request.first.year != request.last.year)} – {day(request.last, True)}"


def compared(request: StatisticsRequest) -> str:
    """The period of comparison in words."""
    if request.compare == "year":
        before = request.before()
        years = dict.fromkeys((before.first.year, before.last.year))
        return word("statistics.against.year", year="–".join(map(str, years)))
    return word(f"statistics.against.{request.compare}")


def other(request: StatisticsRequest) -> str:
    """The period that it is compared with, by name."""
    return word(f"statistics.compare.{request.compare}")


def duration(minutes: float) -> str:
    """A length of time in the unit in which it is short: "20 s", "45 min", "11.3 h", "3 days"."""
    if minutes < 1:
        return word("statistics.seconds", count=round(MINUTE * minutes))
    if minutes < HOUR:
        return word("statistics.minutes", count=round(minutes))
    if minutes < DAY:
        return word("statistics.hours", hours=_short(minutes / HOUR))
    return word("statistics.days", days=_short(minutes / DAY))


def _short(value: float) -> str:
    return number(value, 0 if round(value, 1) == round(value) else 1)


def read_words(read: ReadMoment, city: City) -> str:
    """When a figure was read, and at which position of the change feed."""
    at = moment(read.at, city.time_zone, read.at)
    return word("statistics.read_at", at=at, position=number(read.position))


def read_now(connection: Connection, city: City, request: StatisticsRequest | None = None) -> str:
    """The period of what is shown, and when its snapshot was taken."""
    read = read_words(read_moment(connection), city)
    return read if request is None else f"{period(request)} · {read}"


def formula_of(figure: Figure) -> tuple[str, str]:
    """In words and in SQL."""
    return (
        word(f"statistics.figure.{figure.key}.formula"),
        f"{figure.key} = select {figure.sql} from {figure.source.table} {figure.source.alias}",
    )


def figure_name(figure: Figure) -> str:
    return word(f"statistics.figure.{figure.key}")


def is_large(n: int, before: int) -> bool:
    """More than `LARGE` up or down, and more than the chance of two counts explains (Poisson)."""
    return abs(n - before) > LARGE * before and abs(n - before) > DEVIATIONS * (n + before) ** 0.5
