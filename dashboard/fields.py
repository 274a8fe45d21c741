"""Fields of forms: a caption and what is filled in (`.field` in `assets/base.css`)."""

from __future__ import annotations

from typing import Any

from dash import dcc, html


def text_field(id_: str | dict[str, str], caption: str, longest: int, **more: Any) -> html.Label:
    """One line of text, at most `longest` letters, which the browser neither fills in nor remembers. `more`:
    what else the input is given."""
    return html.Label(
        [
            html.Span(caption),
            dcc.Input(id=id_, type="text", maxLength=longest, autoComplete="off", **more),
        ],
        className="field",
    )
