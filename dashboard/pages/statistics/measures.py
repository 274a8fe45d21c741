"""Preventive measures of the view of what returns: the list with each effect, and for those who may plan them
the form of a new one and the buttons that end one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from dash import html

from dashboard.fields import select_field
from dashboard.formats import number
from dashboard.request_context import RequestContext
from dashboard.wording.measures import effect_words
from dashboard.wording.statistics import day
from dashboard.words import word
from geo.recurrence.prevention import LONGEST
from layers.statistics.measures import ShownMeasure

PERMISSION = "prevention.plan"
COLUMNS = ("number", "location", "measure", "owner", "due", "state", "effect")
OPEN = ("open", "late")
LATEST_DUE_D = 3650
FIELD = "statistics-field"


def section(
    context: RequestContext,
    measures: list[ShownMeasure],
    locations: Mapping[str, str],
    owners: Mapping[str, str],
    topics: Mapping[str, str],
    topic: str | None,
) -> html.Section:
    """`locations`: places that a measure can be proposed at, by what names them ("building:812"), those that
    return first; `topics` by key; `topic`: the one that is shown."""
    plans = context.may(PERMISSION)
    parts: list[Any] = [html.H3(word("returns.measures"))]
    if plans and locations:
        parts.append(_form(locations, owners, topics, topic, context.settings.city.today()))
    parts.append(html.P(id="returns-message", className="returns-about", role="status"))
    if measures:
        parts.append(_table(measures, plans))
    else:
        parts.append(html.P(word("returns.measures.none"), className="returns-about"))
    return html.Section(parts, className="returns-measures", id="returns-measures")


def _form(
    locations: Mapping[str, str],
    owners: Mapping[str, str],
    topics: Mapping[str, str],
    topic: str | None,
    today: date,
) -> html.Details:
    latest = today + timedelta(LATEST_DUE_D)
    every = {"": word("statistics.all"), **topics}
    due = html.Div(
        className="returns-due",
        **{
            "data-label": word("returns.measures.due"),
            "data-least": today.isoformat(),
            "data-most": latest.isoformat(),
        },
    )
    words = html.Label(
        [
            html.Span(word("returns.measures.measure")),
            html.Textarea(name="measure", maxLength=LONGEST, rows=2, required=True),
        ],
        className=f"{FIELD} returns-words",
    )
    fields = [
        select_field("location", word("returns.measures.location"), locations, "", FIELD),
        select_field("topic", word("returns.topic"), every, topic or "", FIELD),
        select_field("owner", word("returns.measures.owner"), owners, "", FIELD),
        due,
        words,
        html.Button(word("returns.measures.propose"), type="submit", className="button"),
    ]
    return html.Details(
        [
            html.Summary(word("returns.measures.add"), className="button"),
            html.Form(fields, className="returns-form"),
        ],
        className="returns-add",
    )


def _table(measures: list[ShownMeasure], plans: bool) -> html.Div:
    heads = [html.Th(word(f"returns.measures.{key}"), scope="col") for key in COLUMNS]
    if plans:
        heads.append(html.Th(word("returns.measures.end"), scope="col"))
    rows = [
        html.Tr([html.Td(cell) for cell in _cells(one, plans)], **{"data-state": one.state})
        for one in measures
    ]
    table = html.Table([html.Thead(html.Tr(heads)), html.Tbody(rows)])
    return html.Div(table, className="returns-scroll", tabIndex="0")


def _cells(one: ShownMeasure, plans: bool) -> list[Any]:
    location = word("returns.cell", name=one.name) if one.kind == "cell" else one.name
    cells = [
        number(one.id),
        [location, html.Small(one.topic or word("statistics.all"))],
        one.measure,
        one.owner,
        day(one.due_on, True),
        word(f"returns.state.{one.state}"),
        effect_words(one),
    ]
    return [*cells, _ends(one)] if plans else cells


def _ends(one: ShownMeasure) -> list[html.Button]:
    if one.state not in OPEN:
        return []
    return [
        html.Button(
            word(f"returns.measures.{how}"),
            type="button",
            className="button",
            **{"data-measure": str(one.id), "data-how": how},
        )
        for how in ("done", "drop")
    ]
