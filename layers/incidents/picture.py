"""What lies under the incidents of a printed map: districts, water and roads of a box, as paths of SVG, and
the points of the incidents in the same coordinates (EPSG:3857, metres, y downwards)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Engine, text

from geo.settings import City
from layers.reading import snapshot

LEAST_M = 1500.0
"""A single point has its neighbourhood around it."""
MARGIN = 0.06
DETAIL = 1 / 900
"""The smallest detail drawn, as a share of the picture's width."""
POINTS = text("""
    select st_x(p), -st_y(p) from unnest(cast(:lons as float8[]), cast(:lats as float8[]))
        with ordinality as r (lon, lat, n), st_transform(st_point(lon, lat, 4326), 3857) as p order by n""")
SHAPES = text("""
    with box as (select st_makeenvelope(:west, :south, :east, :north, 3857) as geom),
    found as (
        select 'district' as theme, st_boundary(d.geom_3857) as geom from district d, box
        where d.region = :region and d.geom_3857 && box.geom and d.valid_from <= :today
            and (d.valid_to is null or d.valid_to > :today)
        union all
        select f.theme, f.geom_3857 from basemap_feature f, box
        where f.region = :region and f.theme in ('water', 'road') and f.min_zoom <= :zoom
            and f.geom_3857 && box.geom)
    select theme, st_assvg(st_simplify(st_intersection(st_makevalid(found.geom), box.geom), :detail), 0, 0)
    from found, box where st_intersects(found.geom, box.geom)""")


@dataclass(frozen=True)
class MapPicture:
    """`box`: left, top, width, height. `shapes`: theme ("district", "water", "road") and path. `points`: in
    the order in which they were given."""

    box: tuple[float, float, float, float]
    shapes: list[tuple[str, str]]
    points: list[tuple[float, float]]


def read_picture(
    engine: Engine, city: City, points: Sequence[tuple[float, float]], ratio: float
) -> MapPicture:
    """`points`: longitude and latitude, EPSG:4326, at least one. `ratio`: width by height."""
    lons, lats = (list(part) for part in zip(*points))
    with snapshot(engine) as connection:
        placed = [(x, y) for x, y in connection.execute(POINTS, {"lons": lons, "lats": lats})]
        left, top, width, height = _box(placed, ratio)
        bound = {"west": left, "east": left + width, "north": -top, "south": -top - height}
        bound |= {"detail": width * DETAIL, "zoom": 15 if width < 4000 else 13 if width < 15000 else 11}
        rows = connection.execute(SHAPES, bound | {"region": city.region, "today": city.today()}).all()
    return MapPicture((left, top, width, height), [(theme, path) for theme, path in rows if path], placed)


def _box(points: Sequence[tuple[float, float]], ratio: float) -> tuple[float, float, float, float]:
    """All of them with a margin, as wide by as high as the paper's frame."""
    left, right = min(x for x, _ in points), max(x for x, _ in points)
    top, bottom = min(y for _, y in points), max(y for _, y in points)
    width = max((right - left) * (1 + 2 * MARGIN), LEAST_M)
    height = max((bottom - top) * (1 + 2 * MARGIN), LEAST_M / ratio)
    width, height = max(width, height * ratio), max(height, width / ratio)
    return (left + right - width) / 2, (top + bottom - height) / 2, width, height
