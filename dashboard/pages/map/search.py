"""The search box: address, crossing, number, words of a title, coordinates, category, performer, district,
landmark, precinct. A result leads somewhere only when it is chosen: what narrows the list is added to the
filters of the page (`duty/duty.js`)."""

from __future__ import annotations

from dash import Dash, Input, Output, dcc, html

from dashboard.formats import number
from dashboard.pages.map.address import MapAddress
from dashboard.request_context import current
from dashboard.words import error_words, word
from geo.errors import InvalidInput
from layers.executors import CARDS
from layers.incidents.filters import IncidentFilter
from layers.scope import Scope, tells_voters
from layers.search.results import LONGEST, SHORTEST, SearchResult
from layers.search.search import search

SELECTED = ("category", "performer", "district")
"""Results that are a value of the filter of the same name, a category with those below it."""


def layout() -> html.Div:
    """The field itself is made by the script: Dash's own writes back what it was told, and a caret jumps
    while somebody types."""
    return html.Div(
        [
            dcc.Store(id="duty-query"),
            html.Div(
                id="duty-search-slot",
                **{"data-placeholder": word("duty.search"), "data-longest": str(LONGEST)},
            ),
            html.Div(id="duty-added", className="duty-added", role="status"),
            html.Div(
                id="duty-found",
                className="duty-found",
                role="listbox",
                **{"aria-label": word("duty.search.found")},
            ),
        ],
        id="duty-searching",
        className="duty-searching",
        role="search",
    )


def register(app: Dash) -> None:
    @app.callback(Output("duty-found", "children"), Input("duty-query", "data"), prevent_initial_call=True)
    async def find(query: str | None) -> html.Div:
        return await current().run(CARDS, draw, query or "")


def draw(query: str) -> html.Div:
    """The results with the text that they answer."""
    return html.Div(_results(query), **{"data-query": query})


def _results(query: str) -> list:
    """A sentence where there are none; nothing for a query too short to mean something."""
    context = current()
    try:
        found = search(
            context.servers.engine,
            context.settings.city,
            Scope.of(context.principal),
            context.language,
            query,
        )
    except InvalidInput as error:
        return [html.P(error_words(error), className="duty-none")]
    if not found and len(query.strip()) >= SHORTEST:
        return [html.P(word("duty.search.none"), className="duty-none")]
    apart = [one.title for one in found if one.parameters.get("apart")]
    if found and found[0].title in apart[:1] and len(apart) > 1:
        message = word("duty.search.apart", one=apart[0], other=apart[1])
        return [html.P(message, className="duty-none"), *(_result(result) for result in found)]
    guessed = [html.P(word("duty.search.near"), className="duty-none")] if found and found[0].near else []
    return [*guessed, *(_result(result) for result in found)]


def _result(found: SearchResult) -> html.A:
    """A link: a category, performer or district to its filter (in a tab of its own it is the only one), an
    incident to its card, a point to itself on the map."""
    href, facet = MapAddress().href(), {}
    if found.type in SELECTED:
        values = ",".join(map(str, found.parameters.get("within", [found.id])))
        href = MapAddress().href(IncidentFilter.parse({found.type: values}))
        facet = {"data-facet": found.type, "data-values": values}
    if found.type == "incident":
        href = MapAddress().href(incident=found.id)
    fly_to = {"data-fly": f"{found.lon:.6f},{found.lat:.6f}"} if found.lon is not None else {}
    symbol = {
        "data-kind": found.parameters.get("kind", ""),
        "data-level": str(found.parameters.get("priority", 0)),
    }
    return html.A(
        [
            html.I(className="symbol" if found.parameters.get("kind") else "duty-pin", **symbol),
            html.Span(
                [
                    html.Span(_title(found), className="duty-title"),
                    html.Span(_note(found), className="duty-location"),
                ],
                className="duty-what",
            ),
        ],
        href=href,
        className="duty-result",
        role="option",
        **{"data-type": found.type, "data-id": str(found.id or "")},
        **facet,
        **fly_to,
    )


def _title(found: SearchResult) -> str:
    return word("duty.precinct.number", number=found.title) if found.type == "precinct" else found.title


def _note(found: SearchResult) -> str:
    """The kind of the result, with the figure that helps to choose."""
    if "voters" in found.parameters and not tells_voters(current().principal):
        return ""
    notes = {
        "street": lambda: word("duty.found.street", n=found.parameters["buildings"]),
        "building": lambda: word("duty.found.building", voters=number(found.parameters["voters"])),
        "precinct": lambda: word("duty.found.precinct", voters=number(found.parameters["voters"])),
        "category": lambda: word("duty.found.category"),
        "performer": lambda: word("duty.found.performer"),
        "district": lambda: word("duty.found.district"),
        "crossing": lambda: word("duty.found.crossing"),
        "landmark": lambda: word("duty.found.landmark"),
        "coordinates": lambda: word("duty.found.coordinates"),
    }
    if found.type == "street" and not found.parameters["buildings"]:
        return found.note
    return notes[found.type]() if found.type in notes else found.note
