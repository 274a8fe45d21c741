"""Rows on a terminal, in columns, and times in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from dashboard.words import word
from geo.settings import Settings


def print_table(rows: Sequence[Mapping[str, object]]) -> None:
    """Columns are the keys of the first row, headed by their words (`column.<key>`). Without rows it says
    that there are none."""
    if not rows:
        print(word("command.none"))
        return
    heads = {key: word(f"column.{key}") for key in rows[0]}
    widths = {key: max(len(head), *(len(str(row[key])) for row in rows)) for key, head in heads.items()}
    for row in (heads, *rows):
        print("  ".join(_cell(row[key], widths[key]) for key in heads).rstrip())


def _cell(value: object, width: int) -> str:
    return f"{value:>{width}}" if isinstance(value, int | float) else f"{value!s:<{width}}"


def local_time(settings: Settings, moment: datetime | None) -> str:
    """A time as the city's clock shows it; empty for none."""
    return moment.astimezone(settings.city.time_zone).strftime("%F %T") if moment else ""
