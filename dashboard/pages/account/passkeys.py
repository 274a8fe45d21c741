"""The passkeys on the page: listed, each with its removal, and the form that makes another one."""

from __future__ import annotations

from datetime import UTC, datetime

from dash import dcc, html

from dashboard.formats import listed, moment
from dashboard.pages.account.forms import address, button, field, form, own_password
from dashboard.plain_page import passkey_attributes
from dashboard.request_context import RequestContext
from dashboard.words import word
from geo.accounts import passkeys
from geo.accounts.passkeys import Listed


def section(context: RequestContext) -> html.Section:
    found = passkeys.list_passkeys(context.web, context.principal.name)
    return html.Section(
        [
            html.H2(word("account.passkeys")),
            html.P(word("account.passkeys.about"), className="account-about"),
            *(
                [html.Ol([_passkey(context, one) for one in found], className="account-sessions")]
                if found
                else []
            ),
            *([_adding(context)] if len(found) < passkeys.MOST else []),
        ],
        id="account-passkeys",
        **{"aria-label": word("account.passkeys")},
    )


def _passkey(context: RequestContext, one: Listed) -> html.Li:
    zone, now = context.settings.city.time_zone, datetime.now(UTC)
    used = word("account.seen", at=moment(one.used_at, zone, now)) if one.used_at else None
    made = word("account.passkeys.made", at=moment(one.created_at, zone, now))
    removal = [*own_password(context, f"passkey-{one.id}"), button("account.passkeys.remove")]
    return html.Li(
        [
            html.Strong(one.label),
            html.Span(listed(one.host, made, used, by=" · "), className="account-when"),
            html.Details(
                [
                    html.Summary(word("account.passkeys.remove")),
                    form(context, f"passkeys/{one.id}/remove", removal, "account-form"),
                ],
                className="account-removal",
            ),
        ],
        className="account-session",
    )


def _adding(context: RequestContext) -> html.Form:
    return form(
        context,
        "passkeys",
        [
            field("label", "account.passkeys.label", type="text", maxLength=passkeys.LABEL_MAX),
            *own_password(context, "passkey"),
            dcc.Input(type="hidden", name="credential", id="account-credential"),
            html.P(className="account-trouble", role="alert", hidden=True, **{"data-trouble": ""}),
            button("account.passkeys.add"),
        ],
        "account-form",
        **passkey_attributes("create"),
        **{"data-options": address(context, "passkeys/options")},
    )
