"""Shares, points and changes in words, and addresses of the page."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlencode

from dashboard.formats import number
from dashboard.words import word
from geo.rating.strategy import Indicator

MINUS = "\u2212"
NONE = "–"
"""Nothing is recorded: not zero."""


def month_name(month: date) -> str:
    return word("date.month_year", month=word(f"date.month_alone.{month.month}"), year=month.year)


def signed(value: float) -> str:
    rounded = round(value, 1)
    sign = "+" if rounded > 0 else MINUS if rounded < 0 else ""
    return sign + number(abs(rounded), 1)


def half(one: dict[str, Any]) -> str:
    """Half the width of the interval, as it stands beside the score."""
    return f"± {number((one['high'] - one['low']) / 2, 1)}"


def share(value: float | None, digits: int = 1) -> str:
    return NONE if value is None else word("number.percent", share=number(100 * value, digits))


def rank(one: dict[str, Any]) -> str:
    """ "5", or "2–4" where it is shared; none before the month is closed."""
    best, worst = one["best"], one["worst"]
    if best is None:
        return NONE
    return str(best) if best == worst else f"{best}–{worst}"


def indicator_name(key: str) -> str:
    """The indicator's name, which is that of its figure."""
    return word(f"statistics.figure.{key}")


def formula(indicator: Indicator) -> str:
    """That of its figure, and how it is adjusted where it is."""
    text = word(f"statistics.figure.{indicator.figure.key}.formula")
    if not indicator.adjusted_by:
        return text
    by = ", ".join(word(f"rating.dimension.{name}") for name in indicator.adjusted_by)
    return f"{text}. {word('rating.adjusted.formula', by=by)}"


def address(month: date, **more: object) -> str:
    return f"/rating?{urlencode({'month': f'{month:%Y-%m}', **more})}"


def cases_address(month: date, manager: str, **more: object) -> str:
    return address(month, view="cases", manager=manager, **more)
