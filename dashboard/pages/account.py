"""The page /account, for everybody who signs in: one's own open sessions, each of which can be ended, and
one's password. Plain forms send to `dashboard.security.account`, which leads back here."""

from __future__ import annotations

from datetime import UTC, datetime

from dash import Dash, dcc, html

from dashboard.formats import listed, moment
from dashboard.request_context import RequestContext, current
from dashboard.security.account import PAGE, person
from dashboard.security.page_caller import PARAMETER, mark_of
from dashboard.security.rules import SIGNED_IN
from dashboard.words import error_words, word
from geo.accounts import open_sessions, passwords
from geo.accounts.open_sessions import OpenSession
from geo.errors import IkomekError, InvalidInput, NotFound, TooMany, Unauthenticated

PATH = PAGE
TITLE = "account.title"
PERMISSION = SIGNED_IN
DONE = ("ended", "password")
MISTAKES: dict[str, IkomekError] = {
    error.code: error
    for error in (
        InvalidInput("user.password", shortest=passwords.SHORTEST, longest=passwords.LONGEST),
        InvalidInput("user.password_common"),
        InvalidInput("user.password_differs"),
        InvalidInput("account.same_password"),
        Unauthenticated("account.old_password"),
        TooMany("account.locked"),
        NotFound("user.session"),
    )
}
"""What the page can be led back to with."""


def layout(**query: str) -> html.Div:
    context = current()
    who = person()
    return html.Div(
        id="account",
        className="account",
        children=[
            html.Header(
                [
                    html.H1(word("account.title")),
                    html.P(listed(who.name, word(f"role.{who.role}"))),
                ],
                className="account-head",
            ),
            *_said(query),
            _sessions(context, open_sessions.list_sessions(context.web, who.name)),
            _password(context),
        ],
    )


def register(app: Dash) -> None:
    """Nothing to call back: a form leads to the page anew."""


def _said(query: dict[str, str]) -> list:
    done, mistake = query.get("done"), MISTAKES.get(query.get("mistake", ""))
    if mistake:
        return [html.P(error_words(mistake), className="account-mistake", role="alert")]
    return (
        [html.P(word(f"account.done.{done}"), className="account-done", role="status")]
        if done in DONE
        else []
    )


def _sessions(context: RequestContext, found: list[OpenSession]) -> html.Section:
    others = len(found) - sum(one.id == context.principal.session for one in found)
    return html.Section(
        [
            html.H2(word("account.sessions")),
            html.P(word("account.sessions.about"), className="account-about"),
            html.Ol([_session(context, one) for one in found], className="account-sessions"),
            *([_form(context, "sessions/end", [_button("account.end_others")])] if others else []),
        ],
        **{"aria-label": word("account.sessions")},
    )


def _session(context: RequestContext, one: OpenSession) -> html.Li:
    zone, now = context.settings.city.time_zone, datetime.now(UTC)
    own = one.id == context.principal.session
    network = word(f"account.network.{one.network}") if one.network else None
    return html.Li(
        [
            html.Strong(one.browser or word("account.browser_unknown")),
            *([html.Span(word("account.this"), className="account-this")] if own else []),
            html.Span(
                listed(
                    network,
                    word("account.since", at=moment(one.created_at, zone, now)),
                    word("account.seen", at=moment(one.seen_at, zone, now)),
                    by=" · ",
                ),
                className="account-when",
            ),
            *([] if own else [_form(context, f"sessions/{one.id}/end", [_button("account.end")])]),
        ],
        className="account-session",
        **{"data-own": str(own).lower()},
    )


def _password(context: RequestContext) -> html.Section:
    about = word("account.password.about", shortest=passwords.SHORTEST)
    fields = [
        html.Label(
            [
                html.Span(word(f"account.password.{name}")),
                dcc.Input(
                    id=f"account-{name}",
                    name=name,
                    type="password",
                    required=True,
                    maxLength=passwords.LONGEST,
                    autoComplete="current-password" if name == "old" else "new-password",
                ),
            ],
            className="field",
        )
        for name in ("old", "new", "again")
    ]
    return html.Section(
        [
            html.H2(word("account.password")),
            html.P(about, className="account-about"),
            _form(context, "password", [*fields, _button("account.password.change")], "account-password"),
        ],
        **{"aria-label": word("account.password")},
    )


def _form(context: RequestContext, action: str, children: list, style: str = "account-act") -> html.Form:
    return html.Form(
        children,
        action=f"{PAGE}/{action}?{PARAMETER}={mark_of(context.principal)}",
        method="POST",
        className=style,
    )


def _button(key: str) -> html.Button:
    return html.Button(word(key), type="submit", className="button")
