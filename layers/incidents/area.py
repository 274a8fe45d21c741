"""A part of the city that somebody asks of, as an address says it and as a condition on incidents.

`circle,71.43,51.13,500` (longitude, latitude, EPSG:4326; metres), `box,71.4,51.1,71.5,51.2` (west, south,
east, north), `lasso,71.4,51.1,71.5,51.1,71.45,51.2` (its corners, three or more; closed by itself). Sides of
a lasso are straight on the map (EPSG:3857), a radius is measured in the city's metric CRS. Of what has a
border or a name already: `precinct,412` (its id, in the plan in force), `district,2` (its id),
`street,улица Кенесары` (the incidents of its buildings, by its name in either language).
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any, Literal

from geo.errors import InvalidInput
from geo.incidents.squares import HALF_WORLD_M, PER_ROW, SIDE_M, SQUARE
from geo.ranges import whole
from geo.settings import City
from layers.incidents.cover import Cover, cover, cover_circle, polygon, rings
from layers.tiles.precincts import IN_FORCE

Shape = Literal["circle", "box", "lasso", "precinct", "district", "street"]
DIGITS = 5
"""Decimal places of a coordinate in an address: about a metre."""
MOST_CORNERS = 120
LEAST_M, MOST_M = 10, 50_000
NUMBER = re.compile(r"-?[0-9]{1,8}(\.[0-9]{1,12})?")
LONGEST_NAME = 120
OF_DISTRICT = "(select d.geom_3857 from district as d where d.region = :region and d.id = :area_id)"
IN_PRECINCT = f"(select p.geom_3857 from precinct as p where p.{IN_FORCE} and p.id = :area_id)"
ON_STREET = """i.building_id in (select b.id from building as b
    where b.region = :region and :area_name in (b.street_ru, b.street_kk))"""
IN_SQUARES = f"{SQUARE.format(row='i.')} = any({{squares}})"
TOUCHED = f"""array(select y * {PER_ROW} + x from (select {{outline}} as geom) as border
    cross join lateral generate_series(floor(({HALF_WORLD_M} - st_ymax(geom)) / {SIDE_M})::bigint,
        floor(({HALF_WORLD_M} - st_ymin(geom)) / {SIDE_M})::bigint) as y
    cross join lateral generate_series(floor((st_xmin(geom) + {HALF_WORLD_M}) / {SIDE_M})::bigint,
        floor((st_xmax(geom) + {HALF_WORLD_M}) / {SIDE_M})::bigint) as x
    where st_intersects(geom, st_expand(st_setsrid(st_makepoint((x + 0.5) * {SIDE_M} - {HALF_WORLD_M},
        {HALF_WORLD_M} - (y + 0.5) * {SIDE_M}), 3857), {SIDE_M} / 2 + 1)))"""
"""The squares of an outline that only the database knows."""
MEASURED = "({exact}) is true"
"""A condition on rows that are found already, which the planner looks up in no other index."""
MIDDLE = "st_setsrid(st_makepoint(:area_x, :area_y), 3857)"
AROUND = f"i.point_3857 && st_expand({MIDDLE}, :area_perhaps)"
AWAY = """((st_x(i.point_3857) - :area_x) * (st_x(i.point_3857) - :area_x)
    + (st_y(i.point_3857) - :area_y) * (st_y(i.point_3857) - :area_y))"""
"""Squared, EPSG:3857: a fraction of what a function of PostGIS takes."""
WITHIN = f"""{AWAY} <= :area_surely * :area_surely
    or {AWAY} <= :area_perhaps * :area_perhaps and st_dwithin(st_transform(i.point_3857, {{metric}}),
        st_transform(st_setsrid(st_makepoint(:area_lon, :area_lat), 4326), {{metric}}), :area_m)"""
"""In a circle: what lies near its border is measured in the metric CRS."""
POLES = 85
"""Degrees: beyond them the map has no place."""


@dataclass(frozen=True)
class CityArea:
    """`points`: (longitude, latitude) of the centre, of the south-western and north-eastern corner, or of the
    corners in order. `metres`: of a circle. `precinct` and `district`: an id; `street`: a name."""

    shape: Shape
    points: tuple[tuple[float, float], ...] = ()
    metres: int = 0
    precinct: int | None = None
    district: int | None = None
    street: str | None = None

    @classmethod
    def read(cls, text: str) -> CityArea:
        """Raises `InvalidInput` ("filter.value")."""
        shape, *parts = text.split(",")
        try:
            if shape == "street":
                return _street(text.removeprefix("street,"))
            if shape == "precinct":
                return CityArea("precinct", precinct=_id(parts))
            if shape == "district":
                return CityArea("district", district=_id(parts))
            numbers = [_number(part) for part in parts]
            return {"circle": _circle, "box": _box, "lasso": _lasso}[shape](numbers)
        except (KeyError, ValueError) as error:
            raise InvalidInput("filter.value", filter="area", value=text[:40]) from error

    def write(self) -> str:
        if self.shape in ("precinct", "district", "street"):
            return f"{self.shape},{self.precinct or self.district or self.street}"
        numbers = [number for point in self.points for number in point]
        metres = [str(self.metres)] if self.shape == "circle" else []
        return ",".join([self.shape, *map(_written, numbers), *metres])

    def where(self, city: City) -> tuple[str, dict[str, Any]]:
        """A condition on `incident as i` and its values (`:region` beside them); what has no point is in no
        area but a district or street that is known of it."""
        if self.shape == "street":
            return ON_STREET, {"area_name": self.street}
        if self.shape == "district":
            return "i.district_id = :area_id", {"area_id": self.district}
        if self.shape == "circle":
            return self._around(city)
        outline, values = self.outline(city)
        exact = f"st_intersects(i.point_3857, {outline})"
        if self.shape == "precinct":
            near = IN_SQUARES.format(squares=TOUCHED.format(outline=outline))
            return f"({near} and {MEASURED.format(exact=exact)})", values
        found = _cover_of(self)
        return _narrowed(MEASURED.format(exact=exact) if found else exact, found, values)

    def outline(self, city: City) -> tuple[str, dict[str, Any]]:
        """It as a polygon in EPSG:3857, with its values (`:region` beside them); of a lasso that crosses
        itself what it goes round an odd number of times. A street has none."""
        if self.shape == "district":
            return OF_DISTRICT, {"area_id": self.district}
        if self.shape == "precinct":
            return IN_PRECINCT, {"area_id": self.precinct, "today": city.today()}
        if self.shape == "circle":
            [(lon, lat)] = self.points
            centre = f"st_transform(st_setsrid(st_makepoint(:area_lon, :area_lat), 4326), {city.metric_srid})"
            values = {"area_lon": lon, "area_lat": lat, "area_m": self.metres}
            return f"st_transform(st_buffer({centre}, :area_m, 32), 3857)", values
        corners = self._corners()
        ring = ", ".join(f"{lon} {lat}" for lon, lat in [*corners, corners[0]])
        drawn = "st_makevalid(st_transform(st_geomfromtext(:area, 4326), 3857))"
        return drawn, {"area": f"POLYGON(({ring}))"}

    def _corners(self) -> list[tuple[float, float]]:
        """The corners of a box or lasso, in order."""
        if self.shape == "lasso":
            return list(self.points)
        (west, south), (east, north) = self.points
        return [(west, south), (east, south), (east, north), (west, north)]

    def _around(self, city: City) -> tuple[str, dict[str, Any]]:
        [(lon, lat)] = self.points
        circle = rings(lon, lat, self.metres)
        values: dict[str, Any] = {"area_lon": lon, "area_lat": lat, "area_m": self.metres}
        values |= {f"area_{name}": value for name, value in asdict(circle).items()}
        found, within = _cover_of(self), WITHIN.format(metric=city.metric_srid)
        return _narrowed(within if found else f"{AROUND} and ({within})", found, values)


@lru_cache(64)
def _cover_of(area: CityArea) -> Cover | None:
    """The cover of a circle, box or lasso; each of the statements of a page asks for it."""
    if area.shape == "circle":
        [(lon, lat)] = area.points
        return cover_circle(rings(lon, lat, area.metres))
    return cover(polygon(area._corners()))


def _narrowed(exact: str, found: Cover | None, values: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The condition `exact`, looked at only where it must be."""
    if found is None:
        return f"({exact})", values
    inside = f"{IN_SQUARES.format(squares=':area_inside')} or " if found.inside else ""
    near = IN_SQUARES.format(squares=":area_squares")
    return f"({near} and ({inside}{exact}))", values | {
        "area_squares": found.touched,
        "area_inside": found.inside,
    }


def _street(name: str) -> CityArea:
    if not 0 < len(name.strip()) <= LONGEST_NAME or not name.isprintable():
        raise ValueError(name)
    return CityArea("street", street=name.strip())


def _id(parts: list[str]) -> int:
    [number] = parts
    if (id_ := whole(number, least=1)) is None:
        raise ValueError(number)
    return id_


def _number(text: str) -> float:
    if not NUMBER.fullmatch(text):
        raise ValueError(text)
    return float(text)


def _written(number: float) -> str:
    return f"{number:.{DIGITS}f}".rstrip("0").rstrip(".")


def _points(numbers: list[float]) -> tuple[tuple[float, float], ...]:
    if len(numbers) % 2:
        raise ValueError(numbers)
    points = tuple(
        (round(lon, DIGITS) + 0.0, round(lat, DIGITS) + 0.0) for lon, lat in zip(numbers[::2], numbers[1::2])
    )
    if not all(-180 <= lon <= 180 and -POLES <= lat <= POLES for lon, lat in points):
        raise ValueError(numbers)
    return points


def _circle(numbers: list[float]) -> CityArea:
    *centre, metres = numbers
    points = _points(centre)
    if len(points) != 1 or metres != int(metres) or not LEAST_M <= metres <= MOST_M:
        raise ValueError(numbers)
    return CityArea("circle", points, int(metres))


def _box(numbers: list[float]) -> CityArea:
    points = _points(numbers)
    if len(points) != 2 or not (points[0][0] < points[1][0] and points[0][1] < points[1][1]):
        raise ValueError(numbers)
    return CityArea("box", points)


def _lasso(numbers: list[float]) -> CityArea:
    points = _points(numbers)
    if not 3 <= len(set(points)) <= len(points) <= MOST_CORNERS:
        raise ValueError(numbers)
    return CityArea("lasso", points)
