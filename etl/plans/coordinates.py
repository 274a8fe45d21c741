"""Coordinates of a file of precincts: as degrees, and in the city; else a refusal that says what they seem
to be and what to do."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely

from etl.clean.coordinates import from_crs, is_degrees
from geo.errors import InvalidInput
from geo.settings import City

WEB_MERCATOR = 3857
MOST_NAMED = 10


def degrees(
    geometry: np.ndarray, crs: int | str | None, city: City, file: str, names: Sequence[str]
) -> np.ndarray:
    """From the file's CRS (an EPSG number, or words that pyproj knows; none = degrees) to EPSG:4326.
    `names`: of the geometries, for what is said.

    Raises `InvalidInput`: "plan_file.projected" with the EPSG number by which they lie in the city,
    "plan_file.not_degrees", "plan_file.swapped", "plan_file.outside", "plan_file.crs".
    """
    try:
        if crs is not None and not is_degrees(words_of(crs)):  # those of Pulkovo 1942 lie 100 m off
            geometry = transformed(geometry, crs)
    except InvalidInput as error:
        raise InvalidInput("plan_file.crs", file=file, crs=words_of(crs)[:80]) from error
    away = [index for index, shape in enumerate(geometry) if shape is not None and not in_city(shape, city)]
    if not away:
        return geometry
    west, south, east, north = shapely.total_bounds(geometry[away])
    if max(abs(west), abs(east)) > 180 or max(abs(south), abs(north)) > 90:
        found = next(
            (
                srid
                for srid in (WEB_MERCATOR, city.metric_srid)
                if all(in_city(shape, city) for shape in transformed(geometry[away], srid))
            ),
            None,
        )
        if found:
            raise InvalidInput("plan_file.projected", file=file, srid=found)
        raise InvalidInput(
            "plan_file.not_degrees", file=file, x=round(float(west), 1), y=round(float(south), 1)
        )
    if all(in_city(shapely.transform(geometry[index], lambda c: c[:, ::-1]), city) for index in away):
        raise InvalidInput("plan_file.swapped", file=file)
    named = ", ".join(names[index] for index in away[:MOST_NAMED]) + (" …" if len(away) > MOST_NAMED else "")
    raise InvalidInput(
        "plan_file.outside",
        file=file,
        precincts=named,
        count=len(away),
        lon=round(west, 4),
        lat=round(south, 4),
    )


def transformed(geometry: np.ndarray, crs: int | str) -> np.ndarray:
    return shapely.transform(
        geometry,
        lambda c: np.column_stack(from_crs(words_of(crs))(c[:, 0], c[:, 1])),
    )


def words_of(crs: int | str) -> str:
    return f"EPSG:{crs}" if isinstance(crs, int) else crs


def in_city(shape: shapely.Geometry, city: City) -> bool:
    """Any of it: a precinct may reach over the edge of the city's box."""
    return bool(np.isfinite(shape.bounds).all()) and shape.envelope.intersects(shapely.box(*city.bbox))
