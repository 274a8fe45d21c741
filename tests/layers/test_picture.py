"""The wall's figures against the same counted row by row in Python."""
from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

import pytest
from sqlalchemy import Engine, text

from geo.database import connect_engine
from geo.errors import InvalidInput
from geo.settings import Settings
from layers import picture
from layers.picture import PictureDesk, read_picture
from layers.scope import Scope

REGION = "71"
TOPICS = {1: None, 2: None, 3: 1, 4: 1}
"""Category -> its parent."""


@dataclass
class City:
    """What was written, as Python objects; `now` is the moment of writing."""

    now: datetime
    inquiries: list[dict] = field(default_factory=list)
    incidents: list[dict] = field(default_factory=list)


@pytest.fixture
def owner(settings: Settings) -> Iterator[Engine]:
    engine = connect_engine(settings, "owner")
    yield engine
    engine.dispose()


@pytest.fixture
def reader(settings: Settings) -> Iterator[Engine]:
    engine = connect_engine(settings, "reader")
    yield engine
    engine.dispose()


@pytest.fixture
def city(owner: Engine) -> City:
    """400 inquiries of nine days, 300 incidents of three, two districts, calls of two days."""
    chance, now = random.Random(109), datetime.now(timezone.utc)
    city = City(now)
    for number in range(400):
        received = now - timedelta(hours=chance.choice([chance.uniform(0.1, 23.9), chance.uniform(24.1, 167), chance.uniform(168.1, 191.9), chance.uniform(192.2, 220)]))
        city.inquiries.append({"i": str(number), "at": received, "topic": chance.choice(list(TOPICS)), "one": chance.random() < 0.8})
    for number in range(300):
        opened = now - timedelta(hours=chance.choice([chance.uniform(0.1, 23.9), chance.uniform(24.1, 72)]))
        due = opened + timedelta(hours=chance.choice([2, 24, 72, 240])) if chance.random() < 0.6 else None
        city.incidents.append({
            "i": str(number), "kind": chance.choice(["service", "police", "emergency"]), "priority": chance.choice([0, 0, 0, 1, 2]), "opened": opened, "due": due,
            "status": chance.choice(["open", "in_progress", "closed"]), "district": chance.choice([1, 2, None]), "lon": chance.choice([71.43, None]),
            "gone": now if chance.random() < 0.05 else None,
        })
    _write(owner, city)
    return city


def _write(owner: Engine, city: City) -> None:
    with owner.begin() as connection:
        for key, parent in TOPICS.items():
            connection.execute(text("""insert into category (id, key, parent_id, kind, name_kk, name_ru, name_en)
                values (:id, 'c' || :id, :parent, 'service', 'санат ' || :id, 'тема ' || :id, 'topic ' || :id)"""), {"id": key, "parent": parent})
        for key, name in ((1, "esil"), (2, "almaty")):
            connection.execute(text("""insert into district (region, id, key, name_kk, name_ru, name_en, valid_from, geom_4326, geom_3857)
                select :region, :id, :key, :key, :key, :key, '2020-01-01', st_multi(b), st_multi(st_transform(b, 3857)) from st_makeenvelope(71, 51, 72, 52, 4326) b"""),
                {"region": REGION, "id": key, "key": name})
        connection.execute(text("""insert into inquiry (region, source, source_id, channel, topic_id, received_at, one_take)
            values ('71', 't', :i, 'phone', :topic, :at, :one)"""), city.inquiries)
        connection.execute(text("""insert into incident (region, source, source_id, kind, category_id, source_status, status, priority, opened_at, due_at, district_id,
            point_4326, vanished_at) values ('71', 't', :i, :kind, 1, :status, :status, :priority, :opened, :due, :district,
            st_setsrid(st_makepoint(cast(:lon as float8), 51.13), 4326), :gone)"""), city.incidents)
        connection.execute(text("""insert into calls (region, source, hour, offered, answered, lost)
            select '71', 't', date_trunc('hour', now()) - h * interval '1 hour', 100, case when h < 12 then 96 else 100 end, case when h < 12 then 4 else 0 end
            from generate_series(0, 47) h"""))


def is_open(row: dict) -> bool:
    return row["status"] != "closed" and row["gone"] is None


def presses(row: dict, now: datetime) -> bool:
    return row["priority"] >= 1 or row["due"] is not None and now >= row["opened"] + picture.DUE_SHARE * (row["due"] - row["opened"])


def test_every_figure_equals_the_count_of_its_rows(city: City, reader: Engine, settings: Settings) -> None:
    read = read_picture(reader, settings.city, Scope(), "ru", topics=6)
    day = [row for row in city.inquiries if row["at"] >= city.now - timedelta(hours=24)]
    week = [row for row in city.inquiries if city.now - timedelta(days=8) <= row["at"] <= city.now - timedelta(days=7)]
    opened = [row for row in city.incidents if row["gone"] is None and row["opened"] >= city.now - timedelta(hours=24)]
    now_open = [row for row in city.incidents if is_open(row)]
    assert (read.inquiries, read.inquiries_week_ago) == (len(day), len(week))
    assert read.one_take == pytest.approx(sum(row["one"] for row in day) / len(day))
    assert read.lost_calls == pytest.approx(12 * 4 / 2500, rel=0.05)
    assert read.police == sum(row["kind"] == "police" for row in opened)
    assert read.emergencies == sum(row["kind"] == "emergency" for row in opened)
    assert read.open == len(now_open)
    assert read.overdue == sum(row["due"] is not None and row["due"] < city.now for row in now_open)
    assert read.attention_count == sum(presses(row, city.now) for row in now_open)
    assert read.no_coordinates == sum(row["lon"] is None for row in now_open)
    assert abs(read.read_at - city.now.timestamp()) < 60


def test_topics_are_counted_at_the_top_of_the_tree_and_named_in_the_language(city: City, reader: Engine, settings: Settings) -> None:
    day = [row for row in city.inquiries if row["at"] >= city.now - timedelta(hours=24)]
    counted = Counter(TOPICS[row["topic"]] or row["topic"] for row in day)
    expected = [{"id": key, "n": n, "name": f"topic {key}"} for key, n in counted.most_common()]
    assert read_picture(reader, settings.city, Scope(), "en", topics=6).topics == expected
    assert read_picture(reader, settings.city, Scope(), "en", topics=1).topics == expected[:1]


def test_attention_names_the_critical_first_and_is_bounded(city: City, reader: Engine, owner: Engine, settings: Settings) -> None:
    read = read_picture(reader, settings.city, Scope(), "ru", topics=0)
    assert len(read.attention) == min(picture.ATTENTION_ROWS, read.attention_count)
    with owner.connect() as connection:
        critical = {str(key) for key in connection.execute(text("select id from incident i where priority = 2 and status <> 'closed' and vanished_at is null")).scalars()}
    assert set(list(read.attention)[: len(critical)]) == critical
    assert all(row["category"] == "тема 1" for row in read.attention.values())


def test_a_scope_narrows_the_incidents(city: City, reader: Engine, settings: Settings) -> None:
    scope = Scope(kinds=frozenset({"police"}), districts=frozenset({"esil"}))
    read = read_picture(reader, settings.city, scope, "ru", topics=6)
    assert read.open == sum(is_open(row) and row["kind"] == "police" and row["district"] == 1 for row in city.incidents)
    assert read.emergencies == 0


def test_an_empty_city_has_no_shares_instead_of_zero(reader: Engine, settings: Settings) -> None:
    read = read_picture(reader, settings.city, Scope(), "kk", topics=6)
    assert (read.inquiries, read.one_take, read.lost_calls, read.topics, read.attention) == (0, None, None, [], {})


def test_a_language_that_is_none_of_the_city_is_refused(reader: Engine, settings: Settings) -> None:
    with pytest.raises(InvalidInput):
        read_picture(reader, settings.city, Scope(), "ru; drop table incident", topics=6)


def test_many_walls_cost_one_read(reader: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    reads = []
    original = picture.read_picture
    monkeypatch.setattr(picture, "read_picture", lambda *asked: reads.append(1) or original(*asked))
    desk = PictureDesk(keep_s=60)
    with ThreadPoolExecutor(20) as pool:
        pictures = list(pool.map(lambda _: desk.ask(reader, settings.city, Scope(), "ru", 6), range(50)))
    assert len(reads) == 1 and len({id(one) for one in pictures}) == 1
