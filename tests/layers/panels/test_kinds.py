"""The wall's panels against the same counted row by row in Python."""

from __future__ import annotations

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, text

from geo.deadlines.clock import WARNINGS
from geo.errors import InvalidInput, Unavailable
from geo.settings import Settings
from layers.panels import incidents as panel_incidents
from layers.panels import kinds as panels
from layers.panels.kinds import SOURCES, PanelDesk
from layers.panels.requests import PanelRequest
from layers.scope import Scope

REGION = "71"
TOPICS = {1: None, 2: None, 3: 1, 4: 1}
"""Category -> its parent."""
CHANNELS = ("call", "app", "telegram")


@dataclass
class City:
    """What was written, as Python objects; `now` is the moment of writing."""

    now: datetime
    inquiries: list[dict] = field(default_factory=list)
    incidents: list[dict] = field(default_factory=list)


@pytest.fixture
def city(owner: Engine) -> City:
    """400 inquiries of nine days, 300 incidents of three, two districts, calls of two days."""
    chance, now = random.Random(109), datetime.now(UTC)
    city = City(now)
    for number in range(400):
        received = now - timedelta(
            hours=chance.choice(
                [
                    chance.uniform(0.1, 23.9),
                    chance.uniform(24.1, 167),
                    chance.uniform(168.1, 191.9),
                    chance.uniform(192.2, 220),
                ]
            )
        )
        city.inquiries.append(
            {
                "i": str(number),
                "at": received,
                "topic": chance.choice(list(TOPICS)),
                "one": chance.random() < 0.8,
                "channel": chance.choice(CHANNELS),
                "answer": chance.randrange(60),
            }
        )
    for number in range(300):
        opened = now - timedelta(hours=chance.choice([chance.uniform(0.1, 23.9), chance.uniform(24.1, 72)]))
        due = opened + timedelta(hours=chance.choice([2, 24, 72, 240])) if chance.random() < 0.6 else None
        city.incidents.append(
            {
                "i": str(number),
                "kind": chance.choice(["service", "police", "emergency"]),
                "priority": chance.choice([0, 0, 0, 1, 2]),
                "opened": opened,
                "due": due,
                "status": chance.choice(["open", "in_progress", "closed"]),
                "district": chance.choice([1, 2, None]),
                "lon": chance.choice([71.43, None]),
                "gone": now if chance.random() < 0.05 else None,
                "closed": None,
            }
        )
        if city.incidents[-1]["status"] == "closed":
            city.incidents[-1]["closed"] = opened + (now - opened) * chance.random()
    _write(owner, city)
    return city


def _write(owner: Engine, city: City) -> None:
    with owner.begin() as connection:
        for key, parent in TOPICS.items():
            connection.execute(
                text("""insert into category (id, key, parent_id, kind, name_kk, name_ru, name_en)
                values (:id, 'c' || :id, :parent, 'service', 'санат ' || :id, 'тема ' || :id,
                    'topic ' || :id)"""),
                {"id": key, "parent": parent},
            )
        for key, name in ((1, "esil"), (2, "almaty")):
            connection.execute(
                text("""insert into district (region, id, key, name_kk, name_ru, name_en, valid_from,
                    geom_4326, geom_3857)
                select :region, :id, :key, :key, :key, :key, '2020-01-01', st_multi(b),
                    st_multi(st_transform(b, 3857)) from st_makeenvelope(71, 51, 72, 52, 4326) b"""),
                {"region": REGION, "id": key, "key": name},
            )
        connection.execute(
            text("""insert into inquiry (region, source, source_id, channel, topic_id, received_at, one_take,
                answer_s)
            values ('71', 't', :i, :channel, :topic, :at, :one, :answer)"""),
            city.inquiries,
        )
        connection.execute(
            text("""insert into incident (region, source, source_id, kind, category_id, source_status, status,
                priority, opened_at, due_at, district_id,
            point_4326, vanished_at, closed_at) values ('71', 't', :i, :kind, 1, :status, :status, :priority,
                :opened, :due, :district,
            st_setsrid(st_makepoint(cast(:lon as float8), 51.13), 4326), :gone, :closed)"""),
            city.incidents,
        )
        connection.execute(
            text("""insert into calls (region, source, hour, offered, answered, lost)
            select '71', 't', date_trunc('hour', now()) - h * interval '1 hour', 100, case when h < 12 then 96
                else 100 end, case when h < 12 then 4 else 0 end
            from generate_series(0, 47) h""")
        )


def is_open(row: dict) -> bool:
    return row["status"] != "closed" and row["gone"] is None


def is_overdue(row: dict, now: datetime) -> bool:
    return row["due"] is not None and row["due"] < now


def presses(row: dict, now: datetime) -> bool:
    return (
        row["priority"] >= 1
        or row["due"] is not None
        and now >= row["opened"] + WARNINGS[-1] * (row["due"] - row["opened"])
    )


def ask(
    engine: Engine, settings: Settings, kind: str, scope: Scope = Scope(), lang: str = "ru", **options: object
) -> dict | None:
    """One panel's figures, read now."""
    return PanelDesk().ask(engine, {"panel": (kind, PanelRequest(settings.city, scope, lang, **options))})[
        "panel"
    ]["figures"]


def test_every_figure_equals_the_count_of_its_rows(city: City, reader: Engine, settings: Settings) -> None:
    read = ask(reader, settings, "figures")
    day = [row for row in city.inquiries if row["at"] >= city.now - timedelta(hours=24)]
    week = [
        row
        for row in city.inquiries
        if city.now - timedelta(days=8) <= row["at"] <= city.now - timedelta(days=7)
    ]
    opened = [
        row
        for row in city.incidents
        if row["gone"] is None and row["opened"] >= city.now - timedelta(hours=24)
    ]
    now_open = [row for row in city.incidents if is_open(row)]
    assert (read["inquiries"], read["inquiries_week_ago"]) == (len(day), len(week))
    assert read["one_take"] == pytest.approx(sum(row["one"] for row in day) / len(day))
    assert read["lost_calls"] == pytest.approx(12 * 4 / 2500, rel=0.05)
    assert read["police"] == sum(row["kind"] == "police" for row in opened)
    assert read["emergencies"] == sum(row["kind"] == "emergency" for row in opened)
    assert read["open"] == len(now_open)
    assert read["overdue"] == sum(is_overdue(row, city.now) for row in now_open)
    assert read["urgent"] == sum(presses(row, city.now) for row in now_open)
    assert read["no_coordinates"] == sum(row["lon"] is None for row in now_open)


def test_on_time_counts_what_is_open_and_overdue_against(
    city: City, reader: Engine, settings: Settings
) -> None:
    with_due = [row for row in city.incidents if row["gone"] is None and row["due"] is not None]
    closed = [row for row in with_due if row["status"] == "closed"]
    on_time = sum(row["closed"] <= row["due"] for row in closed)
    counted = len(closed) + sum(is_overdue(row, city.now) for row in with_due if row["status"] != "closed")
    assert ask(reader, settings, "figures")["on_time"] == pytest.approx(on_time / counted)
    rows = {row["key"]: row for row in ask(reader, settings, "indicators", level="performers")["rows"]}
    assert rows["on_time"] == {"key": "on_time", "value": pytest.approx(on_time / counted), "of": counted}
    assert 0 < on_time < counted


def test_topics_are_counted_at_the_top_of_the_tree_and_named_in_the_language(
    city: City, reader: Engine, settings: Settings
) -> None:
    def count(since: timedelta, until: timedelta) -> Counter:
        return Counter(
            TOPICS[row["topic"]] or row["topic"]
            for row in city.inquiries
            if city.now - since <= row["at"] <= city.now - until
        )

    counted, before = count(timedelta(hours=24), timedelta()), count(timedelta(days=8), timedelta(days=7))
    expected = [
        {"id": key, "n": n, "name": f"topic {key}", "before": before[key]} for key, n in counted.most_common()
    ]
    assert ask(reader, settings, "topics", lang="en", rows=6)["rows"] == expected
    assert ask(reader, settings, "topics", lang="en", rows=1)["rows"] == expected[:1]


def test_channels_and_hours_add_up_to_the_day(city: City, reader: Engine, settings: Settings) -> None:
    day = [row for row in city.inquiries if row["at"] >= city.now - timedelta(hours=24)]
    assert {row["channel"]: row["n"] for row in ask(reader, settings, "channels", rows=9)["rows"]} == dict(
        Counter(row["channel"] for row in day)
    )
    hours = ask(reader, settings, "hours", of="inquiries")
    assert [len(hours["now"]), len(hours["before"]), sum(hours["now"])] == [24, 24, len(day)]
    police = [
        row
        for row in city.incidents
        if row["gone"] is None and row["kind"] == "police" and row["opened"] >= city.now - timedelta(hours=24)
    ]
    assert sum(ask(reader, settings, "hours", of="police")["now"]) == len(police)


def test_attention_names_the_critical_first_and_is_bounded(
    city: City, reader: Engine, owner: Engine, settings: Settings
) -> None:
    named = ask(reader, settings, "attention")["named"]
    assert len(named) == min(panel_incidents.ATTENTION_ROWS, ask(reader, settings, "figures")["urgent"])
    with owner.connect() as connection:
        critical = {
            str(key)
            for key in connection.execute(
                text(
                    "select id from incident i where priority = 2 and status <> 'closed' and "
                    "vanished_at is null"
                )
            ).scalars()
        }
    assert set(list(named)[: len(critical)]) == critical
    assert all(row["category"] == "тема 1" for row in named.values())


def test_a_scope_and_a_district_narrow_the_incidents(city: City, reader: Engine, settings: Settings) -> None:
    scope = Scope(kinds=frozenset({"police"})).narrowed(["police", "emergency"], ["esil"])
    mine = sum(is_open(row) and row["kind"] == "police" and row["district"] == 1 for row in city.incidents)
    assert ask(reader, settings, "figures", scope)["open"] == mine > 0
    assert ask(reader, settings, "figures", scope)["emergencies"] == 0
    assert {row["n"] for row in ask(reader, settings, "categories", scope, rows=3)["rows"]} <= {
        sum(
            row["gone"] is None
            and row["kind"] == "police"
            and row["district"] == 1
            and row["opened"] >= city.now - timedelta(hours=24)
            for row in city.incidents
        )
    }
    assert ask(reader, settings, "district", district="esil") == {"district": 1, "name": "esil"}
    assert ask(reader, settings, "district", district="nowhere") == {"district": None, "name": None}


def test_inspectors_are_measured_by_what_was_recorded(
    city: City, owner: Engine, reader: Engine, settings: Settings
) -> None:
    service = sum(row["gone"] is None and row["kind"] == "service" for row in city.incidents)
    rows = {row["key"]: row for row in ask(reader, settings, "indicators", level="inspectors")["rows"]}
    assert rows["classified"] == {"key": "classified", "value": 1.0, "of": service}
    assert rows["escalated"]["value"] is None and rows["escalated"]["of"] > 0
    with owner.begin() as connection:
        connection.execute(
            text("""insert into incident_event (region, incident_id, happened_at, who, what, from_value,
                to_value)
            select i.region, i.id, i.opened_at, 't', w, '0', '1' from incident i, unnest(array['category',
                'category', 'priority']) w
            where i.kind = 'service' and i.vanished_at is null and w in (case when i.id % 2 = 0
                then 'category' end, 'priority')""")
        )
        changed = connection.scalar(
            text(
                "select count(*) from incident where kind = 'service' and vanished_at is null and id % 2 = 0"
            )
        )
    rows = {row["key"]: row for row in ask(reader, settings, "indicators", level="inspectors")["rows"]}
    assert rows["classified"]["value"] == pytest.approx(1 - changed / service)
    assert rows["escalated"]["value"] == 1.0


def test_returned_for_revision_counts_incidents_that_opened_again(
    city: City, owner: Engine, reader: Engine, settings: Settings
) -> None:
    with owner.begin() as connection:
        connection.execute(
            text("""insert into incident_event (region, incident_id, happened_at, who, what, from_value,
                to_value)
            select region, id, now(), 't', 'status', 'closed', 'open' from incident where status <> 'closed'
                and vanished_at is null order by id limit 3""")
        )
    row = ask(reader, settings, "indicators", level="performers")["rows"][1]
    closed = sum(row["status"] == "closed" and row["gone"] is None for row in city.incidents)
    assert row == {"key": "returned", "value": pytest.approx(3 / (closed + 3)), "of": closed + 3}, (
        "one that is open again was closed once"
    )


def test_operators_and_performers_are_counted_by_their_rows(
    city: City, owner: Engine, reader: Engine, settings: Settings
) -> None:
    day = [row for row in city.inquiries if row["at"] >= city.now - timedelta(hours=24)]
    rows = {
        row["key"]: row["value"] for row in ask(reader, settings, "indicators", level="operators")["rows"]
    }
    assert rows["answer"] == pytest.approx(sum(row["answer"] for row in day) / len(day))
    assert rows["one_take"] == pytest.approx(sum(row["one"] for row in day) / len(day))
    answered = ask(reader, settings, "figures")
    assert (rows["one_take"], rows["lost_calls"]) == (answered["one_take"], answered["lost_calls"]), (
        "a share has one definition"
    )
    with owner.begin() as connection:
        connection.execute(
            text(
                "insert into performer (id, key, type, name_kk, name_ru, name_en) values (1, 'p', "
                "'utility', 'п', 'Горсвет', 'p')"
            )
        )
        connection.execute(text("update category set performer_id = 1 where id = 1"))
    named = ask(reader, settings, "performers", rows=5)["rows"]
    with_due = [row for row in city.incidents if row["gone"] is None and row["due"] is not None]
    late = sum(row["status"] != "closed" and is_overdue(row, city.now) for row in with_due)
    assert [(row["name"], row["overdue"]) for row in named] == [("Горсвет", late)]
    assert (
        named[0]["on_time"]
        <= named[0]["counted"]
        == late + sum(row["status"] == "closed" for row in with_due)
    )


def test_electoral_readiness_counts_plans_and_precincts_by_their_rows(
    owner: Engine, city: City, reader: Engine, settings: Settings
) -> None:
    assert settings.city.precincts.cap == 3000
    with owner.begin() as connection:
        connection.execute(
            text("""insert into building (region, source, source_id, district_id, tag_quality, point_4326)
            select '71', 't', n::text, case when n <= 8 then 1 end, case when n % 4 = 0 then 'untagged'
                else 'register' end,
                   case when n <= 10 then st_setsrid(st_makepoint(71.4, 51.1), 4326) end
            from generate_series(1, 13) n""")
        )
        connection.execute(
            text("""insert into plan (region, id, name, state, in_force_from, created_by) values
            ('71', 1, 'Старый', 'published', '2020-01-01', 't'), ('71', 2, 'Новый', 'draft', null, 't')""")
        )
        connection.execute(
            text("""insert into precinct (region, plan_id, id, number, kind, district_id, voters)
            select '71', 1, n, n, 'open', 1, v from unnest(array[1000, 2000, 2500, 2700, 3000,
                3001]) with ordinality as x (v, n)""")
        )
        connection.execute(
            text(
                "insert into assignment (region, plan_id, building_id, precinct_id) select '71', 1,"
                " id, 1 from building where district_id = 1"
            )
        )
    assert ask(reader, settings, "tagging") == {
        "nowhere": 3,
        "rows": [
            {"id": 1, "name": "esil", "buildings": 8, "tagged": 6, "doubtful": 0},
            {"id": None, "name": None, "buildings": 2, "tagged": 2, "doubtful": 0},
        ],
    }
    full = ask(reader, settings, "precincts", rows=2)
    assert (full["cap"], full["near"], full["over"]) == (3000, 2, 1)
    assert [(row["number"], row["voters"], row["district"]) for row in full["rows"]] == [
        (6, 3001, "esil"),
        (5, 3000, "esil"),
    ]
    assert ask(reader, settings, "loads") == {"steps": [1, 1, 1, 2, 1], "warn": 0.9}
    plan = ask(reader, settings, "plan")
    assert (
        plan["name"],
        plan["in_force_from"],
        plan["precincts"],
        plan["voters"],
        plan["unassigned"],
        plan["next_name"],
    ) == ("Старый", "2020-01-01", 6, 14201, 5, "Новый")
    unruled = replace(settings, city=replace(settings.city, precincts=None))
    assert (
        ask(reader, unruled, "precincts", rows=2)["cap"] is None
        and ask(reader, unruled, "loads")["steps"] == []
    )


def test_an_empty_city_has_no_shares_instead_of_zero(reader: Engine, settings: Settings) -> None:
    read = ask(reader, settings, "figures", lang="kk")
    assert (read["inquiries"], read["one_take"], read["lost_calls"], read["on_time"]) == (0, None, None, None)
    for level in ("operators", "inspectors", "performers"):
        assert {row["value"] for row in ask(reader, settings, "indicators", level=level)["rows"]} == {None}
    for kind in ("topics", "channels", "categories", "performers", "tagging", "precincts"):
        assert ask(reader, settings, kind, rows=5)["rows"] == []
    assert ask(reader, settings, "plan") == {} and ask(reader, settings, "days") == {}
    assert ask(reader, settings, "attention")["named"] == {}


def test_a_language_that_is_none_of_the_city_is_refused(reader: Engine, settings: Settings) -> None:
    with pytest.raises(InvalidInput):
        ask(reader, settings, "topics", lang="ru; drop table incident", rows=6)


def test_one_panel_that_fails_leaves_the_rest(
    city: City, owner: Engine, reader: Engine, settings: Settings
) -> None:
    asks = {
        kind: (kind, PanelRequest(settings.city, Scope(), "ru", rows=5))
        for kind in ("figures", "attention", "tagging")
    }
    with owner.begin() as connection:
        connection.execute(text("alter table building rename to building_away"))
    desk = PanelDesk(keep_s=0)
    read = desk.ask(reader, asks)
    assert read["tagging"]["figures"] is None
    assert read["figures"]["figures"]["open"] > 0 and read["attention"]["figures"]["named"]
    assert len({(panel["read_at"], panel["position"]) for panel in read.values()}) == 1
    with owner.begin() as connection:
        connection.execute(text("alter table building_away rename to building"))
    assert desk.ask(reader, asks)["tagging"]["figures"] == {"rows": [], "nowhere": 0}


def test_many_walls_cost_one_read(reader: Engine, settings: Settings) -> None:
    reads: list[str] = []
    desk = PanelDesk(
        {"topics": lambda connection, request: reads.append(request.lang) or {"rows": []}}, keep_s=60
    )
    asks = {
        "1": ("topics", PanelRequest(settings.city, Scope(), "ru", rows=6)),
        "2": ("topics", PanelRequest(settings.city, Scope(), "ru", rows=6)),
    }
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: desk.ask(reader, asks), range(50)))
    assert reads == ["ru"] and all(answer == answers[0] for answer in answers)
    desk.ask(reader, {"1": ("topics", PanelRequest(settings.city, Scope(), "kk", rows=6))})
    desk.ask(
        reader, {"1": ("topics", PanelRequest(settings.city, Scope(frozenset({"police"})), "ru", rows=6))}
    )
    assert reads == ["ru", "kk", "ru"]


def test_panels_of_one_scene_are_of_one_moment(reader: Engine, settings: Settings) -> None:
    """Another wall has just asked for one of them: it is read again with the other."""
    moments: list[float] = []
    source = lambda connection, request: {  # noqa: E731
        "now": moments.append(
            connection.execute(text("select extract(epoch from now())::float8")).scalar_one()
        )
        or moments[-1]
    }
    desk = PanelDesk({"topics": source, "hours": source}, keep_s=60)
    topics, hours = (
        ("topics", PanelRequest(settings.city, Scope(), "ru", rows=6)),
        ("hours", PanelRequest(settings.city, Scope(), "ru")),
    )
    desk.ask(reader, {"1": topics})
    read = desk.ask(reader, {"1": topics, "2": hours})
    assert (
        len(moments) == 3
        and read["1"]["figures"] == read["2"]["figures"]
        and read["1"]["read_at"] == read["2"]["read_at"]
    )


def test_who_waits_too_long_for_anothers_read_is_told_so(
    reader: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(panels, "WAIT_S", 0.05)
    desk = PanelDesk()
    with desk._reading, pytest.raises(Unavailable):
        desk.ask(reader, {"1": ("topics", PanelRequest(settings.city, Scope(), "ru", rows=6))})


def test_every_source_is_read_within_its_own_savepoint(reader: Engine, settings: Settings) -> None:
    asks = {
        kind: (
            kind,
            PanelRequest(
                settings.city, Scope(), "en", rows=3, of="inquiries", level="operators", district="esil"
            ),
        )
        for kind in SOURCES
    }
    assert all(panel["figures"] is not None for panel in PanelDesk().ask(reader, asks).values())
