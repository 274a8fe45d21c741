"""The whole city in memory: ground, districts, streets, buildings, precincts and stations. Metric CRS; the
same for the same scale, always."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import shapely

from etl.demo.blocks import divide_heavy
from etl.demo.facts.frame import DISTRICTS
from etl.demo.houses import Buildings, make_buildings
from etl.demo.naming import english, give_names
from etl.demo.nature import Feature, make_districts, make_greens, make_railways, make_settlements, make_waters
from etl.demo.network import MIN_ZOOM, DemoStreet, built_up_areas, lesser_streets, main_roads
from etl.demo.precincts import group_blocks, level_voters, make_polygons
from etl.demo.scales import Scale

SEED = 109
SCHOOL_USES = (4, 5, 6, 2, 0, 1)
"""Where people vote, by preference: schools, kindergartens, clinics, then any building."""


@dataclass(frozen=True)
class DemoCity:
    """`building_district` indexes `facts.frame.DISTRICTS`; `precinct_of` numbers precincts from 1;
    `station_of` indexes buildings, one a precinct."""

    srid: int
    districts: np.ndarray
    features: list[Feature]
    streets: list[DemoStreet]
    buildings: Buildings
    building_district: np.ndarray
    precincts: np.ndarray
    precinct_of: np.ndarray
    station_of: np.ndarray


@dataclass(frozen=True)
class Terrain:
    """What was there before the city: water, green, railways."""

    waters: list[Feature]
    greens: list[Feature]
    railways: list[Feature]
    obstacles: shapely.Geometry
    """Where no street and no house is."""

    @classmethod
    def of(cls, srid: int) -> Terrain:
        waters, railways = make_waters(srid, SEED), make_railways(srid)
        water = shapely.union_all([feature.geom for feature in waters])
        greens = make_greens(srid, water)
        obstacles = [
            shapely.buffer(water, 25),
            *(shapely.buffer(f.geom, 8) for f in greens),
            *(shapely.buffer(f.geom, 22) for f in railways),
        ]
        return cls(waters, greens, railways, shapely.union_all(obstacles))

    @property
    def features(self) -> list[Feature]:
        return [*self.waters, *self.greens, *self.railways]

    @property
    def barriers(self) -> list[shapely.Geometry]:
        """Lines that no block of houses crosses."""
        return [*(f.geom.boundary for f in self.waters), *(f.geom for f in self.railways)]


def make_city(scale: Scale, srid: int) -> DemoCity:
    """About 12 s for a whole city, under a second for the tiny one."""
    districts = make_districts(srid)
    terrain = Terrain.of(srid)
    streets = main_roads(srid)
    patterns, areas = built_up_areas(srid)
    if scale.lesser_streets:
        streets += lesser_streets(srid, streets, terrain.obstacles, SEED)
    streets = give_names(streets, districts, srid)
    buildings = make_buildings(
        streets,
        patterns,
        areas,
        terrain.obstacles,
        shapely.coverage_union_all(districts),
        scale.buildings,
        scale.voters,
        SEED,
    )
    lines = [*(s.geom for s in streets), *(a.boundary for a in areas), *terrain.barriers]
    blocks, home = divide_heavy(
        districts,
        lines,
        buildings.point,
        buildings.voters.astype(float),
        0.62 * scale.voters / scale.precincts,
    )
    weight = np.bincount(home, weights=buildings.voters, minlength=len(blocks.polygons))
    group = group_blocks(blocks, weight, scale.precincts, SEED)
    buildings = replace(
        buildings, voters=level_voters(buildings.voters, group[home], scale.precincts, scale.voters)
    )
    return DemoCity(
        srid,
        districts,
        [*terrain.features, *_roads(streets), *make_settlements(srid), *_district_labels(districts)],
        streets,
        buildings,
        blocks.district[home],
        make_polygons(blocks, group),
        group[home],
        _stations(buildings, group[home], scale.precincts),
    )


def _roads(streets: list[DemoStreet]) -> list[Feature]:
    return [
        Feature("road", s.class_, s.geom, MIN_ZOOM[s.class_], s.name_kk, s.name_ru, english(s.name_kk))
        for s in streets
    ]


def _district_labels(districts: np.ndarray) -> list[Feature]:
    return [
        Feature(
            "place",
            "district",
            shapely.point_on_surface(polygon),
            9,
            f"{row[2]} ауданы",
            f"район {row[3]}",
            f"{row[4]} district",
        )
        for row, polygon in zip(DISTRICTS, districts)
    ]


def _stations(buildings: Buildings, precinct_of: np.ndarray, count: int) -> np.ndarray:
    """The building of each precinct's station: its most fitting one."""
    rank = np.array(
        [SCHOOL_USES.index(use) if use in SCHOOL_USES else len(SCHOOL_USES) for use in buildings.use.tolist()]
    )
    order = np.lexsort((np.arange(len(buildings)), rank, precinct_of))
    first = np.searchsorted(precinct_of[order], np.arange(1, count + 1))
    return order[first]
