"""What the machine measures, a tile each: the value, of what, and its last day as an area."""

from __future__ import annotations

from dash import html

from dashboard.formats import listed, number
from dashboard.pages.operations.state import OperationsState
from dashboard.wording.machine import value_words
from dashboard.words import word
from geo.monitoring.reading import MEASURES
from layers.operations import Measure

ORDER = {key: nth for nth, key in enumerate(MEASURES)}


def tiles(state: OperationsState) -> html.Ol:
    hosts = {measure.host for measure in state.measures}
    ordered = sorted(state.measures, key=lambda one: (one.host, ORDER.get(one.key, 0), one.subject))
    return html.Ol(
        [_tile(state, measure, len(hosts) > 1) for measure in ordered],
        className="operations-tiles",
        **{"aria-label": word("operations.measures")},
    )


def _tile(state: OperationsState, measure: Measure, named: bool) -> html.Li:
    late, below = state.alarm_of(measure) is not None, _below(measure, named)
    return html.Li(
        [
            html.Span(word(f"operations.measure.{measure.key}"), className="operations-tile-name"),
            html.Strong(_value(measure)),
            html.Span(below, className="operations-tile-below", title=below),
            area(measure.history),
        ],
        className="operations-tile",
        **{"data-state": "late" if late else "well", "data-measure": measure.key},
    )


def _value(measure: Measure) -> str:
    if measure.key == "replication_lag" and not measure.parameters.get("active", True):
        return word("operations.replication_gone")
    if measure.key == "backup_age" and not measure.parameters.get("made"):
        return word("operations.backup_none")
    if measure.key == "wal_archive" and not measure.value:
        return word("operations.state.well")
    return value_words(measure.key, measure.value)


def _below(measure: Measure, named: bool) -> str:
    """What it was measured of, and what is known besides; the machine where there are several."""
    given = measure.parameters
    subject = word(f"operations.backup.{measure.subject}") if measure.key == "backup_age" else measure.subject
    size = word("operations.gigabytes", size=number(given["gigabytes"], 1)) if "gigabytes" in given else None
    return listed(measure.host if named else None, subject, size, by=" · ")


def area(history: tuple[float | None, ...]) -> html.Div:
    """The values from 0 to their largest, oldest first, as one shape; gaps where nothing was measured.
    Nothing is drawn of fewer than two."""
    known = [value for value in history if value is not None]
    if len(known) < 2:
        return html.Div(className="operations-area")
    most, last = max(known) or 1.0, len(history) - 1
    heights = [0.0 if value is None else max(value, 0) / most for value in history]
    points = ["0% 100%"]
    points += [f"{100 * nth / last:.1f}% {100 - 100 * height:.0f}%" for nth, height in enumerate(heights)]
    points.append("100% 100%")
    return html.Div(
        html.Div(style={"clipPath": f"polygon({', '.join(points)})"}),
        className="operations-area",
        **{"aria-hidden": "true"},
    )
