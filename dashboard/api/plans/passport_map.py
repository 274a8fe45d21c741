"""The map of a passport as SVG, for paper: the precinct white inside a strong border, its surroundings
grey, its houses with their numbers, the station. One unit is a millimetre."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from math import atan2, degrees

import shapely

from dashboard.formats import numbered
from dashboard.words import word
from layers.plans.passport import Sheet

WIDTH, HEIGHT = 186.0, 150.0
ROADS = {"motorway": 2.6, "trunk": 2.4, "primary": 2.1, "secondary": 1.7, "tertiary": 1.3, "residential": 0.9}
OTHER_ROAD = 0.5
LABEL_MM, HOUSE_MM = 2.5, 1.9
ROUND_M = (50, 100, 200, 500, 1000, 2000, 5000)
"""Lengths of the scale bar."""


class Paper:
    """The transformation from metres to the sheet: y runs down, the area in the middle, one scale for both
    axes."""

    def __init__(self, box: tuple[float, float, float, float]) -> None:
        west, south, east, north = box
        self.mm_per_m = min(WIDTH / (east - west), HEIGHT / (north - south))
        self.x0 = (west + east) / 2 - WIDTH / 2 / self.mm_per_m
        self.y0 = (south + north) / 2 + HEIGHT / 2 / self.mm_per_m
        self.frame = shapely.box(
            self.x0, self.y0 - HEIGHT / self.mm_per_m, self.x0 + WIDTH / self.mm_per_m, self.y0
        )

    def point(self, x: float, y: float) -> tuple[float, float]:
        return round((x - self.x0) * self.mm_per_m, 2), round((self.y0 - y) * self.mm_per_m, 2)

    def path(self, shape: shapely.Geometry) -> str:
        """The part of a shape on the sheet as SVG path data; empty for none."""
        return "".join(
            self._line(ring)
            for part in shapely.get_parts(shapely.intersection(shape, self.frame))
            for ring in _rings(part)
        )

    def _line(self, ring: shapely.LineString) -> str:
        corners = " ".join(f"{x:g} {y:g}" for x, y in (self.point(*corner) for corner in ring.coords))
        return f"M{corners}{'Z' if ring.is_ring else ''}"


def draw(sheet: Sheet) -> str:
    """The whole map."""
    paper = Paper(sheet.box)
    parts = [
        *(f'<path class="water" d="{path}"/>' for row in sheet.water if (path := paper.path(row["geom"]))),
        *_roads(paper, sheet.roads),
        *_houses(paper, sheet.houses),
        f'<path class="around" d="M0 0H{WIDTH}V{HEIGHT}H0Z{paper.path(sheet.precinct["geom"])}"/>',
        *(
            f'<path class="neighbour" d="{path}"/>'
            for row in sheet.neighbours
            if (path := paper.path(row["geom"].boundary))
        ),
        f'<path class="border" d="{paper.path(sheet.precinct["geom"].boundary)}"/>',
        *_names(paper, sheet.roads),
        *_numbers(paper, sheet),
        *_station(paper, sheet),
        *_scale(paper),
    ]
    return (
        f'<svg class="map" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{escape(word("passport.map"))}">{"".join(parts)}</svg>'
    )


def _rings(part: shapely.Geometry) -> Iterable[shapely.LineString]:
    if part.geom_type == "Polygon":
        return (part.exterior, *part.interiors)
    return (part,) if part.geom_type in ("LineString", "LinearRing") else ()


def _roads(paper: Paper, roads: list[dict]) -> list[str]:
    drawn = [(ROADS.get(road["class"], OTHER_ROAD), paper.path(road["geom"])) for road in roads]
    drawn = sorted(((width, path) for width, path in drawn if path), key=lambda pair: pair[0])
    return [
        f'<path class="casing" stroke-width="{width + 0.4:.1f}" d="{path}"/>' for width, path in drawn
    ] + [f'<path class="road" stroke-width="{width:.1f}" d="{path}"/>' for width, path in drawn]


def _houses(paper: Paper, houses: list[dict]) -> list[str]:
    out = []
    for house in houses:
        kind = "own" if house["own"] else "house"
        if house["geom"] is not None and (path := paper.path(house["geom"])):
            out.append(f'<path class="{kind}" d="{path}"/>')
        elif house["geom"] is None and house["x"] is not None:
            x, y = paper.point(house["x"], house["y"])
            out.append(f'<circle class="{kind}" cx="{x}" cy="{y}" r=".8"/>')
    return out


def _numbers(paper: Paper, sheet: Sheet) -> list[str]:
    """House numbers of its own, where they do not fall on one another; the neighbours' numbers in what of
    them is to be seen."""
    taken: list[tuple[float, float]] = []
    out = []
    for house in sheet.houses:
        if not house["own"] or house["x"] is None or not house["house"]:
            continue
        x, y = paper.point(house["x"], house["y"])
        if all(
            abs(x - a) > HOUSE_MM * 0.33 * (len(house["house"]) + 2) or abs(y - b) > HOUSE_MM
            for a, b in taken
        ):
            taken.append((x, y))
            out.append(
                f'<text class="number" x="{x}" y="{y + HOUSE_MM / 3:.2f}">{escape(house["house"])}</text>'
            )
    for row in sheet.neighbours:
        seen = shapely.intersection(row["geom"], paper.frame)
        if seen.area * paper.mm_per_m**2 > 60:
            x, y = paper.point(*shapely.point_on_surface(seen).coords[0])
            out.append(f'<text class="beside" x="{x}" y="{y}">{numbered(row["number"])}</text>')
    return out


def _names(paper: Paper, roads: list[dict]) -> list[str]:
    """Each street once, along its longest straight stretch on the sheet that has room for it."""
    best: dict[str, tuple[float, tuple, tuple]] = {}
    for road in roads:
        if not road["name"]:
            continue
        for part in shapely.get_parts(
            shapely.intersection(shapely.simplify(road["geom"], 3 / paper.mm_per_m / 10), paper.frame)
        ):
            corners = (
                [paper.point(*corner) for corner in part.coords] if part.geom_type == "LineString" else []
            )
            for a, b in zip(corners, corners[1:]):
                length = ((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2) ** 0.5
                if length > max(best.get(road["name"], (0,))[0], len(road["name"]) * LABEL_MM * 0.5 + 2):
                    best[road["name"]] = (length, a, b)
    return [_name(name, *sorted((a, b))) for name, (_, a, b) in best.items()]


def _name(name: str, a: tuple[float, float], b: tuple[float, float]) -> str:
    x, y, angle = (a[0] + b[0]) / 2, (a[1] + b[1]) / 2, degrees(atan2(b[1] - a[1], b[0] - a[0]))
    return (
        f'<text class="street" transform="translate({x:.2f} {y:.2f}) rotate({angle:.1f})" '
        f'dy="-1.3">{escape(name)}</text>'
    )


def _station(paper: Paper, sheet: Sheet) -> list[str]:
    """A mark where people vote, if the sheet holds it."""
    if sheet.precinct["station_x"] is None:
        return []
    x, y = paper.point(sheet.precinct["station_x"], sheet.precinct["station_y"])
    if not (0 <= x <= WIDTH and 0 <= y <= HEIGHT):
        return []
    return [
        f'<g class="station" transform="translate({x} {y})"><circle r="2.6"/><path d="M-1.2 .1 -.3 '
        f'1 1.3 -.9"/></g>'
    ]


def _scale(paper: Paper) -> list[str]:
    """A bar of a round length, and where north is."""
    metres = max((length for length in ROUND_M if length * paper.mm_per_m <= WIDTH / 4), default=ROUND_M[0])
    x, y = 4.0, HEIGHT - 4.0
    label = word("map.metres", n=metres) if metres < 1000 else word("map.kilometres", n=metres / 1000)
    length = metres * paper.mm_per_m
    return [
        f'<g class="scale"><rect x="{x - 2}" y="{y - 5.4}" width="{length + 4:.1f}" height="7.4" '
        f'rx="1"/><path d="M{x} {y - 1.4}v1.4h{length:.2f}v-1.4"/>'
        f'<text x="{x + length / 2:.2f}" y="{y - 1.9}">{escape(label)}</text></g>',
        f'<g class="north" transform="translate({WIDTH - 7} 8)"><circle r="5"/><path d="M0 -3.4 2 '
        f'2.4 0 1.3 -2 2.4Z"/></g>',
    ]
