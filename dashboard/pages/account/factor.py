"""The second factor on the page: none yet, its QR code while it is set up, since when there is one and how
many recovery codes are left."""

from __future__ import annotations

from datetime import UTC, datetime

import segno
from dash import html

from dashboard.formats import moment
from dashboard.pages.account.forms import button, field, form, own_password
from dashboard.request_context import RequestContext
from dashboard.words import word
from geo.accounts import second_factor
from geo.accounts.factor_key import FactorKey
from geo.accounts.second_factor import FactorState

QR_SCALE = 5
LONGEST_CODE = 40


def section(context: RequestContext) -> html.Section:
    state = second_factor.state_of(context.web, context.principal.name)
    content = _confirmed(context, state) if state.confirmed_at else _none_yet(context, state)
    required = (
        [html.P(word("account.factor.required"), className="account-mistake")]
        if state.required and not state.confirmed_at and not state.passkeys
        else []
    )
    return html.Section(
        [html.H2(word("account.factor")), *required, *content],
        id="account-factor",
        **{"aria-label": word("account.factor")},
    )


def _none_yet(context: RequestContext, state: FactorState) -> list:
    name = context.principal.name
    about = html.P(word("account.factor.about"), className="account-about")
    if not state.begun:
        return [
            about,
            form(
                context,
                "factor/begin",
                [*own_password(context), button("account.factor.begin")],
                "account-form",
            ),
        ]
    secret = second_factor.waiting_secret(context.web, FactorKey.of(context.settings), name)
    return [about, *_setting_up(context, secret)]


def _setting_up(context: RequestContext, secret: str) -> list:
    address = second_factor.address_for_apps(context.principal.name, secret)
    picture = segno.make_qr(address).svg_data_uri(scale=QR_SCALE, border=4, light="white")
    typed = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    return [
        html.Img(src=picture, alt=word("account.factor.qr"), className="account-qr"),
        html.P([word("account.factor.typed"), html.Br(), html.Code(typed, id="account-secret")]),
        form(
            context,
            "factor/confirm",
            [_code("account.factor.code"), button("account.factor.confirm")],
            "account-form",
        ),
    ]


def _confirmed(context: RequestContext, state: FactorState) -> list:
    at = moment(state.confirmed_at, context.settings.city.time_zone, datetime.now(UTC))
    lines = [
        html.P(word("account.factor.since", at=at), className="account-about"),
        html.P(word("account.factor.codes_left", n=state.codes_left), className="account-about"),
    ]
    if state.required and not state.passkeys:
        return lines
    removal = [_code("account.factor.code_or_recovery"), button("account.factor.remove")]
    return [*lines, form(context, "factor/remove", removal, "account-form")]


def _code(key: str) -> html.Label:
    return field("code", key, type="text", maxLength=LONGEST_CODE, autoComplete="one-time-code")
