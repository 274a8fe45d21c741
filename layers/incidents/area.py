"""A part of the city that somebody asks of, as an address says it and as a condition on incidents.

`circle,71.43,51.13,500` (longitude, latitude, EPSG:4326; metres), `box,71.4,51.1,71.5,51.2` (west, south,
east, north), `lasso,71.4,51.1,71.5,51.1,71.45,51.2` (its corners, three or more; closed by itself). Sides of
a lasso are straight on the map (EPSG:3857), a radius is measured in the city's metric CRS. Of what has a
border or a name already: `precinct,412` (its id, in the plan in force), `district,2` (its id),
`street,улица Кенесары` (the incidents of its buildings, by its name in either language).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import cos, radians
from typing import Any, Literal

from geo.errors import InvalidInput
from geo.ranges import whole
from geo.settings import City
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
        return f"st_intersects(i.point_3857, {outline})", values

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
        corners = list(self.points)
        if self.shape == "box":
            (west, south), (east, north) = self.points
            corners = [(west, south), (east, south), (east, north), (west, north)]
        ring = ", ".join(f"{lon} {lat}" for lon, lat in [*corners, corners[0]])
        drawn = "st_makevalid(st_transform(st_geomfromtext(:area, 4326), 3857))"
        return drawn, {"area": f"POLYGON(({ring}))"}

    def _around(self, city: City) -> tuple[str, dict[str, Any]]:
        [(lon, lat)] = self.points
        centre = "st_setsrid(st_makepoint(:area_lon, :area_lat), 4326)"
        near = f"i.point_3857 && st_expand(st_transform({centre}, 3857), :area_reach)"
        metric = city.metric_srid
        within = (
            f"st_dwithin(st_transform(i.point_4326, {metric}), st_transform({centre}, {metric}), :area_m)"
        )
        reach = self.metres / cos(radians(min(abs(lat) + 1, POLES + 1))) * 1.05
        values = {"area_lon": lon, "area_lat": lat, "area_m": self.metres, "area_reach": reach}
        return f"({near} and {within})", values


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
