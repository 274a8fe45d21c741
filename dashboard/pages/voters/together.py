"""One decision for many: address lines that are decided alike, implausible changes of one kind. Whoever makes
it sees first what it settles; it is made for as many as were seen, and is taken back whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from dash import html

from dashboard.formats import addresses, number
from dashboard.request_context import current
from dashboard.words import word
from geo.voters import sweeping

FEWEST = 2
PREVIEWED = 60
KIND = {
    "emptied": "voters.flag.emptied",
    "fallen": "voters.flag.fallen",
    "times": "voters.flags.times",
    "replaced": "voters.flags.replaced",
    sweeping.CORRECTED: "voters.flag.corrected",
}


def may_decide(version: dict[str, Any]) -> bool:
    return version["state"] == "checked" and current().may("voters.decide")


def alike_lines(version: dict[str, Any], address: int, alike: Sequence[dict[str, Any]]) -> list[html.Details]:
    """What decisions on the line `address` settle besides, each line with the house that it would get."""
    return [_alike(version, address, one) for one in alike] if may_decide(version) else []


def _alike(version: dict[str, Any], address: int, group: dict[str, Any]) -> html.Details:
    building, count = group["building"], group["count"]
    about = {"n": count, "persons": number(group["persons"])}
    if building is None:
        summary = word("voters.alike.none", **about)
    else:
        street = addresses(group["lines"][0] | {"house": None})[0]
        summary = word("voters.alike.street", **about, street=street)
    lines = [
        html.Li([line["line"], html.B(addresses(line)[0])] if building else line["line"])
        for line in group["lines"]
    ]
    wanted = {"act": "decide_alike", "level": f"{address} {count}", "of": building or 0}
    return _shown(version, summary, lines, count, wanted)


def kinds_of_flags(
    version: dict[str, Any], flags: Sequence[dict[str, Any]], named: Callable[[dict[str, Any]], str]
) -> list[html.Details]:
    """Houses, or precincts, that changed in one way: those that are open, and those that were accepted."""
    kinds: dict[tuple[bool, str, str], list[dict[str, Any]]] = {}
    for flag in flags if may_decide(version) else ():
        if flag["level"] != "list":
            kinds.setdefault((flag["accepted_by"] is not None, flag["level"], flag["code"]), []).append(flag)
    return [
        _kind(version, accepted, level, code, found, named)
        for (accepted, level, code), found in sorted(kinds.items())
        if len(found) >= FEWEST
    ]


def _kind(
    version: dict[str, Any],
    accepted: bool,
    level: str,
    code: str,
    found: Sequence[dict[str, Any]],
    named: Callable[[dict[str, Any]], str],
) -> html.Details:
    before, after = (number(sum(flag[name] for flag in found)) for name in ("before", "after"))
    parts = [
        word(f"voters.flags.{level}", n=len(found)),
        word(KIND[code]),
        word(
            "voters.flags.concerned" if code in sweeping.KINDS else "voters.flags.sum",
            before=before,
            after=after,
        ),
        *([word("voters.flags.accepted")] if accepted else []),
    ]
    act = "reopen_flags" if accepted else "accept_flags"
    lines = [html.Li(named(flag)) for flag in found[:PREVIEWED]]
    wanted = {"act": act, "level": f"{level} {code}", "of": len(found)}
    return _shown(version, " · ".join(parts), lines, len(found), wanted)


def _shown(
    version: dict[str, Any], summary: str, lines: list[html.Li], count: int, wanted: dict[str, Any]
) -> html.Details:
    """What would be settled, and the button that does it."""
    rest = count - len(lines)
    return html.Details(
        [
            html.Summary(summary),
            html.Ul(lines),
            *([html.P(word("voters.more", n=rest), className="voters-note")] if rest else []),
            html.Button(
                word(f"voters.{wanted['act']}", n=count),
                id={"type": "voters-act", "list": version["id"], **wanted},
                type="button",
                className="button",
            ),
        ],
        className="voters-alike",
    )
