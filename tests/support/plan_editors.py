"""Several editors who do random things to one draft, and what must hold after each of them. For the
Hypothesis tests and for the long run (`tests/support/plan_soak.py`)."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import shapely
from sqlalchemy import Connection, Engine, text

from geo.crs import shapes_to_lon_lat
from geo.errors import Conflict, IkomekError, InvalidInput, NotFound
from geo.plans.editing.borders import EdgeLine, NodeMove, edit, redraw
from geo.plans.editing.draft import Author
from geo.plans.editing.locks import SAME_M, lock, unlock
from geo.plans.editing.operations import assign, give, merge, split
from geo.plans.editing.precincts import describe
from geo.plans.events import PARTS, Changes, difference, stored
from geo.plans.stations import StationLocation, set_station
from geo.plans.undo import redo, steps, undo
from geo.settings import City

M2_PER_KM2 = 1e-4
"""A square centimetre for each square kilometre."""


@dataclass
class Editors:
    """`operations` by name; each picks what it does by `chance`. `area_m2`: the plan's at the start;
    `among`: so many precincts (the first) are what they split, merge, give and redraw, so that they meet;
    none = all."""

    engine: Engine
    city: City
    plan: int
    names: tuple[str, ...] = ("aigerim", "daniyar", "saule")
    done: Counter = field(default_factory=Counter)
    area_m2: float = 0.0
    agreed: dict[int, tuple] = field(default_factory=dict)
    """What each locked precinct was when it was locked, and the houses that were in any precinct then."""
    among: int | None = None

    def __post_init__(self) -> None:
        with self.engine.connect() as connection:
            self.area_m2 = self.area(connection)

    def act(self, name: str, seed: int, whole: bool = True) -> str:
        """One operation of one editor, saved or refused; then everything is checked (`whole`: the replay
        too). Returns what came of it."""
        chance = random.Random(seed)
        who = chance.choice(self.names)
        try:
            with self.engine.begin() as connection:
                outcome = getattr(self, name)(connection, who, chance) or "saved"
        except IkomekError as refused:
            assert isinstance(refused, (InvalidInput, Conflict, NotFound)), refused
            outcome = refused.code
            if outcome == "plan.later_edit":
                assert refused.parameters["who"] in self.names and refused.parameters["event"], refused
        self.done[name, outcome] += 1
        with self.engine.connect() as connection:
            self.check(connection, whole)
        return outcome

    def check(self, connection: Connection, whole: bool) -> None:
        shapes = np.array(
            [
                shapely.from_wkb(bytes(wkb))
                for wkb in connection.execute(
                    text(
                        "select st_asbinary(geom) from precinct where plan_id = :plan and geom is "
                        "not null order by id"
                    ),
                    {"plan": self.plan},
                ).scalars()
            ]
        )
        assert shapely.is_valid(shapes).all() and shapely.coverage_is_valid(shapes)
        area = float(shapely.area(shapes).sum())
        assert abs(area - self.area_m2) <= M2_PER_KM2 * max(self.area_m2 / 1e6, 1), (area, self.area_m2)
        strays = connection.execute(
            text("""select count(*) from building b
            left join assignment a on a.region = b.region and a.plan_id = :plan and a.building_id = b.id
            left join precinct p on p.region = b.region and p.plan_id = :plan and p.id = a.precinct_id
                and p.kind = 'open'
            where b.region = :region and b.point_4326 is not null and p.id is null"""),
            {"plan": self.plan, "region": self.city.region},
        ).scalar_one()
        assert not strays, f"{strays} tagged buildings without exactly one open precinct"
        miscounted = (
            connection.execute(
                text("""select p.number from precinct p left join (
                select a.precinct_id, sum(b.voters) as voters, count(*) as buildings from assignment a
                    join building b on b.id = a.building_id where
                a.plan_id = :plan group by 1) n
            on n.precinct_id = p.id where p.plan_id = :plan and (p.buildings <> coalesce(n.buildings, 0)
                or p.voters_given is null and p.voters <>
            coalesce(n.voters, 0))"""),
                {"plan": self.plan},
            )
            .scalars()
            .all()
        )
        assert not miscounted, miscounted
        for precinct, ((row, houses, border), assigned) in self.agreed.items():
            now = self.facts(connection, precinct)
            # A house that was in no precinct may come to an agreed one: else nobody could vote from it.
            came = {building for building, _ in now[1]} - {building for building, _ in houses}
            same_houses = [house for house in now[1] if house[0] not in came] == houses
            same_border = shapely.hausdorff_distance(now[2], border) <= SAME_M
            assert now[0] == row and same_houses and not came & assigned and same_border, (
                f"{precinct} was agreed and has changed: {row} {now[0]}, {houses} {now[1]}, {came & assigned}"
            )
        if whole:
            assert difference(connection, self.city, self.plan) == []

    def area(self, connection: Connection) -> float:
        return connection.execute(
            text("select sum(st_area(geom)) from precinct where plan_id = :plan"), {"plan": self.plan}
        ).scalar_one()

    def move(self, connection: Connection, who: str, chance: random.Random) -> None:
        """A junction that is not on the outer border."""
        row = chance.choice(
            connection.execute(
                text("""select n.id, n.version, st_x(n.point) as x, st_y(n.point) as y from node n
                    where n.plan_id =
            :plan and not exists (
            select from edge e where e.plan_id = n.plan_id and n.id in (e.from_node, e.to_node)
                and (e.left_precinct is null or e.right_precinct is
            null)) order by id"""),
                {"plan": self.plan},
            ).all()
            or [None]
        )
        if row is None:
            raise NotFound("plan.unknown_part", parts="")
        reach = chance.choice([5, 30, 120])
        target = self.lon_lat(
            [(row.x + chance.uniform(-reach, reach), row.y + chance.uniform(-reach, reach))]
        )[0]
        edit(
            Author(connection, self.city, self.plan, who),
            [NodeMove(row.id, row.version, target)],
            snap=chance.random() < 0.3,
        )

    def bend(self, connection: Connection, who: str, chance: random.Random) -> None:
        """An edge with a new corner near its middle."""
        row = chance.choice(
            connection.execute(
                text("""select id, version, st_asbinary(geom) as wkb from edge where plan_id = :plan
            and left_precinct is not null and right_precinct is not null order by id"""),
                {"plan": self.plan},
            ).all()
            or [None]
        )
        if row is None:
            raise NotFound("plan.unknown_part", parts="")
        middle = shapely.from_wkb(bytes(row.wkb)).interpolate(0.5, normalized=True)
        reach = chance.choice([10, 60, 150])
        corner = self.lon_lat(
            [(middle.x + chance.uniform(-reach, reach), middle.y + chance.uniform(-reach, reach))]
        )
        edit(Author(connection, self.city, self.plan, who), [EdgeLine(row.id, row.version, tuple(corner))])

    def cut(self, connection: Connection, who: str, chance: random.Random) -> None:
        precinct, polygon = self.precinct(connection, chance)
        split(Author(connection, self.city, self.plan, who), precinct, self.lon_lat(across(polygon, chance)))

    def stretch(self, connection: Connection, who: str, chance: random.Random) -> None:
        one, other = self.neighbours(connection, chance)
        polygon = self.polygon(connection, one)
        redraw(
            Author(connection, self.city, self.plan, who), (one, other), self.lon_lat(across(polygon, chance))
        )

    def join(self, connection: Connection, who: str, chance: random.Random) -> None:
        if (
            len(
                connection.execute(
                    text("select 1 from precinct where plan_id = :plan"), {"plan": self.plan}
                ).all()
            )
            < 4
        ):
            raise NotFound("plan.unknown_precinct", precincts="")
        merge(Author(connection, self.city, self.plan, who), *self.neighbours(connection, chance))

    def hand(self, connection: Connection, who: str, chance: random.Random) -> None:
        buildings = self.houses(connection, chance, 3)
        to = None if chance.random() < 0.4 else self.precinct(connection, chance)[0]
        assign(Author(connection, self.city, self.plan, who), buildings, to)

    def lend(self, connection: Connection, who: str, chance: random.Random) -> None:
        one, other = self.neighbours(connection, chance)
        rows = (
            connection.execute(
                text(
                    "select building_id from assignment where plan_id = :plan and precinct_id = "
                    ":one order by 1"
                ),
                {"plan": self.plan, "one": one},
            )
            .scalars()
            .all()
        )
        give(
            Author(connection, self.city, self.plan, who),
            chance.sample(rows, min(len(rows), chance.randint(1, 3))),
            other,
        )

    def rename(self, connection: Connection, who: str, chance: random.Random) -> None:
        describe(
            Author(connection, self.city, self.plan, who),
            self.precinct(connection, chance)[0],
            number=chance.randint(1, 900),
        )

    def seat(self, connection: Connection, who: str, chance: random.Random) -> None:
        location = StationLocation(
            "мектеп",
            "школа",
            building=self.houses(connection, chance, 1)[0],
            entrance_ru=chance.choice([None, "со двора"]),
        )
        set_station(
            Author(connection, self.city, self.plan, who),
            self.precinct(connection, chance)[0],
            chance.choice([location, location, None]),
        )

    def agree(self, connection: Connection, who: str, chance: random.Random) -> None:
        """A lock, or every lock off again."""
        author = Author(connection, self.city, self.plan, who)
        if self.agreed:
            for precinct in self.agreed:
                unlock(author, precinct, "a reason")
            self.agreed.clear()
        else:
            precinct = self.precinct(connection, chance)[0]
            lock(author, precinct)
            self.agreed[precinct] = self.facts(connection, precinct), self.assigned(connection)

    def facts(self, connection: Connection, precinct: int) -> tuple:
        row = connection.execute(
            text(
                "select number, kind, district_id, station_id from precinct where plan_id = :plan "
                "and id = :id"
            ),
            {"plan": self.plan, "id": precinct},
        ).one()
        houses = connection.execute(
            text(
                "select building_id, source from assignment where plan_id = :plan and precinct_id "
                "= :id order by 1"
            ),
            {"plan": self.plan, "id": precinct},
        ).all()
        return tuple(row), [tuple(house) for house in houses], self.polygon(connection, precinct).boundary

    def assigned(self, connection: Connection) -> set[int]:
        """The buildings that are in any precinct."""
        return set(
            connection.execute(
                text("select building_id from assignment where plan_id = :plan and precinct_id is not null"),
                {"plan": self.plan},
            ).scalars()
        )

    def back(self, connection: Connection, who: str, chance: random.Random) -> None:
        """The touched parts are as they were before, bit for bit."""
        self.turn(connection, who, "undo", undo, 0)

    def again(self, connection: Connection, who: str, chance: random.Random) -> None:
        self.turn(connection, who, "redo", redo, 1)

    def turn(self, connection: Connection, who: str, stack: str, command, side: int) -> None:
        waiting = steps(connection, self.city, self.plan, who)[stack]
        command(Author(connection, self.city, self.plan, who))
        payload = connection.execute(
            text("select payload -> 'changes' from plan_event where id = :id"), {"id": waiting[0]["event"]}
        ).scalar_one()
        now, wanted = stored(connection, self.city, self.plan), Changes.read(payload)
        for part in PARTS:
            for id_, pair in getattr(wanted, part).items():
                assert getattr(now, part).get(id_) == pair[side], (stack, part, id_)

    def precinct(self, connection: Connection, chance: random.Random) -> tuple[int, shapely.Geometry]:
        ids = (
            connection.execute(
                text("select id from precinct where plan_id = :plan and geom is not null order by id"),
                {"plan": self.plan},
            )
            .scalars()
            .all()
        )
        chosen = chance.choice(ids[: self.among])
        return chosen, self.polygon(connection, chosen)

    def polygon(self, connection: Connection, precinct: int) -> shapely.Geometry:
        return shapely.from_wkb(
            bytes(
                connection.execute(
                    text("select st_asbinary(geom) from precinct where plan_id = :plan and id = :id"),
                    {"plan": self.plan, "id": precinct},
                ).scalar_one()
            )
        )

    def neighbours(self, connection: Connection, chance: random.Random) -> tuple[int, int]:
        pairs = connection.execute(
            text("""select distinct left_precinct, right_precinct from edge where plan_id = :plan
                and left_precinct is not null
            and right_precinct is not null order by 1, 2"""),
            {"plan": self.plan},
        ).all()
        pair = list(chance.choice(pairs[: self.among]))
        chance.shuffle(pair)
        return tuple(pair)

    def houses(self, connection: Connection, chance: random.Random, most: int) -> list[int]:
        ids = (
            connection.execute(
                text("select id from building where region = :region order by id"),
                {"region": self.city.region},
            )
            .scalars()
            .all()
        )
        return chance.sample(ids, min(len(ids), most))

    def lon_lat(self, metric: list[tuple[float, float]]) -> list[tuple[float, float]]:
        return [
            tuple(map(float, point))
            for point in shapely.get_coordinates(
                shapes_to_lon_lat(self.city.metric_srid, shapely.points(metric))
            )
        ]


OPERATIONS = (
    "move",
    "bend",
    "cut",
    "stretch",
    "join",
    "hand",
    "lend",
    "rename",
    "seat",
    "agree",
    "back",
    "back",
    "again",
)


def across(polygon: shapely.Geometry, chance: random.Random) -> list[tuple[float, float]]:
    """A line through a polygon's bounds, with a bend."""
    west, south, east, north = polygon.bounds
    part = chance.uniform(0.25, 0.75), chance.uniform(0.25, 0.75), chance.uniform(0.25, 0.75)
    if chance.random() < 0.5:
        return [
            (west + part[0] * (east - west), south - 5),
            (west + part[1] * (east - west), (south + north) / 2),
            (west + part[2] * (east - west), north + 5),
        ]
    return [
        (west - 5, south + part[0] * (north - south)),
        ((west + east) / 2, south + part[1] * (north - south)),
        (east + 5, south + part[2] * (north - south)),
    ]
