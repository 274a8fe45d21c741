"""Districts: polygons with names and the days they are valid. Merged by `geo.loading.districts`."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from etl.entities.entity import Entity, Field
from etl.entities.shapes import MULTI_POLYGON, POLYGON, hexadecimal, shapes
from etl.entities.shaping import Shaping
from geo.loading import districts, incidents

FIELDS = (
    Field("key", required=True),
    Field("name_kk"),
    Field("name_ru"),
    Field("name_en"),
    Field("kato"),
    Field("parent_key"),
    Field("valid_from", "time"),
    Field("valid_to", "time"),
)
ALWAYS = "1900-01-01"
"""A district without a first day has always been there."""


def shape(s: Shaping) -> dict[str, pa.Array]:
    found = shapes(s)
    s.faults.mark(
        ~np.isin(shapely.get_type_id(found), (POLYGON, MULTI_POLYGON)), "geometry.polygon", "geometry"
    )
    names = {name: s.column(f"name_{name}") for name in ("kk", "ru", "en")}
    any_name = pc.coalesce(names["ru"], names["kk"], names["en"], s.column("key"))
    return {
        "key": pc.utf8_lower(s.column("key")),
        "kato": s.column("kato"),
        "parent_key": s.column("parent_key"),
        **{f"name_{language}": pc.coalesce(name, any_name) for language, name in names.items()},
        "valid_from": pc.coalesce(local_day(s, "valid_from"), pa.scalar(ALWAYS)),
        "valid_to": local_day(s, "valid_to"),
        "geometry": hexadecimal(found),
    }


def local_day(s: Shaping, name: str) -> pa.Array:
    """A time as the day of the city's calendar, as text."""
    times = s.column(name, pa.timestamp("us", "UTC"))
    return pc.strftime(pc.cast(times, pa.timestamp("us", s.city.time_zone.key)), "%Y-%m-%d")


ENTITY = Entity("district", FIELDS, shape, districts.load, incidents.prepare, identity=("key", "valid_from"))
