"""A draft made from the houses of each precinct, as a decision's text or a list names them: the borders
follow, along streets and between houses.

The assignment is the truth and is kept as told; houses that nobody named fall to the precinct they stand
in, and go to the worklist.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence

import numpy as np
import shapely
from sqlalchemy import Connection, text

from geo.crs import shapes_to_metric
from geo.errors import InvalidInput
from geo.plans.decision_text.plans import read_addresses
from geo.plans.decision_text.read import DecisionReading, Unmatched, read
from geo.plans.decision_text.register import Register
from geo.plans.decision_text.words import LANGUAGES
from geo.plans.editing.cells import GRID_M, Cells, cells_of, houses_in
from geo.plans.editing.draft import Draft
from geo.plans.editing.obstacles import streets
from geo.plans.editing.topology import first_holder
from geo.plans.files.unmatched import keep_unmatched
from geo.plans.plan_import import PlanInput, PrecinctInput, StationInput, import_plan
from geo.settings import City

NO_PLAN = 0
"""The city's ground is read as of no plan: whatever was assigned before says nothing here."""


def draft_from_text(
    connection: Connection, city: City, name: str, text: str, who: str
) -> tuple[int, list[Unmatched]]:
    """A draft from a decision's text, in the caller's transaction: its id, and the worklist of what did
    not match. Raises `InvalidInput` ("legal.no_precincts")."""
    reading = read_decision(connection, city, text)
    if not reading.sections:
        raise InvalidInput("legal.no_precincts")
    stations = {
        section.number: StationInput(section.location, section.location)
        for section in reading.sections
        if section.location
    }
    precinct_of = reading.precinct_of()
    plan = draft_from_houses(connection, city, name, precinct_of, "text", who, stations)
    questions = reading.unmatched + unnamed(connection, city, precinct_of)
    keep_unmatched(connection, city.region, plan, questions)
    return plan, questions


def read_decision(connection: Connection, city: City, text: str) -> DecisionReading:
    """The register of the language that the text is in comes first."""
    addresses = read_addresses(connection, city.region)
    kazakh = text.casefold().count("учаскесі") > text.casefold().count("участок")
    return read(text, [Register(addresses, lang) for lang in (LANGUAGES if kazakh else LANGUAGES[::-1])])


def unnamed(connection: Connection, city: City, precinct_of: Mapping[int, int]) -> list[Unmatched]:
    """Addresses in which somebody votes and that no precinct named."""
    rows = connection.execute(
        text("""select id, coalesce(street_ru, street_kk) as street, house from building
            where region = :region and voters > 0
        and street_norm is not null and not id = any(:named) order by street_norm, house_norm, id"""),
        {"region": city.region, "named": list(precinct_of)},
    )
    return [
        Unmatched(None, "building_unnamed", f"{row.street}, {row.house or '–'}", building=row.id)
        for row in rows
    ]


def draft_from_houses(
    connection: Connection,
    city: City,
    name: str,
    precinct_of: Mapping[int, int],
    source: str,
    who: str,
    stations: Mapping[int, StationInput] | None = None,
) -> int:
    """`precinct_of`: building -> number; `source`: 'text' or 'hand'. A precinct none of whose houses has a
    tag gets no ground. Raises `InvalidInput` ("plan.no_houses")."""
    draft = Draft(connection, city, NO_PLAN)
    districts = grounds(connection, city)
    land = shapely.union_all(districts, grid_size=GRID_M)
    houses = houses_in(draft, land)
    named = [precinct_of.get(house.id) for house in houses]
    if not any(named):
        raise InvalidInput("plan.no_houses")
    lines = np.concatenate([streets(draft, land), shapely.boundary(districts)])
    cells = cells_of(land, lines, houses, lambda own: len({named[i] for i in own} - {None}) > 1)
    owner = grown(cells, named, first_holder(shapely.point_on_surface(cells.polygons), districts))
    inputs = [
        PrecinctInput(
            number,
            "open",
            0,
            shapely.coverage_union_all(cells.polygons[owner == number]),
            (stations or {}).get(number),
        )
        for number in sorted(set(owner.tolist()))
    ]
    kept = {
        building: (number, source)
        for building, number in precinct_of.items()
        if number in set(owner.tolist())
    }
    return import_plan(connection, city, PlanInput(name, inputs, "draft", assignments=kept), who)


def grounds(connection: Connection, city: City) -> np.ndarray:
    """The ground of the city in the metric CRS: its districts in force, else a kilometre around its
    buildings."""
    wkbs = (
        connection.execute(
            text(
                "select st_asbinary(geom_4326) from district where region = :region and valid_to "
                "is null order by id"
            ),
            {"region": city.region},
        )
        .scalars()
        .all()
    )
    wkbs = (
        wkbs
        or connection.execute(
            text("""select st_asbinary(st_transform(st_buffer(st_envelope(st_collect(point_3857)), 1000),
                4326)) from building
        where region = :region and point_3857 is not null having count(*) > 0"""),
            {"region": city.region},
        )
        .scalars()
        .all()
    )
    if not wkbs:
        raise InvalidInput("plan.no_houses")
    return shapes_to_metric(
        city.metric_srid, np.array([shapely.from_wkb(bytes(wkb)) for wkb in wkbs], dtype=object)
    )


def grown(cells: Cells, named: Sequence[int | None], district: np.ndarray) -> np.ndarray:
    """The precinct of each cell: the one that most of its houses were given to. A cell without one follows
    its neighbours, the nearest first, and those of its own district before others."""
    seeds = [seed([named[i] for i in houses]) for houses in cells.houses]
    owner = np.array([seeds[group] or 0 for group in cells.group])
    beside: dict[int, set[int]] = {}
    for left, right, _, _ in cells.borders():
        beside.setdefault(left, set()).add(right)
        beside.setdefault(right, set()).add(left)
    for within in (True, False):
        spread(owner, beside, district if within else np.zeros_like(district))
    return np.where(owner == 0, owner[owner > 0].min(), owner)


def spread(owner: np.ndarray, beside: Mapping[int, set[int]], kind: np.ndarray) -> None:
    """Let each owned cell (not 0) take its free neighbours of its own kind, step by step."""
    waiting = deque(np.flatnonzero(owner).tolist())
    while waiting:
        cell = waiting.popleft()
        for other in sorted(beside.get(cell, ())):
            if owner[other] == 0 and kind[other] == kind[cell]:
                owner[other] = owner[cell]
                waiting.append(other)


def seed(numbers: Sequence[int | None]) -> int | None:
    known = [number for number in numbers if number is not None]
    return max(sorted(set(known)), key=known.count) if known else None
