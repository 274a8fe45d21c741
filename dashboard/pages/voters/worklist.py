"""Addresses that did not lead to one building: those that wait, most persons first, and the one on the desk
with its candidates, one key each; and what one decision on it may settle besides."""

from __future__ import annotations

from typing import Any

from dash import dcc, html

from dashboard.formats import addresses, number
from dashboard.pages.voters import together
from dashboard.pages.voters.address import VotersAddress
from dashboard.words import word

SHOWN = 8


def on_desk(address: VotersAddress, found: list[dict[str, Any]]) -> int:
    """The line of the page's address, else the first of `found`."""
    ids = [one["id"] for one in found]
    return address.address if address.address in ids else ids[0]


def layout(
    address: VotersAddress,
    version: dict[str, Any],
    found: list[dict[str, Any]],
    still_open: dict[str, int],
    alike: list[dict[str, Any]],
) -> list:
    """`found`: the first of those that wait; `alike`: what is decided together with the one on the desk."""
    head = html.Header(
        [
            html.H2(word("voters.unsure")),
            html.Span(
                word("voters.unsure.of", addresses=number(still_open["addresses"]), n=still_open["persons"]),
                className="voters-note",
            ),
        ],
        className="voters-line",
    )
    if not found:
        return [head, html.P(word("command.voters.all_matched"), className="voters-none")]
    ids = [one["id"] for one in found]
    at = ids.index(on_desk(address, found))
    first = max(0, min(at - SHOWN // 2, len(found) - SHOWN))
    shown = found[first : first + SHOWN]
    following = found[at + 1]["id"] if at + 1 < len(found) else ids[0]
    before = found[at - 1]["id"]
    return [
        head,
        html.Ol([_row(address, one, one["id"] == ids[at]) for one in shown], className="voters-unsure"),
        html.P(word("voters.unsure.at", at=at + 1, n=still_open["addresses"]), className="voters-note"),
        _desk(version, found[at]),
        html.Div(
            [
                *_decision(version, found[at], 0, "0", word(together.none_of(found[at]))),
                _walk("s", "next", address.href(address=following)),
                _walk("k", "back", address.href(address=before)),
            ],
            className="voters-keys",
        ),
        *together.alike_lines(version, found[at], alike),
    ]


def _walk(key: str, name: str, href: str) -> html.Span:
    link = dcc.Link([html.Kbd(key.upper()), " ", word(f"voters.unsure.{name}")], href=href)
    return html.Span(link, className="voters-key-link", **{"data-key": key})


def _row(address: VotersAddress, one: dict[str, Any], on_desk: bool) -> html.Li:
    return html.Li(
        dcc.Link(
            [
                html.Span(one["line"]),
                html.Small(word(f"voters.reason.{one['reason']}")),
                html.B(number(one["persons"])),
            ],
            href=address.href(address=one["id"]),
            className="voters-shown" if on_desk else "",
        )
    )


def _desk(version: dict[str, Any], one: dict[str, Any]) -> html.Div:
    candidates = [
        html.Li(
            _decision(
                version,
                one,
                candidate["building"],
                str(n),
                [
                    html.B(addresses(candidate)[0]),
                    html.Small(word(f"voters.candidate.{candidate['reason']}")),
                    html.Meter(value=str(candidate["score"]), min=0, max="1"),
                    html.Span(number(candidate["score"], 2)),
                ],
            )
        )
        for n, candidate in enumerate(one["candidates"], start=1)
    ]
    return html.Div(
        [
            html.H3(word("voters.unsure.desk", line=one["line"], n=one["persons"])),
            html.Ol(candidates, className="voters-candidates"),
        ],
        id="voters-desk",
        className="voters-desk",
        **{"data-on-desk": str(one["id"])},
    )


def _decision(version: dict[str, Any], one: dict[str, Any], building: int, key: str, text: Any) -> list:
    """Nothing for those who may not decide."""
    if not together.may_decide(version):
        return []
    return [
        html.Button(
            [html.Kbd(key), " ", *(text if isinstance(text, list) else [text])],
            id={
                "type": "voters-act",
                "act": "decide",
                "list": version["id"],
                "level": str(one["id"]),
                "of": building,
            },
            type="button",
            className="voters-decision",
            **{"data-key": key},
        )
    ]


def undo(version: dict[str, Any], last: int | None) -> list:
    """The last decision of this page can be undone."""
    if last is None:
        return []
    return [
        html.Button(
            [html.Kbd("U"), " ", word("voters.unsure.undo")],
            id={"type": "voters-act", "act": "undo", "list": version["id"], "level": str(last), "of": 0},
            type="button",
            className="button",
            **{"data-key": "u"},
        )
    ]
