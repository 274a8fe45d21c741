"""Fields of forms: a caption and what is filled in (`.field` in `assets/base.css`)."""

from __future__ import annotations

from collections.abc import Mapping
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


def select_field(
    name: str, caption: str, options: Mapping[str, str], chosen: str, style: str = "field"
) -> html.Label:
    """One of `options` (value -> text), in a form that the browser sends."""
    return html.Label(
        [
            html.Span(caption),
            html.Select(
                [
                    html.Option(text, value=value, **({"selected": "selected"} if value == chosen else {}))
                    for value, text in options.items()
                ],
                name=name,
            ),
        ],
        className=style,
    )
