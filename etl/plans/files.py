"""Files of precincts: read into the city's metric CRS, and written. GeoJSON, GeoPackage, Shapefile (also
zipped), and CSV for what votes where.

A file names its precinct by a column: the one asked for, else the first of `NUMBERS` that it has. Names
that are no numbers ("07-03", "vtd:20051120030") are kept as the precinct's code, beside a number of our
own; columns that we do not know are kept as they are, and written out again. A row of the kind "hole" is
no precinct but a hole of the plan that is lawful, with its reason. A Shapefile's names are cut to ten
letters, so are ours.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import shapely
from pyogrio.errors import DataSourceError
from pyogrio.raw import write as write_raw

from etl import readers
from etl.clean import numbers
from etl.clean.coordinates import to_crs
from etl.plans import coordinates
from etl.readers import Source
from etl.registry import Feed
from geo.errors import InvalidInput
from geo.plans import coverages
from geo.plans.decision_text.read import Unmatched
from geo.plans.holes import Hole
from geo.plans.plan_import import PrecinctInput, StationInput
from geo.settings import City

DRIVERS = {".geojson": "GeoJSON", ".json": "GeoJSON", ".gpkg": "GPKG", ".shp": "ESRI Shapefile"}
OPTIONS: dict[str, dict[str, Any]] = {
    "ESRI Shapefile": {"encoding": "UTF-8"},
    "GeoJSON": {"layer_options": {"COORDINATE_PRECISION": "9"}},
}
"""Nine decimals of a degree: the millimetre of a plan's grid is kept."""
NUMBERS = ("number", "precinct", "uik", "no", "num", "номер", "участок", "учаске", "нөмірі", "name", "id")
OTHERS = {
    "kind": ("kind", "type"),
    "voters": ("voters", "избиратели", "сайлаушылар"),
    "station_kk": ("station_kk",),
    "station_ru": ("station_ru", "station"),
    "address": ("station_address", "station_ad", "address"),
    "address_kk": ("addr_kk",),
    "entrance_kk": ("entry_kk",),
    "entrance_ru": ("entry_ru",),
    "lon": ("station_lon", "station_lo"),
    "lat": ("station_lat", "station_la"),
    "code": ("code",),
    "reason": ("reason",),
}
PLAIN = re.compile(r"\D*(\d{1,6})(?:\.0+)?\D*")
"""A number with words around it."""
OWN = {"id", "number", "former", "district", "buildings", "reason"}
"""Columns of our own files that say nothing about the precinct: what is counted or drawn again."""
KINDS = ("open", "closed", "abroad")
FEED, GEOJSON = Feed("plan", "precinct"), Feed("plan", "precinct", format="geojson")
MOST_VOTERS = 10**7
HOLE = "hole"
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

    Raises `InvalidInput`: "source.unreadable", "source.missing", "source.format",
    "plan_file.number_field"; "plan_file.value" for a count of voters or a station's place that is no
    number; "plan_file.geometry" for what is no polygon; "plan_file.crs" for a CRS that nobody knows;
    "plan_file.swapped", "plan_file.projected", "plan_file.not_degrees", "plan_file.outside" for coordinates
    that do not lie in the city.
    """
    table, drawn, crs = _read(path)
    names = {name.casefold(): name for name in table}
    field = (
        names.get(number_field.casefold())
        if number_field
        else next((names[name] for name in NUMBERS if name in names), None)
    )
    if field is None:
        raise InvalidInput(
            "plan_file.number_field", file=path.name, asked=number_field or "-", columns=", ".join(table)
        )
    known = {
        name: names[found]
        for name, spellings in OTHERS.items()
        if (found := next((n for n in spellings if n in names and names[n] != field), None))
    }
    if "kind" in known and not set(table[known["kind"]]) <= {*KINDS, HOLE, None, ""}:
        del known["kind"]  # a column of that name that says something else
    rows = [
        Row(
            index,
            label_of(value),
            {name: table[column][index] for name, column in known.items()},
            others(table, index, {field, *known.values()}),
        )
        for index, value in enumerate(table[field])
    ]
    geometry = check_read(drawn, rows, path)
    check_shapes(geometry, rows, path)
    named = [str(row) for row in rows]
    polygons = _metric(
        coordinates.degrees(geometry, crs if srid is None else srid, city, path.name, named), city
    )
    check_areas(polygons, rows, path)
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
        [_precinct(row, given[row.index], polygons[row.index], path.name) for row in rows],
        holes,
        questions,
    )


@dataclass(frozen=True)
class Row:
    """`label`: what the file calls the precinct, none where it does not; `known`: the columns of `OTHERS`,
    `attributes`: all others."""

    index: int
    label: str | None
    known: Mapping[str, Any]
    attributes: Mapping[str, Any]

    def __str__(self) -> str:
        return self.label or f"row {self.index + 1}"


def label_of(value: object) -> str | None:
    """A whole number that came as a float is one."""
    known = (
        ""
        if value is None or value != value
        else str(int(value))
        if isinstance(value, float) and value.is_integer()
        else str(value).strip()
    )
    return known or None


def others(table: Mapping[str, list], index: int, used: set[str]) -> dict[str, object]:
    """What a file says besides, as JSON holds it."""
    kept = {
        name: column[index]
        for name, column in table.items()
        if name not in used and name.casefold() not in OWN
    }
    return {
        name: value if isinstance(value, (str, int, float, bool)) else str(value)
        for name, value in kept.items()
        if value is not None and value == value
    }


def number(rows: Sequence[Row]) -> tuple[dict[int, int], list[Unmatched]]:
    """A number for each row, by its place: the one it is called by ("12", "№ 12", "УИК 12"), where no
    other name has the same; else the next free one, which is a question where the row is not called
    anything, or as one before it."""
    plain = {
        row.index: int(found[1])
        for row in rows
        if row.label and (found := PLAIN.fullmatch(row.label)) and int(found[1]) > 0
    }
    called = defaultdict(set)
    for row in rows:
        if row.index in plain:
            called[plain[row.index]].add(row.label)
    first = {n: index for index, n in reversed(plain.items()) if len(called[n]) == 1}
    kept = {index: n for n, index in first.items()}
    free = count(max(kept.values(), default=0) + 1)
    given = {row.index: kept[row.index] if row.index in kept else next(free) for row in rows}
    doubtful = [
        row
        for row in rows
        if row.label is None or row.index not in kept and row.index in plain and plain[row.index] in first
    ]
    return given, [Unmatched(given[row.index], "plan_file.no_number", str(row)) for row in doubtful]


def check_shapes(geometry: np.ndarray, rows: Sequence[Row], path: Path) -> None:
    """What is drawn is a polygon or several: anything else has no ground, or more than that."""
    for row, shape in zip(rows, geometry):
        if shape is not None and (shape.geom_type not in ("Polygon", "MultiPolygon") or shape.is_empty):
            raise InvalidInput(
                "plan_file.geometry",
                file=path.name,
                precinct=str(row),
                type=shape.geom_type + (" (empty)" if shape.is_empty else ""),
            )


def _read(path: Path) -> tuple[dict[str, list], list[bytes | None], str | None]:
    """Columns, geometry (WKB) and CRS, read as any feed reads them: in whatever encoding its texts are."""
    chunks = list(readers.read(Source(path.name, path), FEED if path.suffix.lower() != ".json" else GEOJSON))
    if not chunks:
        return {}, [], None
    if any(chunk.geometry is None for chunk in chunks):
        raise InvalidInput("source.unreadable", source=path.name, reason="no geometry")
    table = pa.concat_tables([chunk.table for chunk in chunks], promote_options="permissive")
    columns = table.to_pydict()
    return columns, columns.pop(chunks[0].geometry), chunks[0].crs


def check_read(drawn: Sequence[bytes | None], rows: Sequence[Row], path: Path) -> np.ndarray:
    """Geometries, none where none is drawn. Raises `InvalidInput` ("plan_file.geometry") for one that is a
    polygon in name only: a ring that does not close, or of a single corner."""
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


def kind_of(row: Row) -> str:
    return row.known["kind"] if row.known.get("kind") in KINDS else "open"


def _precinct(row: Row, number_: int, polygon: shapely.Geometry | None, file: str) -> PrecinctInput:
    """One without a polygon cannot be open."""
    known, kind = row.known, kind_of(row) if polygon is not None or kind_of(row) != "open" else "closed"
    code = known.get("code") or (row.label if row.label != str(number_) else None)
    return PrecinctInput(
        number_,
        kind,
        int(number_in(row, "voters", file, whole=True) or 0),
        polygon if kind == "open" else None,
        _station(row, file),
        code and str(code),
        row.attributes,
    )


def number_in(row: Row, name: str, file: str, whole: bool = False) -> float | None:
    """What a row says in a column of numbers, however it writes them; `whole`: of things that are counted.
    Raises `InvalidInput` ("plan_file.value")."""
    value = row.known.get(name)
    found, bad = (numbers.parse_whole if whole else numbers.parse)(
        pa.array([None if value is None else str(value)], pa.string())
    )
    if bad[0] or whole and not 0 <= (found[0].as_py() or 0) <= MOST_VOTERS:
        raise InvalidInput(
            "plan_file.value", file=file, precinct=str(row), column=name, value=str(value)[:80]
        )
    return found[0].as_py()


def text_in(row: Row, name: str) -> str | None:
    value = row.known.get(name)
    return None if value is None else str(value)


def _station(row: Row, file: str) -> StationInput | None:
    """None where it is named in no language; in one alone, that name stands for both."""
    name_kk, name_ru = text_in(row, "station_kk"), text_in(row, "station_ru")
    if not name_kk and not name_ru:
        return None
    lon, lat = (number_in(row, name, file) for name in ("lon", "lat"))
    return StationInput(
        name_kk or name_ru,
        name_ru or name_kk,
        text_in(row, "address") or None,
        lon,
        lat,
        text_in(row, "address_kk") or None,
        text_in(row, "entrance_kk") or None,
        text_in(row, "entrance_ru") or None,
    )


def write_precincts(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    """`rows`: columns and "geometry" (a shapely polygon in EPSG:4326, or none). The same rows give the
    same bytes but in a GeoPackage, which keeps its date."""
    driver = DRIVERS.get(path.suffix.lower())
    if driver is None:
        raise InvalidInput(
            "plan_file.form", file=path.name, known=", ".join((*DRIVERS, ".csv", ".txt", ".html"))
        )
    names = [name for name in rows[0] if name != "geometry"] if rows else ["number"]
    geometry = shapely.to_wkb(np.array([row["geometry"] for row in rows], dtype=object))
    fields, masks = zip(*(_field([row[name] for row in rows]) for name in names))
    try:
        write_raw(
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
    except DataSourceError as error:
        raise InvalidInput("plan_file.unwritable", file=str(path), reason=str(error)) from error


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
    """For Excel as it is set up here: UTF-8 with a byte order mark, semicolons."""
    found = list(rows)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(found[0]) if found else ["building", "precinct"], delimiter=";")
        writer.writeheader()
        writer.writerows(found)
