"""A performer sees and does only what is their own organisation's, by the incident's performer or else its
category's; who decides about all may do so everywhere."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from geo.database import connect_engine
from geo.errors import Conflict, InvalidInput, NotFound
from geo.settings import Settings
from layers.desk.inbox import read_inbox, read_own_card
from tests.support.first_comer import assert_first
from tests.support.levels_desk import LevelsDesk, performer

SOON = timedelta(hours=9)


def inbox(desk: LevelsDesk, settings: Settings, key: str | None, show: str = "open") -> list[int]:
    reader = connect_engine(settings, "reader")
    try:
        return [row["id"] for row in read_inbox(reader, desk.city, performer(key), "kk", show).rows]
    finally:
        reader.dispose()


def test_each_sees_their_own(desk: LevelsDesk, settings: Settings) -> None:
    first, second, third = desk.incidents
    assert inbox(desk, settings, "heat") == [first, second]
    assert inbox(desk, settings, "lift") == [third], "by its category, as nobody was named"
    assert inbox(desk, settings, "nobody") == inbox(desk, settings, None) == []
    with pytest.raises(NotFound, match=r"incident\.unknown"):
        read_own_card(desk.owner, desk.city, performer("lift"), first, "ru")
    card, extension = read_own_card(desk.owner, desk.city, performer("heat"), first, "ru")
    assert card.incident["id"] == first and extension is None


@pytest.mark.parametrize("verb", ["acknowledge", "done"])
@pytest.mark.parametrize("key", ["lift", None])
def test_nobody_works_on_what_is_anothers(desk: LevelsDesk, verb: str, key: str | None) -> None:
    with pytest.raises(NotFound, match=r"incident\.unknown"):
        desk.work(performer(key), verb)
    with pytest.raises(NotFound):
        desk.ask(performer(key), datetime.now(UTC) + SOON)
    assert desk.version() == 1


def test_what_is_taken_on_is_in_progress_and_what_is_done_is_closed(
    desk: LevelsDesk, settings: Settings
) -> None:
    crew = performer("heat")
    desk.work(crew, "acknowledge")
    assert desk.incident()["status"] == "in_progress" and desk.case()["acknowledged_by"] == crew.name
    desk.work(crew, "done", text="заменён хомут")
    assert desk.incident()["status"] == "closed" and desk.case()["outcome"] == "done"
    notes = desk.rows("select parameters ->> 'text' from incident_action where verb = 'note'")
    assert notes == [("заменён хомут",)]
    assert inbox(desk, settings, "heat", "closed") == [desk.incidents[0]]


def test_one_that_is_assigned_away_leaves_the_inbox(desk: LevelsDesk, settings: Settings) -> None:
    desk.act("aidos", "assign", performer=2)
    assert inbox(desk, settings, "heat") == [desk.incidents[1]]
    with pytest.raises(NotFound):
        desk.work(performer("heat"), "done")


def test_more_time_is_asked_for_once_and_granted_or_refused(desk: LevelsDesk) -> None:
    until = datetime.now(UTC) + SOON
    number = desk.ask(performer("heat"), until)
    with pytest.raises(NotFound, match=r"extension\.none"):
        desk.decide(granted=True, incident=desk.incidents[1])
    with pytest.raises(Conflict) as waits:
        desk.ask(performer("heat"), until)
    assert_first(waits, "extension.waiting", performer("heat").name)
    with pytest.raises(InvalidInput, match=r"extension\.answer"):
        desk.decide(granted=False)
    assert desk.decide(granted=True) == number
    assert desk.incident()["due_at"] == until
    with pytest.raises(Conflict) as decided:
        desk.decide(granted=True)
    assert_first(decided, "extension.decided", "aigul")
    desk.ask(performer("heat"), until + SOON)
    desk.decide(granted=False, answer="детали есть на складе")
    assert desk.incident()["due_at"] == until, "refused: the deadline stays"
    granted = desk.rows("select granted, decided_by from time_extension order by id")
    assert granted == [(True, "aigul"), (False, "aigul")]
