"""The feeds: how old each is, what its runs read and rejected, and a run repeated."""
from __future__ import annotations

from dash import Dash, html

from dashboard.words import word

PATH = "/feeds"
TITLE = "shell.nav.feeds"
PERMISSION = "page.feeds"


def layout(**query: str) -> html.Div:
    return html.Div(html.H1(word(TITLE)))


def register(app: Dash) -> None:
    """No callbacks yet."""
