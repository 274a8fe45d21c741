"""Is somebody on the voters' list: by IIN and birth date, answered with yes, precinct and station, nothing
else; recorded before it is answered."""

from __future__ import annotations

from dash import Dash, Input, Output, State, html, no_update

from dashboard.answering import answer_press, asks
from dashboard.fields import text_field
from dashboard.formats import numbered
from dashboard.request_context import current
from dashboard.words import word
from geo.errors import Forbidden
from geo.voters.client import request
from geo.voters.given import text_of
from layers.executors import CARDS
from layers.plans.vote import read_vote

PERMISSION = "voters.listed"
LONGEST = 12


def layout() -> list:
    """Nothing for those who may not ask."""
    if not current().may(PERMISSION):
        return []
    return [
        html.Details(
            [
                html.Summary(word("vote.listed")),
                *(
                    text_field(f"vote-listed-{name}", word(f"vote.listed.{name}"), LONGEST)
                    for name in ("iin", "birth")
                ),
                html.Button(word("vote.listed.ask"), id="vote-listed-ask", type="button", className="button"),
                html.P(id="vote-listed", className="vote-listed-answer", role="status"),
            ],
            className="vote-listed",
            **asks("vote-listed"),
        )
    ]


def register(app: Dash) -> None:
    @app.callback(
        Output("vote-listed", "children"),
        Output("vote-listed-iin", "value"),
        Output("vote-listed-birth", "value"),
        Input("vote-listed-ask", "n_clicks"),
        State("vote-listed-iin", "value"),
        State("vote-listed-birth", "value"),
        prevent_initial_call=True,
        running=[(Output(f"vote-listed-{name}", "readOnly"), True, False) for name in ("iin", "birth")],
    )
    async def find(clicks: int | None, number: str | None, birth: str | None) -> tuple:
        if not clicks:
            return no_update, no_update, no_update
        message, answered = await answer_press(CARDS, answer, number, birth)
        kept = "" if answered else no_update
        return message, kept, kept


def answer(number: object, birth: object) -> str:
    """A sentence to be read out. Raises what the list's process refuses, `InvalidInput` ("voters.given") for
    what is no text, and `Forbidden` ("door.forbidden")."""
    context, given = current(), {"number": text_of(number, "iin"), "birth": text_of(birth, "birth")}
    if not context.may(PERMISSION):
        raise Forbidden("door.forbidden", permission=PERMISSION)
    found = request(context.settings, "listed", context.session, **given)
    if not found["listed"]:
        return word("vote.listed.no")
    if found["building"] is None:
        return word("vote.listed.nowhere")
    vote = read_vote(context.servers.engine, context.settings.city, context.language, found["building"])
    if vote.precinct is None:
        return word("vote.listed.nowhere")
    station = vote.precinct["station"] or word("vote.no_station")
    return word("vote.listed.yes", precinct=numbered(vote.precinct["number"]), station=station)
