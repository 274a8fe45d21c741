"""The persons of the list in force without a building: each on one page, masked, recorded before they are
opened, found again by who asks who saw them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from etl.demo.voters.writing import InventedList
from geo.errors import NotFound, TooMany
from geo.settings import Settings
from geo.voters import without
from geo.voters.access import seen_by, who_saw
from geo.voters.keys import KeyRing
from geo.voters.limits import WITHOUT_SEEN
from geo.voters.without import SHOWN, PersonWithout, persons_without
from tests.geo.voters.conftest import Ask
from tests.support.connected import engine_as
from tests.support.voters_list import approve, load, write

auditor = engine_as("auditor", of="demo_copy")
NOW = datetime.now(UTC)
LEFT = SHOWN + 3
"""So many persons lose their building: more than one page."""


@pytest.fixture
def lost(demo_copy: Settings, people: InventedList, tmp_path: Path) -> list[str]:
    """IINs of those without a building in the list in force, by their lines."""
    sound = [line for line in people.lines if line.building and not line.fault and not line.also]
    for n, line in enumerate(sound[:LEFT], start=1):
        line.cells["Адрес регистрации"] = f"ул. Никому Неизвестная, д. {n}, кв. {n}"
    approve(demo_copy, load(demo_copy, write(InventedList(sound), tmp_path / "list.csv")).id)
    return [line.cells["ИИН"] for line in sound[:LEFT]]


def test_each_is_on_one_page_masked_and_recorded(
    demo_copy: Settings, lost: list[str], voters: Engine, ask: Ask
) -> None:
    ring, city = KeyRing.of(demo_copy), demo_copy.city
    pages = [persons_without(voters, city, ring, page, "anna") for page in (1, 2)]
    assert [(one.page, one.pages, one.total) for one in pages] == [(1, 2, LEFT), (2, 2, LEFT)]
    found = [one for page in pages for one in page.persons]
    assert [one.iin[-2:] for one in found] == [number[-2:] for number in lost]
    assert all(one.iin.startswith("**********") and one.name.count(".") >= 2 for one in found)
    assert [one.line for one in found] == [f"ул. Никому Неизвестная, д. {n}" for n in range(1, LEFT + 1)]
    assert [one.room for one in found] == [f"кв. {n}" for n in range(1, LEFT + 1)]
    assert persons_without(voters, city, ring, 99, "anna").page == 2
    recorded = ask("select who, parameters from audit where what = 'voters.without_seen' order by id")
    assert [(row.who, row.parameters) for row in recorded] == [
        ("anna", {"list": 1, "first": 1, "last": SHOWN}),
        *[("anna", {"list": 1, "first": SHOWN + 1, "last": LEFT})] * 2,
    ]


def test_what_cannot_be_recorded_is_not_opened(
    demo_copy: Settings, lost: list[str], voters: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[object] = []

    def refused(*given: object, **named: object) -> None:
        raise RuntimeError("the audit is full")

    def seen(*given: object) -> PersonWithout:
        opened.append(given)
        raise AssertionError

    monkeypatch.setattr(without, "record_audit", refused)
    monkeypatch.setattr(without, "open_row", seen)
    with pytest.raises(RuntimeError, match="full"):
        persons_without(voters, demo_copy.city, KeyRing.of(demo_copy), 1, "anna")
    assert opened == []


def test_who_saw_them_and_whom_a_login_saw(
    demo_copy: Settings, people: InventedList, lost: list[str], voters: Engine, auditor: Engine
) -> None:
    ring, city = KeyRing.of(demo_copy), demo_copy.city
    persons_without(voters, city, ring, 2, "boris")
    at_home = next(line for line in people.lines if line.building and line.cells["ИИН"] not in lost)

    def saw(number: str) -> list[tuple[str, str]]:
        with voters.begin() as connection, auditor.connect() as audits:
            found = who_saw(connection, audits, city, ring, number, "auditor", "Complaint 7")
        return [(one.who, one.how) for one in found if one.how != "report"]

    assert saw(lost[-1]) == [("boris", "without")]
    assert saw(lost[0]) == saw(at_home.cells["ИИН"]) == []
    with voters.begin() as connection, auditor.connect() as audits:
        day = timedelta(days=1)
        report = seen_by(connection, audits, city, ring, "boris", NOW - day, NOW + day, "auditor")
    assert sorted(one.iin[-2:] for one in report.persons) == sorted(number[-2:] for number in lost[SHOWN:])
    assert report.unknown == 0


def test_so_many_pages_a_day(
    demo_copy: Settings, lost: list[str], voters: Engine, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    ring, city = KeyRing.of(demo_copy), demo_copy.city
    monkeypatch.setattr(without, "WITHOUT_SEEN", WITHOUT_SEEN._replace(most=3))
    for _ in range(3):
        persons_without(voters, city, ring, 1, "vera")
    with pytest.raises(TooMany, match="voters.looks"):
        persons_without(voters, city, ring, 1, "vera")
    assert [row.who for row in ask("select who from audit where what = 'refused'")] == ["vera"]


def test_without_a_list_in_force_there_is_nobody(demo_copy: Settings, file: Path, voters: Engine) -> None:
    load(demo_copy, file)
    with pytest.raises(NotFound, match="voters.no_list"):
        persons_without(voters, demo_copy.city, KeyRing.of(demo_copy), 1, "anna")
