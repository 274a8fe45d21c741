"""The page /account, for everybody who signs in: one's own open sessions, each of which can be ended,
one's passkeys, the codes of an app and the password. Plain forms send to `dashboard.security.account` and
`passkeys`, which lead back here.

* `access_notices`: what happened to one's access lately
* `factor`: the codes of an app: set up, confirmed, removed
* `forms`: the forms and their fields
* `passkeys`: the passkeys: listed, made, removed
"""

from __future__ import annotations

from datetime import UTC, datetime

from dash import Dash, dcc, html

from dashboard.formats import listed, moment
from dashboard.pages.account import access_notices, factor
from dashboard.pages.account import passkeys as passkey_list
from dashboard.pages.account.forms import button, form, password_field
from dashboard.request_context import RequestContext, current
from dashboard.security.account import PAGE, person
from dashboard.security.rules import SIGNED_IN
from dashboard.words import error_words, word
from geo.accounts import open_sessions, passkeys, passwords
from geo.accounts.open_sessions import OpenSession
from geo.errors import Conflict, Forbidden, IkomekError, InvalidInput, NotFound, TooMany, Unauthenticated

PATH = PAGE
TITLE = "account.title"
PERMISSION = SIGNED_IN
NAVIGATION: tuple[str, str] | None = None
"""The caller's name in the header leads here."""
DONE = ("ended", "password", "begun", "removed", "passkey", "passkey_removed")
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
        Unauthenticated("factor.code"),
        NotFound("factor.none"),
        Conflict("factor.there"),
        Forbidden("factor.required"),
        InvalidInput("passkey.label", longest=passkeys.LABEL_MAX),
        InvalidInput("passkey.not_made"),
        Conflict("passkey.many", most=passkeys.MOST),
        Conflict("passkey.known"),
        NotFound("passkey.unknown"),
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
            *_users(context),
            *_message(query),
            _sessions(context, open_sessions.list_sessions(context.web, who.name)),
            access_notices.section(context),
            factor.section(context),
            passkey_list.section(context),
            *_password(context),
        ],
    )


def _users(context: RequestContext) -> list[html.Div]:
    """The way to everybody's access, for whoever may see it."""
    if not context.may("page.users"):
        return []
    return [html.Div(dcc.Link(word("users.title"), href="/users", className="button", refresh=True))]


def register(app: Dash) -> None:
    """Nothing to call back: a form leads to the page anew."""


def _message(query: dict[str, str]) -> list:
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
            *([form(context, "sessions/end", [button("account.end_others")])] if others else []),
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
            *([] if own else [form(context, f"sessions/{one.id}/end", [button("account.end")])]),
        ],
        className="account-session",
        **{"data-own": str(own).lower()},
    )


def _password(context: RequestContext) -> list:
    if not open_sessions.has_password(context.web, context.principal.name):
        return []
    about = word("account.password.about", shortest=passwords.SHORTEST)
    fields = [
        password_field(
            name, f"account.password.{name}", "current-password" if name == "old" else "new-password"
        )
        for name in ("old", "new", "again")
    ]
    return [
        html.Section(
            [
                html.H2(word("account.password")),
                html.P(about, className="account-about"),
                form(context, "password", [*fields, button("account.password.change")], "account-form"),
            ],
            **{"aria-label": word("account.password")},
        )
    ]
