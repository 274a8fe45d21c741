"""Files of precincts: read into the city's metric CRS, and written. GeoJSON, GeoPackage, Shapefile (also zipped), and CSV for what votes where.

A file names its precinct by a column: the one asked for, else the first of `NUMBERS` that it has. A Shapefile's names are cut to ten letters, so are ours.
"""
from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError
from pyogrio.raw import write as write_raw
from pyproj import CRS

from etl.clean.coordinates import from_crs, to_crs
from geo.errors import InvalidInput
from geo.plans import PrecinctInput, StationInput
from geo.settings import City

DRIVERS = {".geojson": "GeoJSON", ".json": "GeoJSON", ".gpkg": "GPKG", ".shp": "ESRI Shapefile"}
OPTIONS = {"ESRI Shapefile": {"encoding": "UTF-8"}, "GeoJSON": {"layer_options": {"COORDINATE_PRECISION": "9"}}}
"""Nine decimals of a degree: the millimetre of a plan's grid is kept."""
NUMBERS = ("number", "precinct", "uik", "no", "num", "номер", "участок", "учаске", "нөмірі", "name", "id")
OTHERS = {"kind": ("kind", "type"), "voters": ("voters", "избиратели", "сайлаушылар"), "station_kk": ("station_kk",), "station_ru": ("station_ru", "station"),
          "address": ("station_address", "station_ad", "address")}
LAYER = "precincts"


def read_precincts(path: Path, city: City, number_field: str | None = None) -> list[PrecinctInput]:
    """Precincts with their polygons in the metric CRS. Raises `InvalidInput`: "source.unreadable", "source.missing", "plan_file.number_field", "plan_file.number"."""
    table, geometry, crs = _read(path)
    names = {name.casefold(): name for name in table}
    field = names.get(number_field.casefold()) if number_field else next((names[name] for name in NUMBERS if name in names), None)
    if field is None:
        raise InvalidInput("plan_file.number_field", file=path.name, asked=number_field or "-", columns=", ".join(table))
    polygons = _metric(geometry, crs, city)
    others = {name: table[names[found]] if (found := next((n for n in known if n in names), None)) else None for name, known in OTHERS.items()}
    return [_precinct(row, _number(value, row, field, path), polygon, {name: column and column[row] for name, column in others.items()})
            for row, (value, polygon) in enumerate(zip(table[field], polygons))]


def _read(path: Path) -> tuple[dict[str, list], np.ndarray, str | None]:
    if not path.exists():
        raise InvalidInput("source.missing", source=str(path))
    try:
        meta, table = pyogrio.read_arrow(f"/vsizip/{path}" if path.suffix.lower() == ".zip" else path)
    except (DataSourceError, DataLayerError, pa.ArrowException, ValueError) as error:
        raise InvalidInput("source.unreadable", source=path.name, reason=str(error)) from error
    column = meta["geometry_name"] or "wkb_geometry"
    if column not in table.column_names:
        raise InvalidInput("source.unreadable", source=path.name, reason="no geometry")
    geometry = shapely.force_2d(shapely.from_wkb(np.array(table.column(column).to_pylist(), dtype=object)))
    return {name: table.column(name).to_pylist() for name in table.column_names if name != column}, geometry, meta["crs"]


def _metric(geometry: np.ndarray, crs: str | None, city: City) -> np.ndarray:
    """From the file's own CRS (none = degrees) by way of degrees. Vertices that were equal stay equal."""
    if crs is not None and not CRS.from_user_input(crs).is_geographic:
        geometry = shapely.transform(geometry, lambda c: np.column_stack(from_crs(crs)(c[:, 0], c[:, 1])))
    return shapely.transform(geometry, lambda c: np.round(np.column_stack(to_crs(f"EPSG:{city.metric_srid}")(c[:, 0], c[:, 1])), 3))


def _number(value: object, row: int, field: str, path: Path) -> int:
    """A whole number, also as "12.0", "№ 12" or "УИК 12"."""
    figures = re.fullmatch(r"\D*(\d{1,6})(?:\.0+)?\D*", str(value))
    if figures is None or int(figures[1]) < 1:
        raise InvalidInput("plan_file.number", file=path.name, row=row + 1, column=field, value=str(value)[:40])
    return int(figures[1])


def _precinct(row: int, number: int, polygon: shapely.Geometry, others: Mapping[str, object]) -> PrecinctInput:
    kind = others["kind"] if others["kind"] in ("open", "closed", "abroad") else "open" if polygon is not None else "closed"
    names = [others[f"station_{lang}"] or others["station_ru"] or others["station_kk"] for lang in ("kk", "ru")]
    station = StationInput(*names, others["address"] or None) if all(names) else None
    return PrecinctInput(number, kind, int(others["voters"] or 0), polygon if kind == "open" else None, station)


def write_precincts(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    """`rows`: columns and "geometry" (a shapely polygon in EPSG:4326, or none). The same rows give the same bytes but in a GeoPackage, which keeps its date."""
    driver = DRIVERS.get(path.suffix.lower())
    if driver is None:
        raise InvalidInput("plan_file.form", file=path.name, known=", ".join((*DRIVERS, ".csv", ".txt", ".html")))
    names = [name for name in rows[0] if name != "geometry"] if rows else ["number"]
    geometry = shapely.to_wkb(np.array([row["geometry"] for row in rows], dtype=object))
    fields = [_field([row[name] for row in rows]) for name in names]
    try:
        write_raw(path, geometry, fields, [name[:10] if driver == "ESRI Shapefile" else name for name in names], geometry_type="MultiPolygon", crs="EPSG:4326",
                  driver=driver, layer=LAYER if driver != "ESRI Shapefile" else path.stem, **OPTIONS.get(driver, {}))
    except DataSourceError as error:
        raise InvalidInput("plan_file.unwritable", file=str(path), reason=str(error)) from error


def _field(values: list) -> np.ndarray:
    """Numbers where all are numbers, else texts with nothing for none."""
    for kind, dtype in ((int, np.int64), (float, np.float64)):
        if values and all(isinstance(value, kind) for value in values):
            return np.array(values, dtype=dtype)
    return np.array(values, dtype=object)


def write_assignment(path: Path, rows: Iterable[Mapping[str, object]]) -> None:
    """For Excel as it is set up here: UTF-8 with a byte order mark, semicolons."""
    found = list(rows)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(found[0]) if found else ["building", "precinct"], delimiter=";")
        writer.writeheader()
        writer.writerows(found)
