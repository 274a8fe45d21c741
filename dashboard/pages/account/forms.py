"""The forms of the page: plain ones, which the browser sends to `dashboard.security.account`."""

from __future__ import annotations

from typing import Any

from dash import dcc, html

from dashboard.request_context import RequestContext
from dashboard.security.account import PAGE
from dashboard.security.page_caller import PARAMETER, mark_of
from dashboard.words import word
from geo.accounts import passwords


def form(context: RequestContext, action: str, children: list, style: str = "account-act") -> html.Form:
    return html.Form(
        children,
        action=f"{PAGE}/{action}?{PARAMETER}={mark_of(context.principal)}",
        method="POST",
        className=style,
    )


def button(key: str) -> html.Button:
    return html.Button(word(key), type="submit", className="button")


def password_field(name: str, key: str, autocomplete: str) -> html.Label:
    return field(name, key, type="password", maxLength=passwords.LONGEST, autoComplete=autocomplete)


def field(name: str, key: str, **more: Any) -> html.Label:
    """`name` is that of the form and the end of the id; `key` the word of its caption."""
    return html.Label(
        [html.Span(word(key)), dcc.Input(id=f"account-{name}", name=name, required=True, **more)],
        className="field",
    )
