"""The list of the map page on paper, and above it the map of those that have a point: shapes say what, ink
says how urgent, so that it holds in black and white."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from dashboard.formats import clock, listed, number
from dashboard.paper.typeset import typeset
from dashboard.request_context import RequestContext
from dashboard.words import word
from geo.errors import TooLarge
from geo.incidents.model import PRIORITIES
from layers.incidents.filters import IncidentFilter
from layers.incidents.listing import read_page
from layers.incidents.picture import MapPicture, read_picture

MOST_ROWS = 2000
"""Some sixty sheets; more is a file's."""
WIDTH_MM, HEIGHT_MM = 261.0, 128.0
"""The size of the map."""
NUMBERED = 40
"""So many points bear the number of their row; more would cover one another."""
STYLES = {
    "water": 'fill="#dddddd" stroke="none"',
    "road": 'fill="none" stroke="#c4c4c4" stroke-width="{thin}"',
    "district": 'fill="none" stroke="#777777" stroke-width="{thin}" stroke-dasharray="{dash}"',
}
INK = {0: "#ffffff", 1: "#9a9a9a", 2: "#000000"}
SHAPES = {
    "service": '<circle r="1"/>',
    "police": '<rect x="-0.9" y="-0.9" width="1.8" height="1.8"/>',
    "emergency": '<path d="M0 -1.15L1.1 0.85H-1.1Z"/>',
    "offence": '<path d="M0 -1.25L1.25 0L0 1.25L-1.25 0Z"/>',
}


def incidents_pdf(context: RequestContext, wanted: IncidentFilter) -> tuple[bytes, int]:
    """The PDF, and how many rows it holds. Raises `TooLarge` ("export.paper")."""
    engine, city = context.servers.engine, context.settings.city
    answer = read_page(engine, city, wanted, context.language, rows=MOST_ROWS, each=True)
    if answer.total > MOST_ROWS:
        raise TooLarge("export.paper", most=MOST_ROWS, rows=answer.total)
    rows = list(enumerate(answer.rows, 1))
    placed = [(n, row) for n, row in rows if row["lon"] is not None]
    now, at = answer.read_at, answer.at or answer.read_at
    picture = ""
    if placed:
        points = [(row["lon"], row["lat"]) for _, row in placed]
        picture = _svg(read_picture(engine, city, points, WIDTH_MM / HEIGHT_MM), placed)
    data = {
        "title": word("duty.sheet"),
        "about": listed(
            word("duty.paper.rows", n=answer.total),
            word("duty.paper.unplaced", n=answer.total - len(placed)),
            *(
                [word("duty.paper.as_of", at=clock(at, city.time_zone, answer.read_at))]
                if wanted.moment
                else []
            ),
            by=" · ",
        ),
        "picture": picture,
        "legend": _legend(),
        "columns": [
            word(f"duty.sheet.{key}") for key in ("title", "address", "performer", "opened", "due", "status")
        ],
        "rows": [_row(n, row, city.time_zone, now) for n, row in rows],
        "none_word": word("duty.list.none"),
    }
    return typeset("incidents", data, now.astimezone(city.time_zone)), answer.total


def _row(n: int, row: Mapping[str, Any], zone: Any, now: datetime) -> dict[str, Any]:
    def at(seconds: float | None) -> str:
        return "" if seconds is None else clock(datetime.fromtimestamp(seconds, UTC), zone, now)

    return {
        "n": number(n),
        "level": row["priority"],
        "cells": [
            row["title"] or row["category_name"] or row["source_id"],
            listed(row["address"], row["district_name"]),
            row["performer_name"] or "",
            at(row["opened"]),
            at(row["due"]),
            word(f"duty.status.{row['status']}"),
        ],
    }


def _legend() -> str:
    kinds = [word(f"duty.sheet.kind.{kind}") for kind in SHAPES]
    levels = [word(f"duty.priority.{name}") for name in PRIORITIES.values()]
    signs = [f"{sign} {name}" for sign, name in zip("○□△◇", kinds)]
    return " · ".join([*signs, *(f"{sign} {name}" for sign, name in zip("○◐●", levels))])


def _svg(picture: MapPicture, placed: Sequence[tuple[int, Mapping[str, Any]]]) -> str:
    """The urgent ones last, so that they lie above."""
    left, top, width, height = picture.box
    unit = width / WIDTH_MM
    thin = {"thin": f"{unit * 0.3:.1f}", "dash": f"{unit * 1.5:.1f}"}
    shapes = [f'<path d="{path}" {STYLES[theme].format(**thin)}/>' for theme, path in picture.shapes]
    found = sorted(zip(placed, picture.points), key=lambda one: one[0][1]["priority"])
    size = unit * (1.6 if len(found) <= NUMBERED else 1.0)
    symbols = [
        f'<g transform="translate({x:.1f} {y:.1f}) scale({size:.2f})" fill="{INK[row["priority"]]}" '
        f'stroke="#000000" stroke-width="0.25">{SHAPES[row["kind"]]}</g>'
        for (_, row), (x, y) in found
    ]
    numbers = [
        f'<text x="{x + size * 1.5:.1f}" y="{y + size:.1f}" font-size="{unit * 3.2:.1f}" '
        f'font-family="Libertinus Serif" stroke="#ffffff" stroke-width="{unit * 0.7:.1f}" '
        f'paint-order="stroke">{n}</text>'
        for (n, _), (x, y) in found[: NUMBERED if len(found) <= NUMBERED else 0]
    ]
    view = f"{left:.1f} {top:.1f} {width:.1f} {height:.1f}"
    body = "".join([*shapes, *symbols, *numbers])
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{view}">{body}</svg>'
