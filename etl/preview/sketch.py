"""A map picture of what a file holds, as one HTML file with a drawing inside: no script, no request, opens
anywhere. Coordinates are EPSG:3857 metres."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from pathlib import Path

import numpy as np
import pyarrow as pa
import shapely
from sqlalchemy import Connection, text

from etl.clean.coordinates import from_crs, to_crs
from etl.runs.cleaned import Cleaned

WIDTH, HEIGHT, MARGIN = 1800, 1100, 30
MOST = 30_000
"""Shapes that are drawn; the caption says how many there are."""
DISTRICTS = "select st_asbinary(geom_3857) from district where region = :region and valid_to is null"
ROADS = """select st_asbinary(st_simplify(geom_3857, 20)) from basemap_feature where region = :region
    and theme = 'road' and min_zoom <= 11
    order by min_zoom, id limit 20000"""
WATER = (
    "select st_asbinary(st_simplify(geom_3857, 20)) from basemap_feature where region = :region and "
    "theme = 'water' and min_zoom <= 11 limit 5000"
)
STYLE = """body{margin:0;background:#161b20;color:#e9edf1;font:16px/1.5 system-ui,sans-serif}
p{margin:12px 30px}
svg{width:100%;height:auto;background:#1f262d}
path{vector-effect:non-scaling-stroke}
.water{fill:#1a2f3e;stroke:#2b4759}
.streams{fill:none;stroke:#2b4759}
.roads{fill:none;stroke:#3d4a54;stroke-width:1.2}
.districts{fill:none;stroke:#66737f;stroke-width:1.4;stroke-dasharray:7 5}
.areas{fill:#58b4ff33;stroke:#58b4ff;stroke-width:1}
.lines{fill:none;stroke:#58b4ff;stroke-width:1.2}
.points{fill:none;stroke:#58b4ff;stroke-width:5;stroke-linecap:round;stroke-opacity:.75}"""


@dataclass
class Sketch:
    """Good rows' shapes, gathered chunk by chunk."""

    shapes: list[np.ndarray] = field(default_factory=list)
    seen: int = 0

    def add(self, cleaned: Cleaned) -> None:
        found = shapes_of(cleaned)
        room = max(0, MOST - self.seen)
        self.seen += len(found)
        self.shapes.append(found[:room])

    def write(self, path: Path, caption: str, connection: Connection, region: str) -> bool:
        """False, and no file, where nothing has a place."""
        drawn = np.concatenate(self.shapes) if self.shapes else np.zeros(0, dtype=object)
        if not len(drawn):
            return False
        west, south, east, north = shapely.total_bounds(drawn)
        side = max(east - west, north - south, 500.0)
        box = shapely.box(
            (west + east - side) / 2,
            (south + north - side) / 2,
            (west + east + side) / 2,
            (south + north + side) / 2,
        )
        layers = {
            name: under(connection, statement, region, box)
            for name, statement in (("water", WATER), ("roads", ROADS), ("districts", DISTRICTS))
        }
        layers["streams"] = layers["water"][shapely.get_dimensions(layers["water"]) == 1]
        layers["water"] = layers["water"][shapely.get_dimensions(layers["water"]) == 2]
        kinds = shapely.get_dimensions(drawn)
        layers |= {"areas": drawn[kinds == 2], "lines": drawn[kinds == 1], "points": drawn[kinds == 0]}
        shown = f"{caption} · {min(self.seen, MOST)} / {self.seen}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page(layers, (west, south, east, north), shown), encoding="utf-8")
        return True


def shapes_of(cleaned: Cleaned) -> np.ndarray:
    """The outline or point in EPSG:3857 of each good row that has one."""
    staged = cleaned.staged
    for name in ("footprint", "geometry"):
        if name in staged.column_names and staged[name].null_count < staged.num_rows:
            shapes = shapely.from_wkb(staged[name].drop_null().to_numpy())
            crs = f"EPSG:{cleaned.shaping.city.metric_srid}" if cleaned.entity.key == "precinct" else None
            return shapely.transform(shapes, lambda c, crs=crs: np.column_stack(mercator(c, crs)))
    if "x" not in staged.column_names:
        return np.zeros(0, dtype=object)
    x, y = (staged[name].cast(pa.float64()).to_numpy() for name in ("x", "y"))
    return shapely.points(x[~np.isnan(x)], y[~np.isnan(x)])


def mercator(coordinates: np.ndarray, crs: str | None) -> tuple[np.ndarray, np.ndarray]:
    lon, lat = coordinates[:, 0], coordinates[:, 1]
    if crs is not None:
        lon, lat = from_crs(crs)(lon, lat)
    return to_crs("EPSG:3857")(lon, lat)


def under(connection: Connection, statement: str, region: str, box: shapely.Polygon) -> np.ndarray:
    """The shapes that our own map has there already, cut to the picture."""
    rows = connection.execute(text(statement), {"region": region}).scalars()
    found = shapely.from_wkb(
        [bytes(wkb) for wkb in rows if wkb is not None]
    )  # what is too small to simplify is gone
    return shapely.clip_by_rect(found, *box.bounds) if len(found) else found


def page(layers: dict[str, np.ndarray], bounds: tuple[float, float, float, float], caption: str) -> str:
    west, south, east, north = bounds
    scale = min((WIDTH - 2 * MARGIN) / max(east - west, 500), (HEIGHT - 2 * MARGIN) / max(north - south, 500))
    left, top = (WIDTH - (east - west) * scale) / 2, (HEIGHT - (north - south) * scale) / 2

    def pixels(coordinates: np.ndarray) -> list[str]:
        x, y = left + (coordinates[:, 0] - west) * scale, top + (north - coordinates[:, 1]) * scale
        return [f"{a:.1f} {b:.1f}" for a, b in zip(x, y)]

    paths = "".join(
        f'<path class="{name}" fill-rule="evenodd" d="{outline(shapes, pixels)}"/>'
        for name, shapes in layers.items()
        if len(shapes)
    )
    return (
        f'<!doctype html><html lang="en"><meta '
        f'charset="utf-8"><title>{escape(caption)}</title><style>{STYLE}</style><p>{escape(caption)}</p>'
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(caption)}">{paths}</svg></html>'
    )


def outline(shapes: np.ndarray, pixels) -> str:
    """One path of many shapes: rings, lines, and points as strokes without length."""
    parts = shapely.get_parts(shapes)
    drawn = [f"M{at}h0" for at in pixels(shapely.get_coordinates(parts[shapely.get_dimensions(parts) == 0]))]
    rings = shapely.get_rings(parts[shapely.get_dimensions(parts) == 2])
    lines = parts[shapely.get_dimensions(parts) == 1]
    return "".join(
        [
            *drawn,
            *(
                "M" + "L".join(pixels(shapely.get_coordinates(ring)))
                for ring in np.concatenate([rings, lines])
            ),
        ]
    )
