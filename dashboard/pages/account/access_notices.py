"""What the page says of one's own access lately: sign-ins that may not be theirs, and what changed; and
whether it is told by mail too."""

from __future__ import annotations

from datetime import UTC, datetime

from dash import html

from dashboard.access_mails import whence_words
from dashboard.formats import listed, moment
from dashboard.request_context import RequestContext
from dashboard.words import word
from geo.accounts import mail_addresses, notices
from geo.accounts.notices import SHOWN_DAYS, ShownNotice


def section(context: RequestContext) -> html.Section:
    name = context.principal.name
    found = notices.list_notices(context.web, name)
    mail = mail_addresses.mail_of(context.web, name)
    about = word("account.told.by_mail", mail=mail) if mail else word("account.told.no_mail")
    shown = (
        html.Ol([_notice(context, one) for one in found], className="account-sessions")
        if found
        else html.P(word("account.told.nothing", days=SHOWN_DAYS))
    )
    return html.Section(
        [html.H2(word("account.told")), html.P(about, className="account-about"), shown],
        id="account-notices",
        **{"aria-label": word("account.told")},
    )


def _notice(context: RequestContext, one: ShownNotice) -> html.Li:
    at = moment(one.at, context.settings.city.time_zone, datetime.now(UTC))
    return html.Li(
        [
            html.Strong(word(f"access.notice.{one.what}")),
            html.Span(listed(whence_words(one.parameters), at, by=" · "), className="account-when"),
        ],
        className="account-notice",
        **{"data-what": one.what},
    )
