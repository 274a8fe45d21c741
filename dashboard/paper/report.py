"""A report of a morning, a week or a month on two pages: what came, when, about what, where, and whether the
goals were reached. Made of its kept line alone (`layers.statistics.report`), so the same line is the same
paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any

from dashboard.formats import day_in_words, listed, number
from dashboard.paper import charts
from dashboard.paper.charts import ChartColumn
from dashboard.paper.typeset import typeset
from dashboard.wording.levels import goal, lacking, shown_goal, value_text
from dashboard.wording.statistics import NONE, change, day, duration, figure_name, is_large, percent
from dashboard.words import language, word
from geo.reports.keep import line_of
from geo.statistics.definitions import BY_KEY, INQUIRIES, SERVICE, Figure

WIDTH_MM = 182.0
"""The width of the printed area of a page."""
HOURS_MM, DAYS_MM = 58.0, 58.0
"""Heights of the charts of page one."""
SPARK_MM = (26.0, 6.0)
EVERY_HOURS = 3
LABELLED_DAYS = 31
"""Up to so many days each has its number below; of more only the Mondays."""
SATURDAY = 5

Content = Mapping[str, Any]


def report_pdf(content: Content) -> bytes:
    """The report in the caller's language."""
    digest = sha256(line_of(content).encode()).hexdigest()
    at = datetime.fromisoformat(content["read_at"])
    return typeset(
        "report",
        {
            "title": title(content),
            "house": listed(word("shell.product"), content["city"].get(language.get()), by=" · "),
            "period": period_words(content),
            "about": word("report.compared", days=_span(*map(date.fromisoformat, content["before"]))),
            "ink": charts.colours(),
            "tiles": [_tile(content, one) for one in content["counts"]],
            "charts": [_hours(content), _days(content)],
            "notes": _notes(content),
            "directions": _directions(content),
            "levels": _levels(content),
            "districts": _districts(content),
            "source": word("report.source", position=number(content["position"]), digest=digest[:16]),
        },
        at,
    )


def title(content: Content) -> str:
    return word(f"report.title.{content['kind']}")


def period_words(content: Content) -> str:
    first, last = date.fromisoformat(content["first"]), date.fromisoformat(content["last"])
    if content["kind"] == "month" and (last + timedelta(1)).day == 1:
        return word("date.month_year", month=word(f"date.month_alone.{last.month}"), year=last.year)
    if first == last:
        weekday = word(f"date.weekday.{last.weekday()}")
        return word("report.day", weekday=weekday, day=day_in_words(last))
    return _span(first, last)


def _span(first: date, last: date) -> str:
    if first == last:
        return listed(word(f"date.weekday_short.{last.weekday()}"), day(last, True), by=" ")
    return f"{day(first, first.year != last.year)} – {day(last, True)}"


def _tile(content: Content, one: Mapping[str, Any]) -> dict[str, Any]:
    n, before = one["n"], one["before"]
    figure = BY_KEY[one["figure"]]
    return {
        "name": figure_name(figure),
        "formula": word(f"statistics.figure.{figure.key}.formula"),
        "n": number(n),
        "change": _change(content, n, before),
        "before": word("statistics.before", count=number(before)),
        "large": figure.unit == "count" and _stands_out(content, round(n), round(before)),
    }


def _change(content: Content, n: float, before: float) -> str:
    """None where the counts of the period before are of another scale; a report of before that was looked at
    says nothing of it."""
    return NONE if content.get("mixed_from") else change(n, before)


def _stands_out(content: Content, n: int, before: int) -> bool:
    return not content.get("mixed_from") and before > 0 and is_large(n, before)


def _hours(content: Content) -> dict[str, str]:
    bars = [
        ChartColumn(now, then, f"{hour:02}:00" if hour % EVERY_HOURS == 0 else "")
        for hour, (now, then) in enumerate(content["hours"])
    ]
    kind = "month" if content["kind"] == "month" else "weeks"
    return {
        "title": word("report.hours"),
        "about": word(f"report.hours.{kind}"),
        "picture": charts.columns(bars, WIDTH_MM, HOURS_MM, number),
    }


def _days(content: Content) -> dict[str, str]:
    rows = [(date.fromisoformat(at), n, before) for at, n, before in content["days"]]
    high = {one["day"] for one in content["surges"]}
    bars = [
        ChartColumn(n, before, _label(at, len(rows)), at.weekday() >= SATURDAY, at.isoformat() in high)
        for at, n, before in rows
    ]
    against = "year" if content["kind"] == "month" else "week"
    return {
        "title": word("report.days"),
        "about": word(f"report.days.{against}", days=_span(rows[0][0], rows[-1][0])),
        "picture": charts.columns(bars, WIDTH_MM, DAYS_MM, number),
    }


def _label(at: date, days: int) -> str:
    if days <= LABELLED_DAYS:
        return str(at.day)
    return day(at) if at.weekday() == 0 else ""


def _notes(content: Content) -> list[str]:
    """Notes on what is out of the ordinary, and on how long people wait."""
    mixed = content.get("mixed_from")
    notes = [word("statistics.mixed", day=day(date.fromisoformat(mixed), True))] if mixed else []
    notes += [
        word(
            "report.surge",
            day=day(date.fromisoformat(one["day"]), True),
            count=number(one["n"]),
            limit=number(one["limit"]),
        )
        for one in content["surges"][-3:]
    ] or [word("report.calm")]
    hours = [now for now, _ in content["hours"]]
    if max(hours) > 0:
        peak = hours.index(max(hours))
        notes.append(
            word("report.peak", first=f"{peak:02}", last=f"{peak + 1:02}", count=number(hours[peak]))
        )
    waiting = content["waiting"]
    if waiting["closed"] + waiting["open"]:
        notes.append(
            word(
                "report.waiting",
                median=_duration(waiting["median"]),
                ninetieth=_duration(waiting["p90"]),
                open=number(waiting["open"]),
            )
        )
    return notes


def _duration(minutes: float | None) -> str:
    return word("statistics.waiting.not_reached") if minutes is None else duration(minutes)


def _directions(content: Content) -> dict[str, Any]:
    rows = content["directions"]
    total, most = sum(one["n"] for one in rows), _most(one for one in rows if one["id"] != -1)
    return {
        "title": word("statistics.card.directions"),
        "about": figure_name(INQUIRIES),
        "heads": [
            word("statistics.direction"),
            "",
            word("statistics.n"),
            word("statistics.share"),
            word("statistics.change"),
        ],
        "rows": [_direction(content, one, total, most) for one in rows],
    }


def _direction(content: Content, one: Mapping[str, Any], total: int, most: int) -> dict[str, Any]:
    rest = one["id"] == -1
    name = word("statistics.others", count=one["topics"]) if rest else _name(one, "statistics.no_direction")
    return {
        "name": name,
        "bar": None if rest else one["n"] / most,
        "tick": None if rest else one["before"] / most,
        "cells": [number(one["n"]), percent(one["n"], total), _change(content, one["n"], one["before"])],
        "large": _stands_out(content, one["n"], one["before"]),
    }


def _districts(content: Content) -> dict[str, Any]:
    rows = content["districts"]
    rates = {one["key"]: _rate(one["n"], one) for one in rows}
    named = [one for one in rows if one["key"] is not None]
    most = max((max(rates[one["key"]] or 0, _rate(one["before"], one) or 0) for one in named), default=0)
    ordered = sorted(named, key=lambda one: (-(rates[one["key"]] or 0), one["key"]))
    nowhere = sum(one["n"] for one in rows if one["key"] is None)
    total = sum(one["n"] for one in rows)
    return {
        "title": word("statistics.card.districts"),
        "about": figure_name(SERVICE),
        "heads": [
            word("statistics.district"),
            "",
            word("statistics.n"),
            word("statistics.per_1000"),
            word("statistics.change"),
        ],
        "rows": [
            {
                "name": _name(one, "statistics.no_direction"),
                "bar": (rates[one["key"]] or 0) / (most or 1),
                "tick": (_rate(one["before"], one) or 0) / (most or 1),
                "cells": [
                    number(one["n"]),
                    NONE if rates[one["key"]] is None else number(rates[one["key"]] or 0, 2),
                    _change(content, one["n"], one["before"]),
                ],
                "large": _stands_out(content, one["n"], one["before"]),
            }
            for one in ordered
        ],
        "note": word("statistics.districts.nowhere", count=number(nowhere), share=percent(nowhere, total)),
    }


def _rate(n: int, one: Mapping[str, Any]) -> float | None:
    """Per 1,000 residents; none where it is not known how many live there."""
    return 1000 * n / one["residents"] if one["residents"] else None


def _levels(content: Content) -> dict[str, Any]:
    first, last = map(date.fromisoformat, content["level_days"])
    return {
        "title": word("report.goals"),
        "about": _span(first, last),
        "heads": [
            word("report.goals.figure"),
            word("report.goals.value"),
            word("report.goals.goal"),
            word("report.goals.weeks"),
            word("report.goals.missed"),
        ],
        "rows": [_level(one) for one in content["levels"]],
    }


def _level(one: Mapping[str, Any]) -> dict[str, Any]:
    figure = BY_KEY[one["figure"]]
    value = one["value"]
    return {
        "name": figure_name(figure),
        "formula": word(f"statistics.figure.{figure.key}.formula"),
        "value": value_text(figure, value),
        "goal": goal(figure),
        "off": lacking(figure, value) > 0,
        "spark": charts.spark(one["weeks"], _goal_of(figure), *SPARK_MM),
        "missed": NONE if value is None else number(one["missed"]),
        "missed_words": word(f"statistics.missed.{figure.key}"),
    }


def _goal_of(figure: Figure) -> float:
    shown = shown_goal(figure)
    return shown if figure.unit == "seconds" else shown / 100


def _most(rows: Any) -> int:
    return max((max(one["n"], one["before"]) for one in rows), default=0) or 1


def _name(one: Mapping[str, Any], unnamed: str) -> str:
    return one["names"][language.get()] if one["names"] else word(unnamed)


def file_name(content: Content, lang: str) -> str:
    return f"ikomek-{content['kind']}-{content['last']}-{lang}.pdf"


def summary(content: Content) -> Sequence[str]:
    """The text of a mail: each figure in a line."""
    return [
        word("report.mail.line", name=tile["name"], n=tile["n"], change=tile["change"])
        for tile in (_tile(content, one) for one in content["counts"])
    ]
