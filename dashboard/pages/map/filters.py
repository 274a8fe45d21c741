"""The filters: one list of values a facet, each a link to the same page with that value taken in or out,
and its count beside it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from dash import html

from dashboard.formats import clock, number, numbered
from dashboard.pages.map import categories
from dashboard.pages.map.address import MapAddress
from dashboard.request_context import current
from dashboard.words import word, word_or
from geo.incidents.model import KINDS, PRIORITIES, STATUSES
from layers.incidents.filters import WINDOWS, IncidentFilter
from layers.incidents.listing import Answer
from layers.tiles.selection import FIELDS, NO_CHANNEL

FLAGS = {"overdue": "overdue", "no_coordinates": "point"}
"""What an `IncidentFilter` is or is not -> the facet that counts it."""


def layout(address: MapAddress, answer: Answer) -> list:
    """The window, then the facets, widest first; every value, also one without rows."""
    return [
        _head(address),
        _windows(address),
        _facet(address, answer, "kind", ((kind, word(f"duty.kind.{kind}")) for kind in KINDS)),
        _facet(
            address,
            answer,
            "priority",
            (
                (level, word(f"duty.priority.{name}"))
                for level, name in sorted(PRIORITIES.items(), reverse=True)
            ),
        ),
        _facet(address, answer, "status", ((status, word(f"duty.status.{status}")) for status in STATUSES)),
        _flags(address, answer),
        _facet(address, answer, "district", _named(answer, "district", "duty.district.none")),
        categories.layout(address, answer),
        _facet(address, answer, "performer", _named(answer, "performer", "duty.performer.none")),
        _facet(address, answer, "channel", _channels(address, answer)),
    ]


def _head(address: MapAddress) -> html.Div:
    nothing = IncidentFilter(moment=address.incident_filter.moment)
    reset = (
        [html.A(word("duty.reset"), href=address.href(nothing), className="duty-reset")]
        if address.incident_filter != nothing
        else []
    )
    return html.Div([html.H2(word("duty.filters")), *reset], className="duty-filters-head")


def _windows(address: MapAddress) -> html.Section:
    """Presets as links; for dates `duty/duty.js` puts two fields into the place and writes the address
    from them."""
    incident_filter, chosen = address.incident_filter, address.incident_filter.selection
    presets = [
        html.A(
            word(f"duty.window.{name}"),
            href=address.href(
                replace(incident_filter, window=name, selection=replace(chosen, since=None, until=None))
            ),
            className="duty-window",
            title=word(f"duty.window.{name}.title"),
            **_current(incident_filter.window == name),
        )
        for name in WINDOWS
        if name != "dates"
    ]
    presets.append(
        html.A(
            word("duty.window.all"),
            href=address.href(incident_filter.without_window()),
            className="duty-window",
            title=word("duty.window.all.title"),
            **_current(incident_filter.of_all_time()),
        )
    )
    dates = html.Div(
        id="duty-dates",
        className="duty-dates",
        **{
            "data-from": chosen.since and chosen.since.isoformat() or "",
            "data-to": chosen.until and chosen.until.isoformat() or "",
        },
        **_current(incident_filter.window == "dates" and not incident_filter.of_all_time()),
    )
    return html.Section([html.H3(word("duty.window")), html.Div(presets, className="duty-windows"), dates])


def _facet(address: MapAddress, answer: Answer, facet: str, values: Iterable[tuple]) -> html.Section:
    chosen = getattr(address.incident_filter.selection, FIELDS[facet])
    counts = answer.counts[facet]
    whole = _all_seen(facet)
    shown = [
        (value, name)
        for value, name in values
        if counts[value] or (chosen and value in chosen) or (whole and value not in (0, NO_CHANNEL))
    ]
    closed = answer.out_of_scope.get(facet, ())
    rows = [
        _value(
            address,
            facet,
            value,
            name,
            None if value in closed else counts[value],
            bool(chosen and value in chosen),
        )
        for value, name in shown
    ]
    return html.Section(
        [html.H3(word(f"duty.{facet}")), html.Ul(rows, className="duty-values")], **{"data-facet": facet}
    )


def _all_seen(facet: str) -> bool:
    """Whether a 0 here means that there are none: of kinds and districts outside of the caller's scope it
    would say what is not known to them."""
    principal = current().principal
    return {"kind": principal.kinds, "district": principal.districts}.get(facet) is None


def _value(address: MapAddress, facet: str, value: Any, name: str, n: int | None, on: bool) -> html.Li:
    marks = {"kind": {"data-kind": value}, "priority": {"data-level": str(value)}}.get(facet)
    symbol = (
        [
            html.I(
                className="symbol", **{"data-kind": "service", "data-level": "0", "data-quiet": "yes"} | marks
            )
        ]
        if marks
        else []
    )
    return html.Li(
        _link(address.href(_toggled(address.incident_filter, facet, value)), [*symbol, name], n, on),
        **{"data-value": str(value)},
    )


def _toggled(incident_filter: IncidentFilter, facet: str, value: Any) -> IncidentFilter:
    field = FIELDS[facet]
    chosen = set(getattr(incident_filter.selection, field) or ()) ^ {value}
    narrowed: dict[str, Any] = {field: tuple(sorted(chosen)) or None}
    return replace(incident_filter, selection=replace(incident_filter.selection, **narrowed))


def _flags(address: MapAddress, answer: Answer) -> html.Section:
    shown = address.incident_filter
    rows = [
        _flag(address, name, answer.counts[facet][True], getattr(shown, name))
        for name, facet in FLAGS.items()
    ]
    if shown.building is not None:
        link = _link(
            address.href(replace(shown, building=None)), [word("duty.one_building")], answer.total, True
        )
        rows.append(html.Li(link, **{"data-value": "building"}))
    if shown.opened_since is not None:
        zone = current().settings.city.time_zone
        since = word("duty.opened_since", at=clock(shown.opened_since, zone, answer.read_at))
        link = _link(address.href(replace(shown, opened_since=None)), [since], answer.total, True)
        rows.append(html.Li(link, **{"data-value": "since"}))
    if shown.mass is not None:
        link = _link(address.href(replace(shown, mass=None)), [word("duty.one_mass")], answer.total, True)
        rows.append(html.Li(link, **{"data-value": "mass"}))
    return html.Section(
        [html.H3(word("duty.marks")), html.Ul(rows, className="duty-values")], **{"data-facet": "marks"}
    )


def _flag(address: MapAddress, name: str, n: int, on: bool) -> html.Li:
    turned: dict[str, Any] = {name: not on}
    href = address.href(replace(address.incident_filter, **turned))
    return html.Li(_link(href, [word(f"duty.{name}")], n, on), **{"data-value": name})


def _link(href: str, name: list, n: int | None, on: bool) -> html.A:
    """`n` none: how many there are is not for this caller."""
    count = "—" if n is None else number(n)
    return html.A(
        [
            html.Span(className="duty-tick"),
            html.Span(name, className="duty-name", title=name[-1]),
            html.Span(count, className="duty-n", **{"data-n": "" if n is None else str(n)}),
        ],
        href=href,
        className="duty-value",
        **_current(on),
    )


def _named(answer: Answer, facet: str, none: str) -> list[tuple[int, str]]:
    """The values by count, then by name; 0 is "none"."""
    counts, names = answer.counts[facet], answer.names[facet]
    named = [
        (value, names.get(value) or (word(none) if value == 0 else numbered(value)))
        for value in set(counts) | set(names)
    ]
    return sorted(named, key=lambda pair: (-counts[pair[0]], pair[1]))


def _channels(address: MapAddress, answer: Answer) -> list[tuple[str, str]]:
    """The channels by count; those of incidents that no inquiry led to last."""
    counts = answer.counts["channel"]
    known = {*counts, *(address.incident_filter.selection.channels or ()), *answer.channels}
    named = [(channel, word_or(f"duty.channel.{channel}", channel)) for channel in known]
    return sorted(named, key=lambda pair: (pair[0] == NO_CHANNEL, -counts[pair[0]], pair[1]))


def _current(on: bool) -> dict[str, str]:
    return {"aria-current": "true"} if on else {}
