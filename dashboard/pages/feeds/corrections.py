"""A rejected row put right on the page and sent again, all rows of a run sent again as they are, and what
a run mended by itself.

`?feed=police&run=12&mend=77` opens the form of reject 77. What is typed stays while the page reads its
rows again.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from dash import ALL, Dash, Input, Output, State, ctx, dcc, html
from dash.exceptions import PreventUpdate

from dashboard.answering import answer_press
from dashboard.formats import number
from dashboard.pages.feeds.address import Chosen
from dashboard.request_context import RequestContext, current
from dashboard.words import catalogue, language, word
from geo.errors import Forbidden
from geo.intake import rejects
from geo.intake.seeing import need_whole
from layers.executors import CARDS


def corrected(run: dict) -> list[str]:
    """The counts of what the run corrected by itself and what it placed by address, in words, most first."""
    counted = sorted(run["mended"].items(), key=lambda pair: (-pair[1], pair[0]))
    placed = [word("feeds.placed", n=run["placed"])] if run["placed"] else []
    return placed + [f"{correction_name(code)}: {number(n)}" for code, n in counted]


def correction_name(code: str) -> str:
    key = f"feeds.mended.{code}"
    return word(key) if key in catalogue(language.get()).entries else code


def all_again(context: RequestContext, chosen: Chosen) -> list:
    """The button that sends every row of the run (with the chosen reason) again."""
    if not context.may("feed.run"):
        return []
    name = {"type": "feeds-replay", "run": chosen.run, "code": chosen.code or ""}
    return [
        html.Div(
            [
                html.Button(
                    word("feeds.mend.all"), id=name, className="button", title=word("feeds.mend.all_why")
                )
            ],
            className="feeds-replay",
        )
    ]


def offer(context: RequestContext, chosen: Chosen, row: dict) -> list:
    """The cell beside a rejected row: by which run it was sent again, or how to correct it."""
    if row["replay_run_id"] is not None:
        address = _address(feed=chosen.feed, run=row["replay_run_id"])
        return [
            html.Div(
                dcc.Link(
                    word("feeds.mend.sent", who=row["mended_by"], run=row["replay_run_id"]), href=address
                ),
                className="feeds-resubmit-sent",
            )
        ]
    if not context.may("feed.run"):
        return []
    if not row["can_be_corrected"]:
        return [html.Div(word("feeds.mend.at_source"), className="muted")]
    if chosen.resubmit == row["id"]:
        return [_form(row)]
    href = _address(
        feed=chosen.feed, run=chosen.run, code=chosen.code, after=chosen.after or None, mend=row["id"]
    )
    return [dcc.Link(word("feeds.mend"), href=href, className="button feeds-resubmit")]


def _form(row: dict) -> html.Div:
    """A field for each column of the row as it came; the bad one first."""
    names = sorted(row["row"], key=lambda name: row["row"][name] != row["value"] or row["value"] is None)
    cells = [
        html.Label(
            [
                html.Span(name),
                dcc.Input(
                    id={"type": "reject-cell", "reject": row["id"], "column": name},
                    value=row["row"][name] or "",
                    debounce=False,
                    persistence=True,
                    persistence_type="memory",
                    autoComplete="off",
                ),
            ],
            className="field",
        )
        for name in names
    ]
    return html.Div(
        [
            *cells,
            html.Button(
                word("feeds.mend.send"), id={"type": "reject-send", "reject": row["id"]}, className="button"
            ),
        ],
        className="feeds-resubmit-form",
    )


def register(app: Dash) -> None:
    @app.callback(
        Output("feeds-resubmitted", "children"),
        Input({"type": "reject-send", "reject": ALL}, "n_clicks"),
        Input({"type": "feeds-replay", "run": ALL, "code": ALL}, "n_clicks"),
        State({"type": "reject-cell", "reject": ALL, "column": ALL}, "id"),
        State({"type": "reject-cell", "reject": ALL, "column": ALL}, "value"),
        prevent_initial_call=True,
    )
    async def send(
        one: list[int | None], whole: list[int | None], ids: list[dict], values: list[str | None]
    ) -> Any:
        trigger = ctx.triggered_id
        if not trigger or not any([*one, *whole]):
            raise PreventUpdate
        cells = {cell["column"]: value or None for cell, value in zip(ids, values)}
        message, _ = await answer_press(CARDS, _send, trigger, cells)
        return message


def _send(trigger: dict, cells: dict[str, str | None]) -> str:
    """Returns what is said: the run that will take it. Raises `Forbidden` and what `geo.intake.rejects`
    does."""
    context = current()
    for permission in ("feed.run", "feed.rejects"):
        if not context.may(permission):
            raise Forbidden("door.forbidden", permission=permission)
    region, who = context.settings.city.region, context.principal.name
    with context.web.begin() as connection:
        if trigger["type"] == "reject-send":
            need_whole(connection, region, context.principal, "reject", trigger["reject"])
            run = rejects.resubmit(connection, region, trigger["reject"], cells, who)
            return word("feeds.mend.asked", n=1, run=run)
        need_whole(connection, region, context.principal, "run", trigger["run"])
        run, rows = rejects.replay(connection, region, trigger["run"], trigger["code"] or None, who)
    return word("feeds.mend.asked", n=rows, run=run)


def _address(**query: object) -> str:
    return "/feeds?" + urlencode({name: value for name, value in query.items() if value is not None})
