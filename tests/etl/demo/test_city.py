from __future__ import annotations

import numpy as np
import pytest
import shapely

from etl.demo.city import DemoCity, make_city
from etl.demo.facts.frame import DISTRICTS
from etl.demo.houses import exact_sum
from etl.demo.naming import english, transliterate
from etl.demo.network import HALF_WIDTH_M
from etl.demo.precincts import CAP
from etl.demo.scales import find_scale
from geo.errors import InvalidInput

SRID = 32642


def test_six_districts_are_a_coverage(whole_city: DemoCity) -> None:
    assert len(whole_city.districts) == 6
    assert shapely.coverage_is_valid(whole_city.districts)
    assert {row[0] for row in DISTRICTS} == {"almaty", "baikonyr", "esil", "nura", "saryarqa", "saraishyq"}


def test_precincts_are_a_coverage_of_the_city(whole_city: DemoCity) -> None:
    assert len(whole_city.precincts) == 500
    assert shapely.coverage_is_valid(whole_city.precincts)
    assert shapely.area(whole_city.precincts).sum() == pytest.approx(
        shapely.area(whole_city.districts).sum(), rel=1e-6
    )
    assert (shapely.get_num_geometries(whole_city.precincts) == 1).all()


def test_each_precinct_lies_in_one_district(whole_city: DemoCity) -> None:
    tree = shapely.STRtree(whole_city.districts)
    home = tree.query(shapely.point_on_surface(whole_city.precincts), "within")[1]
    outside = shapely.area(shapely.difference(whole_city.precincts, whole_city.districts[home]))
    assert (outside < 1e-3 * shapely.length(whole_city.precincts)).all()


def test_all_but_three_precincts_are_under_the_cap(whole_city: DemoCity) -> None:
    voters = np.bincount(whole_city.precinct_of, weights=whole_city.buildings.voters)[1:]
    assert (voters > CAP).sum() == 3
    assert voters.min() > 300
    assert voters.sum() == whole_city.buildings.voters.sum() == find_scale("tenth").voters


def test_a_building_votes_where_it_stands(whole_city: DemoCity) -> None:
    at_home = shapely.covers(whole_city.precincts[whole_city.precinct_of - 1], whole_city.buildings.point)
    assert at_home.all()


def test_no_building_in_the_water_or_on_a_road(whole_city: DemoCity) -> None:
    buildings = whole_city.buildings
    assert len(buildings) == 20_000
    water = shapely.union_all([f.geom for f in whole_city.features if f.theme == "water"])
    shapely.prepare(water)
    assert not shapely.intersects(water, buildings.footprint).any()
    for class_, half_m in HALF_WIDTH_M.items():
        roads = shapely.STRtree([street.geom for street in whole_city.streets if street.class_ == class_])
        assert roads.query(buildings.footprint, "dwithin", half_m * 0.9).size == 0, class_


def test_footprints_are_valid_and_apart(whole_city: DemoCity) -> None:
    footprints = whole_city.buildings.footprint
    assert shapely.is_valid(footprints).all()
    a, b = shapely.STRtree(footprints).query(footprints, "intersects")
    assert (a == b).all()


def test_one_address_one_building(whole_city: DemoCity) -> None:
    buildings = whole_city.buildings
    addresses = [
        (whole_city.streets[s].name_ru, house) for s, house in zip(buildings.street.tolist(), buildings.house)
    ]
    assert len(set(addresses)) == len(addresses)
    assert any("/" in house for house in buildings.house) and any(
        house.endswith("А") for house in buildings.house
    )


def test_odd_numbers_stand_on_one_side(whole_city: DemoCity) -> None:
    buildings = whole_city.buildings
    number = np.array([int(house.split("/")[0].rstrip("А")) for house in buildings.house])
    assert (number % 2 == 1 - buildings.side).all()


def test_streets_have_names_in_three_languages(whole_city: DemoCity) -> None:
    roads = [f for f in whole_city.features if f.theme == "road"]
    assert all(f.name_kk and f.name_ru and f.name_en for f in roads)
    assert len({f.name_kk for f in roads}) == len(roads)
    assert sum(f.class_ in ("motorway", "trunk", "primary", "secondary") for f in roads) >= 25
    assert sum("-" not in f.name_kk for f in roads) >= 200
    assert all(f.name_en.isascii() for f in roads)


def test_english_names_follow_the_kazakh() -> None:
    assert transliterate("Мәңгілік Ел") == "Mangilik El"
    assert english("Қабанбай Батыр даңғылы") == "Qabanbai Batyr Avenue"


def test_the_same_city_every_time() -> None:
    first, again = (make_city(find_scale("tiny"), SRID) for _ in range(2))
    assert (shapely.to_wkb(first.buildings.footprint) == shapely.to_wkb(again.buildings.footprint)).all()
    assert (shapely.to_wkb(first.precincts) == shapely.to_wkb(again.precincts)).all()
    assert list(first.buildings.house) == list(again.buildings.house)
    assert [s.name_kk for s in first.streets] == [s.name_kk for s in again.streets]


def test_shares_sum_exactly() -> None:
    assert exact_sum(np.array([1.0, 1.0, 1.0]), 10).tolist() == [4, 3, 3]
    assert exact_sum(np.zeros(3), 10).tolist() == [0, 0, 0]


def test_an_unknown_scale_is_refused() -> None:
    with pytest.raises(InvalidInput) as refused:
        find_scale("huge")
    assert refused.value.code == "demo.scale"
