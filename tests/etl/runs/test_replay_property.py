"""Whatever comes in whatever order, is looked at or not, is interrupted by restarts, replayed and repeated,
touched, renamed, copied and sent again after it was forgotten: it ends like one clean load.

`IKOMEK_EXAMPLES` says how many sequences are tried.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from etl.readers import open311
from etl.registry import FEEDS, Feed, find
from etl.runs import engine, watch
from geo.crs import to_metric
from geo.errors import Conflict
from geo.intake import runs
from geo.plans.plan_import import PlanInput, PrecinctInput, import_plan
from geo.settings import Settings
from geo.work import retention
from tests.etl.servers import Answers, web_server

EXAMPLES = int(os.environ.get("IKOMEK_EXAMPLES", "4"))
IDS, WORDS = st.sampled_from("abc"), st.sampled_from(["", "x", "y"])
STATUS = st.sampled_from(["open", "in_progress", "closed"])
POINTS = st.sampled_from(["71.41,51.11", "71.43,51.13", ","])
HEADS = {
    "police": "source_id,opened_at,status,title,lon,lat",
    "dated": "source_id,opened_at,status,updated",
    "inquiries": "source_id,channel,received_at,one_take,incident_id,title,status,lon,lat,words",
    "buildings": "source_id,street_ru,house,voters,lon,lat",
    "districts": "key,name_ru",
    "precincts": "number",
    "emergencies": "source_id,opened_at,status,title,lon,lat",
}
HOURS = st.sampled_from(["10:00", "11:00"])
INCIDENT = st.builds(
    lambda id_, status, title, point: f"{id_},2024-05-01 10:00,{status},{title},{point}",
    IDS,
    STATUS,
    WORDS,
    POINTS,
)
ROWS = {
    "police": INCIDENT,
    "emergencies": INCIDENT,
    # What a source says of one moment is one thing; now and then it does not say of which.
    "dated": st.one_of(
        st.builds(
            lambda id_, hour: (
                f"{id_},2024-05-01,{('open', 'in_progress', 'closed')[hour % 3]},2024-05-02 {hour:02}:00"
            ),
            IDS,
            st.integers(0, 23),
        ),
        st.builds(
            lambda id_, status, changed: f"{id_},2024-05-01,{status},{changed}",
            IDS,
            STATUS,
            st.sampled_from(["", "soon", "2090-01-01"]),
        ),
    ),
    "inquiries": st.builds(
        lambda id_, hour, take, ref, title, status, point, words: (
            f"{id_},phone,2024-05-01 {hour},{take},{ref},{title},{status},{point},{words}"
        ),
        IDS,
        HOURS,
        st.sampled_from(["false", "false", "true"]),
        st.sampled_from(["n1", "n2"]),
        WORDS,
        STATUS,
        POINTS,
        WORDS,
    ),
    "buildings": st.builds(
        lambda id_, house, voters, point: f"{id_},Абая,{house},{voters},{point}",
        IDS,
        st.sampled_from("12"),
        st.integers(0, 2),
        POINTS,
    ),
}
SHAPES = st.sampled_from(
    [((71.40, 71.42), (71.42, 71.44)), ((71.40, 71.41), (71.41, 71.44)), ((71.40, 71.44),)]
)


def body_of(kind: str, rows: list[str], end: str) -> str:
    return "\n".join([HEADS[kind], *rows]) + end


def squares(kind: str, parts: tuple) -> str:
    """Stripes side by side, as districts or as precincts."""
    features = []
    for n, (west, east) in enumerate(parts):
        ring = [[west, 51.10], [east, 51.10], [east, 51.15], [west, 51.15], [west, 51.10]]
        named = {"key": f"d{n}", "name_ru": f"d{n}"} if kind == "districts" else {"number": n + 1}
        features.append(
            {"type": "Feature", "properties": named, "geometry": {"type": "Polygon", "coordinates": [ring]}}
        )
    return json.dumps({"type": "FeatureCollection", "features": features})


# In one file the first row of an id holds, but where the feed says when its rows changed.
deliveries = st.one_of(
    *(
        st.tuples(
            st.just(kind),
            st.builds(
                body_of,
                st.just(kind),
                st.lists(
                    rows, min_size=1, max_size=4, unique_by=None if kind == "dated" else lambda row: row[0]
                ),
                st.sampled_from(["\n", ""]),
            ),
        )
        for kind, rows in ROWS.items()
    ),
    *(
        st.tuples(st.just(kind), SHAPES.map(lambda parts, kind=kind: squares(kind, parts)))
        for kind in ("districts", "precincts")
    ),
    st.tuples(st.just("reports"), st.tuples(st.sampled_from("123"), st.sampled_from(["open", "closed"]))),
)
steps = st.one_of(
    deliveries,
    deliveries,
    deliveries,
    st.tuples(st.sampled_from(["look", "restart", "same time", "forget", "plan"]), st.none()),
    st.tuples(st.sampled_from(["replay", "repeat", "push again"]), st.integers(0, 50)),
    st.tuples(st.sampled_from(["touch", "rename", "copy"]), st.integers(0, 50)),
)


@dataclass
class World:
    """A city's sources: folders of files, a program that pushes, an Open311 server; and whoever watches
    them."""

    settings: Settings
    etl: Engine
    web: Engine
    owner: Engine
    jobs: Engine
    folder: Path
    answers: Answers
    address: str
    files: list[tuple[str, Path]] = field(default_factory=list)
    written: list[tuple[Path, str, float]] = field(default_factory=list)
    """Files as they were delivered: where, what, when."""
    same_time: bool = False
    planned: bool = False
    pushes: list[str] = field(default_factory=list)
    clock: float = field(default_factory=lambda: time.time() - 100_000)
    day: int = 1

    def feeds(self) -> tuple[Feed, ...]:
        named = {
            kind: (str(self.folder_of(kind)),)
            for kind in ("police", "dated", "inquiries", "buildings", "districts", "precincts")
        }
        shipped = [
            replace(find(FEEDS, kind), sources=sources) for kind, sources in named.items() if kind != "dated"
        ]
        dated = Feed(
            "dated", "incident", 60, constants={"kind": "police"}, changed="updated", sources=named["dated"]
        )
        reports = Feed(
            "reports",
            "incident",
            60,
            format="open311",
            constants={"kind": "service"},
            sources=(self.address,),
            new_categories=True,
        )
        return (*shipped, dated, find(FEEDS, "emergencies"), open311.by_default(reports))

    def folder_of(self, kind: str) -> Path:
        made = self.folder / kind
        made.mkdir(exist_ok=True)
        return made

    def deliver(self, kind: str, content) -> None:
        if kind == "reports":
            self.report(*content)
        elif kind == "emergencies":
            self.pushes.append(content)
            self.push(len(self.pushes) - 1)
        else:
            suffix = "geojson" if kind in ("districts", "precincts") else "csv"
            # Names tell nothing where times do, and where they do not, numbers count.
            number = len(self.written)
            name = f"{number}" if self.same_time else f"{(number * 7919) % 100} {number}"
            path = self.folder_of(kind) / f"{name}.{suffix}"
            self.clock += 0 if self.same_time else 10
            self.write(path, content, self.clock)
            self.written.append((path, content, self.clock))
            self.files.append((kind, path))

    def write(self, path: Path, content: str, at: float) -> None:
        path.write_text(content)
        os.utime(path, (at, at))

    def deliver_clean(self) -> None:
        """Everything once more, as it was delivered, and nothing else."""
        for kind, _ in self.files:
            shutil.rmtree(self.folder_of(kind), ignore_errors=True)
        for path, content, at in self.written:
            path.parent.mkdir(exist_ok=True)
            self.write(path, content, at)
        if self.planned:
            self.plan()
        for number in range(len(self.pushes)):
            self.push(number)

    def push(self, number: int) -> None:
        with self.web.begin() as connection:
            runs.push(
                connection,
                "71",
                "emergencies",
                f"k{number}",
                "pusher",
                "text/csv",
                self.pushes[number].encode(),
            )

    def report(self, number: str, status: str) -> None:
        """A new request, or another state of one that is open; what is closed is only spoken of."""
        known = {one["service_request_id"]: one for one in self.answers.pages[0]}
        self.day += 1
        moment = f"2024-03-{self.day:02}T06:00:00Z"
        before = known.get(
            number,
            {
                "service_request_id": number,
                "service_name": "x",
                "requested_datetime": moment,
                "lat": "51.1",
                "long": "71.4",
            },
        )
        closed = before.get("status") == "closed"
        known[number] = {**before, "status": "closed" if closed else status, "updated_datetime": moment}
        self.answers.pages = [list(known.values())]

    def watcher(self) -> watch.Watcher:
        eye = watch.Watcher(self.settings, self.feeds(), self.etl)
        eye.begin()
        return eye

    def look(self, eye: watch.Watcher) -> None:
        """Until everything has been read: what met something else half-way is put off, and comes again; a
        file without an end of its last line is read at the second look."""
        for tried in range(100):
            with self.owner.begin() as connection:
                connection.execute(
                    text("update feed set next_at = null where failures > 0 or :due"), {"due": tried < 2}
                )
            while eye.look():
                eye.finish(120)
            with self.owner.begin() as connection:
                if tried and not connection.scalar(
                    text(
                        "select exists (select from inbox where state = 'waiting') or exists "
                        "(select from feed where failures > 0)"
                    )
                ):
                    return
            time.sleep(0.1 if tried else 0.0)
        raise TimeoutError

    def read(self, number: int) -> int | None:
        """One of the files that have been read, as its index among all: what waits beside it has not come
        yet."""
        with self.owner.connect() as connection:
            known = set(
                connection.execute(text("select source from delivery where read_at is not null")).scalars()
            )
        read = [index for index, (_, path) in enumerate(self.files) if str(path) in known]
        return read[number % len(read)] if read else None

    def come_again(self, how: str, number: int) -> None:
        """A file that has been read is run by hand, touched, renamed or copied."""
        index = self.read(number)
        if index is None:
            return
        kind, path = self.files[index]
        if how == "replay":
            engine.run(self.settings, find(self.feeds(), kind), [str(path)])
            return
        self.clock += 10
        if how != "touch":
            made = path.with_name(f"{how} {len(self.files)} {self.clock:.0f}{path.suffix}")
            self.files.append((kind, Path(shutil.copyfile(path, made))))
            if how == "rename":
                path.unlink()
                del self.files[index]
            path = made
        os.utime(path, (self.clock, self.clock))

    def forget(self) -> None:
        """Years later: whatever may be purged is."""
        city = replace(self.settings.city, retention={rule.key: 0 for rule in retention.RULES})
        retention.maintain(self.jobs, self.owner, city, datetime.now(UTC))

    def plan(self) -> None:
        """A plan comes into force, one in an example: a later one would replace it."""
        self.planned = True
        corners = np.array([(lon, lat) for lat in (51.10, 51.15) for lon in (71.39, 71.42, 71.45)])
        at = to_metric(self.settings.city.metric_srid, corners)
        west, east = (shapely.Polygon(at[[n, n + 1, n + 4, n + 3]]) for n in (0, 1))
        precincts = [PrecinctInput(number, "open", 0, face) for number, face in ((1, west), (2, east))]
        with self.owner.begin() as connection:
            import_plan(connection, self.settings.city, PlanInput("in force", precincts), "importer")

    def repeat(self, number: int) -> None:
        with self.web.begin() as connection:
            ids = (
                connection.execute(text("select id from run where state = 'done' order by id"))
                .scalars()
                .all()
            )
            if ids:
                with suppress(Conflict):  # what was pushed is no longer kept
                    runs.repeat(connection, "71", ids[number % len(ids)], "officer")

    def take(self, step: tuple, eye: watch.Watcher) -> watch.Watcher:
        kind, content = step
        if kind == "look":
            self.same_time = False
            self.look(eye)
        elif kind == "same time":
            self.same_time = True
            self.clock += 10
        elif kind == "forget":
            self.forget()
        elif kind == "plan":
            if not self.planned:
                self.plan()
        elif kind == "restart":
            return self.watcher()
        elif kind in ("replay", "touch", "rename", "copy"):
            self.come_again(kind, content)
        elif kind == "repeat":
            self.repeat(content)
        elif kind == "push again":
            if self.pushes:
                self.push(content % len(self.pushes))
        else:
            self.deliver(kind, content)
        return eye

    def empty(self) -> None:
        with self.owner.begin() as connection:
            tables = connection.execute(
                text("""select string_agg(format('%I.%I', schemaname, tablename), ', ') from pg_tables
                where schemaname in ('public', 'personal', 'voters') and tablename <> all(:kept)"""),
                {"kept": ["alembic_version", "spatial_ref_sys", "change_position", "user_role", "setting"]},
            ).scalar()
            connection.execute(text(f"truncate {tables}"))


POINT = "round(st_x(point_4326)::numeric, 6), round(st_y(point_4326)::numeric, 6)"
STATE = {
    "incidents": f"""select i.source, i.source_id, i.kind, i.title, i.source_status, i.status, i.opened_at,
        i.due_at, i.inquiries, d.key, c.key, {POINT},
        case when i.source <> 'reports' then i.closed_at end
        from incident i left join district d on d.id = i.district_id left join category c
            on c.id = i.category_id where i.vanished_at is null""",
    "inquiries": """select q.source_id, q.channel, q.received_at, q.one_take, i.source_id from inquiry q left
        join incident i on i.id = q.incident_id""",
    "words": "select q.source_id, t.words from personal.inquiry_text t join inquiry q on q.id = t.inquiry_id",
    "counts": """select subject, at, channel, sum(n)::int, sum(one_take)::int, sum(tenge) from statistic_delta
        group by 1, 2, 3 having (sum(n), sum(one_take), sum(tenge)) is distinct from (0, 0, 0)""",
    "buildings": f"select b.source_id, b.street_ru, b.house, b.voters, d.key, {POINT} from building b left join "  # noqa: E501
    f"district d on d.id = b.district_id",
    "districts": "select key, st_astext(geom_4326) from district",
    "plans": "select row_number() over (order by e.id), e.payload -> 'command' ->> 'digest' from plan p "
    "join plan_event e on e.plan_id = p.id and e.what = 'imported' where p.created_by like 'feed:%'",
    "votes": """select p.created_by, dense_rank() over (partition by p.created_by order by p.id), b.source_id,
        c.number, a.source from plan p join assignment a on a.plan_id = p.id
        join building b on b.id = a.building_id
        join precinct c on c.plan_id = p.id and c.id = a.precinct_id""",
    "counted": """select p.created_by, dense_rank() over (partition by p.created_by order by p.id), c.number,
        c.buildings, c.voters from plan p join precinct c on c.plan_id = p.id""",
    "density": "select x22, y22, kind, day, sum(n)::int from density_delta group by 1, 2, 3, 4 having sum(n) "
    "<> 0",
    "tally": "select kind, status, placed, sum(n)::int from incident_tally group by 1, 2, 3 having sum(n) "
    "<> 0",
}


def state(owner: Engine) -> dict[str, list]:
    with owner.connect() as connection:
        return {
            name: sorted(map(tuple, connection.execute(text(statement))), key=str)
            for name, statement in STATE.items()
        }


def apart(ended: dict[str, list], clean: dict[str, list]) -> dict[str, tuple[set, set]]:
    """What each of two states has that the other has not."""
    return {
        name: (set(ended[name]) - set(clean[name]), set(clean[name]) - set(ended[name]))
        for name in ended
        if ended[name] != clean[name]
    }


@pytest.fixture
def world(settings, etl, web, owner, jobs, tmp_path):
    with ExitStack() as stack:

        def make() -> World:
            number = len(list(tmp_path.iterdir()))
            folder = tmp_path / f"{number}"
            folder.mkdir()
            answers = Answers(pages=[[]])
            address = stack.enter_context(web_server(answers))
            return World(settings, etl, web, owner, jobs, folder, answers, address)

        yield make


@hypothesis_settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize="IKOMEK_EXAMPLES" not in os.environ,
    phases=[Phase.generate],
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.large_base_example,
    ],
)
@given(taken=st.lists(steps, min_size=6, max_size=16))
def test_any_sequence_ends_like_one_clean_load(world: Callable[[], World], taken: list[tuple]) -> None:
    here = world()
    here.empty()
    eye = here.watcher()
    for step in taken:
        eye = here.take(step, eye)
    here.look(eye)
    ended = state(here.owner)
    here.empty()
    here.deliver_clean()
    here.look(here.watcher())
    clean = state(here.owner)
    assert apart(ended, clean) == {}
