"""Numbers and times as people here write them: thousands by a thin space and a decimal comma in Kazakh and
Russian; the city's clock."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from dashboard.words import language, word, write_number

STEPS = ((60, 1, "seconds"), (3600, 60, "minutes"), (86400, 3600, "hours"), (float("inf"), 86400, "days"))


def number(value: float, digits: int = 0) -> str:
    """The number in the notation of the caller's language (`words.write_number`)."""
    return write_number(value, digits, language.get())


def signed(value: float, digits: int = 1) -> str:
    """The number with its sign: "+4.0", in print a minus and no hyphen; 0 has none."""
    sign = "+" if value > 0 else "\u2212" if value < 0 else ""
    return sign + number(abs(value), digits)


def numbered(number: object) -> str:
    """ "№ 12", in English "No. 12"."""
    return word("number.of", number=number)


def age(seconds: float) -> str:
    """A length of time in its largest whole unit, seconds in steps of five: 61 -> "1 min"."""
    whole = max(0, int(seconds))
    unit_s, name = next((unit_s, name) for below, unit_s, name in STEPS if whole < below)
    n = whole // 5 * 5 if name == "seconds" else whole // unit_s
    return word(f"time.{name}", n=n)


def interval(seconds: int) -> str:
    """How often something is due, exactly: in the largest unit that it is a whole number of."""
    unit_s, name = next((unit_s, name) for _, unit_s, name in reversed(STEPS) if seconds % unit_s == 0)
    return word(f"time.{name}", n=seconds // unit_s)


def span(seconds: float) -> str:
    """How long something took: under a minute with one decimal."""
    whole = round(seconds)
    return word("time.took", seconds=number(seconds, 1)) if round(seconds, 1) < 60 else age(whole)


def listed(*parts: str | None, by: str = ", ") -> str:
    """The parts that are there, joined; an absent one takes its separator with it."""
    return by.join(part for part in parts if part)


def addresses(building: Mapping[str, str | None]) -> list[str]:
    """The lines of a building's address ("street_kk", "street_ru" and "house"): in the caller's language,
    then in the other if that differs. Without an address, one line says so."""
    names = ("street_kk", "street_ru") if language.get() == "kk" else ("street_ru", "street_kk")
    streets = dict.fromkeys(building[name] for name in names if building[name]) or {None: None}
    lines = [listed(street, building["house"]) for street in streets]
    return lines if lines[0] else [word("buildings.no_address")]


def month(at: datetime, zone: ZoneInfo) -> str:
    """A month by the city's clock: "July 2018"."""
    local = at.astimezone(zone)
    return word("date.month_year", month=word(f"date.month_alone.{local.month}"), year=local.year)


def moment(at: datetime, zone: ZoneInfo, now: datetime) -> str:
    """A time by the city's clock: today "21:14:05", else "22.11.2026 21:14"."""
    local = at.astimezone(zone)
    today = local.date() == now.astimezone(zone).date()
    return local.strftime("%H:%M:%S" if today else "%d.%m.%Y %H:%M")


def clock(at: datetime, zone: ZoneInfo, now: datetime) -> str:
    """The time to the minute: today "21:14", else "22.11.2026 21:14"."""
    text_of = moment(at, zone, now)
    return text_of[:-3] if text_of.count(":") == 2 else text_of


def day(at: date) -> str:
    """In figures: "22.11.2026"."""
    return at.strftime("%d.%m.%Y")


def day_in_words(at: date) -> str:
    """With the month's name: "22 November 2026"."""
    return word("date.day", day=at.day, month=word(f"date.month.{at.month}"), year=at.year)
