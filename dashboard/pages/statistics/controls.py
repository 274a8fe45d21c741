"""The bar above the cards: what is chosen, as a form whose fields are what the address of the page takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlencode

from dash import dcc, html

from dashboard.fields import select_field
from dashboard.formats import moment
from dashboard.request_context import RequestContext
from dashboard.wording.feeds import feed_name
from dashboard.wording.statistics import day, other, period
from dashboard.words import word
from geo.statistics.day_counts import SUBJECTS
from layers.reading import snapshot
from layers.statistics.counts import district_names, newest_day
from layers.statistics.requests import COMPARISONS, FIGURE_OF_SUBJECT, StatisticsRequest
from layers.statistics.sources import source_states

FIELD = "statistics-field"
CHOOSING = "statistics-choosing"
VIEWS = ("", "levels", "forecast", "staffing", "returns", "projects", "reports")
"""The views of the page: its charts, the three levels, this hour and the next, operators by hour, what
returns, projects of the city, reports."""
PRESET_DAYS = (7, 28)
BY_SUBJECT = ("", "forecast", "precincts", "cells")
"""Views of what one subject is counted by."""
SWITCHED = ("step", "wait", "topics", "organisations")
"""What a card itself chooses: kept by the form."""
WITHOUT_CHOICE = ("staffing", "reports", "notes")
"""Views that no period or district chooses."""


def bar(
    context: RequestContext, request: StatisticsRequest, mistake: str | None, view: str = ""
) -> html.Header:
    return html.Header(
        [
            html.H1(word("statistics.title")),
            _views(view),
            *([] if view in WITHOUT_CHOICE else _choosing(context, request, view)),
            *([html.P(mistake, className="statistics-mistake", role="alert")] if mistake else []),
        ],
        className="statistics-bar",
    )


def _choosing(context: RequestContext, request: StatisticsRequest, view: str) -> list:
    """Until when there is data, the address of what is looked at, and below them the choices."""
    return [
        html.Span(_until(context, request), className="statistics-until"),
        html.Button(
            word("statistics.link"),
            id="statistics-link",
            type="button",
            className="button",
            **{"data-done": word("statistics.link.done")},
        ),
        _folds(request),
        html.Div(
            [_form(context, request, view), _presets(context, request, view)],
            id=CHOOSING,
            className=CHOOSING,
        ),
    ]


def _until(context: RequestContext, request: StatisticsRequest) -> list:
    """A figure of a source that is silent is one of the past: which, and since when."""
    city = context.settings.city
    with snapshot(context.servers.engine) as connection:
        newest = newest_day(connection, city, request)
    last = word("statistics.data_until", last=day(newest, True)) if newest else word("statistics.data_none")
    sources = source_states(context.servers.engine, city.region, request.scope)
    late = [source for source in sources if source.late_since]
    if not sources or not late:
        return [last, *([f" · {word('statistics.sources', count=len(sources))}"] if sources else [])]
    now = datetime.now(city.time_zone)
    named = ", ".join(
        word(
            "statistics.source_late",
            name=feed_name(source.key),
            since=moment(source.late_since, city.time_zone, now),
        )
        for source in late
        if source.late_since
    )
    return [last, " · ", html.B(named, className="statistics-off")]


def _folds(request: StatisticsRequest) -> html.Button:
    """On a telephone all that is chosen is one line, which opens the choices."""
    return html.Button(
        f"{period(request)} · {other(request)}",
        type="button",
        className="button statistics-folds",
        **{"data-folds": CHOOSING, "aria-controls": CHOOSING, "aria-expanded": "false"},
    )


def _presets(context: RequestContext, request: StatisticsRequest, view: str) -> html.Nav:
    """Whole weeks up to yesterday against as many before: the same weekdays."""
    yesterday = context.settings.city.today() - timedelta(days=1)
    links = []
    for days in PRESET_DAYS:
        wanted = replace(request, first=yesterday - timedelta(days=days - 1), last=yesterday, compare="week")
        kept = {"view": view} if view else {}
        links.append(
            html.A(
                word(f"statistics.preset.{days}"),
                href=f"/statistics?{urlencode(wanted.as_query() | kept)}",
                **({"aria-current": "true"} if wanted == request else {}),
            )
        )
    return html.Nav(links, className="views", **{"aria-label": word("statistics.preset")})


def _views(view: str) -> html.Nav:
    links = [
        html.A(
            word(f"statistics.view.{one or 'overview'}"),
            href=f"/statistics?view={one}" if one else "/statistics",
            **({"aria-current": "page"} if one == view else {}),
        )
        for one in VIEWS
    ]
    return html.Nav(links, className="views", **{"aria-label": word("statistics.view")})


def _form(context: RequestContext, request: StatisticsRequest, view: str) -> html.Form:
    names = district_names(context.servers.engine, context.settings.city, request, context.language)
    subjects = {
        subject: word(f"statistics.figure.{FIGURE_OF_SUBJECT[subject].key}")
        for subject in request.visible(SUBJECTS)
    }
    chosen = {"view": view} | {name: value for name, value in request.as_query().items() if name in SWITCHED}
    kept = [dcc.Input(type="hidden", name=name, value=value) for name, value in chosen.items() if value]
    subject = select_field("subject", word("statistics.subject"), subjects, request.subject, FIELD)
    return html.Form(
        [
            *kept,
            _date("from", word("statistics.from_day"), f"{request.first:%d.%m.%Y}"),
            _date("to", word("statistics.to_day"), f"{request.last:%d.%m.%Y}"),
            select_field(
                "compare",
                word("statistics.compare"),
                {name: word(f"statistics.compare.{name}") for name in COMPARISONS},
                request.compare,
                FIELD,
            ),
            select_field(
                "district",
                word("statistics.district"),
                {"": word("statistics.all"), **names},
                request.district or "",
                FIELD,
            ),
            *([subject] if view in BY_SUBJECT else []),
            html.Button(word("statistics.show"), type="submit", className="button statistics-show"),
        ],
        action="/statistics",
        method="GET",
        className="statistics-choice",
        role="search",
        **{"aria-label": word("statistics.choice")},
    )


def _date(name: str, label: str, value: str) -> html.Label:
    return html.Label(
        [
            html.Span(label),
            dcc.Input(
                id=f"statistics-{name}",
                type="text",
                name=name,
                value=value,
                maxLength=10,
                autoComplete="off",
                debounce=True,
            ),
        ],
        className=FIELD,
    )


def topic_form(
    view: str, request: StatisticsRequest, topics: Mapping[str, str], topic: str | None
) -> html.Form:
    """The topic of a view that has one."""
    kept = {"view": view, **request.as_query()}
    hidden = [dcc.Input(type="hidden", name=name, value=value) for name, value in kept.items()]
    options = {"": word("statistics.all"), **topics}
    return html.Form(
        [
            *hidden,
            select_field("topic", word("returns.topic"), options, topic or "", FIELD),
            html.Button(word("statistics.show"), type="submit", className="button"),
        ],
        action="/statistics",
        method="GET",
        className="returns-topic",
    )
