"""What a file says of its CRS, in every format that can say it: known, or refused in words; never degrees
instead."""

import json
import socket
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS
from shapely import Point, box

from etl import readers
from etl.entities.registry import ENTITIES
from etl.entities.shaping import ReferenceCatalogue
from etl.plans.files import read_precincts
from etl.readers import Source
from etl.registry import Feed
from etl.runs.cleaning import Cleaner
from geo.errors import InvalidInput
from tests.etl.plans.test_files import CITY

UTM = CITY.metric_srid
POINT = Point(71.43, 51.13)
DRAWN = box(71.429, 51.129, 71.431, 51.131)
FEED = Feed(
    "poles",
    "incident",
    fields={"source_id": "id", "opened_at": "at"},
    constants={"kind": "service", "category": "road"},
)

COLUMNS = {"id": ["a"], "at": ["2026-11-01 10:00"]}


def feature(geometry: object = DRAWN, **members: object) -> dict:
    return {"type": "Feature", "properties": {"id": "a", "at": "2026-11-01 10:00"}} | {
        "geometry": json.loads(gpd.GeoSeries([geometry]).to_json())["features"][0]["geometry"] | members
    }


def geojson(path: Path, crs: object, **others: object) -> Path:
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature()], "crs": crs} | others))
    return path


def point_of(path: Path, feed: Feed = FEED) -> tuple[float, float]:
    """Where the only row of a file lies, as a run of a feed reads it."""
    source = Source(path.name, path)
    catalogue = ReferenceCatalogue({"category": {"road": 1}}, {1: 72})
    cleaner = Cleaner(feed, ENTITIES["incident"], CITY, datetime(2026, 11, 2, tzinfo=UTC), catalogue, int)
    cleaner.names = {None: path.name}
    [chunk] = readers.read(source, feed)
    staged = cleaner.clean(chunk).staged
    return staged["lon"][0].as_py(), staged["lat"][0].as_py()


def metres() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(COLUMNS, geometry=[DRAWN], crs=4326).to_crs(UTM)


def named(name: object) -> dict:
    return {"type": "name", "properties": {"name": name}}


def unknown_geopackage(path: Path, srid: int) -> Path:
    metres().to_file(path)
    with closing(sqlite3.connect(path)) as file:
        file.execute("insert into gpkg_spatial_ref_sys values ('Mine', 5, 'NONE', 5, 'rubbish', null)")
        file.execute("update gpkg_geometry_columns set srs_id = ?", (srid,))
        file.commit()
    return path


def shapefile(path: Path, projection: str, zipped: bool) -> Path:
    metres().to_file(path)
    path.with_suffix(".prj").write_text(projection)
    if not zipped:
        return path
    with zipfile.ZipFile(path.with_suffix(".zip"), "w") as packed:
        for part in path.parent.glob(f"{path.stem}.*"):
            if part.suffix != ".zip":
                packed.write(part, part.name)
    return path.with_suffix(".zip")


def parquet(path: Path, crs: object) -> Path:
    """The CRS put into the file's metadata as it is."""
    from pyarrow import parquet as pq

    metres().to_parquet(path)
    table = pq.read_table(path)
    about = json.loads(table.schema.metadata[b"geo"])
    about["columns"]["geometry"]["crs"] = crs
    pq.write_table(table.replace_schema_metadata({b"geo": json.dumps(about).encode()}), path)
    return path


LOCAL = 'LOCAL_CS["Astana",UNIT["metre",1]]'
UNKNOWN: dict[str, Callable[[Path], Path]] = {
    "geojson name": lambda at: geojson(at / "a.geojson", named("MSK-11")),
    "geojson number": lambda at: geojson(at / "a.geojson", named("EPSG:999999")),
    "geojson part of a name": lambda at: geojson(at / "a.geojson", named("Pulkovo")),
    "geojson height": lambda at: geojson(at / "a.geojson", named("EPSG:5701")),
    "geojson old number": lambda at: geojson(at / "a.geojson", {"type": "EPSG", "properties": {"code": 7}}),
    "geojson nothing": lambda at: geojson(at / "a.geojson", {}),
    "geojson empty name": lambda at: geojson(at / "a.geojson", named("")),
    "geojson two": lambda at: geojson(
        at / "a.geojson", named("EPSG:32642"), features=[feature(crs=named("EPSG:3857"))]
    ),
    "geojson in a geometry": lambda at: geojson(
        at / "a.geojson", None, features=[feature(), feature(crs=named("EPSG:1"))]
    ),
    "json": lambda at: geojson(at / "a.json", named("MSK-11")),
    "arcgis": lambda at: geojson(
        at / "a.geojson",
        None,
        type=None,
        geometryType="esriGeometryPoint",
        spatialReference={"wkid": 999999},
        fields=[{"name": name, "type": "esriFieldTypeString"} for name in ("id", "at")],
        features=[{"attributes": {"id": "a"}, "geometry": {"x": 71.4, "y": 51.1}}],
    ),
    "geopackage undefined plane": lambda at: unknown_geopackage(at / "a.gpkg", -1),
    "geopackage undefined degrees": lambda at: unknown_geopackage(at / "a.gpkg", 0),
    "geopackage not in the table": lambda at: unknown_geopackage(at / "a.gpkg", 77),
    "geopackage rubbish": lambda at: unknown_geopackage(at / "a.gpkg", 5),
    "shapefile rubbish": lambda at: shapefile(at / "a.shp", "rubbish", zipped=False),
    "shapefile half": lambda at: shapefile(at / "a.shp", 'PROJCS["MSK",GEOGCS["x"]]', zipped=False),
    "zipped shapefile rubbish": lambda at: shapefile(at / "a.shp", "rubbish", zipped=True),
    "shapefile local": lambda at: shapefile(at / "a.shp", LOCAL, zipped=False),
    "parquet undefined": lambda at: parquet(at / "a.parquet", None),
    "parquet name": lambda at: parquet(at / "a.parquet", "MSK-11"),
    "parquet object": lambda at: parquet(at / "a.parquet", {"type": "GeographicCRS", "name": "x"}),
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_a_crs_that_nobody_knows_is_refused_with_its_file(name: str, tmp_path: Path) -> None:
    path = UNKNOWN[name](tmp_path)
    with pytest.raises(InvalidInput) as refused:
        point_of(path)
    assert refused.value.code == "source.crs"
    assert refused.value.parameters["source"] == path.name
    assert {"crs", "reason"} <= refused.value.parameters.keys()


@pytest.mark.parametrize("name", [name for name in UNKNOWN if "half" not in name and "arcgis" not in name])
def test_a_declared_crs_is_used_in_its_place(name: str, tmp_path: Path) -> None:
    feed = Feed(**{**vars(FEED), "srid": 4326 if "json" in name else UTM})
    assert np.allclose(point_of_first(UNKNOWN[name](tmp_path), feed), (POINT.x, POINT.y), atol=1e-4)


def point_of_first(path: Path, feed: Feed) -> tuple[float, float]:
    chunk = next(iter(readers.read(Source(path.name, path), feed)))
    catalogue = ReferenceCatalogue({"category": {"road": 1}}, {1: 72})
    cleaner = Cleaner(feed, ENTITIES["incident"], CITY, datetime(2026, 11, 2, tzinfo=UTC), catalogue, int)
    staged = cleaner.clean(chunk).staged
    return staged["lon"][0].as_py(), staged["lat"][0].as_py()


@pytest.mark.parametrize(
    "name", ["geojson name", "geopackage undefined plane", "shapefile rubbish", "zipped shapefile rubbish"]
)
def test_a_plan_in_a_crs_that_nobody_knows_is_refused(name: str, tmp_path: Path) -> None:
    path = UNKNOWN[name](tmp_path)
    with pytest.raises(InvalidInput) as refused:
        read_precincts(path, CITY, number_field="id")
    assert refused.value.code in ("plan_file.crs", "source.crs")
    assert path.name in refused.value.parameters.values()


KNOWN: dict[str, Callable[[Path], Path]] = {
    "geojson": lambda at: written(at / "a.geojson"),
    "geojson by address": lambda at: geojson(
        at / "a.geojson", named(f"http://www.opengis.net/def/crs/EPSG/0/{UTM}"), features=[moved()]
    ),
    "geojson after its features": lambda at: after(at / "a.geojson"),
    "geojson in a geometry": lambda at: geojson(
        at / "a.geojson", None, features=[moved(crs=named(f"EPSG:{UTM}"))]
    ),
    "geojson in another case": lambda at: geojson(
        at / "a.geojson", None, CRS=named(f"urn:ogc:def:crs:EPSG::{UTM}"), features=[moved()]
    ),
    "geopackage": lambda at: written(at / "a.gpkg"),
    "shapefile": lambda at: written(at / "a.shp"),
    "parquet words": lambda at: parquet(at / "a.parquet", CRS(UTM).to_wkt()),
    "parquet object": lambda at: parquet(at / "a.parquet", CRS(UTM).to_json_dict()),
}


def moved(**members: object) -> dict:
    return feature(metres().geometry[0], **members)


def written(path: Path) -> Path:
    metres().to_file(path)
    return path


def after(path: Path) -> Path:
    about = {"type": "FeatureCollection", "features": [moved()], "crs": named(f"EPSG:{UTM}")}
    path.write_text(json.dumps(about))
    return path


@pytest.mark.parametrize("name", KNOWN)
def test_a_crs_that_is_known_is_used(name: str, tmp_path: Path) -> None:
    assert np.allclose(point_of(KNOWN[name](tmp_path)), (POINT.x, POINT.y), atol=1e-4)


def test_a_geopackage_that_was_written_with_a_log_is_read_from_memory(tmp_path: Path) -> None:
    written(tmp_path / "a.gpkg")
    with closing(sqlite3.connect(tmp_path / "a.gpkg")) as file:
        file.execute("pragma journal_mode = wal")
    body = (tmp_path / "a.gpkg").read_bytes()
    [chunk] = readers.read(Source("a", body=body, format="gpkg"), FEED)
    assert chunk.crs == f"EPSG:{UTM}"


@settings(max_examples=10, deadline=None)
@given(st.one_of(st.text(max_size=30), st.integers(), st.none(), st.booleans()))
def test_any_name_of_a_crs_is_degrees_or_refused(name: object) -> None:
    """Or it is another CRS, and the point lies elsewhere or nowhere: never where degrees would put it."""
    body = json.dumps({"type": "FeatureCollection", "features": [feature()], "crs": named(name)}).encode()
    [chunk] = readers.read(Source("a", body=body, format="geojson"), FEED)
    assert chunk.crs is not None
    if chunk.crs == "EPSG:4326":
        assert CRS.from_user_input(name).to_epsg(min_confidence=70) == 4326


@pytest.mark.parametrize("kind", ["URL", "link", "LINK"])
@pytest.mark.parametrize("member", ["crs", "CRS", "\\u0063rs"])
def test_nothing_is_fetched_because_a_file_says_so(kind: str, member: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        link = f"http://127.0.0.1:{server.getsockname()[1]}/crs"
        crs = json.dumps({"type": kind, "properties": {"url": link, "href": link}})
        features = json.dumps([feature()])
        body = f'{{"type": "FeatureCollection", "{member}": {crs}, "features": {features}}}'.encode()
        with pytest.raises(InvalidInput, match="source.crs_link"):
            list(readers.read(Source("a.geojson", body=body, format="geojson"), FEED))
        with pytest.raises(BlockingIOError):
            server.accept()


def test_a_file_opens_no_other_file(tmp_path: Path) -> None:
    gpd.GeoDataFrame({"secret": ["x"]}, geometry=[box(71, 51, 72, 52)], crs=4326).to_file(
        tmp_path / "other.geojson"
    )
    orders = (
        '<OGRVRTDataSource><OGRVRTLayer name="other"><SrcDataSource>'
        f"{tmp_path}/other.geojson</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>"
    )
    for form in ("geojson", "gpkg", "json"):
        with pytest.raises(InvalidInput, match="source.unreadable"):
            list(readers.read(Source("a", body=orders.encode(), format=form), FEED))


def test_gdal_has_the_drivers_that_are_used_and_no_others() -> None:
    program = (
        "from geo import gdal; assert set(gdal.pyogrio.list_drivers()) == set(gdal.DRIVERS), "
        "set(gdal.pyogrio.list_drivers()) ^ set(gdal.DRIVERS)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_gdal_is_taken_from_one_module() -> None:
    """Else its drivers may be registered before the others are left out."""
    root = Path(__file__).parents[3]
    importers = [
        path.relative_to(root).as_posix()
        for room in ("geo", "etl", "layers", "dashboard")
        for path in (root / room).rglob("*.py")
        if any(
            line.split()[:2] in (["import", name], ["from", name])
            for line in path.read_text().splitlines()
            for name in ("pyogrio", "pyogrio.raw", "pyogrio.errors", "geopandas")
        )
    ]
    assert importers == ["geo/gdal.py"]
