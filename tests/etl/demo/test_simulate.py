from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import text

from etl.demo.arrivals import Arrivals, pace
from etl.demo.simulate import LIVE, Simulator, complete
from etl.demo.standing import Standing, utc_now
from etl.demo.upkeep import Upkeep, changed, elapsed
from etl.runs import engine
from geo.settings import Settings


@pytest.fixture
def simulator(demo_copy: Settings) -> Iterator[Simulator]:
    with engine.session(demo_copy) as connection:
        yield Simulator(demo_copy, connection, rate=1.0, rng=np.random.default_rng(5))


def scalar(simulator: Simulator, statement: str) -> object:
    with simulator.connection.begin():
        return simulator.connection.scalar(text(statement))


def test_a_tick_goes_through_the_feeds(simulator: Simulator) -> None:
    before = scalar(simulator, "select count(*) from inquiry")
    assert simulator.tick(utc_now(), 300.0) > 0
    assert scalar(simulator, "select count(*) from inquiry") > before
    assert (
        scalar(
            simulator,
            "select count(*) from run where source = 'simulator' and state = 'done' and feed = 'inquiries'",
        )
        == 1
    )
    assert (
        scalar(
            simulator,
            "select count(*) from run where source = 'simulator' and (rejected > 0 or state <> 'done')",
        )
        == 0
    )
    assert scalar(simulator, "select count(*) from reject") == 0


def test_feeds_stay_fresh(simulator: Simulator) -> None:
    simulator.tick(utc_now(), 2.0)
    assert scalar(simulator, "select count(*) from feed where polled_at < now() - interval '30 seconds'") == 0


def test_a_critical_incident_comes_in_its_time(simulator: Simulator) -> None:
    simulator.due["critical"] = 0.0
    before = scalar(simulator, "select count(*) from incident where priority = 2")
    simulator.tick(utc_now(), 1.0)
    assert scalar(simulator, "select count(*) from incident where priority = 2") == before + 1


def test_closing_keeps_everything_else(simulator: Simulator) -> None:
    incident = next(i for i in simulator.standing.open if i["kind"] == "service" and i["lon"] is not None)
    before = describe(simulator, incident["id"])
    simulator.upkeep.rows = lambda now, seconds, opened: {"inquiries": [changed(incident, now, "closed")]}
    simulator.tick(utc_now(), 1.0)
    after = describe(simulator, incident["id"])
    assert after.status == "closed" and after.closed_at is not None
    assert before[2:] == after[2:]


def describe(simulator: Simulator, incident_id: int):
    with simulator.connection.begin():
        return simulator.connection.execute(
            text("""select status, closed_at, category_id, address, opened_at, due_at, performer_id,
                building_id, district_id,
            st_astext(point_4326) as point from incident where id = :id"""),
            {"id": incident_id},
        ).one()


def test_numbers_go_on_after_a_restart(simulator: Simulator, demo_copy: Settings) -> None:
    year = utc_now().astimezone(demo_copy.city.time_zone).year % 100
    simulator.tick(utc_now(), 600.0)
    with engine.session(demo_copy) as connection:
        again = Simulator(demo_copy, connection, rng=np.random.default_rng(6))
        again.tick(utc_now(), 600.0)
    assert scalar(
        simulator,
        f"select count(*) = max(split_part(source_id, '-', 2)::bigint) from inquiry where "
        f"source_id like '{year:02}-%'",
    )


def test_an_outage_is_silent(demo_copy: Settings) -> None:
    with engine.session(demo_copy) as connection:
        simulator = Simulator(demo_copy, connection, outage="police", rng=np.random.default_rng(5))
        before = scalar(simulator, "select polled_at from feed where key = 'police'")
        simulator.tick(utc_now(), 60.0)
        assert scalar(simulator, "select polled_at from feed where key = 'police'") == before
        assert scalar(simulator, "select polled_at from feed where key = 'emergencies'") > before


def test_a_busy_feed_is_waited_for(simulator: Simulator, demo_copy: Settings) -> None:
    with (
        engine.session(demo_copy) as other,
        engine.locked(other, demo_copy, engine.find(engine.FEEDS, "inquiries")),
    ):
        simulator.tick(utc_now(), 300.0)
        assert simulator.waiting["inquiries"]
    simulator.tick(utc_now(), 1.0)
    assert not simulator.waiting["inquiries"]


def test_the_number_open_returns_to_what_it_was() -> None:
    """A day without the database: too many open at first, and more arriving."""
    rng, now = np.random.default_rng(1), datetime(2026, 11, 22, tzinfo=UTC)
    standing = Standing([], [], np.empty((0, 2)), None, 400, 10, 0)
    standing.open = [incident(i, now) for i in range(600)]
    upkeep = Upkeep(standing, rng, 1.0)
    for step in range(1, 1441):
        now += timedelta(minutes=1)
        standing.open.append(incident(600 + step, now))
        upkeep.rows(now, 60.0, 1)
    assert 360 <= len(standing.open) <= 440
    assert sum(elapsed(i, now) >= 1 for i in standing.open) <= 11
    assert sum(elapsed(i, now) >= 0.9 for i in standing.open) <= 15


def test_at_every_hour_as_many_are_resolved_in_one_take() -> None:
    """A Sunday night and a Monday morning have other topics, and the same share."""
    arrivals = Arrivals(
        Standing([], [], np.empty((0, 2)), None, 0, 0, 0), None, np.random.default_rng(1), 1.0
    )
    for local in (datetime(2026, 11, 22, 3), datetime(2026, 11, 23, 10), datetime(2026, 7, 4, 18)):
        means, leads = arrivals._means(local, 60.0)
        assert means @ leads / means.sum() == pytest.approx(0.18, abs=0.005)


def incident(number: int, now: datetime) -> dict:
    return {
        "id": number,
        "source": "police",
        "source_id": str(number),
        "kind": "police",
        "category": "police.theft",
        "title": None,
        "status": "open",
        "priority": 0,
        "opened_at": now,
        "due_at": now + timedelta(hours=24),
        "address": None,
        "performer": None,
        "lon": None,
        "lat": None,
        "fine_tenge": None,
    }


def test_the_morning_is_busier_than_the_night() -> None:
    night, morning = datetime(2026, 3, 3, 4), datetime(2026, 3, 3, 10)
    assert pace(morning, "flat", "desk") > 3 * pace(night, "flat", "desk")


def test_a_batch_has_one_shape() -> None:
    assert complete([{"a": 1}, {"b": 2}]) == [{"a": 1, "b": None}, {"a": None, "b": 2}]
    assert set(LIVE) == {"inquiries", "police", "emergencies", "offences", "calls"}


def test_a_planted_failure_calls_in_as_time_goes_by(demo_copy: Settings) -> None:
    """Each call once, from the houses that it reaches, some added to an incident of their house."""
    with engine.session(demo_copy) as connection:
        simulator = Simulator(demo_copy, connection, rng=np.random.default_rng(8), plant="substation")
        planted = simulator.planted
        assert planted is not None
        before = scalar(simulator, "select count(*) from inquiry")
        halfway = planted.began + timedelta(minutes=60)
        with connection.begin():
            first = planted.due(halfway, halfway)
            again = planted.due(halfway, halfway)
            rest = planted.due(planted.began + timedelta(hours=5), halfway)
        assert first and not again and len(first) + len(rest) == len(planted.failure.at_min)
        simulator.waiting["inquiries"] += [row for row in first if row["received_at"] <= utc_now()] or [
            first[0] | {"received_at": utc_now()}
        ]
        simulator.tick(utc_now(), 0.0)
        assert scalar(simulator, "select count(*) from inquiry") == before + 1
        added = {row["incident_id"] for row in first}
        assert len(added) < len(first) and all(row["topic"].startswith("electricity") for row in first)
