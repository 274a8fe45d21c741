"""An article as an operator reads it out, in the language that the citizen speaks; and "answered with
this"."""

from __future__ import annotations

from typing import Any

from dash import html

from dashboard.formats import day
from dashboard.request_context import current
from dashboard.words import LANGUAGES, word
from layers.answers import read_answer


def draw(number: int) -> list:
    """Raises `NotFound` ("answers.unknown")."""
    context = current()
    one = read_answer(context.servers.engine, context.settings.city, context.language, number)
    lang = context.language
    others = [other for other in LANGUAGES if other != lang]
    return [
        html.A("×", href="/answers", className="answers-close", **{"aria-label": word("shell.close")}),
        html.H2(one["title"], tabIndex="-1"),
        html.P(one["topic_name"], className="answers-about"),
        *([html.P(word("answers.retired"), className="answers-warning")] if one["retired_at"] else []),
        *([html.P(_overdue(one), className="answers-warning")] if one["overdue"] else []),
        *text_of(one, lang),
        *(_in(other, one) for other in others),
        *(_used(one) if context.may("answers.use") and one["retired_at"] is None else []),
        html.P(
            word(
                "answers.meta",
                version=one["version"],
                owner=one["owner"],
                review=day(one["review_on"]),
                used=one["used"],
                one_take=one["used_one_take"],
            ),
            className="answers-about",
        ),
        html.P(_links(one, context.may("answers.edit")), className="answers-links"),
    ]


def text_of(one: dict[str, Any], lang: str) -> list[html.P]:
    """A paragraph for each line that is not empty."""
    lines = [line.strip() for line in one[f"body_{lang}"].splitlines()]
    return [html.P(line, lang=lang, className="answers-text") for line in lines if line]


def _in(lang: str, one: dict[str, Any]) -> html.Details:
    """For a citizen who speaks another language."""
    title = html.Summary(word(f"language.{lang}"))
    return html.Details([title, html.H3(one[f"title_{lang}"], lang=lang), *text_of(one, lang)])


def _overdue(one: dict[str, Any]) -> str:
    return word("answers.overdue.since", owner=one["owner"], review=day(one["review_on"]))


def _used(one: dict[str, Any]) -> list:
    """With the number of the inquiry, if the operator has it; the script makes its field."""
    take = {True: "answers.use.one_take", False: "answers.use.not_enough"}
    buttons = [
        html.Button(
            word(key),
            type="button",
            className="button answers-main" if one_take else "button",
            **{"data-used": str(one["id"]), "data-take": "yes" if one_take else "no"},
        )
        for one_take, key in take.items()
    ]
    field = html.Div(
        id="answers-inquiry",
        className="field",
        **{"data-label": word("answers.inquiry"), "data-of": str(one["id"])},
    )
    return [html.Div([field, *buttons], className="answers-use")]


def _links(one: dict[str, Any], may_edit: bool) -> list:
    links = [html.A(word("answers.history"), href=f"/answers?show=history&article={one['id']}")]
    if may_edit:
        links.append(html.A(word("answers.edit"), href=f"/answers?show=edit&article={one['id']}"))
    return links
