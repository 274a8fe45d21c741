"""Files of precincts that are not as they should be: each is refused in words that say what to do, or read
with a question."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from pyogrio.raw import write as write_raw

from etl.clean.coordinates import to_crs
from etl.plans.files import read_precincts
from geo.errors import InvalidInput
from geo.settings import Settings

CITY = Settings.load({}).city
BOX = [shapely.box(71.40 + n * 0.02, 51.12, 71.42 + n * 0.02, 51.14) for n in range(2)]


def file(path: Path, *geometries: dict | None, names: tuple = ()) -> Path:
    path.write_text(
        json.dumps(
            {
                "type": "FeatureCollection",
                "features": [
                    {
                        "type": "Feature",
                        "properties": {"number": names[n] if names else n + 1},
                        "geometry": geometry,
                    }
                    for n, geometry in enumerate(geometries)
                ],
            }
        )
    )
    return path


def drawn(shape: shapely.Geometry) -> dict:
    return json.loads(shapely.to_geojson(shape))


def moved(change) -> list[dict]:
    return [drawn(shapely.transform(box, change)) for box in BOX]


def mercator(c):
    x, y = to_crs("EPSG:3857")(c[:, 0], c[:, 1])
    return shapely.get_coordinates(shapely.points(x, y))


@pytest.mark.parametrize(
    ("change", "code", "expected"),
    [
        (lambda c: c[:, ::-1], "plan_file.swapped", {}),
        (lambda c: c + [-34, 4.6], "plan_file.outside", {"count": 2, "precincts": "1, 2"}),
        (mercator, "plan_file.projected", {"srid": 3857}),
        (lambda c: c * 1e5 + 3e6, "plan_file.not_degrees", {}),
    ],
)
def test_coordinates_that_are_not_the_citys_are_said(
    tmp_path: Path, change, code: str, expected: dict
) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_precincts(file(tmp_path / "x.geojson", *moved(change)), CITY)
    assert refused.value.code == code and expected.items() <= refused.value.parameters.items()


def test_a_crs_that_the_file_lacks_may_be_given(tmp_path: Path) -> None:
    """Also of a Shapefile that lies without its .prj."""
    write_raw(
        tmp_path / "feet.shp",
        shapely.to_wkb(shapely.transform(BOX, mercator)),
        [],
        [],
        geometry_type="Polygon",
        crs="EPSG:3857",
        driver="ESRI Shapefile",
    )
    (tmp_path / "feet.prj").unlink()
    with pytest.raises(InvalidInput) as refused:
        read_precincts(tmp_path / "feet.shp", CITY, "fid")
    assert refused.value.code in ("plan_file.projected", "plan_file.number_field")
    there = read_precincts(file(tmp_path / "x.geojson", *moved(mercator)), CITY, srid=3857)
    here = read_precincts(file(tmp_path / "y.geojson", *map(drawn, BOX)), CITY)
    assert [
        a.geometry.symmetric_difference(b.geometry).area < 10 for a, b in zip(there.precincts, here.precincts)
    ] == [True, True]


@pytest.mark.parametrize(
    "geometry",
    [
        {
            "type": "GeometryCollection",
            "geometries": [
                drawn(BOX[1]),
                {"type": "LineString", "coordinates": [[71.42, 51.12], [71.43, 51.12]]},
            ],
        },
        {"type": "Polygon", "coordinates": []},
        {"type": "Point", "coordinates": [71.41, 51.13]},
        {"type": "Polygon", "coordinates": [[[71.42, 51.12], [71.44, 51.12], [71.44, 51.14]]]},
        {"type": "Polygon", "coordinates": [[[71.42, 51.12]]]},
        {
            "type": "Polygon",
            "coordinates": [[[71.42, 51.12], [71.44, 51.12], [71.42, 51.12], [71.42, 51.12]]],
        },
    ],
)
def test_what_is_no_polygon_is_said_with_its_precinct(tmp_path: Path, geometry: dict) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_precincts(file(tmp_path / "x.geojson", drawn(BOX[0]), geometry, names=("07-03", "07-04")), CITY)
    assert refused.value.code == "plan_file.geometry" and refused.value.parameters["precinct"] == "07-04"


def test_a_missing_polygon_and_a_missing_number_are_questions(tmp_path: Path) -> None:
    read = read_precincts(
        file(tmp_path / "x.geojson", drawn(BOX[0]), None, drawn(BOX[1]), names=("№ 7", "8", None)), CITY
    )
    assert [(p.number, p.kind, p.code) for p in read.precincts] == [
        (7, "open", "№ 7"),
        (8, "closed", None),
        (9, "open", None),
    ]
    assert [(one.precinct, one.code, one.text) for one in read.questions] == [
        (9, "plan_file.no_number", "row 3"),
        (8, "plan_file.no_geometry", "8"),
    ]


def test_names_that_share_a_number_are_codes(tmp_path: Path) -> None:
    read = read_precincts(
        file(tmp_path / "x.geojson", drawn(BOX[0]), drawn(BOX[1]), names=("A7", "B7")), CITY
    )
    assert [(p.number, p.code) for p in read.precincts] == [(1, "A7"), (2, "B7")]


def described(path: Path, *properties: dict) -> Path:
    features = [
        {"type": "Feature", "properties": row, "geometry": drawn(box)} for row, box in zip(properties, BOX)
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False))
    return path


def test_what_is_counted_is_a_number_however_it_is_written(tmp_path: Path) -> None:
    read = read_precincts(
        described(
            tmp_path / "x.geojson",
            {"number": 1, "voters": "1 234", "station": 5, "station_lon": "71,43", "station_lat": "51,13"},
            {"number": 2, "voters": None},
        ),
        CITY,
    )
    assert [precinct.voters for precinct in read.precincts] == [1234, 0]
    assert (read.precincts[0].station.name_ru, read.precincts[0].station.lon) == ("5", 71.43)


@pytest.mark.parametrize(
    ("column", "value"),
    [("voters", "abc"), ("voters", -5), ("voters", 12.7), ("voters", 1e30), ("station_lon", "x")],
)
def test_what_is_no_number_is_said_with_its_precinct(tmp_path: Path, column: str, value: object) -> None:
    row = {"number": "07-03", "station": "Школа", column: value}
    with pytest.raises(InvalidInput) as refused:
        read_precincts(described(tmp_path / "x.geojson", row), CITY)
    assert refused.value.code == "plan_file.value" and refused.value.parameters["precinct"] == "07-03"


def test_a_number_that_stands_twice_is_a_question(tmp_path: Path) -> None:
    read = read_precincts(described(tmp_path / "x.geojson", {"number": 5}, {"number": 5}), CITY)
    assert [precinct.number for precinct in read.precincts] == [5, 6]
    assert [(one.precinct, one.code, one.text) for one in read.questions] == [(6, "plan_file.no_number", "5")]


@pytest.mark.parametrize("srid", [999_999, 0, -1])
def test_a_crs_that_nobody_knows_is_said(tmp_path: Path, srid: int) -> None:
    with pytest.raises(InvalidInput, match="plan_file.crs"):
        read_precincts(described(tmp_path / "x.geojson", {"number": 1}), CITY, srid=srid)


def test_degrees_of_another_datum_are_not_those_of_the_map(tmp_path: Path) -> None:
    """Pulkovo 1942, in which older plans of the city are drawn."""
    path = described(tmp_path / "x.geojson", {"number": 1})
    [here], [there] = (read_precincts(path, CITY, srid=srid).precincts for srid in (4326, 4284))
    assert 20 < here.geometry.centroid.distance(there.geometry.centroid) < 300


@pytest.mark.parametrize("encoding", ["utf-8", "cp1251", "cp866"])
def test_texts_of_any_page_are_read_as_those_of_feeds(tmp_path: Path, encoding: str) -> None:
    frame = gpd.GeoDataFrame({"number": [1], "station": ["Школа 5"]}, geometry=BOX[:1], crs=4326)
    frame.to_file(tmp_path / "a.shp", encoding=encoding)
    (tmp_path / "a.cpg").unlink()
    path = described(tmp_path / "x.geojson", {"number": 1, "station": "Школа 5"})
    path.write_bytes(path.read_bytes().decode().encode(encoding))
    for file_ in (tmp_path / "a.shp", path):
        [precinct] = read_precincts(file_, CITY).precincts
        assert precinct.station.name_ru == "Школа 5"
