"""The duty officer's map: filters, map, list, card. What is shown stands in the address, so that a link
reproduces it and the way back works.

Counts and list come from one read (`layers.incidents.listing.read_page`) and stay as read until the officer
takes what is new: `assets/duty/duty.js` counts that from the live feed and rings `duty-pulse`.

* `actions`: buttons of an incident's actions: which, by its state, and their keys
* `address`: what the address of the page holds; every link of the page
* `area`: tools for drawing an area (radii, keys), and the answer for it
* `case`: pause, escalation and other decisions on the card
* `categories`: the filter by category: a tree with counts, and a search in it
* `card`: the card of an incident: its parts in order
* `export`: the three links to the export
* `filters`: the filters: facets, windows, their links
* `forms`: forms of the actions: fields, choices of hours, which actions work on many
* `keys`: the list of all keys, and their switch
* `legend`: which layers can be switched, and the legend
* `list`: the list: a row's content, paging
* `mass_event`: the card of a mass event: many incidents that are one
* `location`: the panel of what was clicked on the map
* `machine`: the time machine below the map: speeds, slider, the way back to now
* `proof`: pictures of an incident on the card
* `search`: the results of the search box, and where each leads
* `trend`: the days or months of the answer for an area
* `timeline`: events and actions in order; a source's value against a person's decision
* `values`: a value of an event in words
"""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html

from dashboard.city_map import city_map
from dashboard.pages.map import (
    actions,
    area,
    card,
    export,
    filters,
    forms,
    keys,
    legend,
    location,
    machine,
    search,
)
from dashboard.pages.map import list as listed
from dashboard.pages.map.address import BESIDE, PATH, MapAddress
from dashboard.request_context import RequestContext, current
from dashboard.words import error_words, word
from geo.errors import InvalidInput
from layers.executors import LISTS
from layers.incidents.card import NamedCategory, read_categories, read_performers
from layers.incidents.listing import Answer, read_page

__all__ = ["NAVIGATION", "PATH", "PERMISSION", "TITLE", "layout", "register"]

TITLE = "shell.nav.map"
PERMISSION = "page.map"
NAVIGATION = (PATH, "shell.nav.map")
HAS_MAP = True
WORK = LISTS
"""The executor of the layout, which reads the list."""
REFUSALS = 3
"""So many parts of an address are left out, one after the other, before all of it is."""
PANES = ("map", "list", "filters")
"""The panes that a phone shows one at a time."""


def layout(**query: str) -> html.Div:
    """The page for the query of its address. A filter that is none is said, and the page opens without it."""
    message, panel, rows, exports, answer, view = draw(query)
    return html.Div(
        id="duty",
        className="duty",
        **{"data-pane": "map"},
        children=[
            html.H1(word(TITLE), className="unseen"),
            dcc.Store(id="duty-request", data=view["request"]),
            dcc.Store(id="duty-chosen", data=view["incident"]),
            dcc.Store(id="duty-pulse"),
            dcc.Store(id="duty-card-pulse"),
            dcc.Store(id="duty-location"),
            dcc.Store(id="duty-view", data=view),
            html.Div(id="duty-done", hidden=True),
            html.Aside(
                [
                    html.H2(word("duty.filters"), className="unseen"),
                    html.Section(id="duty-views", className="duty-views"),
                    html.Div(id="duty-counts-at", className="duty-counts-at"),
                    html.Div(panel, id="duty-filters"),
                ],
                className="duty-filters",
                **{"aria-label": word("duty.filters")},
            ),
            _stage(answer),
            html.Section(
                [
                    html.Div(id="duty-news", className="duty-news"),
                    _above_list(message),
                    html.Div(rows, id="duty-list", className="duty-list"),
                    html.Div(exports, id="duty-export", className="duty-export"),
                    html.Article(id="duty-card", className="duty-card", **{"aria-live": "polite"}),
                    forms.dock(*_choices()),
                ],
                className="duty-side",
                **{"aria-label": word("duty.list")},
            ),
            keys.layout(),
            html.Nav(
                [
                    html.Button(word(f"duty.pane.{pane}"), className="duty-tab", **{"data-pane": pane})
                    for pane in PANES
                ],
                className="duty-tabs",
            ),
        ],
    )


def _above_list(message: str) -> html.Div:
    """The line for what went wrong, and mass events (`assets/duty/mass.js`)."""
    return html.Div(
        [
            html.P(message, id="duty-message", className="duty-message", role="alert"),
            html.P(id="duty-export-progress", className="duty-export-progress", hidden=True, role="status"),
            html.Section(
                id="duty-mass",
                className="duty-mass",
                hidden=True,
                **{
                    "aria-label": word("duty.mass.all"),
                    "data-may": "yes" if current().may(actions.PERMISSION) else "no",
                },
            ),
        ],
        className="duty-above",
    )


def _choices() -> tuple[dict[int, str], list[NamedCategory]]:
    """Whom an incident can be assigned to, and what a new one can be, for those who may do that."""
    context = current()
    if not context.may(actions.PERMISSION):
        return {}, []
    reader = (context.servers.engine, context.language)
    return read_performers(*reader), read_categories(*reader)


def _stage(answer: list) -> html.Div:
    return html.Div(
        [_map_and_panels(answer), machine.layout()],
        className="duty-stage",
        **{"data-layers": "basemap districts incidents", "data-scale": "desk"},
    )


def _map_and_panels(answer: list) -> html.Div:
    """The map and what lies over it."""
    wall = html.Div(id="duty-wall", className="duty-wall", hidden=not current().may("wall.hold"))
    more = html.Button(
        word("duty.tools"),
        className="duty-more",
        type="button",
        **{"data-folds": "duty-head", "aria-expanded": "false", "aria-controls": "duty-head"},
    )
    head = [search.layout(), more, area.tools(), actions.create_button(), wall, keys.opener()]
    about = {"aria-label": word("duty.area")}
    return html.Div(
        [
            city_map("duty", current().settings.city),
            html.Div(
                [html.Strong(), html.Span()],
                id="duty-flood",
                className="duty-flood",
                role="status",
                hidden=True,
            ),
            html.Div(
                [
                    html.Div(head, id="duty-head", className="duty-head"),
                    html.Aside(answer, id="duty-area", className="duty-area", **about),
                ],
                className="duty-over",
            ),
            machine.banner(),
            location.layout(),
            legend.layout(),
        ],
        className="duty-canvas",
    )


def register(app: Dash) -> None:
    """Read again when the address asks for another filter, order or page, or the officer takes what is
    new."""
    for part in (card, search, location):
        part.register(app)
    app.clientside_callback(
        ClientsideFunction("ikomek", "dutyAddress"),
        Output("duty-request", "data"),
        Output("duty-chosen", "data"),
        Input("address", "search"),
        State("duty-request", "data"),
        State("duty-chosen", "data"),
    )
    app.clientside_callback(
        ClientsideFunction("ikomek", "dutyShow"),
        Output("duty-done", "children"),
        Input("duty-view", "data"),
        Input("duty-chosen", "data"),
    )

    @app.callback(
        Output("duty-message", "children"),
        Output("duty-filters", "children"),
        Output("duty-list", "children"),
        Output("duty-export", "children"),
        Output("duty-area", "children"),
        Output("duty-view", "data"),
        Input("duty-request", "data"),
        Input("duty-pulse", "data"),
        prevent_initial_call=True,
    )
    async def read_again(query: str, pulse: float | None) -> tuple:
        return await current().run(LISTS, draw, dict(parse_qsl(query)))


def draw(query: dict[str, str]) -> tuple[str, list, list, list, list, dict]:
    """What went wrong if anything, the filters, the list, the export, the answer for an area, and what the
    script needs: all of one moment."""
    context = current()
    message, address, answer = _answer(context, query)
    now, city = answer.at or answer.read_at, context.settings.city
    view = {
        "request": urlencode({name: value for name, value in query.items() if name not in BESIDE}),
        "incident": address.card,
        "total": answer.total,
        "window": address.incident_filter.window,
        "query": address.filter_query(),
        "density": address.incident_filter.density(city, now),
        "since": since.timestamp() if (since := address.incident_filter.since(now)) else None,
        "position": answer.position,
        "read_at": answer.read_at.timestamp(),
        "past": now.timestamp() if address.incident_filter.moment else None,
    }
    return (
        message,
        filters.layout(address, answer),
        listed.layout(address, answer),
        export.layout(address, context.may("incident.export")),
        area.layout(address, answer),
        view,
    )


def _answer(context: RequestContext, query: dict[str, str]) -> tuple[str, MapAddress, Answer]:
    """What was refused if anything, what is shown, and its answer: all that can be answered is."""
    address, refusal = MapAddress.read_what_can_be(query)
    for _ in range(REFUSALS):
        try:
            return error_words(refusal) if refusal else "", address, _read(context, address)
        except InvalidInput as refused:
            refusal, address = refusal or refused, address.instead(refused)
    return error_words(refusal) if refusal else "", MapAddress(), _read(context, MapAddress())


def _read(context: RequestContext, address: MapAddress) -> Answer:
    return read_page(
        context.servers.engine,
        context.settings.city,
        address.incident_filter.within(context.principal),
        context.language,
        address.sort,
        address.page,
    )
