"""River, lakes, parks, railway and district outlines, made from the rough points of `facts.frame`. Metric
CRS."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from etl.demo.facts import frame
from etl.demo.lines import parse_points, project, smooth, waves

GRID_M = 0.001


@dataclass(frozen=True)
class Feature:
    """One feature of the basemap. `geom` is metric until it is written."""

    theme: str
    class_: str
    geom: shapely.Geometry
    min_zoom: int
    name_kk: str | None = None
    name_ru: str | None = None
    name_en: str | None = None


def river_lines(srid: int) -> dict[str, np.ndarray]:
    """Smooth centre lines by the names of the tables."""
    return {
        name: smooth(project(parse_points(getattr(frame, name)), srid), 45.0) for name in frame.RIVER_WIDTH_M
    }


def _water_body(line: np.ndarray, width_m: float, seed: int) -> shapely.Geometry:
    """A polygon along the line, its width swelling and narrowing by about a third."""
    swell = 1 + 0.35 * np.clip(waves(line, seed, 1.0, 1700.0)[:, 0], -1, 1)
    segments = shapely.linestrings(np.stack([line[:-1], line[1:]], axis=1))
    return shapely.union_all(shapely.buffer(segments, width_m * swell[:-1] / 2, quad_segs=6))


def _blob(
    x: float, y: float, radius_m: float, stretch: float, turn_deg: float, rng: np.random.Generator
) -> shapely.Geometry:
    angle = np.linspace(0, 2 * np.pi, 72, endpoint=False)
    r = radius_m * (
        1 + sum(rng.uniform(0.03, 0.11) * np.sin(k * angle + rng.uniform(0, 6.3)) for k in (2, 3, 5, 7))
    )
    a, b, turn = r * np.cos(angle) * stretch, r * np.sin(angle), np.radians(turn_deg)
    return shapely.polygons(
        np.column_stack([x + a * np.cos(turn) - b * np.sin(turn), y + a * np.sin(turn) + b * np.cos(turn)])
    )


def make_waters(srid: int, seed: int) -> list[Feature]:
    rng = np.random.default_rng(seed)
    lines = river_lines(srid)
    names = {
        "RIVER": ("Есіл", "Есиль", "Esil"),
        "BROOK": ("Ақбұлақ", "Акбулак", "Aqbulaq"),
        "SARYBULAQ": ("Сарыбұлақ", "Сарыбулак", "Sarybulaq"),
        "CANAL": (None, None, None),
    }
    out = [
        Feature(
            "water",
            "river" if key == "RIVER" else "stream",
            _water_body(lines[key], width, seed + i),
            8 if key == "RIVER" else 12,
            *names[key],
        )
        for i, (key, width) in enumerate(frame.RIVER_WIDTH_M.items())
    ]
    for kk, ru, lon, lat, radius, stretch, turn in frame.LAKES:
        x, y = project(np.array([[lon, lat]]), srid)[0]
        out.append(
            Feature(
                "water",
                "lake",
                _blob(x, y, radius, stretch, turn, rng),
                9 if radius > 500 else 12,
                kk,
                ru,
                None,
            )
        )
    return out


def make_greens(srid: int, water: shapely.Geometry) -> list[Feature]:
    out = []
    for class_, kk, ru, points in frame.GREENS:
        ring = project(parse_points(points), srid)
        geom = shapely.polygons(smooth(np.vstack([ring, ring[:1]]), 50.0))
        out.append(
            Feature(
                "green",
                class_,
                shapely.difference(shapely.make_valid(geom), water),
                9 if class_ == "forest" else 12,
                kk,
                ru,
                None,
            )
        )
    return out


def make_railways(srid: int) -> list[Feature]:
    lines = [shapely.linestrings(smooth(project(parse_points(points), srid))) for points in frame.RAILWAYS]
    return [Feature("rail", "rail", line, 9) for line in lines]


def make_settlements(srid: int) -> list[Feature]:
    out = []
    for row in frame.PLACES.strip().splitlines():
        class_, kk, ru, en, point = row.split("|")
        out.append(
            Feature(
                "place",
                class_,
                shapely.points(project(parse_points(point), srid)[0]),
                6 if class_ == "city" else 12,
                kk,
                ru,
                en,
            )
        )
    return out


def district_borders(srid: int) -> list[shapely.Geometry]:
    """Lines that meet at shared ends; the parts along the water are the river's own centre line."""
    river, brook = (project(parse_points(text), srid) for text in (frame.RIVER, frame.BROOK))
    out = []
    for text in frame.BORDERS:
        if text[0] in "RB" and ":" in text:
            start, end = (int(v) for v in text[1:].split(":"))
            out.append(
                _part(
                    smooth(river if text[0] == "R" else brook, 45.0),
                    (river if text[0] == "R" else brook)[[start, end]],
                )
            )
        else:
            text = text.replace("R_EAST", ",".join(map(str, parse_points(frame.RIVER)[EAST_FORK])))
            out.append(project(parse_points(text), srid))
    return [shapely.linestrings(line) for line in out]


EAST_FORK = 24
"""The point of the river where the border of Almaty and Saraishyq begins."""


def _part(curve: np.ndarray, ends: np.ndarray) -> np.ndarray:
    at = [int(np.argmin(np.linalg.norm(curve - end, axis=1))) for end in ends]
    return curve[at[0] : at[1] + 1]


def make_districts(srid: int) -> np.ndarray:
    """Six polygons in the order of `frame.DISTRICTS`, a valid coverage on the 1 mm grid."""
    noded = shapely.union_all(district_borders(srid), grid_size=GRID_M)
    faces = shapely.get_parts(shapely.polygonize(list(shapely.get_parts(noded))))
    inside = shapely.points(project(np.array([row[6] for row in frame.DISTRICTS]), srid))
    out = []
    for point in inside:
        out.append(faces[np.flatnonzero(shapely.contains(faces, point))[0]])
    return np.array(out)
