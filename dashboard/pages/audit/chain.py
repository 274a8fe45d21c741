"""How the chain stands, as four links: recorded, sealed, signed outside the database, verified. Grey while
all is as it should be."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from dash import html

from dashboard.formats import age, moment, number
from dashboard.words import word
from layers.audit import ChainState

SEALED_WITHIN_S = 60
SIGNED_WITHIN = timedelta(minutes=5)
"""It is signed each minute."""
VERIFIED_WITHIN = timedelta(days=2)


def picture(state: ChainState, zone: ZoneInfo, now: datetime) -> html.Ol:
    links = (_recorded(state), _sealed(state), _signed(state, zone, now), _verified(state, zone, now))
    return html.Ol(
        [
            html.Li(
                [
                    html.Span(className="audit-ring", **{"aria-hidden": "true"}),
                    html.Span(word(f"audit.chain.{name}"), className="audit-link-name"),
                    html.Strong(figure),
                    html.Span(below, className="audit-link-below"),
                ],
                className="audit-link",
                **{"data-link": name, "data-state": level},
            )
            for name, level, figure, below in links
        ],
        className="audit-chain",
        **{"aria-label": word("audit.chain")},
    )


def _recorded(state: ChainState) -> tuple[str, str, str, str]:
    late = state.pending and state.pending_s > SEALED_WITHIN_S
    below = (
        word("audit.chain.waiting", n=state.pending, age=age(state.pending_s))
        if state.pending
        else word("audit.chain.none_waiting")
    )
    return "recorded", "late" if late else "well", number(state.sealed + state.pending), below


def _sealed(state: ChainState) -> tuple[str, str, str, str]:
    below = word("audit.chain.epoch", n=state.epoch) if state.epoch else word("audit.chain.unbroken")
    return "sealed", "well", number(state.sealed), below


def _signed(state: ChainState, zone: ZoneInfo, now: datetime) -> tuple[str, str, str, str]:
    head = state.head
    if head is None:
        return "signed", "late", "–", word("audit.chain.no_head")
    late = now - head.at > SIGNED_WITHIN
    return "signed", "late" if late else "well", number(head.link.position), moment(head.at, zone, now)


def _verified(state: ChainState, zone: ZoneInfo, now: datetime) -> tuple[str, str, str, str]:
    last = state.verified
    if last is None:
        return "verified", "late", "–", word("audit.chain.never")
    at = moment(last["at"], zone, now)
    if last["faults"]:
        return (
            "verified",
            "broken",
            number(last["position"]),
            word("audit.chain.broken", n=last["faults"], at=at),
        )
    late = now - last["at"] > VERIFIED_WITHIN
    return "verified", "late" if late else "well", number(last["position"]), word("audit.chain.whole", at=at)
