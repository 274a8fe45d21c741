"""The electoral list: what the newest version says of the one in force, what of it is implausible, how each
precinct changes, and its approval by a second person.

Everything is asked of the process that owns the list (`geo.voters.service`): this one has no right on it.
What is chosen stands in the address (`?list=7&sort=after&all=1`, `?precinct=12`, `?house=345`).
`assets/voters/voters.js` colours the map, `load.js` sends a file.

* `acts`: what a button does, and who may
* `address`: what the address of the page says
* `approval`: the way of a version into force, and who may take the next step
* `changes`: the table of precincts, and their classes on the map
* `days`: the days before the vote, and what is still open before each
* `doubles`: persons who are in the list of another region too
* `equation`: the rows of the file and the list they make
* `flags`: changes that nobody believes without a second look
* `head`: how many there are, and the way to load a file
* `houses`: the houses of one precinct whose voters change, and who they are, masked
* `history`: the versions before
* `paper`: lists of precincts for their commissions, notices to houses
* `package`: how the packages for the election commission stand on their way
* `person`: one person by the exact IIN, or those of a house
* `together`: one decision for many, shown before it is made
* `without`: persons of the list in force without a building
* `worklist`: addresses that did not lead to one building
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode

from dash import ALL, ClientsideFunction, Dash, Input, Output, State, ctx, dcc, html, no_update

from dashboard.answering import answer_address, answer_press, asks
from dashboard.city_map import city_map
from dashboard.pages.voters import (
    acts,
    approval,
    changes,
    days,
    doubles,
    equation,
    flags,
    head,
    history,
    houses,
    package,
    paper,
    person,
    without,
    worklist,
)
from dashboard.pages.voters.address import PATH, VotersAddress
from dashboard.request_context import current
from dashboard.words import word
from geo.accounts.sessions import FRESH
from geo.voters.client import request
from layers.executors import LISTS, STUDIO

__all__ = ["NAVIGATION", "PATH", "PERMISSION", "TITLE", "layout", "register"]

TITLE = "voters.title"
PERMISSION = "page.voters"
NAVIGATION = (PATH, "shell.nav.voters")
HAS_MAP = True
WORK = LISTS
"""The executor of the layout, which waits for the list's own process."""


def layout(**query: str) -> html.Div:
    """The page for the query of its address."""
    top, calendar, version, unsure, legend, classes = draw(query)
    return html.Div(
        id="voters",
        className="voters",
        children=[
            dcc.Store(id="voters-pulse"),
            html.Div(id="voters-masked", hidden=True),
            html.Div(id="voters-covered", hidden=True),
            dcc.Store(id="voters-classes", data=classes),
            html.Div(id="voters-coloured", hidden=True),
            html.Header(top, id="voters-head", className="voters-head"),
            html.Nav(
                calendar,
                id="voters-days",
                className="voters-calendar",
                **{"aria-label": word("wall.panel.days")},
            ),
            *_again(),
            html.P(id="voters-done", className="voters-done", role="status"),
            html.P(id="voters-loading", className="voters-done", role="status"),
            html.Div(
                [
                    html.Section(
                        version,
                        id="voters-version",
                        className="voters-version",
                        **{"aria-label": word("voters.checked")},
                    ),
                    _persons(unsure),
                    html.Section(
                        [
                            _stage(),
                            html.Div(legend, id="voters-legend", className="voters-legend"),
                        ],
                        className="voters-side",
                        **{"aria-label": word("voters.map")},
                    ),
                ],
                className="voters-columns",
                **asks("voters-done"),
            ),
        ],
    )


def _again() -> list[html.P]:
    """The way to the sign-in, of who must have just signed in for what weighs most here."""
    context = current()
    weighs = any(context.may(f"voters.{act}") for act in ("look", "approve", "decide", "print"))
    if context.principal.is_fresh or not weighs:
        return []
    address = f"/sign-in?{urlencode({'again': 1, 'next': PATH})}"
    link = html.A(word("voters.again.link"), href=address)
    minutes = int(FRESH.total_seconds() // 60)
    return [html.P([word("voters.again", minutes=minutes), " ", link], id="voters-again")]


def _persons(unsure: list) -> html.Div:
    """The middle column: unsure addresses, persons of two regions, one person looked up."""
    return html.Div(
        [
            html.Section(
                unsure,
                id="voters-unsure",
                className="voters-side",
                **{"aria-label": word("voters.unsure")},
            ),
            html.Section(
                doubles.layout(),
                className="voters-look voters-doubles",
                **{"aria-label": word("voters.doubles")},
            ),
            html.Section(
                person.layout(),
                className="voters-look",
                **{"aria-label": word("voters.look"), **asks("voters-person")},
            ),
        ],
        className="voters-side",
    )


def _stage() -> html.Div:
    return html.Div(
        city_map("voters", current().settings.city),
        className="voters-stage",
        **{"data-layers": "basemap districts", "data-scale": "desk"},
    )


def register(app: Dash) -> None:
    """Read again when the address asks for something else or something was done."""
    _register_scripts(app)
    person.register(app)
    doubles.register(app)

    @app.callback(
        Output("voters-head", "children"),
        Output("voters-days", "children"),
        Output("voters-version", "children"),
        Output("voters-unsure", "children"),
        Output("voters-legend", "children"),
        Output("voters-classes", "data"),
        Input("address", "search"),
        Input("voters-pulse", "data"),
        prevent_initial_call=True,
    )
    async def read_again(search: str | None, pulse: dict | None) -> tuple:
        last = (pulse or {}).get("address")
        query = dict(parse_qsl((search or "").lstrip("?")))
        drawn, answered = await answer_address(LISTS, draw, query, last)
        return drawn if answered else (head.layout(None), [], [drawn], [], [], {})

    @app.callback(
        Output("voters-done", "children"),
        Output("voters-pulse", "data"),
        Input({"type": "voters-act", "act": ALL, "list": ALL, "level": ALL, "of": ALL}, "n_clicks"),
        State("voters-pulse", "data"),
        prevent_initial_call=True,
    )
    async def act(clicks: list[int | None], pulse: dict | None) -> tuple:
        """A button that is drawn anew calls too, with no click."""
        if not ctx.triggered_id or not any(one["value"] for one in ctx.triggered):
            return no_update, no_update
        wanted = dict(ctx.triggered_id)
        done, answered = await answer_press(STUDIO, acts.do_once, wanted)
        if not answered:
            return done, no_update
        last = acts.address_of(wanted) if wanted["act"] in ("decide", "decide_alike") else None
        return done, {"n": (pulse or {"n": 0})["n"] + 1, "address": last}


def _register_scripts(app: Dash) -> None:
    """What the browser does by itself with what was read."""
    app.clientside_callback(
        ClientsideFunction("ikomek", "votersColour"),
        Output("voters-coloured", "children"),
        Input("voters-classes", "data"),
    )

    app.clientside_callback(
        ClientsideFunction("ikomek", "votersMask"),
        Output("voters-masked", "children"),
        Input("voters-person", "children"),
    )
    app.clientside_callback(
        ClientsideFunction("ikomek", "votersCover"),
        Output("voters-covered", "children"),
        Input("voters-version", "children"),
        Input("voters-unsure", "children"),
    )


def draw(query: dict[str, str], last: int | None = None) -> tuple[list, list, list, list, list, dict]:
    """The head, the days before the vote, the version, the worklist, the legend of the map, and the class of
    each precinct. `last`: the address that was decided just now."""
    context, address = current(), VotersAddress.read(query)
    found = request(context.settings, "overview", context.session, list_id=address.list)
    version = found["shown"]
    if version is None:
        how = "voters.none.load" if context.may("voters.load") else "voters.none.others"
        none = " ".join((word("voters.none"), word(how, button=word("voters.load"))))
        return head.layout(None), [], [html.P(none, className="voters-none")], [], [], {}
    lines = []
    if address.check in version["checks"]:
        wanted = {"list_id": version["id"], "code": address.check}
        lines = request(context.settings, "lines", context.session, **wanted)
    rows = changes.ordered(found["precincts"], found["flags"], address.sort)
    return (
        head.layout(found),
        days.layout(),
        [
            *approval.overtaken(found),
            *equation.layout(address, version, lines),
            *flags.layout(address, version, found["flags"], rows),
            *_table(address, found, rows),
            *approval.layout(found),
        ],
        [*_unsure(address, found, last), *without.layout(address, found["without"])],
        [
            *changes.legend(rows),
            *paper.layout(version),
            *package.layout(found["transfers"]),
            *history.layout(address, found["versions"], version["id"]),
        ],
        changes.classes(rows),
    )


def _table(address: VotersAddress, found: dict[str, Any], rows: list[changes.PrecinctChange]) -> list:
    """The precincts, or the houses of the one that is open."""
    opened = houses.ask(address, found["shown"]["id"])
    if opened is None:
        return changes.table(address, rows)
    return houses.table(address, opened, found["flags"], {row.id: row.number for row in rows})


def _unsure(address: VotersAddress, found: dict[str, Any], last: int | None) -> list:
    """The worklist of a version that waits for a decision; its lines are opened only for those who decide."""
    context, version = current(), found["shown"]
    if version["state"] != "checked" or not context.may("voters.decide"):
        return []
    lines = request(context.settings, "addresses", context.session, list_id=version["id"])
    alike = []
    if lines:
        wanted = {"list_id": version["id"], "address": worklist.on_desk(address, lines)}
        alike = request(context.settings, "alike", context.session, **wanted)
    return [*worklist.layout(address, version, lines, found["open"], alike), *worklist.undo(version, last)]
