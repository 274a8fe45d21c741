"""Layers, the line that says how many incidents are in view and how many are not (`duty/in_view.js`), and the
legend: which layers are on (kept by `duty/duty.js` for this browser), and what the symbols mean."""

from __future__ import annotations

from dash import html

from dashboard.words import word
from geo.incidents.model import KINDS

LAYERS = ("incidents", "density", "districts", "buildings", "precincts", "projects")


def layout() -> html.Div:
    row = [_toggles(), _fold(), html.Div(id="duty-in-view", className="duty-in-view", hidden=True)]
    return html.Div(
        [
            html.P(id="duty-late", className="duty-map-note", role="status"),
            html.P(id="duty-map-note", className="duty-map-note", role="status"),
            html.Div(row, className="duty-foot-row"),
            html.Ul(_symbols(), id="duty-legend", className="duty-legend"),
        ],
        className="duty-map-foot",
    )


def _toggles() -> html.Div:
    toggles = [
        html.Button(
            word(f"duty.layer.{name}"),
            id=f"duty-layer-{name}",
            className="duty-layer",
            title=word(f"duty.layer.{name}.title"),
            **{"data-layer": name, "aria-pressed": str(name in ("incidents", "districts")).lower()},
        )
        for name in LAYERS
    ]
    about = {"role": "group", "aria-label": word("duty.layers")}
    return html.Div(toggles, id="duty-layers", className="duty-layers", **about)


def _fold() -> html.Button:
    """On a telephone: opens the layers."""
    about = {"data-folds": "duty-layers", "aria-expanded": "false", "aria-controls": "duty-layers"}
    return html.Button(word("duty.layers"), className="duty-more", type="button", **about)


def _symbols() -> list[html.Li]:
    kinds = [(kind, "0", word(f"duty.kind.{kind}")) for kind in KINDS]
    levels = [
        ("service", level, word(f"duty.legend.{name}"))
        for level, name in (("1", "urgent"), ("2", "critical"))
    ]
    return [
        html.Li([html.I(className="symbol", **{"data-kind": kind, "data-level": level}), text])
        for kind, level, text in [*kinds, *levels]
    ]
