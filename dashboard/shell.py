"""The frame around a page: header with the sections a role may see, the city's clock, the banners, the
language and the way out.

A wall page gets the banners alone. `assets/shell.js` keeps clock and banners alive from the live feed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from dash import dcc, html

from dashboard.request_context import Visit, current, visit
from dashboard.security.rules import Page
from dashboard.words import word
from geo.city import modes

__all__ = ["current", "frame", "page_title"]


def frame(pages: Sequence[Page]) -> html.Div:
    """What Dash lays out for every address: the header with the sections that `pages` bring, the
    banners, and the place where the router puts the page. Outside a request (Dash looks at it once when it
    starts) and on a wall's screen it has no header."""
    asked = visit.get(None)
    with_header = asked is not None and asked.principal.type != "device"
    return html.Div(
        id="shell",
        className="shell",
        children=[
            dcc.Location(id="address", refresh="callback-nav"),
            html.A(word("shell.skip"), href="#page", className="shell-skip"),
            *([_header(asked, pages)] if with_header else []),
            html.Div(
                id="shell-banners", className="shell-banners", role="status", **{"data-told": _told(asked)}
            ),
            html.Main(
                html.P(word("shell.loading"), className="shell-wait"),
                id="page",
                className="shell-page",
                tabIndex="-1",
            ),
            html.Div(id="shell-notice", className="shell-notice", role="alert"),
        ],
    )


def _header(asked: Visit, pages: Sequence[Page]) -> html.Header:
    return html.Header(
        id="shell-header",
        className="shell-header",
        children=[
            html.A(
                [html.Strong(word("shell.product")), html.Span(asked.settings.city.names[asked.language])],
                href="/",
                className="shell-brand",
            ),
            html.Nav(
                [
                    html.A(word(key), href=path, className="shell-link")
                    for path, key in sections(asked, pages)
                ],
                className="shell-nav",
                **{"aria-label": word("shell.nav")},
            ),
            html.Div(id="shell-clock", className="shell-clock"),
            html.Div(
                [
                    html.Button(
                        lang,
                        id=f"shell-language-{lang}",
                        className="shell-language",
                        lang=lang,
                        title=word(f"language.{lang}"),
                        **{"aria-pressed": str(lang == asked.language).lower()},
                    )
                    for lang in asked.settings.city.languages
                ],
                className="shell-languages",
                role="group",
                **{"aria-label": word("shell.language")},
            ),
            html.Div(
                [
                    html.Span(
                        [
                            html.Span(asked.principal.name, className="shell-name"),
                            html.Span(word(f"role.{asked.principal.role}"), className="shell-role"),
                        ],
                        title=word("shell.user", name=asked.principal.name),
                    ),
                    html.Form(
                        html.Button(word("shell.sign_out"), type="submit", className="shell-out"),
                        action="/sign-out",
                        method="POST",
                    ),
                ],
                className="shell-user",
            ),
        ],
    )


def sections(asked: Visit, pages: Iterable[Page]) -> list[tuple[str, str]]:
    """Address and word of each section that the caller may open, in the order of the pages."""
    return [
        page.NAVIGATION
        for page in pages
        if getattr(page, "NAVIGATION", None) is not None and asked.may(page.PERMISSION)
    ]


def _told(asked: Visit | None) -> str:
    """The mode and whether this is demo data, so that the banners stand before the live feed speaks."""
    return json.dumps(modes.read_mode(asked.web)) if asked else "null"


def page_title(page: Page) -> str:
    """The document's title for a page."""
    return f"{word(page.TITLE)} · {word('shell.product')}"
