"""Persons without a building on the page /voters: counted for whoever may look, opened page by page,
recorded, hidden by themselves."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine, text

from etl.demo.voters.writing import InventedList
from geo.settings import Settings
from tests.support.connected import engine_as
from tests.support.voters_list import approve, invented, load, write
from tests.support.voters_service import answering
from tests.support.web import serving

owner = engine_as("owner", of="demo_copy")
LEFT = 23


@pytest.fixture
def lost(demo_copy: Settings, tmp_path: Path) -> InventedList:
    """A list in force in which so many have no building, and another that waits."""
    people = invented(demo_copy)
    sound = [line for line in people.lines if line.building and not line.fault and not line.also]
    for n, line in enumerate(sound[:LEFT], start=1):
        line.cells["Адрес регистрации"] = f"ул. Никому Неизвестная, д. {n}, кв. {n}"
    approve(demo_copy, load(demo_copy, write(InventedList(sound), tmp_path / "list.csv")).id)
    load(demo_copy, write(InventedList(sound[1:]), tmp_path / "next.csv"))
    return InventedList(sound)


def test_page_by_page_and_hidden_after_a_minute(
    demo_copy: Settings, lost: InventedList, browser_page: Page, owner: Engine
) -> None:
    page = browser_page
    with answering(demo_copy), serving(demo_copy) as server:
        server.sign_in(page, "electoral_editor")
        page.clock.install()
        page.goto(server.url + "/voters")
        page.click(".shell-language[lang=en]")
        column = page.locator("#voters-unsure")
        expect(column).to_contain_text(f"{LEFT} persons in list 1, in force")
        expect(page.locator("#voters-nowhere")).to_have_count(0)
        page.get_by_role("link", name="Show (it is recorded)").click()
        rows = page.locator("#voters-nowhere li")
        expect(rows).to_have_count(20)
        expect(rows.first).to_contain_text("ул. Никому Неизвестная, д. 1")
        expect(rows.first).to_contain_text("**********")
        page.locator(".voters-pages").get_by_role("link", name="Next").click()
        expect(rows).to_have_count(LEFT - 20)
        assert "without=2" in page.url
        named = {line.cells[name] for line in lost.lines[:LEFT] for name in ("Фамилия", "ИИН")}
        shown = column.inner_text()
        assert not [one for one in named if one in shown]
        page.clock.run_for(61_000)
        expect(rows).to_have_count(0)
        with page.expect_response(lambda answer: "/layers/precincts.geojson" in answer.url) as drawn:
            page.locator(".voters-pages").get_by_role("link", name="Close").click()
        expect(page.locator(".voters-pages")).to_have_count(0)
        assert drawn.value.finished() is None
        page.goto("about:blank")
    with owner.connect() as connection:
        recorded = connection.execute(
            text("select who, parameters from audit where what = 'voters.without_seen' order by id")
        ).all()
    assert {(row.who, row.parameters["first"], row.parameters["last"]) for row in recorded} == {
        ("electoral_editor", 1, 20),
        ("electoral_editor", 21, LEFT),
    }
