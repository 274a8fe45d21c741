"""Pictures that people attached to an incident, before and after side by side, each with who, when, how far
away it was taken and how long before it was attached. `assets/duty/proof.js` shows one whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from dash import html

from dashboard.formats import clock
from dashboard.pages.map.actions import PERMISSION
from dashboard.request_context import current
from dashboard.words import word
from geo.incidents.cases.model import STAGES
from layers.incidents.card import Card

FAR_M = 500
"""Farther than a telephone errs among houses, and than a big yard reaches."""


def layout(card: Card, zone: ZoneInfo) -> list:
    """Nothing for an incident that has none; a place for what is missing, for those who may attach it."""
    if not card.proofs:
        return []
    in_order = sorted(card.proofs, key=lambda proof: STAGES.index(proof["stage"]))
    shown = [_figure(card, proof, zone) for proof in in_order]
    missing = [stage for stage in STAGES if all(proof["stage"] != stage for proof in card.proofs)]
    slots = [_slot(stage) for stage in missing] if _may_attach(card) else []
    return [html.H3(word("duty.proof")), html.Div([*shown, *slots], className="duty-proofs")]


def _may_attach(card: Card) -> bool:
    return current().may(PERMISSION) and not card.incident["vanished"] and not card.moment


def _figure(card: Card, proof: Mapping[str, Any], zone: ZoneInfo) -> html.Figure:
    address = f"/api/v1/incidents/{card.incident['id']}/proof/{proof['action']}"
    stage = word(f"duty.proof.{proof['stage']}")
    at = clock(proof["taken_at"] or proof["at"], zone, card.read_at)
    lines = [
        html.Strong(f"{stage} · {at}"),
        html.Span(proof["who"]),
        *([_distance(proof["metres"])] if proof["metres"] is not None else []),
        *([] if proof["taken_at"] else [html.Span(word("duty.proof.attached"))]),
        *([html.Q(proof["text"], className="duty-words")] if proof["text"] else []),
    ]
    return html.Figure(
        [
            html.A(
                html.Img(src=f"{address}/thumbnail.jpg", alt=word("duty.proof.picture", stage=stage, at=at)),
                href=f"{address}.jpg",
                target="_blank",
                className="duty-proof",
                title=word("duty.proof.whole"),
            ),
            html.Figcaption(lines),
        ],
        **{"data-stage": proof["stage"]},
    )


def _distance(metres: float) -> html.Span:
    """From the place of the incident; marked where it is no picture of that place."""
    far = {"data-far": "yes"} if metres > FAR_M else {}
    if metres < 1000:
        return html.Span(word("duty.proof.metres", n=round(metres)), **far)
    return html.Span(word("duty.proof.kilometres", n=round(metres / 1000, 1)), **far)


def _slot(stage: str) -> html.Button:
    return html.Button(
        word(f"duty.proof.{stage}"),
        className="duty-proof-slot",
        title=word("duty.proof.drop"),
        **{"data-slot": stage},
    )
