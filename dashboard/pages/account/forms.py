"""The forms of the page: plain ones, which the browser sends to `dashboard.security.account`."""

from __future__ import annotations

from typing import Any

from dash import dcc, html

from dashboard.request_context import RequestContext
from dashboard.security.account import PAGE
from dashboard.security.page_caller import PARAMETER, mark_of
from dashboard.words import word
from geo.accounts import open_sessions, passwords


def form(
    context: RequestContext, action: str, children: list, style: str = "account-act", **more: Any
) -> html.Form:
    return html.Form(
        children,
        action=address(context, action),
        method="POST",
        className=style,
        **more,
    )


def address(context: RequestContext, action: str) -> str:
    return f"{PAGE}/{action}?{PARAMETER}={mark_of(context.principal)}"


def button(key: str) -> html.Button:
    return html.Button(word(key), type="submit", className="button")


def password_field(name: str, key: str, autocomplete: str, **more: Any) -> html.Label:
    return field(name, key, type="password", maxLength=passwords.LONGEST, autoComplete=autocomplete, **more)


def own_password(context: RequestContext, ending: str = "password") -> list:
    """The field for the password that they have now; none for whoever has none. `ending`: of its id."""
    if not open_sessions.has_password(context.web, context.principal.name):
        return []
    return [password_field("password", "account.password.old", "current-password", ending=ending)]


def field(name: str, key: str, ending: str | None = None, **more: Any) -> html.Label:
    """`name` is that of the form, and the end of the id unless there is another `ending`; `key` the word of
    its caption."""
    return html.Label(
        [html.Span(word(key)), dcc.Input(id=f"account-{ending or name}", name=name, required=True, **more)],
        className="field",
    )
