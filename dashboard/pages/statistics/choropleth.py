"""Maps of figures: areas in steps of colour, amber where there is more than chance explains. Coordinates are
metres of a projection, x first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from dashboard.pages.statistics import charts

Ring = Sequence[tuple[float, float]]
SHADES = (-99.0, 0.0, 1.0, 2.0, 3.0, 4.5)
"""From which excess on an area has the next step of colour."""


@dataclass(frozen=True)
class ShadedArea:
    """`rings`: its outer ones. `excess`: by how many standard errors it has more; `hot`: beyond chance.
    `text`: what the pointer finds at its `middle`."""

    rings: Sequence[Ring]
    excess: float
    hot: bool
    middle: tuple[float, float]
    text: str


def shaded(areas: Sequence[ShadedArea], hot_line: str) -> list[dict[str, Any]]:
    """Traces by step of colour, those beyond chance last: one shape for all of a colour, for Plotly takes
    seconds for hundreds of them."""
    data = []
    for step, low in enumerate(SHADES):
        high = SHADES[step + 1] if step + 1 < len(SHADES) else float("inf")
        within = [area for area in areas if not area.hot and low <= area.excess < high]
        data += [filled(_rings(within), charts.STEPS[step], "--ground")] if within else []
    hot = [area for area in areas if area.hot]
    return [*data, filled(_rings(hot), "--urgent", hot_line)] if hot else data


def filled(rings: Iterable[Ring], fill: str, line: str, **more: Any) -> dict[str, Any]:
    """One trace, whatever is said of it with `more`."""
    return {**_drawn(rings, line), "fill": "toself", "fillcolor": fill, **more}


def outlined(shape: dict[str, Any]) -> dict[str, Any]:
    """The outline of a GeoJSON shape."""
    return _drawn(rings_of(shape), "--muted")


def hovers(areas: Sequence[ShadedArea]) -> dict[str, Any]:
    """Said where the pointer is: most areas are smaller than their numbers."""
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [area.middle[0] for area in areas],
        "y": [area.middle[1] for area in areas],
        "marker": {"opacity": 0},
        "hovertext": [area.text for area in areas],
        "hoverinfo": "text",
    }


def layout(x: dict[str, Any] | None = None, y: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """A map has no axes, and one scale both ways; `x` and `y`: what is said of either."""
    return charts.layout(
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        xaxis=charts.hidden_axis(**(x or {})),
        yaxis=charts.hidden_axis(scaleanchor="x", scaleratio=1, **(y or {})),
        **more,
    )


def rings_of(shape: dict[str, Any] | None) -> list[Ring]:
    """The outer rings of a GeoJSON polygon or several; none of no shape."""
    if shape is None:
        return []
    polygons = shape["coordinates"] if shape["type"] == "MultiPolygon" else [shape["coordinates"]]
    return [polygon[0] for polygon in polygons]


def _rings(areas: Sequence[ShadedArea]) -> list[Ring]:
    return [ring for area in areas for ring in area.rings]


def _drawn(rings: Iterable[Ring], line: str) -> dict[str, Any]:
    known = list(rings)
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [x for ring in known for x in (*(point[0] for point in ring), None)],
        "y": [y for ring in known for y in (*(point[1] for point in ring), None)],
        "line": {"width": 1, "color": line},
        "hoverinfo": "skip",
    }
