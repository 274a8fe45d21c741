"""The package for the election commission: how the newest ones stand on their way, and their receipts. They
are built and sent by `./ikomek voters`; nothing of a person is in what is shown."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from dash import dcc, html

from dashboard.formats import moment, number
from dashboard.request_context import current
from dashboard.words import code_words, word

MEGABYTE = 1_000_000
SHORT = 8
"""Digits of a hash that are shown of each end."""


def layout(transfers: list[dict[str, Any]]) -> list:
    return [
        html.Header(html.H2(word("voters.package")), className="voters-line"),
        *(part for one in transfers for part in _one(one)),
        *([] if transfers else [html.P(word("voters.package.none"), className="voters-note")]),
    ]


def _one(one: dict[str, Any]) -> list:
    rows = [
        ("state", _state(one)),
        ("contents", _contents(one)),
        ("manifest", _hash(one["id"], one["manifest"])),
        ("receiver", one["address"]),
        ("receipt", _receipt(one)),
        *([("error", _error(one))] if one["error_code"] else []),
    ]
    return [
        html.H3(word("voters.package.of", list=one["list_id"]), className="voters-note"),
        html.Dl(
            [
                part
                for name, value in rows
                for part in (html.Dt(word(f"voters.package.{name}")), html.Dd(value))
            ],
            className="voters-package",
            **{"data-state": one["state"]},
        ),
    ]


def _state(one: dict[str, Any]) -> str:
    text = word(f"voters.package.state.{one['state']}")
    if one["state"] == "sending":
        share = number(100 * one["sent"] // one["size"])
        return f"{text} · {word('number.percent', share=share)}"
    return f"{text} · {_at(one['received_at'] or one['delivered_at'])}"


def _contents(one: dict[str, Any]) -> str:
    size = number(one["size"] / MEGABYTE, 1)
    return word("voters.package.size", mb=size, voters=number(one["voters"]))


def _hash(id_: int, hash_: str) -> html.Span:
    """Short; the button copies the whole."""
    copy = dcc.Clipboard(
        id={"type": "voters-hash", "transfer": id_},
        content=hash_,
        title=word("voters.package.copy"),
        className="voters-copy",
    )
    return html.Span([html.Code(f"{hash_[:SHORT]}…{hash_[-SHORT:]}", title=hash_), copy])


def _receipt(one: dict[str, Any]) -> str:
    if one["state"] != "received":
        return word("voters.package.waiting")
    return one["receipt_number"] or word("voters.package.read_back")


def _error(one: dict[str, Any]) -> list:
    """The last error, and who goes on."""
    retry = one["retry_at"]
    running = retry is not None and datetime.fromisoformat(retry) > datetime.now(UTC)
    then = (
        word("voters.package.again", at=_at(retry))
        if running
        else word("voters.package.stopped", sent=number(one["sent"]))
    )
    return [code_words(one["error_code"], one["error_parameters"]), html.Br(), then]


def _at(moment_: str) -> str:
    zone = current().settings.city.time_zone
    return moment(datetime.fromisoformat(moment_), zone, datetime.now(UTC))
