"""An incident that an officer creates on the map: placed, counted, due by its category, and a case like any
other."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from geo.accounts.users import Principal
from geo.database import transact
from geo.errors import Conflict, Forbidden, InvalidInput
from geo.incidents.cases.write import Performed
from geo.loading.by_hand import NewIncident, create
from tests.support.desk import Desk, officer

WISH: dict[str, Any] = {"kind": "service", "title": "Обрыв провода", "lon": 71.43, "lat": 51.13}
DISTRICT = """insert into district (region, key, name_kk, name_ru, name_en, valid_from, geom_4326, geom_3857)
    select '71', 'esil', 'Есіл', 'Есиль', 'Esil', '2020-01-01', st_multi(g), st_transform(st_multi(g), 3857)
    from st_makeenvelope(71.42, 51.12, 71.44, 51.14, 4326) g returning id"""


def by_hand(desk: Desk, principal: Principal, key: UUID | None = None, **other: Any) -> Performed:
    wish = NewIncident(**(WISH | other))
    return transact(
        desk.editor, lambda connection: create(connection, desk.city, principal, wish, key or uuid4())
    )


@pytest.fixture
def category(desk: Desk) -> int:
    return desk.rows(
        """insert into category (key, kind, name_kk, name_ru, name_en, due_hours, performer_id)
        values ('wire', 'service', 'Сым', 'Провод', 'Wire', 5, 2) returning id"""
    )[0][0]


def test_it_is_placed_due_counted_told_and_a_case(desk: Desk, category: int) -> None:
    [(district,)] = desk.rows(DISTRICT)
    done = by_hand(desk, officer("aidos"), category=category, priority=1)
    made = desk.incident(done.incident)
    assert (made["source"], made["source_id"]) == ("desk", f"D{done.incident}")
    assert (made["district_id"], made["performer_id"]) == (district, 2)
    assert (made["due_at"], made["opened_at"]) == (done.at + timedelta(hours=5), done.at)
    assert (made["status"], made["priority"], made["version"]) == ("open", 1, 1)
    of_it = {"id": done.incident}
    assert desk.rows(
        "select who, what, to_value, action_id from incident_event where incident_id = :id", **of_it
    ) == [("aidos", "opened", "open", done.action)]
    assert desk.rows("select kind, category_id, n from density_delta") == [("service", category, 1)]
    [(payload,)] = desk.rows("select payload from change where noun_id = :id", **of_it)
    assert payload["point"] == [71.43, 51.13] and payload["title"] == "Обрыв провода"
    desk.act("gulnar", "close", done.incident, outcome="not_confirmed")
    assert desk.incident(done.incident)["status"] == "closed"


def test_one_click_creates_one_however_often_it_is_sent(desk: Desk) -> None:
    key = uuid4()
    with ThreadPoolExecutor(3) as clicks:
        sent = [clicks.submit(by_hand, desk, officer("aidos"), key) for _ in range(3)]
    assert len({click.result() for click in sent}) == 1
    assert desk.rows("select count(*) from incident where source = 'desk'") == [(1,)]
    with pytest.raises(Conflict, match=r"incident\.undo_create"):
        desk.undo("aidos", sent[0].result())


def test_what_cannot_be_there_is_refused_and_leaves_nothing(desk: Desk, category: int) -> None:
    desk.rows(DISTRICT)
    for principal, wish, code in (
        (officer("a"), {"lon": 30.0}, r"incident\.outside\b"),
        (officer("a"), {"category": 99}, r"incident\.category"),
        (officer("a"), {"category": category, "kind": "police"}, r"incident\.category"),
        (officer("a", kinds=("police",)), {}, r"incident\.outside_scope"),
        (officer("a", districts=("almaty",)), {}, r"incident\.outside_scope"),
    ):
        with pytest.raises((InvalidInput, Forbidden), match=code):
            by_hand(desk, principal, **wish)
    assert desk.rows("select count(*) from incident where source = 'desk'") == [(0,)]
    by_hand(desk, officer("a", districts=("esil",)))
