"""The geo-tags: the addresses that wait for a decision, one on the desk with its candidates on the map, one
key each.

What is shown stands in the address: `?reason=untagged&district=3&after=60` narrows the worklist,
`&building=812` is on the desk (else the first of the list). `assets/buildings/buildings.js` draws the
candidates, takes the keys, sends decisions (`dashboard.api.building_tags`) and rings `buildings-pulse` when
one was taken.

* `address`: what the address of the page holds
* `desk`: the address that is decided on: reason, candidates, keys, history
* `worklist`: the left side: counts by reason and district, the list
"""

from __future__ import annotations

from urllib.parse import parse_qsl

from dash import ClientsideFunction, Dash, Input, Output, dcc, html, no_update

from dashboard.answering import answer_address
from dashboard.city_map import city_map
from dashboard.pages.buildings import desk, worklist
from dashboard.pages.buildings.address import PATH, BuildingsAddress
from dashboard.request_context import current
from dashboard.words import word
from geo.database import Engine
from geo.errors import NotFound
from geo.settings import City
from layers.buildings.geo_tags import read_worklist
from layers.buildings.tag_candidates import TagCase, read_case
from layers.executors import LISTS

__all__ = ["NAVIGATION", "PATH", "PERMISSION", "TITLE", "layout", "register"]

TITLE = "buildings.title"
PERMISSION = "page.buildings"
NAVIGATION = (PATH, "shell.nav.buildings")
HAS_MAP = True
WORK = LISTS
"""The executor of the layout, which reads the list."""


def layout(**query: str) -> html.Div:
    """The page for the query of its address."""
    head, rows, card, view = draw(query)
    return html.Div(
        id="buildings",
        className="buildings",
        **{"data-may": str(current().may("building.tag")).lower()},
        children=[
            dcc.Store(id="buildings-pulse"),
            dcc.Store(id="buildings-view", data=view),
            html.Div(id="buildings-done", hidden=True),
            html.Section(
                [
                    html.Div(head, id="buildings-head", className="buildings-head"),
                    html.Div(rows, id="buildings-list", className="buildings-list"),
                ],
                className="buildings-side",
                **{"aria-label": word("buildings.worklist")},
            ),
            _stage(),
            html.Article(card, id="buildings-desk", className="buildings-desk", **{"aria-live": "polite"}),
        ],
    )


def _stage() -> html.Div:
    return html.Div(
        [
            city_map("buildings", current().settings.city),
            html.Div(id="buildings-message", className="buildings-message", role="status"),
        ],
        className="buildings-stage",
        **{"data-layers": "basemap districts buildings precincts", "data-scale": "desk"},
    )


def register(app: Dash) -> None:
    """Read again when the address asks for something else or a decision was taken."""
    app.clientside_callback(
        ClientsideFunction("ikomek", "buildingsShow"),
        Output("buildings-done", "children"),
        Input("buildings-view", "data"),
    )

    @app.callback(
        Output("buildings-head", "children"),
        Output("buildings-list", "children"),
        Output("buildings-desk", "children"),
        Output("buildings-view", "data"),
        Input("address", "search"),
        Input("buildings-pulse", "data"),
        prevent_initial_call=True,
    )
    async def read_again(search: str | None, pulse: float | None) -> tuple:
        query = dict(parse_qsl((search or "").lstrip("?")))
        drawn, answered = await answer_address(LISTS, draw, query)
        return drawn if answered else (no_update, [drawn], [], desk.view(None, None))


def draw(query: dict[str, str]) -> tuple[list, list, list, dict]:
    """The head with its filters, the worklist, the desk, and what the script needs."""
    context, address = current(), BuildingsAddress.read(query)
    engine, city = context.servers.engine, context.settings.city
    found = read_worklist(engine, city, context.language, address.reason, address.district, address.after)
    chosen = address.building or (found.rows[0]["id"] if found.rows else None)
    case = None if chosen is None else _case(engine, city, context.language, chosen)
    return (
        worklist.head(address, found),
        worklist.rows(address, found, chosen),
        desk.layout(context, case),
        desk.view(case, _next(found.rows, chosen)),
    )


def _case(engine: Engine, city: City, lang: str, building: int) -> TagCase | None:
    """None for a building that there is not (any more)."""
    try:
        return read_case(engine, city, lang, building)
    except NotFound:
        return None


def _next(rows: list[dict], chosen: int | None) -> int | None:
    """The row after the one on the desk, else the first other one."""
    ids = [row["id"] for row in rows]
    after = ids[ids.index(chosen) + 1 :] if chosen in ids else ids
    return next((id_ for id_ in (*after, *ids) if id_ != chosen), None)
