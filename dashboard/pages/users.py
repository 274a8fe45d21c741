"""The page /users, for administrators: everybody who may come in, how, and when they last did; their sessions
are ended here (`dashboard.security.users`). What makes and changes users stays a command."""

from __future__ import annotations

from datetime import UTC, datetime

from dash import Dash, html

from dashboard.formats import listed, moment
from dashboard.request_context import RequestContext, current
from dashboard.security.page_caller import PARAMETER, mark_of
from dashboard.security.users import PAGE
from dashboard.words import error_words, word
from geo.accounts.people import UserState, list_people
from geo.errors import NotFound

PATH = PAGE
TITLE = "users.title"
PERMISSION = "page.users"
NAVIGATION: tuple[str, str] | None = None
"""The page /account leads here."""


def layout(**query: str) -> html.Div:
    context = current()
    people = list_people(context.web)
    return html.Div(
        [
            html.Header(
                [html.H1(word("users.title")), html.P(word("users.about"))], className="account-head"
            ),
            *_message(query, {one.name for one in people}),
            html.Ol([_person(context, one) for one in people], className="account-sessions"),
        ],
        id="users",
        className="account",
    )


def register(app: Dash) -> None:
    """Nothing to call back: a form leads to the page anew."""


def _message(query: dict[str, str], names: set[str]) -> list[html.P]:
    if "mistake" in query:
        mistake = NotFound("user.unknown", name=query.get("name", "–"))
        return [html.P(error_words(mistake), className="account-mistake", role="alert")]
    done = query.get("done")
    if done not in names:
        return []
    return [html.P(word("users.done", name=done), className="account-done", role="status")]


def _person(context: RequestContext, one: UserState) -> html.Li:
    zone, now = context.settings.city.time_zone, datetime.now(UTC)
    facts = listed(
        word(f"role.{one.role}"),
        one.organisation,
        _ways(one),
        word("users.open", n=one.open),
        word("users.tokens", n=one.tokens) if one.tokens else None,
        word("account.seen", at=moment(one.seen_at, zone, now)) if one.seen_at else word("users.never"),
        by=" · ",
    )
    disabled = [html.Span(word("users.disabled"), className="account-this")] if one.disabled_at else []
    return html.Li(
        [
            html.Strong(one.name),
            *disabled,
            html.Span(facts, className="account-when"),
            html.Div(
                [
                    *([_act(context, one, "end")] if one.open else []),
                    *([_act(context, one, "reset")] if not one.disabled_at else []),
                ],
                className="account-acts",
            ),
        ],
        className="account-session",
        **{"data-name": one.name},
    )


def _ways(one: UserState) -> str:
    """How they come in; that a factor is missing where their role requires it."""
    factor = "has" if one.has_factor else "lacks" if one.needs_factor else None
    return listed(
        word("users.password") if one.has_password else word("users.no_password"),
        word("users.linked") if one.is_linked else None,
        word(f"users.factor.{factor}") if factor else None,
        by=", ",
    )


def _act(context: RequestContext, one: UserState, act: str) -> html.Form:
    """The form of one button, answered by `dashboard.security.users`."""
    return html.Form(
        [
            html.Button(
                word(f"users.{act}"),
                type="submit",
                name="name",
                value=one.name,
                className="button",
                **{"aria-label": word(f"users.{act}_of", name=one.name)},
            )
        ],
        action=f"{PAGE}/{act}?{PARAMETER}={mark_of(context.principal)}",
        method="POST",
        className="account-act",
    )
