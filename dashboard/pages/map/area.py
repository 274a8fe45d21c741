"""A question that is drawn on the map: the tools, and the answer for the area or building of the address.
`assets/duty/area.js` draws; every figure leads to its list."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from dash import html

from dashboard.formats import addresses, number, span
from dashboard.pages.map import trend
from dashboard.pages.map.address import MapAddress
from dashboard.words import language, word
from geo.incidents.model import KINDS
from layers.incidents.area import CityArea
from layers.incidents.filters import IncidentFilter
from layers.incidents.listing import Answer
from layers.incidents.summary import AreaSummary, PerformerLine

TOOLS = {"lasso": "L", "box": "R", "circle": "C", "building": "B", "precinct": "U", "district": "D"}
"""Each with its key, a place on the keyboard."""
PROBLEMS = ("none", "unanswered")
"""Why a place that was asked for is none."""
RADII = (100, 250, 500, 1000, 2000, 5000)
SHOWN = 7
"""Categories and performers; the others are one line."""


def tools() -> html.Div:
    buttons = [
        html.Button(
            [html.Span(word(f"duty.area.{tool}")), html.Kbd(key, **{"aria-hidden": "true"})],
            className="duty-tool",
            title=word(f"duty.area.{tool}.title"),
            **{
                "data-tool": tool,
                "data-folds-away": "yes",
                "data-code": f"Key{key}",
                "aria-keyshortcuts": key,
                "aria-pressed": "false",
            },
        )
        for tool, key in TOOLS.items()
    ]
    hints = [
        *(html.Span(word(f"duty.area.{tool}.hint"), hidden=True, **{"data-hint": tool}) for tool in TOOLS),
        *(html.Span(word(f"duty.area.at.{why}"), hidden=True, **{"data-hint": why}) for why in PROBLEMS),
    ]
    done = html.Button(word("duty.area.done"), id="duty-area-done", className="duty-act", hidden=True)
    return html.Div(
        [
            html.Div(buttons, className="duty-tools", role="group", **{"aria-label": word("duty.area")}),
            html.P(
                [*hints, done], id="duty-area-hint", className="duty-area-hint", hidden=True, role="status"
            ),
        ],
        className="duty-asking",
    )


def layout(address: MapAddress, answer: Answer) -> list:
    """The answer for the area or the building of the address; nothing without one."""
    area, summary = address.incident_filter.area, answer.summary
    if summary is None:
        return []
    return [
        html.Header(
            [
                html.H2(_name(area, summary)),
                html.A(
                    "×",
                    href=address.href(replace(address.incident_filter, area=None, building=None)),
                    id="duty-area-close",
                    className="duty-close",
                    title=word("duty.area.close"),
                    **{"aria-label": word("duty.area.close")},
                ),
            ]
        ),
        *_radii(address, area),
        html.P([html.Strong(number(answer.total), id="duty-area-total"), " ", _which(address)]),
        _kinds(address, answer),
        *_categories(address, answer),
        *_performers(address, answer, summary),
        *_hours(summary),
        *trend.layout(address, summary.trend),
    ]


def _name(area: CityArea | None, summary: AreaSummary) -> str:
    if area is None:
        return addresses(summary.building)[0] if summary.building else "–"
    if area.shape == "district":
        return summary.district[f"name_{language.get()}"] if summary.district else "–"
    if area.shape == "circle":
        return word("duty.area.named.circle", size=_metres(area.metres))
    if area.street is not None:
        return area.street
    if area.shape == "precinct":
        return word("duty.precinct.number", number=summary.number or "–")
    size = "–" if summary.square_km is None else _square(summary.square_km)
    return word(f"duty.area.named.{area.shape}", size=size)


def _square(square_km: float) -> str:
    return number(square_km, 1 if square_km >= 1 else 2)


def _metres(metres: int) -> str:
    if metres < 1000:
        return word("map.metres", n=metres)
    return word("map.kilometres", n=metres / 1000)


def _radii(address: MapAddress, area: CityArea | None) -> list[html.Div]:
    if area is None or area.shape != "circle":
        return []
    links = [
        html.A(
            _metres(metres),
            href=address.href(replace(address.incident_filter, area=replace(area, metres=metres))),
            className="duty-window",
            **({"aria-current": "true"} if metres == area.metres else {}),
        )
        for metres in RADII
    ]
    return [
        html.Div(links, className="duty-windows", role="group", **{"aria-label": word("duty.area.radius")})
    ]


def _which(address: MapAddress) -> str:
    return word("duty.area.open" if address.incident_filter.window == "live" else "duty.area.found")


def _narrowed(address: MapAddress, **chosen: Any) -> str:
    current: IncidentFilter = address.incident_filter
    return address.href(replace(current, selection=replace(current.selection, **chosen)))


def _kinds(address: MapAddress, answer: Answer) -> html.Ul:
    """All four, none of them hidden."""
    counts = _held(answer, "kind", address.incident_filter.selection.kinds)
    lines = [
        html.Li(
            [
                html.I(className="symbol", **{"data-kind": kind, "data-level": "0"}),
                html.Span(word(f"duty.kind.{kind}")),
                html.A(number(counts.get(kind, 0)), href=_narrowed(address, kinds=(kind,))),
            ],
            **{"data-kind": kind},
        )
        for kind in KINDS
    ]
    return html.Ul(lines, className="duty-area-kinds")


def _categories(address: MapAddress, answer: Answer) -> list:
    held = _held(answer, "category", address.incident_filter.selection.categories)
    ranked = sorted(held.items(), key=lambda one: (-one[1], one[0]))
    if not ranked:
        return []
    most, names = ranked[0][1], answer.names["category"]
    lines = [
        html.Li(
            [
                html.Span(names.get(category) or word("duty.category.none")),
                html.I(className="duty-area-bar", style={"--share": f"{n / most:.3f}"}),
                html.A(number(n), href=_narrowed(address, categories=(category,))),
            ],
            **{"data-category": str(category)},
        )
        for category, n in ranked[:SHOWN]
    ]
    if rest := ranked[SHOWN:]:
        lines.append(
            html.Li(
                [
                    html.Span(word("duty.area.more_categories", n=len(rest))),
                    html.I(),
                    html.Span(number(sum(n for _, n in rest))),
                ],
                **{"data-category": "more"},
            )
        )
    return [html.H3(word("duty.area.categories")), html.Ul(lines, className="duty-area-categories")]


def _held(answer: Answer, facet: str, chosen: Collection[Any] | None) -> dict[Any, int]:
    """Those of a facet's counts that are in the list; the others say what choosing them would give."""
    return {value: n for value, n in answer.counts[facet].items() if chosen is None or value in chosen}


def _performers(address: MapAddress, answer: Answer, summary: AreaSummary) -> list:
    lines, names = summary.performers, answer.names["performer"]
    if not lines:
        return []
    rows = [_performer(address, line, names) for line in lines[:SHOWN]]
    if rest := lines[SHOWN:]:
        rows.append(
            _row(
                word("duty.area.more_performers", n=len(rest)),
                number(sum(line.n for line in rest)),
                number(sum(line.overdue for line in rest)),
                "",
            )
        )
    total = _row(word("duty.area.all"), number(answer.total), number(sum(line.overdue for line in lines)), "")
    heads = [word(f"duty.area.{name}") for name in ("incidents", "overdue", "median")]
    return [
        html.H3(word("duty.area.performers")),
        html.Table(
            [
                html.Thead(html.Tr([html.Td(), *[html.Th(head, scope="col") for head in heads]])),
                html.Tbody([*rows, total]),
            ],
            className="duty-area-performers",
        ),
    ]


def _performer(address: MapAddress, line: PerformerLine, names: Mapping[int, str]) -> html.Tr:
    performer = line.performer or 0
    href = _narrowed(address, performers=(performer,))
    late = span(line.late_s) if line.late_s is not None else "–"
    name = names.get(performer) or word("duty.performer.none")
    return _row(name, html.A(number(line.n), href=href), number(line.overdue), late)


def _row(name: str, n: Any, overdue: str, late: str) -> html.Tr:
    return html.Tr([html.Th(name, scope="row"), html.Td(n), html.Td(overdue), html.Td(late)])


def _hours(summary: AreaSummary) -> list:
    """The last 24 hours as columns, the usual as a mark in each."""
    most = max([*summary.hours, *summary.usual, 1])
    columns = [
        html.I(style={"--n": f"{n / most:.3f}", "--usual": f"{usual / most:.3f}"})
        for n, usual in zip(summary.hours, summary.usual)
    ]
    total, usual = sum(summary.hours), sum(summary.usual)
    text = word("duty.area.day", n=total, usual=number(usual, 0 if usual >= 10 else 1))
    return [
        html.H3(word("duty.area.hours")),
        html.Div(columns, className="duty-area-hours", role="img", **{"aria-label": text}),
        html.P(text, className="duty-quiet"),
    ]
