"""The desk: one address, why it waits, where it could stand (a key each), and what was decided on it
before."""

from __future__ import annotations

from datetime import UTC, datetime

from dash import html

from dashboard.formats import addresses, listed, moment, number
from dashboard.request_context import RequestContext
from dashboard.words import catalogue, language, word
from layers.buildings.tag_candidates import Candidate, TagCase

KEYS = (("Enter", "confirm"), ("S", "skip"), ("U", "undo"))


def layout(context: RequestContext, case: TagCase | None) -> list:
    if case is None:
        return [html.P(word("buildings.empty"), className="buildings-none")]
    return [_title(case.building), _facts(case.building), *_choices(context, case), *_history(context, case)]


def view(case: TagCase | None, following: int | None) -> dict | None:
    """The data for the script: the building with its version and tag, the candidates in the order of their
    keys, the building after it."""
    if case is None:
        return None
    tag = None if case.building["lon"] is None else [case.building["lon"], case.building["lat"]]
    newest = case.history[0] if case.history else None
    last = newest["id"] if newest and newest["action"] not in ("loaded", "made") else None
    return {
        "building": case.building["id"],
        "version": case.building["version"],
        "tag": tag,
        "footprint": case.building["footprint"],
        "expected": case.expected,
        "candidates": [
            {"point": [c.lon, c.lat], "quality": c.quality, "kind": c.kind} for c in case.candidates
        ],
        "next": following,
        "last": last,
    }


def _title(building: dict) -> html.Header:
    first, *others = addresses(building)
    return html.Header([html.H2(first), *map(html.P, others)])


def _facts(building: dict) -> html.Dl:
    use = building["use"] and f"duty.use.{building['use']}"
    facts = (
        ("district", building["district"]),
        ("quality", word(f"duty.quality.{building['quality']}")),
        ("tagged_by", building["tagged_by"]),
        ("use", use and (word(use) if use in catalogue(language.get()).entries else building["use"])),
        ("floors", building["floors"]),
        ("voters", number(building["voters"])),
        ("register_code", building["register_code"]),
    )
    return html.Dl(
        [
            html.Div([html.Dt(word(f"duty.fact.{name}")), html.Dd(value)])
            for name, value in facts
            if value not in (None, "")
        ],
        className="buildings-facts",
    )


def _choices(context: RequestContext, case: TagCase) -> list:
    if not context.may("building.tag"):
        return [html.P(word("buildings.read_only"), className="buildings-hint")]
    found = [_choice(n, candidate) for n, candidate in enumerate(case.candidates, start=1)]
    keys = [
        html.Button(
            [html.Kbd(key), word(f"buildings.key.{name}")], className="buildings-key", **{"data-do": name}
        )
        for key, name in KEYS
        if name != "confirm" or case.building["lon"] is not None
    ]
    return [
        html.H3(word("buildings.candidates")),
        html.Ol(found, className="buildings-candidates")
        if found
        else html.P(word("buildings.candidates.none"), className="buildings-hint"),
        html.P(word("buildings.by_click"), className="buildings-hint"),
        html.Div(keys, className="buildings-keys"),
    ]


def _choice(n: int, candidate: Candidate) -> html.Li:
    far = word("buildings.metres", n=round(candidate.distance_m)) if candidate.distance_m is not None else ""
    note = word(f"buildings.candidate.{candidate.kind}.note", note=candidate.note) if candidate.note else ""
    return html.Li(
        html.Button(
            [
                html.Kbd(str(n)),
                html.Span(
                    [
                        html.Span(word(f"buildings.candidate.{candidate.kind}"), className="buildings-kind"),
                        html.Span(note, className="buildings-note"),
                    ]
                ),
                html.B(far),
            ],
            className="buildings-candidate",
            **{"data-candidate": str(n)},
        )
    )


def _history(context: RequestContext, case: TagCase) -> list:
    if not case.history:
        return []
    now, zone = datetime.now(UTC), context.settings.city.time_zone
    return [
        html.H3(word("buildings.history")),
        html.Ol(
            [_event(row, moment(row["recorded_at"], zone, now)) for row in case.history],
            className="buildings-history",
        ),
    ]


def _event(row: dict, at: str) -> html.Li:
    far = word("buildings.metres", n=round(row["moved_m"])) if row["moved_m"] else None
    change = (
        " → ".join(word(f"duty.quality.{row[name]}") for name in ("quality", "to_quality"))
        if row["to_quality"]
        else ""
    )
    return html.Li(
        [
            html.Span(at, className="buildings-at"),
            html.Span(
                [
                    word(f"buildings.action.{row['action']}"),
                    html.Span(f" · {listed(row['who'], far, by=' · ')}", className="buildings-note"),
                ]
            ),
            html.Span(change, className="buildings-note"),
        ]
    )
