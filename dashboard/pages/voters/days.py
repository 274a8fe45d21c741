"""The days before the vote: from settings, with their source; under each what is still open, which leads to
where it is done."""

from __future__ import annotations

from datetime import date
from typing import Any

from dash import html

from dashboard.formats import number
from dashboard.pages.voters.address import PATH
from dashboard.request_context import current
from dashboard.words import word
from layers.election_dates import read_dates
from layers.reading import snapshot

SIGNS = {"late": "◎", "soon": "○", "past": "✓", "ahead": "·"}
STUDIO = "/precincts"
LEADS = dict.fromkeys(("stations", "closed_stations", "over_cap", "over_cap_now", "unassigned"), STUDIO)
"""Kind of open work -> the page where it is done; else this one."""


def layout() -> list:
    """Nothing where no list was ever loaded, or the city states no law."""
    context = current()
    with snapshot(context.servers.engine) as connection:
        found = read_dates(connection, context.settings.city, context.language)
    if not found:
        return []
    return [
        html.Ol([_day(one) for one in found["dates"]], className="voters-days"),
        html.Details(
            [html.Summary(word("voters.days.source")), html.P(_source(found))], className="voters-source"
        ),
    ]


def _day(one: dict[str, Any]) -> html.Li:
    before = f" · −{one['days_before']}" if one["days_before"] else ""
    return html.Li(
        [
            html.Span(SIGNS[one["state"]], className="voters-day-sign", **{"aria-hidden": "true"}),
            html.Div(
                [
                    html.B(_text(one["day"])),
                    html.Small(f"{_when(one['in_days'])}{before}"),
                    html.Span(word(f"wall.days.key.{one['key']}")),
                    *_work_by(one),
                    *(_open(left) for left in one["open"]),
                ]
            ),
        ],
        **{"data-state": one["state"], "data-day": one["key"]},
    )


def _open(left: dict[str, Any]) -> html.A:
    return html.A(
        word(f"wall.days.open.{left['key']}", n=left["n"]),
        href=LEADS.get(left["key"], PATH),
        className="voters-day-open",
    )


def _work_by(one: dict[str, Any]) -> list:
    """The working day by which the work must be done, where the legal day is not one."""
    if one["work_by"] == one["day"] or one["key"] in ("register", "voting"):
        return []
    return [html.Small(word("voters.days.work_by", day=_text(one["work_by"])))]


def _when(days: int) -> str:
    if days > 0:
        return word("wall.days.in", n=days)
    return word("wall.days.over" if days else "wall.days.today")


def _source(found: dict[str, Any]) -> str:
    articles = [
        word("voters.days.article", what=word(f"wall.days.key.{one['key']}"), article=one["article"])
        for one in found["dates"]
        if one["article"]
    ]
    rules = word(
        "voters.days.rules", source=found["source"], since=_text(found["since"]), cap=number(found["cap"])
    )
    return " · ".join([rules, *articles])


def _text(day: str) -> str:
    return date.fromisoformat(day).strftime("%d.%m.%Y")
