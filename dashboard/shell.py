"""The frame around a page: header with the sections a role may see, the city's clock, the banners, the
language and the way out.

A wall page gets the banners alone. Clock and banners come written: what is added later would move the page
below. `assets/shell.js` keeps them alive from the live feed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from dash import dcc, html

from dashboard.formats import clock, day_in_words, listed
from dashboard.request_context import RequestContext, current, request_context
from dashboard.security.page_caller import PARAMETER, mark_of
from dashboard.security.rules import Page
from dashboard.words import language, word
from geo.city import modes
from geo.recovery.read_only import is_bound

__all__ = ["current", "frame", "page_title"]

BANNERS = ("hotline", "restoring", "drill", "demo")
"""In the order in which they stand, most urgent first."""
FIRST_SECTIONS: Mapping[str, str] = {
    "inspector": "/desk",
    "performer": "/desk",
    "electoral_editor": "/precincts",
    "electoral_approver": "/precincts",
    "executive": "/statistics",
    "auditor": "/audit",
    "answers_editor": "/answers",
}
"""Role -> the section of its work, where that is not the first in the header beside the wall."""


def frame(pages: Sequence[Page]) -> html.Div:
    """What Dash lays out for every address: the header with the sections that `pages` bring, the
    banners, and the place where the router puts the page. Outside a request (Dash looks at it once when it
    starts) and on a wall's screen it has no header."""
    context = request_context.get(None)
    with_header = context is not None and context.principal.type != "device"
    return html.Div(
        id="shell",
        className="shell",
        children=[
            dcc.Location(id="address", refresh="callback-nav"),
            html.A(word("shell.skip"), href="#page", className="shell-skip"),
            *([_header(context, pages)] if with_header else []),
            _banners(_banner_state(context) if context else {}),
            html.Main(
                html.P(word("shell.loading"), className="shell-wait"),
                id="page",
                className="shell-page",
                tabIndex="-1",
            ),
            html.Div(id="shell-notice", className="shell-notice", role="alert"),
        ],
    )


def _header(context: RequestContext, pages: Sequence[Page]) -> html.Header:
    return html.Header(
        id="shell-header",
        className="shell-header",
        children=[
            html.A(
                [
                    html.Strong(word("shell.product")),
                    html.Span(context.settings.city.names[context.language]),
                ],
                href="/",
                className="shell-brand",
            ),
            html.Nav(
                [
                    html.A(word(key), href=path, className="shell-link")
                    for path, key in sections(context, pages)
                ],
                className="shell-nav",
                **{"aria-label": word("shell.nav")},
            ),
            html.Button(
                word("shell.menu"),
                className="shell-menu",
                type="button",
                **{"data-folds": "shell-header", "aria-expanded": "false", "aria-controls": "shell-header"},
            ),
            _clock(context),
            html.Button(
                id="shell-theme",
                className="shell-theme",
                type="button",
                title=word("shell.theme"),
                **{"aria-label": word("shell.theme"), "aria-pressed": str(context.theme == "light").lower()},
            ),
            _languages(context),
            _user(context),
        ],
    )


def _clock(context: RequestContext) -> html.Div:
    """Day and time of the city, as `assets/shell.js` writes them from then on."""
    zone, now = context.settings.city.time_zone, datetime.now(UTC)
    today = now.astimezone(zone).date()
    return html.Div(
        [
            html.Span(listed(word(f"date.weekday.{today.weekday()}"), day_in_words(today))),
            html.Time(clock(now, zone, now)),
        ],
        id="shell-clock",
        className="shell-clock",
    )


def _languages(context: RequestContext) -> html.Div:
    return html.Div(
        [
            html.Button(
                lang,
                id=f"shell-language-{lang}",
                className="shell-language",
                lang=lang,
                title=word(f"language.{lang}"),
                **{"aria-pressed": str(lang == context.language).lower()},
            )
            for lang in context.settings.city.languages
        ],
        className="shell-languages",
        role="group",
        **{"aria-label": word("shell.language")},
    )


def _user(context: RequestContext) -> html.Div:
    """The caller's name and role, which lead to their account, and the way out."""
    name, role = context.principal.name, word(f"role.{context.principal.role}")
    user = listed(word("shell.user", name=name), role)
    return html.Div(
        [
            html.A(
                [html.Span(name, className="shell-name"), " ", html.Span(role, className="shell-role")],
                href="/account",
                className="shell-account",
                title=user,
                **{"aria-label": f"{name} {role}", "data-initial": name[:1].upper()},
            ),
            html.Form(
                html.Button(word("shell.sign_out"), type="submit", className="shell-out"),
                action=f"/sign-out?{PARAMETER}={mark_of(context.principal)}",
                method="POST",
            ),
        ],
        className="shell-user",
    )


def sections(context: RequestContext, pages: Iterable[Page]) -> list[tuple[str, str]]:
    """Address and word of each section that the caller may open, in the order of the pages."""
    return [
        page.NAVIGATION
        for page in pages
        if getattr(page, "NAVIGATION", None) is not None and context.may(page.PERMISSION)
    ]


def first_section(context: RequestContext, pages: Iterable[Page]) -> str | None:
    """The section where the caller's work begins; none = they may open none. The wall comes last: it has no
    header, and so no way on."""
    own = FIRST_SECTIONS.get(context.principal.role)
    paths = [path for path, _ in sections(context, pages)]
    return min(paths, key=lambda path: (path != own, path.startswith("/wall/")), default=None)


def _banner_state(context: RequestContext) -> dict[str, Any]:
    """The mode, whether this is demo data and whether a backup is being restored, so that the banners stand
    before the live feed speaks."""
    return modes.read_mode(context.web) | {"restoring": is_bound(context.web)}


def _banners(state: Mapping[str, Any]) -> html.Div:
    shown = [banner for banner in BANNERS if banner == state.get("mode") or state.get(banner) is True]
    return html.Div(
        [
            html.Div(word(f"shell.banner.{banner}"), className="shell-banner", **{"data-banner": banner})
            for banner in shown
        ],
        id="shell-banners",
        className="shell-banners",
        role="status",
        **{
            "data-banners": json.dumps({"order": BANNERS, "state": state}),
            "data-shown": f"{language.get()} {','.join(shown)}",
        },
    )


def page_title(page: Page) -> str:
    """The document's title for a page."""
    return f"{word(page.TITLE)} · {word('shell.product')}"
