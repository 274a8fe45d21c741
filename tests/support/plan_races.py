"""Commands of two people on one draft, of an officer of geo-tags and of the register's load, stepping
through each other; and what must hold after each pair. For the suite and for `tests/bench/races.py`."""

from __future__ import annotations

import io
import random
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
import psycopg2
import shapely
from sqlalchemy import Connection, Engine, text

from etl.clean.coordinates import mercator as to_mercator
from geo.crs import shapes_to_lon_lat
from geo.database import connect_engine, role_dsn, transact
from geo.errors import Conflict, IkomekError, InvalidInput, NotFound
from geo.geo_tags import decisions
from geo.geo_tags.new_addresses import NewAddress, make_address
from geo.loading import buildings
from geo.loading.staging import Batch, driver_cursor
from geo.plans.editing.draft import Author
from geo.plans.editing.operations import assign_many
from geo.plans.events import difference
from geo.plans.lifecycle import advance, draft_from
from geo.plans.undo import redo, undo
from geo.settings import Settings
from tests.support.plan_editors import OPERATIONS, Editors
from tests.support.plan_town import Town
from tests.support.stepping import Stepper

COMMANDS = (*sorted(set(OPERATIONS)), "tag", "tag_back", "load", "load", "address", "listed", "check")
COLUMNS = (
    "source_id",
    "street_kk",
    "street_ru",
    "house",
    "street_norm",
    "house_norm",
    "voters",
    "tag_quality",
    "lon",
    "lat",
    "x",
    "y",
)


@dataclass
class Races:
    """`source`: the plan in force, of which each race gets a draft. The engines step; `calm` does not."""

    settings: Settings
    stepper: Stepper
    editor: Engine
    etl: Engine
    calm: Engine
    town: Town
    source: int
    done: Counter = field(default_factory=Counter)

    def race(self, first: tuple[str, int], second: tuple[str, int], schedule: Iterable[int]) -> None:
        """Two commands, each (name, seed). Refusals are lawful; the state that is left is not allowed to
        be wrong."""
        with self.calm.begin() as connection:
            draft = draft_from(connection, self.settings.city, self.source, "race", "nobody")
        editors = Editors(self.calm, self.settings.city, draft, names=("aigerim", "daniyar"))
        for _ in range(2):  # something to take back
            editors.act("rename", random.Random(str(first)).randrange(2**32), whole=False)
        works = [self.work(editors, name, seed) for name, seed in (first, second)]
        self.stepper.run(works, schedule)
        with self.calm.connect() as connection:
            editors.check(connection, whole=True)
            self.check_in_force(connection)

    def work(self, editors: Editors, name: str, seed: int) -> Callable[[], None]:
        chance = random.Random(seed)
        who = chance.choice(editors.names)
        command = getattr(self, name, None) or (
            lambda connection, plan, who, chance: getattr(editors, name)(connection, who, chance)
        )
        engine = self.etl if name == "load" else self.editor

        def run() -> None:
            state = chance.getstate()

            def once(connection: Connection) -> None:
                chance.setstate(state)  # a second try does the same
                command(connection, editors.plan, who, chance)

            try:
                transact(engine, once)
                outcome = "saved"
            except IkomekError as refused:
                assert isinstance(refused, (InvalidInput, Conflict, NotFound)), refused
                outcome = refused.code
            self.done[name, outcome] += 1

        return run

    def check_in_force(self, connection: Connection) -> None:
        """Every house with a tag votes somewhere, and the counts are those of the houses."""
        bound = {"plan": self.source}
        assert not connection.execute(
            text("""select b.id from building b where b.point_4326 is not null and not exists (
            select from assignment a where a.plan_id = :plan and a.building_id = b.id)"""),
            bound,
        ).all()
        assert not connection.execute(
            text("""select p.number from precinct p left join (
                select a.precinct_id, sum(b.voters) as voters, count(*) as n from assignment a join building b
                    on b.id = a.building_id
                where a.plan_id = :plan group by 1) h on h.precinct_id = p.id
            where p.plan_id = :plan and (p.voters, p.buildings) is distinct from (coalesce(h.voters, 0),
                coalesce(h.n, 0))"""),
            bound,
        ).all()
        assert difference(connection, self.settings.city, self.source) == []

    def somewhere(self, chance: random.Random) -> tuple[float, float]:
        """Anywhere in the town: lon, lat."""
        west, south, east, north = shapely.union_all(self.town.squares()).bounds
        at = shapely.Point(chance.uniform(west + 1, east - 1), chance.uniform(south + 1, north - 1))
        [point] = shapes_to_lon_lat(self.settings.city.metric_srid, [at])
        return point.x, point.y

    def tag(self, connection: Connection, plan: int, who: str, chance: random.Random) -> None:
        row = connection.execute(
            text(
                "select id, version from building where source = 'town' order by md5(id::text || "
                ":salt) limit 1"
            ),
            {"salt": str(chance.random())},
        ).one()
        decisions.set_tag(
            connection, self.settings.city, row.id, row.version, self.somewhere(chance), "hand", who
        )

    def tag_back(self, connection: Connection, plan: int, who: str, chance: random.Random) -> None:
        last = connection.execute(text("select max(id) from building_tag where action = 'moved'")).scalar()
        decisions.undo(connection, self.settings.city, last or 0, who)

    def address(self, connection: Connection, plan: int, who: str, chance: random.Random) -> None:
        make_address(
            connection,
            self.settings.city,
            NewAddress(
                f"улица {chance.randrange(40)}", None, str(chance.randrange(1000)), *self.somewhere(chance)
            ),
            who,
        )

    def listed(self, connection: Connection, plan: int, who: str, chance: random.Random) -> None:
        ids = (
            connection.execute(text("select id from building where source = 'town' order by id"))
            .scalars()
            .all()
        )
        assign_many(
            Author(connection, self.settings.city, plan, who),
            {id_: chance.randint(1, 4) for id_ in chance.sample(ids, 5)},
        )

    def check(self, connection: Connection, plan: int, who: str, chance: random.Random) -> None:
        advance(connection, self.settings.city, plan, "checked", who)

    def back(self, connection: Connection, plan: int, who: str, chance: random.Random) -> None:
        """What it undoes is not looked at as where one edits alone: the other may have changed it since."""
        undo(Author(connection, self.settings.city, plan, who))

    def again(self, connection: Connection, plan: int, who: str, chance: random.Random) -> None:
        redo(Author(connection, self.settings.city, plan, who))

    def load(self, connection: Connection, plan: int, who: str, chance: random.Random) -> None:
        """Some houses with other voters, one of them elsewhere, and one that is new."""
        rows = []
        for n in [*chance.sample(range(len(self.town.house_points())), 4), 10_000 + chance.randrange(1000)]:
            known = connection.execute(
                text(
                    "select st_x(point_4326) as lon, st_y(point_4326) as lat from building where "
                    "source = 'town' and source_id = :n"
                ),
                {"n": str(n)},
            ).first()
            lon, lat = (
                self.somewhere(chance)
                if known is None or known.lon is None or chance.random() < 0.3
                else known
            )
            [(x, y)] = np.column_stack(to_mercator(np.array([lon]), np.array([lat]))).tolist()
            rows.append(
                f"{n},,улица {n},{n},улица {n},{n},{chance.randint(0, 90)},register,{lon!r},"
                f"{lat!r},{x!r},{y!r}\n"
            )
        cursor = driver_cursor(connection)
        buildings.prepare(cursor, self.settings.city)
        batch = Batch(self.settings.city, "town", 1, COLUMNS, io.BytesIO("".join(rows).encode()), len(rows))
        buildings.load(connection, batch)


@contextmanager
def races(settings: Settings, source: int, town: Town):
    """Ready to race on a town's plan in force; closes what it opened."""
    watcher = psycopg2.connect(role_dsn(settings, "owner"))
    watcher.autocommit = True
    stepper = Stepper(watcher)
    editor, etl = (stepper.join(connect_engine(settings, role)) for role in ("editor", "etl"))
    calm = connect_engine(settings, "owner")
    for engine in (
        editor,
        etl,
    ):  # the first connection of an engine asks the server about itself, behind a lock of its own
        with engine.connect(), engine.connect():
            pass
    try:
        yield Races(settings, stepper, editor, etl, calm, town, source)
    finally:
        for engine in (editor, etl, calm):
            engine.dispose()
        watcher.close()
