"""The view of notes to a year: why its figures are no continuation of the years before, who wrote that and
when; for those who may, the form of a new one. A break in a card's series leads here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from dash import dcc, html

from dashboard.fields import select_field
from dashboard.request_context import RequestContext
from dashboard.tables import long_table
from dashboard.wording.statistics import figure_name
from dashboard.words import word
from geo.settings import City
from geo.statistics.day_counts import SUBJECTS
from geo.statistics.year_notes import LONGEST, WrittenNote, written_notes
from layers.reading import snapshot
from layers.statistics.requests import FIGURE_OF_SUBJECT

VIEW = "notes"
PERMISSION = "statistics.note"
SHOWN_YEARS = 10
"""The last ones, of which one is chosen."""
COLUMNS = ("year", "subject", "note", "who", "at")
LANGUAGES = ("ru", "kk", "en")


def address(subject: str, year: int | None = None) -> str:
    """The view with its form open where a year is named."""
    named = {} if year is None else {"year": str(year)}
    return f"/statistics?{urlencode({'view': VIEW, 'subject': subject, **named})}"


def layout(context: RequestContext, query: Mapping[str, str]) -> html.Div:
    city = context.settings.city
    with snapshot(context.servers.engine) as connection:
        found = written_notes(connection, city, context.language)
    head = html.Header(
        [
            html.H2(word("statistics.notes.title")),
            html.Span(word("statistics.notes.about"), className="returns-about"),
        ],
        className="returns-head",
    )
    parts = [_form(city, query)] if context.may(PERMISSION) else []
    listed = _list(city, found) if found else html.P(word("statistics.notes.none"), className="returns-about")
    return html.Div([head, html.Section([*parts, listed], id="statistics-notes")], className="returns")


def _form(city: City, query: Mapping[str, str]) -> html.Details:
    this = city.today().year
    years = {str(year): str(year) for year in range(this, this - SHOWN_YEARS, -1)}
    subjects = {one: figure_name(FIGURE_OF_SUBJECT[one]) for one in SUBJECTS}
    fields = [
        select_field(
            "subject", word("statistics.subject"), subjects, query.get("subject", ""), "statistics-field"
        ),
        select_field(
            "year", word("statistics.notes.year"), years, query.get("year", str(this)), "statistics-field"
        ),
        *map(_text, LANGUAGES),
        html.Button(word("statistics.notes.write"), type="submit", className="button"),
    ]
    return html.Details(
        [
            html.Summary(word("statistics.notes.add"), className="button"),
            html.Form(fields, className="notes-form", id="statistics-note"),
            html.P(word("statistics.notes.hint"), className="returns-about"),
            html.P(id="statistics-note-message", className="returns-about", role="status"),
        ],
        className="returns-add",
        open="year" in query,
    )


def _text(lang: str) -> html.Label:
    return html.Label(
        [
            html.Span(word(f"statistics.notes.text.{lang}")),
            html.Textarea(name=lang, maxLength=LONGEST, rows=2, lang=lang),
        ],
        className="statistics-field returns-words",
    )


def _list(city: City, found: Sequence[WrittenNote]) -> html.Div:
    heads = [word(f"statistics.notes.{name}") for name in COLUMNS]
    rows = [
        [
            str(one.year),
            figure_name(FIGURE_OF_SUBJECT[one.subject]),
            one.note,
            one.written_by,
            f"{one.written_at.astimezone(city.time_zone):%d.%m.%Y %H:%M}",
        ]
        for one in found
    ]
    return long_table(heads, rows, "returns-scroll", row_heads=True)


def link(subject: str, words: str, year: int | None = None) -> dcc.Link:
    return dcc.Link(words, href=address(subject, year), refresh=True)
