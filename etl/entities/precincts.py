"""Precincts: number, kind, voters, polygon, station. A file is a whole plan; merged by
`geo.loading.precincts`."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from etl.clean.coordinates import locate, to_crs
from etl.clean.numbers import mask
from etl.clean.words import look_up
from etl.entities.entity import Entity, Field
from etl.entities.shapes import MULTI_POLYGON, POLYGON, hexadecimal, shapes
from etl.entities.shaping import Shaping
from geo.loading import precincts

FIELDS = (
    Field("number", "integer", required=True, least=1),
    Field("kind"),
    Field("voters", "integer", least=0, strict=True),
    Field("station_name_kk"),
    Field("station_name_ru"),
    Field("station_address"),
    Field("station_lon", "coordinate"),
    Field("station_lat", "coordinate"),
)
KINDS = {kind: kind for kind in ("open", "closed", "abroad")}


def shape(s: Shaping) -> dict[str, pa.Array]:
    kind, bad = look_up(s.column("kind"), KINDS, pa.string())
    s.faults.mark(bad, "kind.unknown", "kind")
    kind = pc.coalesce(kind, pa.scalar("open"))
    found = shapes(s)
    is_polygon = np.isin(shapely.get_type_id(found), (POLYGON, MULTI_POLYGON))
    s.faults.mark(mask(pc.equal(kind, "open")) & ~is_polygon, "geometry.polygon", "geometry")
    found = np.where(is_polygon, found, None)
    metric = shapely.transform(
        found, lambda c: np.column_stack(to_crs(f"EPSG:{s.city.metric_srid}")(c[:, 0], c[:, 1]))
    )
    lon, lat = (
        s.column(f"station_{name}", pa.float64()).to_numpy(zero_copy_only=False) for name in ("lon", "lat")
    )
    station = locate(lon, lat, s.city)
    return {
        "number": s.column("number", pa.int64()),
        "kind": kind,
        "voters": pc.coalesce(s.column("voters", pa.int64()), pa.scalar(0, pa.int64())),
        "geometry": hexadecimal(metric),
        **{name: s.column(name) for name in ("station_name_kk", "station_name_ru", "station_address")},
        "station_lon": pa.array(station.lon, from_pandas=True),
        "station_lat": pa.array(station.lat, from_pandas=True),
    }


ENTITY = Entity("precinct", FIELDS, shape, precincts.load, identity=("number",), whole=True)
