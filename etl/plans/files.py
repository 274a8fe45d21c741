"""Files of precincts: read into the city's metric CRS, and written. GeoJSON, GeoPackage, Shapefile (also
zipped), and CSV for what votes where.

What the rows say is `etl.plans.rows`; columns that we do not know are written out again. A Shapefile's
names are cut to ten letters, so are ours.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import shapely

from etl import readers
from etl.clean.coordinates import to_crs
from etl.plans import coordinates
from etl.plans.rows import HOLE, Row, kind_of, number, precinct_of, rows_of
from etl.readers import Source
from etl.registry import Feed
from geo.errors import InvalidInput
from geo.formulas import guarded
from geo.gdal import pyogrio
from geo.plans import coverages
from geo.plans.decision_text.read import Unmatched
from geo.plans.holes import Hole
from geo.plans.plan_import import PrecinctInput
from geo.settings import City

DRIVERS = {".geojson": "GeoJSON", ".json": "GeoJSON", ".gpkg": "GPKG", ".shp": "ESRI Shapefile"}
OPTIONS: dict[str, dict[str, Any]] = {
    "ESRI Shapefile": {"encoding": "UTF-8"},
    "GeoJSON": {"layer_options": {"COORDINATE_PRECISION": "9"}},
}
"""Nine decimals of a degree: the millimetre of a plan's grid is kept."""
FEED, GEOJSON = Feed("plan", "precinct"), Feed("plan", "precinct", format="geojson")
LAYER = "precincts"


@dataclass(frozen=True)
class PlanFile:
    """`questions`: what the file leaves open and a person has to decide, for the plan's worklist."""

    precincts: list[PrecinctInput]
    holes: list[Hole]
    questions: list[Unmatched]


def read_precincts(
    path: Path, city: City, number_field: str | None = None, srid: int | None = None
) -> PlanFile:
    """Precincts with their polygons in the metric CRS. `srid`: of the coordinates, where the file does not
    say.

    Raises `InvalidInput`: "plan_file.cut", "plan_file.empty", "source.missing", "source.format",
    "plan_file.number_field"; "plan_file.value" for a count of voters or a station's place that is no
    number; "plan_file.geometry" for what is no polygon; "plan_file.crs" for a CRS that nobody knows;
    "plan_file.swapped", "plan_file.projected", "plan_file.not_degrees", "plan_file.outside" for coordinates
    that do not lie in the city.
    """
    table, drawn, crs = _read(path)
    rows = rows_of(table, number_field, path.name)
    polygons = _polygons(drawn, rows, crs if srid is None else srid, city, path)
    holes = [
        Hole(part, str(row.known.get("reason") or ""))
        for row in rows
        if row.known.get("kind") == HOLE
        for part in shapely.get_parts(polygons[row.index])
    ]
    rows = [row for row in rows if row.known.get("kind") != HOLE]
    given, questions = number(rows)
    questions += [
        Unmatched(given[row.index], "plan_file.no_geometry", str(row))
        for row in rows
        if polygons[row.index] is None and kind_of(row) == "open"
    ]
    return PlanFile(
        [precinct_of(row, given[row.index], polygons[row.index], path.name) for row in rows],
        holes,
        questions,
    )


def check_shapes(geometry: np.ndarray, rows: Sequence[Row], path: Path) -> None:
    """Raises `InvalidInput`: "plan_file.geometry" for what is drawn and is no polygon, "plan_file.not_finite"
    for coordinates that are no numbers."""
    for row, shape in zip(rows, geometry):
        if shape is not None and (shape.geom_type not in ("Polygon", "MultiPolygon") or shape.is_empty):
            raise InvalidInput(
                "plan_file.geometry",
                file=path.name,
                precinct=str(row),
                type=shape.geom_type + (" (empty)" if shape.is_empty else ""),
            )
        if shape is not None and not np.isfinite(shapely.get_coordinates(shape)).all():
            raise InvalidInput("plan_file.not_finite", file=path.name, precinct=str(row))


def _read(path: Path) -> tuple[dict[str, list], list[bytes | None], str | None]:
    """Columns, geometry (WKB) and CRS, read as any feed reads them: in whatever encoding its texts are."""
    form = FEED if path.suffix.lower() != ".json" else GEOJSON
    try:
        chunks = list(readers.read(Source(path.name, path), form))
    except InvalidInput as error:
        if error.code != "source.unreadable":
            raise
        raise InvalidInput("plan_file.cut", file=path.name) from error  # no declaration says how to read it
    if not any(chunk.table.num_rows for chunk in chunks):
        raise InvalidInput("plan_file.empty", file=path.name)
    if any(chunk.geometry is None for chunk in chunks):
        raise InvalidInput("source.unreadable", source=path.name, reason="no geometry")
    table = pa.concat_tables([chunk.table for chunk in chunks], promote_options="permissive")
    columns = table.to_pydict()
    return columns, columns.pop(chunks[0].geometry), chunks[0].crs


def _polygons(
    drawn: Sequence[bytes | None], rows: Sequence[Row], crs: str | int | None, city: City, path: Path
) -> np.ndarray:
    """The polygon that each row draws, in the metric CRS; none where it draws nothing."""
    geometry = check_read(drawn, rows, path)
    check_shapes(geometry, rows, path)
    degrees = coordinates.degrees(geometry, crs, city, path.name, [str(row) for row in rows])
    polygons = _metric(degrees, city)
    check_areas(polygons, rows, path)
    return polygons


def check_read(drawn: Sequence[bytes | None], rows: Sequence[Row], path: Path) -> np.ndarray:
    """Geometries, none where none is drawn. Raises `InvalidInput` ("plan_file.geometry") for one that is a
    polygon in name only: a ring that does not close, or of a single corner."""
    with np.errstate(invalid="ignore"):  # of NaN, which `check_shapes` says
        shapes = shapely.force_2d(shapely.from_wkb(np.array(drawn, dtype=object), on_invalid="ignore"))
    for row, wkb, shape in zip(rows, drawn, shapes):
        if wkb is not None and shape is None:
            raise InvalidInput(
                "plan_file.geometry", file=path.name, precinct=str(row), type="Polygon (not closed)"
            )
    return shapes


def check_areas(polygons: np.ndarray, rows: Sequence[Row], path: Path) -> None:
    """Raises `InvalidInput` ("plan_file.geometry") for a polygon that encloses nothing."""
    for row, area in zip(rows, shapely.area(coverages.repaired(polygons))):
        if area == 0:
            raise InvalidInput(
                "plan_file.geometry", file=path.name, precinct=str(row), type="Polygon (no area)"
            )


def _metric(degrees: np.ndarray, city: City) -> np.ndarray:
    """Vertices that were equal stay equal."""
    return shapely.transform(
        degrees, lambda c: np.round(np.column_stack(to_crs(f"EPSG:{city.metric_srid}")(c[:, 0], c[:, 1])), 3)
    )


def write_precincts(path: Path, rows: Sequence[Mapping[str, object]], made: datetime | None = None) -> None:
    """`rows`: columns and "geometry" (a shapely polygon in EPSG:4326, or none). The same rows give the
    same bytes; in a GeoPackage, which keeps its date, where that is `made`."""
    driver = DRIVERS.get(path.suffix.lower())
    if driver is None:
        raise InvalidInput(
            "plan_file.form", file=path.name, known=", ".join((*DRIVERS, ".csv", ".txt", ".html"))
        )
    names = [name for name in rows[0] if name != "geometry"] if rows else ["number"]
    geometry = shapely.to_wkb(np.array([row["geometry"] for row in rows], dtype=object))
    fields, masks = zip(*(_field([row[name] for row in rows]) for name in names))
    day = made.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z") if made else None
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": day})
    try:
        pyogrio.raw.write(
            path,
            geometry,
            list(fields),
            [name[:10] if driver == "ESRI Shapefile" else name for name in names],
            field_mask=list(masks),
            geometry_type="MultiPolygon",
            crs="EPSG:4326",
            driver=driver,
            layer=LAYER if driver != "ESRI Shapefile" else path.stem,
            **OPTIONS.get(driver, {}),
        )
    except pyogrio.errors.DataSourceError as error:
        raise InvalidInput("plan_file.unwritable", file=str(path), reason=str(error)) from error
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def _field(values: list) -> tuple[np.ndarray, np.ndarray | None]:
    """A column and where it says nothing: numbers where all that is said are numbers, else texts."""
    missing = np.array([value is None for value in values], dtype=bool)
    known = [value for value in values if value is not None]
    for kind, dtype in ((int, np.int64), (float, np.float64)):
        if known and all(isinstance(value, kind) and not isinstance(value, bool) for value in known):
            return np.array(
                [0 if value is None else value for value in values], dtype=dtype
            ), missing if missing.any() else None
    return np.array(
        [value if value is None or isinstance(value, str) else str(value) for value in values], dtype=object
    ), None


def write_assignment(path: Path, rows: Iterable[Mapping[str, object]]) -> None:
    """Writes a file for Excel as it is set up here: UTF-8 with a byte order mark, semicolons."""
    found = list(rows)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(found[0]) if found else ["building", "precinct"], delimiter=";")
        writer.writeheader()
        for row in found:
            writer.writerow(
                {key: guarded(cell) if isinstance(cell, str) else cell for key, cell in row.items()}
            )
