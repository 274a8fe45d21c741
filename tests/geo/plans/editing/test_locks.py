"""A precinct agreed with the commission: what others may not do to it, what they may do beside it, and how
the lock is taken off."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import Connection, text

from geo.errors import Conflict, InvalidInput, NotFound
from geo.geo_tags.decisions import set_tag
from geo.plans.editing.borders import EdgeLine, edit, redraw
from geo.plans.editing.draft import Author
from geo.plans.editing.locks import lock, unlock
from geo.plans.editing.operations import assign, give, merge, split
from geo.plans.editing.precincts import describe
from geo.plans.events import difference, history
from geo.plans.lifecycle import advance, draft_from
from geo.plans.stations import StationLocation, set_station
from geo.plans.undo import steps, undo
from geo.settings import City, Settings
from tests.support.plan_town import lon_lat

LOCKED = 2


@pytest.fixture
def city(settings: Settings) -> City:
    return settings.city


def shape(connection: Connection, plan: int) -> str:
    return connection.execute(
        text("select st_astext(geom) from precinct where plan_id = :plan and id = :id"),
        {"plan": plan, "id": LOCKED},
    ).scalar_one()


def refused(act: object, connection: Connection) -> dict:
    """Who and which, as the others are told."""
    with pytest.raises(Conflict) as conflict:
        act()
    connection.rollback()
    assert conflict.value.code == "plan.locked", conflict.value.code
    return conflict.value.parameters


def test_whatever_would_change_a_locked_precinct_is_refused_naming_who_locked_it(
    connection: Connection, city: City, draft: int
) -> None:
    other = Author(connection, city, draft, "daniyar")
    give(other, [17], 1)
    lock(Author(connection, city, draft, "aigerim"), LOCKED, "Protocol 5")
    connection.commit()
    before = shape(connection, draft)
    edge, version = connection.execute(
        text(
            "select id, version from edge where plan_id = :plan and (left_precinct, "
            "right_precinct) in ((3, 2), (2, 3))"
        ),
        {"plan": draft},
    ).one()
    acts = {
        "drag": lambda: edit(other, [EdgeLine(edge, version, tuple(lon_lat((830, 200))))]),
        "redraw": lambda: redraw(other, (2, 3), lon_lat((750, -10), (750, 410)), snap=False),
        "take houses": lambda: give(other, [5], 1),
        "bring houses": lambda: give(other, [1], LOCKED),
        "assign away": lambda: assign(other, [6], 1),
        "assign to": lambda: assign(other, [1], LOCKED),
        "split": lambda: split(other, LOCKED, lon_lat((600, -30), (600, 430))),
        "merge": lambda: merge(other, 1, LOCKED),
        "merge away": lambda: merge(other, LOCKED, 1),
        "number": lambda: describe(other, LOCKED, number=77),
        "station": lambda: set_station(other, LOCKED, StationLocation("М", "Ш", building=1)),
        "by who locked it": lambda: describe(Author(connection, city, draft, "aigerim"), LOCKED, number=77),
        "twice": lambda: lock(other, LOCKED),
    }
    for name, act in acts.items():
        refusals = refused(act, connection)
        assert (refusals["precincts"], refusals["who"], refusals["locked"]) == ("2", "aigerim", [LOCKED]), (
            name
        )
        assert shape(connection, draft) == before, name
    assert difference(connection, city, draft) == []


def test_an_undo_that_would_change_a_locked_precinct_is_refused(
    connection: Connection, city: City, draft: int
) -> None:
    author = Author(connection, city, draft, "daniyar")
    describe(author, LOCKED, number=77)
    lock(author, LOCKED)
    connection.commit()
    assert refused(lambda: undo(author), connection)["precincts"] == "77"
    assert [step["what"] for step in steps(connection, city, draft, "daniyar")["undo"]] == ["described"], (
        "a lock is taken off with a reason, not undone"
    )


def test_beside_a_locked_precinct_work_goes_on(connection: Connection, city: City, draft: int) -> None:
    """A split whose line ends on the locked border puts a junction into it: the border has not moved."""
    lock(Author(connection, city, draft, "aigerim"), LOCKED)
    before = connection.execute(
        text("select geom from precinct where plan_id = :plan and id = 2"), {"plan": draft}
    ).scalar_one()
    other = Author(connection, city, draft, "daniyar")
    split(other, 1, lon_lat((-30, 201.3337), (430, 199.1113)))
    split(other, 5, lon_lat((600, 370), (600, 830)))
    moved = connection.execute(
        text(
            "select st_hausdorffdistance(st_boundary(geom), st_boundary(cast(:before as "
            "geometry))) from precinct where plan_id = :plan and id = 2"
        ),
        {"plan": draft, "before": before},
    ).scalar_one()
    assert moved < 0.002
    merge(other, 3, 6)
    assert difference(connection, city, draft) == []


def test_a_lock_is_taken_off_with_a_reason_which_is_in_the_history(
    connection: Connection, city: City, draft: int
) -> None:
    lock(Author(connection, city, draft, "aigerim"), LOCKED, "Protocol 5")
    other = Author(connection, city, draft, "daniyar")
    for reason in ("  ", "x" * 501):
        with pytest.raises(InvalidInput) as wrong:
            unlock(other, LOCKED, reason)
        assert wrong.value.code == "plan.reason"
    unlock(other, LOCKED, " the school is closed ")
    with pytest.raises(NotFound) as none:
        unlock(other, LOCKED, "again")
    assert none.value.code == "plan.not_locked"
    refusals = [
        (event["who"], event["what"], event["command"]) for event in history(connection, city, draft)[:2]
    ]
    assert refusals == [
        ("daniyar", "unlocked", {"precinct": LOCKED, "reason": "the school is closed", "of": "aigerim"}),
        ("aigerim", "locked", {"precinct": LOCKED, "document": "Protocol 5"}),
    ]
    describe(other, LOCKED, number=77)


def test_a_lock_belongs_to_its_plan(connection: Connection, city: City, draft: int) -> None:
    """A draft of it begins without; a checked plan stays checked; a published one takes none."""
    lock(Author(connection, city, draft, "aigerim"), LOCKED)
    copy = draft_from(connection, city, draft, "copy", "daniyar")
    describe(Author(connection, city, copy, "daniyar"), LOCKED, number=77)
    advance(connection, city, draft, "checked", "aigerim")
    lock(Author(connection, city, draft, "aigerim"), 3)
    assert (
        connection.execute(text("select state from plan where id = :plan"), {"plan": draft}).scalar_one()
        == "checked"
    )
    advance(connection, city, draft, "agreed", "aigerim", document="Protocol 12", day=date(2026, 5, 1))
    with pytest.raises(Conflict) as frozen:
        unlock(Author(connection, city, draft, "aigerim"), LOCKED, "a reason")
    assert frozen.value.code == "plan.frozen"


def test_who_saw_the_precinct_before_it_was_locked_is_told(
    connection: Connection, city: City, draft: int
) -> None:
    lock(Author(connection, city, draft, "aigerim"), LOCKED)
    with pytest.raises(Conflict) as stale:
        merge(Author(connection, city, draft, "daniyar", {1: 1, LOCKED: 1}), 1, LOCKED)
    assert (stale.value.code, stale.value.parameters["who"], stale.value.parameters["what"]) == (
        "plan.stale",
        "aigerim",
        "locked",
    )


def test_a_corrected_tag_does_not_take_a_house_out_of_what_is_agreed(
    connection: Connection, city: City, draft: int
) -> None:
    """It shows as a mismatch, for people to decide; a house that was in no precinct still comes to where it
    stands."""
    lock(Author(connection, city, draft, "aigerim"), LOCKED)
    lon, lat = lon_lat((50, 55))[0]
    version = connection.execute(text("select version from building where id = 5")).scalar_one()
    set_tag(connection, city, 5, version, (lon, lat), "hand", "officer")
    assert (
        connection.execute(
            text("select precinct_id from assignment where plan_id = :plan and building_id = 5"),
            {"plan": draft},
        ).scalar_one()
        == LOCKED
    )
