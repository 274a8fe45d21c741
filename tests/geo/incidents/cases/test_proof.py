"""A picture attached to an incident is an action: once for a click, seen by others, undone, and gone with its
incident."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from geo.database import connect_engine, transact
from geo.errors import Conflict, InvalidInput, NotFound
from geo.incidents.cases import proof
from geo.incidents.cases.proof import Attach, attach
from geo.incidents.cases.write import Performed
from geo.pictures.intake import Picture
from geo.work import retention
from layers.incidents.proof import list_proofs, read_proof
from layers.scope import Scope
from tests.support.desk import Desk, officer

TAKEN = datetime(2026, 11, 28, 14, 31, 5, tzinfo=UTC)
PICTURE = Picture(b"\xff\xd8 whole", b"\xff\xd8 small", 1200, 1600, TAKEN, 71.4301, 51.13)


def put(
    desk: Desk,
    who: str = "aidos",
    picture: Picture = PICTURE,
    key: UUID | None = None,
    seen: int | None = None,
    **wish: Any,
) -> Performed:
    version = desk.version() if seen is None else seen
    wanted = Attach(**({"stage": "before"} | wish))
    return transact(
        desk.editor,
        lambda connection: attach(
            connection, desk.city, officer(who), desk.incidents[0], wanted, picture, version, key or uuid4()
        ),
    )


def shown(desk: Desk) -> list[dict[str, Any]]:
    with desk.owner.connect() as connection:
        return list_proofs(connection, desk.city, desk.incidents[0])


def test_it_is_one_action_with_its_picture_event_and_change(desk: Desk) -> None:
    key = uuid4()
    done = put(desk, key=key, text="хомут", keep_metadata=True)
    assert put(desk, key=key, text="хомут") == done
    assert desk.rows(
        "select who, what, to_value from incident_event where action_id = :id", id=done.action
    ) == [("aidos", "attach", "хомут")]
    assert desk.rows("select max(version) from change where noun_id = :id", id=desk.incidents[0]) == [(2,)]
    [row] = shown(desk)
    assert (row["action"], row["stage"], row["who"], row["text"]) == (done.action, "before", "aidos", "хомут")
    assert row["taken_at"] == TAKEN and row["metres"] == pytest.approx(7, abs=1)
    reading = (desk.owner, desk.city)
    assert read_proof(*reading, Scope(), desk.incidents[0], done.action, False) == (PICTURE.whole, "service")
    assert read_proof(*reading, Scope(), desk.incidents[0], done.action, True)[0] == PICTURE.thumbnail


def test_what_the_file_says_is_kept_only_where_it_was_asked_for_and_the_sender_says_nothing_else(
    desk: Desk,
) -> None:
    own = TAKEN - timedelta(minutes=3)
    put(desk)
    put(desk, keep_metadata=True, taken_at=own, lon=71.0, lat=51.0)
    put(desk, keep_metadata=True, picture=Picture(b"a", b"b", 1, 1, datetime.now(UTC) + timedelta(days=1)))
    assert desk.rows("select taken_at, lon, lat from incident_proof order by action_id") == [
        (None, None, None),
        (own, 71.0, 51.0),
        (None, None, None),
    ]
    for wish in ({"taken_at": datetime.now(UTC) + timedelta(hours=1)}, {"lon": 71.0}):
        with pytest.raises(InvalidInput, match=r"incident\.taken"):
            put(desk, **wish)
    assert len(shown(desk)) == 3


def test_undone_it_is_shown_to_nobody_and_purged_and_so_is_one_whose_incident_is_gone(desk: Desk) -> None:
    first, _ = put(desk), put(desk, stage="after")
    with pytest.raises(Conflict, match=r"incident\.acted_since"):
        desk.undo("aidos", first)
    last = put(desk, stage="after")
    desk.undo("aidos", last)
    assert [row["stage"] for row in shown(desk)] == ["before", "after"]
    with pytest.raises(NotFound, match=r"incident\.no_proof"):
        read_proof(desk.owner, desk.city, Scope(), desk.incidents[0], last.action, False)
    jobs = connect_engine(desk.settings, "jobs")
    later = datetime.now(UTC) + timedelta(days=31)
    assert retention.maintain(jobs, desk.owner, desk.city, later).get("incident_proofs") == 1
    desk.execute("delete from incident where id = :id", id=desk.incidents[0])
    assert retention.maintain(jobs, desk.owner, desk.city, later).get("incident_proofs") == 2
    jobs.dispose()


def test_who_may_not_see_the_incident_sees_no_picture_of_it(desk: Desk) -> None:
    done = put(desk)
    for scope in (Scope(kinds=frozenset({"police"})), Scope(districts=frozenset({"almaty"}))):
        with pytest.raises(NotFound, match=r"incident\.no_proof"):
            read_proof(desk.owner, desk.city, scope, desk.incidents[0], done.action, True)
    with pytest.raises(NotFound, match=r"incident\.no_proof"):
        read_proof(desk.owner, desk.city, Scope(), desk.incidents[1], done.action, False)


def test_a_second_officer_is_told_and_an_incident_takes_so_many(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(desk)
    with pytest.raises(Conflict, match=r"incident\.stale"):
        put(desk, "gulnar", seen=1)
    monkeypatch.setattr(proof, "MOST", 1)
    with pytest.raises(Conflict, match=r"incident\.proof_many"):
        put(desk)
    assert len(shown(desk)) == 1
