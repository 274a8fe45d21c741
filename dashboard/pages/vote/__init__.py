"""Where do I vote: the 109 operator types an address and reads out precinct, station and distance, while the
map shows them. No name, no list of people; whether somebody is on the voters' list is answered with yes or
no.

`?building=812` in the address shows its answer, so that it can be sent on. `assets/vote/vote.js` makes the
field, takes the keys and draws the map.

* `answer`: the answer in words, its distance, and what the map draws
* `listed`: whether somebody is on the voters' list: yes, precinct, station
"""

from __future__ import annotations

from urllib.parse import parse_qsl

from dash import ClientsideFunction, Dash, Input, Output, dcc, html

from dashboard.city_map import city_map
from dashboard.pages.vote import listed
from dashboard.pages.vote.answer import answer, view
from dashboard.request_context import current
from dashboard.words import error_words, word
from geo.errors import InvalidInput, NotFound
from geo.ranges import whole
from layers.executors import CARDS
from layers.plans.vote import Vote, read_vote
from layers.search.results import LONGEST, SHORTEST, SearchResult
from layers.search.search import search_addresses

PATH = "/vote"
TITLE = "vote.title"
PERMISSION = "page.vote"
NAVIGATION = (PATH, "shell.nav.vote")
HAS_MAP = True


def layout(**query: str) -> html.Div:
    """The page for the query of its address."""
    shown_answer, shown = draw(query)
    return html.Div(
        id="vote",
        className="vote",
        children=[
            dcc.Store(id="vote-query"),
            dcc.Store(id="vote-view", data=shown),
            html.Div(id="vote-done", hidden=True),
            html.Section(
                [
                    html.H1(word("vote.title")),
                    html.Div(
                        id="vote-field",
                        className="vote-field",
                        **{"data-placeholder": word("vote.placeholder"), "data-longest": str(LONGEST)},
                    ),
                    html.Div(
                        id="vote-found",
                        className="vote-found",
                        role="listbox",
                        **{"aria-label": word("vote.found")},
                    ),
                    html.P(id="vote-waits", className="vote-hint vote-waits", role="status"),
                    html.Article(
                        shown_answer, id="vote-answer", className="vote-answer", **{"aria-live": "polite"}
                    ),
                    *listed.layout(),
                ],
                className="vote-side",
            ),
            html.Div(
                [city_map("vote", current().settings.city)],
                className="vote-stage",
                **{"data-layers": "basemap districts buildings", "data-scale": "desk"},
            ),
        ],
    )


def register(app: Dash) -> None:
    listed.register(app)
    app.clientside_callback(
        ClientsideFunction("ikomek", "voteShow"), Output("vote-done", "children"), Input("vote-view", "data")
    )

    @app.callback(Output("vote-found", "children"), Input("vote-query", "data"), prevent_initial_call=True)
    async def find(query: str | None) -> html.Div:
        return await current().run(CARDS, results, query or "")

    @app.callback(
        Output("vote-answer", "children"),
        Output("vote-view", "data"),
        Input("address", "search"),
        prevent_initial_call=True,
    )
    async def show(search: str | None) -> tuple:
        return await current().run(CARDS, draw, dict(parse_qsl((search or "").lstrip("?"))))


def draw(query: dict[str, str]) -> tuple[list, dict]:
    """The answer for the building in the address, and the data for the map; "request" says which building it
    answers for."""
    building = query.get("building", "")
    number = whole(building)
    if number is None:
        return [html.P(word("vote.hint"), className="vote-hint")], {"request": building}
    vote = _read(number)
    if vote is None:
        return [html.P(word("vote.no_building"), className="vote-hint")], {"request": building}
    return answer(vote), {"request": building, **view(vote)}


def _read(building: int) -> Vote | None:
    context = current()
    try:
        return read_vote(context.servers.engine, context.settings.city, context.language, building)
    except NotFound:
        return None


def results(query: str) -> html.Div:
    """Houses that lead to their answer, or streets that complete the field; with the text that they
    answer."""
    return html.Div(_results(query), **{"data-query": query})


def _results(query: str) -> list:
    context = current()
    try:
        found = search_addresses(context.servers.engine, context.settings.city, context.language, query)
    except InvalidInput as error:
        return [html.P(error_words(error), className="vote-hint")]
    if not found and len(query.strip()) >= SHORTEST:
        return [html.P(word("vote.none"), className="vote-hint")]
    guessed = [html.P(word("duty.search.near"), className="vote-hint")] if found and found[0].near else []
    return [*guessed, *(_result(result) for result in found)]


def _result(found: SearchResult) -> html.A:
    if found.type == "building":
        return html.A(found.title, href=f"{PATH}?building={found.id}", className="vote-result", role="option")
    note = html.Span(word("duty.found.street", n=found.parameters["buildings"]), className="vote-note")
    return html.A(
        [found.title, note], href="#", className="vote-result", role="option", **{"data-street": found.title}
    )
