"""Implausible changes of the whole list, of precincts and houses: each is accepted by somebody, with name and
time, and can be taken back until the version is in force."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

from dash import dcc, html

from dashboard.formats import addresses, moment, number, numbered
from dashboard.pages.voters import together
from dashboard.pages.voters.address import VotersAddress
from dashboard.pages.voters.changes import PrecinctChange, percent
from dashboard.request_context import current
from dashboard.words import word
from geo.voters import sweeping

SHOWN = 6
MOST = 200
"""Where the whole list is another, thousands of houses are."""


def layout(
    address: VotersAddress,
    version: dict[str, Any],
    flags: list[dict[str, Any]],
    rows: Sequence[PrecinctChange],
) -> list:
    still_open = sum(flag["accepted_by"] is None for flag in flags)
    numbers = {row.id: row.number for row in rows}
    shown = [_flag(address, version, flag, numbers) for flag in sorted(flags, key=_order)[:MOST]]
    left = len(flags) - SHOWN
    more = [html.Details([html.Summary(word("voters.more", n=left)), *_rest(shown[SHOWN:], left)])]
    return [
        html.Header(
            [
                html.H2(word("voters.plausible")),
                html.Span(word("voters.flags", n=len(flags), open=still_open), className="voters-note"),
            ],
            className="voters-line",
        ),
        html.Ul(shown[:SHOWN], className="voters-flags"),
        *(more if left > 0 else []),
        *together.kinds_of_flags(version, sorted(flags, key=_order), partial(_named, numbers=numbers)),
    ]


def _rest(shown: list[html.Li], n: int) -> list:
    """Those of `n` behind the first that have a line each; of more than that who decides them together is
    told the number."""
    beyond = n - len(shown)
    note = [html.P(word("voters.more", n=beyond), className="voters-note")] if beyond else []
    return [html.Ul(shown), *note]


def _order(flag: dict[str, Any]) -> tuple:
    """Open ones first, the whole list and whoever was emptied before others, then by how many are
    concerned."""
    return (
        flag["accepted_by"] is not None,
        flag["level"] != "list",
        flag["code"] != "emptied",
        -max(abs(flag["after"] - flag["before"]), flag["gone"]),
    )


def _flag(
    address: VotersAddress,
    version: dict[str, Any],
    flag: dict[str, Any],
    numbers: dict[int | None, int | None],
) -> html.Li:
    """What is said leads to the houses of the precinct, or to the house among its neighbours."""
    opened: dict[str, dict[str, int]] = {
        "precinct": {"precinct": flag["of_id"]},
        "house": {"house": flag["of_id"]},
    }
    href = address.href(**{"precinct": None, "house": None} | opened.get(flag["level"], {}))
    accepted = flag["accepted_by"] is not None
    state = "accepted" if accepted else flag["code"]
    was = _named(flag, numbers)
    return html.Li(
        [
            html.Span(className="voters-mark", **{"data-state": state, "aria-hidden": "true"}),
            html.Span(
                [
                    html.B(dcc.Link(was, href=href)),
                    html.Span(_share(flag)),
                    html.Small(_who(flag) if accepted else _why(flag, version)),
                ],
                className="voters-flag-text",
            ),
            *_buttons(version, flag, accepted),
        ],
        className="voters-flag",
        **{"data-state": state},
    )


def _left(flag: dict[str, Any]) -> int:
    """How many the change leaves; where they are others, of those who were there."""
    left: int = flag["before"] - flag["gone"] if flag["code"] == "replaced" else flag["after"]
    return left


def _share(flag: dict[str, Any]) -> str:
    """The change; of those who are concerned by one that is no change of the number, their share."""
    if flag["code"] not in sweeping.KINDS:
        return percent(flag["before"], _left(flag))
    if not flag["before"]:
        return ""
    return word("number.percent", share=number(100 * flag["after"] / flag["before"]))


def _named(flag: dict[str, Any], numbers: dict[int | None, int | None]) -> str:
    """How many voters it has, and had before."""
    if flag["level"] == "list":
        what = word("voters.flag.whole")
    elif flag["level"] == "precinct":
        what = numbered(numbers.get(flag["of_id"], flag["of_id"]))
    else:
        what = addresses(flag)[0]
    message = "voters.flag.of" if flag["code"] in sweeping.KINDS else "voters.flag.was"
    return word(message, what=what, after=number(flag["after"]), before=number(flag["before"]))


def _why(flag: dict[str, Any], version: dict[str, Any]) -> str:
    if flag["level"] == "list" and version["base_id"] is None:
        return word("voters.flag.register")
    times = flag["after"] / flag["before"] if flag["before"] else 0
    return word(f"voters.flag.{flag['code']}", times=number(times, 1), gone=number(flag["gone"]))


def _who(flag: dict[str, Any]) -> str:
    at = datetime.fromisoformat(flag["accepted_at"])
    zone = current().settings.city.time_zone
    return word("voters.flag.accepted", who=flag["accepted_by"], at=moment(at, zone, datetime.now(UTC)))


def _buttons(version: dict[str, Any], flag: dict[str, Any], accepted: bool) -> list:
    if version["state"] != "checked" or not current().may("voters.decide"):
        return []
    act = "reopen_flag" if accepted else "accept_flag"
    return [
        html.Button(
            word(f"voters.{act}"),
            id={
                "type": "voters-act",
                "act": act,
                "list": version["id"],
                "level": f"{flag['level']} {flag['code']}",
                "of": flag["of_id"],
            },
            type="button",
            className="button",
        )
    ]
