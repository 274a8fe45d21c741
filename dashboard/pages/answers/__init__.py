"""/answers: articles for operators, found while something is typed. `assets/answers/answers.js` makes the
field, asks while it is typed in, counts what was used and what found nothing, and sends what editors save.

The words (`q`), the topic, the article and the view (`show`: none, `edit`, `history`) stand in the address.

* `article`: an article as it is read to a citizen, and what it was used for
* `editing`: what waits for the editors, the form of an article
* `history`: its versions, each with what was changed
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from dash import Dash, Input, Output, dcc, html

from dashboard.formats import number
from dashboard.pages.answers import article, editing, history
from dashboard.request_context import current
from dashboard.words import error_words, word
from geo.errors import IkomekError
from geo.ranges import whole
from layers.answers import FoundAnswers, find_answers
from layers.executors import CARDS

PATH = "/answers"
TITLE = "answers.title"
PERMISSION = "page.answers"
NAVIGATION = (PATH, "shell.nav.answers")
WORK = CARDS
EDIT = "answers.edit"
USE = "answers.use"
QUERY = ("q", "topic", "article", "show", "lang")


def layout(**query: str) -> html.Div:
    """The page for the query of its address."""
    known = {key: query[key] for key in QUERY if key in query}
    return html.Div(
        [
            dcc.Store(id="answers-query", data=known),
            html.Header([html.H1(word("answers.title")), _views(known)], className="answers-head"),
            html.Div(
                # the script makes the field: what is typed there stays through a drawing
                id="answers-search",
                className="answers-search",
                **{
                    "data-label": word("answers.search"),
                    "data-value": str(known.get("q", "")),
                    "data-may": "yes" if current().may(USE) else "no",
                },
            ),
            html.Div(draw(known), id="answers-shown"),
            html.Div(id="answers-message", className="page-message", role="status"),
        ],
        id="answers",
        className="answers",
    )


def register(app: Dash) -> None:
    @app.callback(
        Output("answers-shown", "children"),
        Input("answers-query", "data"),
        prevent_initial_call=True,
    )
    async def read_again(query: dict[str, Any]) -> list:
        return await current().run(CARDS, draw, query)


def draw(query: Mapping[str, Any]) -> list:
    """The view that the address names; one that cannot be read says why."""
    try:
        if query.get("show") == "edit" and current().may(EDIT):
            return editing.draw(_number(query.get("article")), str(query.get("q") or ""))
        if query.get("show") == "history" and _number(query.get("article")):
            return history.draw(_number(query.get("article")) or 0, str(query.get("lang") or ""))
        return _found(query)
    except IkomekError as error:
        return [html.P(error_words(error), className="answers-none", role="alert")]


def _number(named: object) -> int | None:
    return whole(str(named or ""), least=1)


def _views(query: Mapping[str, Any]) -> html.Nav | None:
    if not current().may(EDIT):
        return None
    shown = query.get("show") == "edit"
    links = [
        html.A(word("answers.view.find"), href=PATH, **({} if shown else {"aria-current": "page"})),
        html.A(
            word("answers.view.edit"),
            href=f"{PATH}?show=edit",
            **({"aria-current": "page"} if shown else {}),
        ),
    ]
    return html.Nav(links, className="views", **{"aria-label": word("answers.views")})


def _found(query: Mapping[str, Any]) -> list:
    context = current()
    typed, topic = str(query.get("q") or ""), query.get("topic") or None
    found = find_answers(context.servers.engine, context.settings.city, context.language, typed, topic)
    chosen = _number(query.get("article"))
    shown = chosen or (found.rows[0]["id"] if found.rows else None)
    return [
        html.Div(
            [
                _topics(found, typed, topic),
                html.Section(
                    _rows(found, typed, topic, shown),
                    className="answers-list",
                    **{"aria-label": word("answers.list")},
                ),
                html.Section(
                    article.draw(shown) if shown else [],
                    className="answers-article",
                    **{"aria-label": word("answers.article"), "aria-live": "polite"},
                ),
            ],
            className="answers-body",
            **{
                "data-chosen": "yes" if chosen else "no",
                "data-found": str(len(found.rows)),
                "data-query": typed.strip(),
            },
        )
    ]


def _topics(found: FoundAnswers, typed: str, topic: str | None) -> html.Nav:
    links = [
        html.A(
            [one["name"], html.Strong(number(one["n"]))],
            href=_address(typed, one["key"]),
            **({"aria-current": "true"} if one["key"] == topic else {}),
        )
        for one in found.topics
    ]
    all_of_them = html.A(
        [word("answers.all"), html.Strong(number(found.total))],
        href=_address(typed, None),
        **({} if topic else {"aria-current": "true"}),
    )
    return html.Nav(
        [all_of_them, *links], className="answers-topics", **{"aria-label": word("answers.topics")}
    )


def _rows(found: FoundAnswers, typed: str, topic: str | None, shown: int | None) -> list:
    if not found.rows:
        if not typed.strip():
            return [html.P(word("answers.none"), className="answers-none")]
        again = html.Button(word("answers.missing"), className="button", type="button", id="answers-missing")
        words = html.P(word("answers.none.words", words=typed), className="answers-none", role="status")
        return [words, *([again] if current().may(USE) else [])]
    items = [
        html.Li(
            html.A(
                [
                    html.Strong(one["title"]),
                    html.Span(one["beginning"], className="answers-beginning"),
                    html.Span(
                        [
                            one["topic_name"],
                            *([" · ", word("answers.used", n=one["used"])] if one["used"] else []),
                            *([" · ", html.B(word("answers.overdue"))] if one["overdue"] else []),
                        ],
                        className="answers-about",
                    ),
                ],
                href=_address(typed, topic, one["id"]),
                **({"aria-current": "true"} if one["id"] == shown else {}),
            )
        )
        for one in found.rows
    ]
    return [html.Ol(items)]


def _address(typed: str, topic: str | None, chosen: int | None = None) -> str:
    pairs = {"q": typed, "topic": topic, "article": chosen}
    given = {key: value for key, value in pairs.items() if value}
    return f"{PATH}?{urlencode(given)}" if given else PATH
