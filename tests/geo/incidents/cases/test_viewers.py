"""Who looks at an incident: seen by each other, heard of by screens once, gone by themselves."""

from __future__ import annotations

import pytest

from geo.database import transact
from geo.errors import NotFound
from geo.incidents.cases.viewers import leave, look
from tests.support.desk import Desk, officer


def test_two_officers_see_each_other_and_one_who_left_is_gone(desk: Desk) -> None:
    first = desk.incidents[0]

    def seen(who: str, writing: bool = False) -> list[tuple[str, bool]]:
        present = transact(
            desk.editor, lambda connection: look(connection, desk.city, officer(who), first, writing)
        )
        return [(row["who"], row["writing"]) for row in present]

    def heard() -> list[tuple]:
        return desk.rows(
            """select payload ->> 'who', payload -> 'writing', payload -> 'gone' from change
            where noun = 'viewer' and noun_id = :id order by id""",
            id=first,
        )

    assert seen("aidos") == [("aidos", False)]
    assert seen("gulnar", writing=True) == [("aidos", False), ("gulnar", True)]
    assert seen("aidos") == [("aidos", False), ("gulnar", True)]
    assert heard() == [("aidos", False, False), ("gulnar", True, False)]  # a heartbeat is no news
    transact(desk.editor, lambda connection: leave(connection, desk.city, officer("gulnar"), first))
    transact(desk.editor, lambda connection: leave(connection, desk.city, officer("gulnar"), first))
    assert heard()[2:] == [("gulnar", False, True)]
    desk.execute("update incident_viewer set seen_at = now() - interval '31 seconds'")
    assert seen("gulnar") == [("gulnar", False)]


def test_what_a_caller_may_not_see_has_no_viewers_for_them(desk: Desk) -> None:
    narrow = officer("daniyar", kinds=("police",))
    for work in (
        lambda connection: look(connection, desk.city, narrow, desk.incidents[0], False),
        lambda connection: leave(connection, desk.city, narrow, desk.incidents[0]),
    ):
        with pytest.raises(NotFound, match=r"incident\.unknown"):
            transact(desk.editor, work)
    assert desk.rows("select from incident_viewer") == []
