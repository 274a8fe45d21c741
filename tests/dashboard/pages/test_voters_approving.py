"""What stands on the page while an approval goes on, and which list it shows afterwards."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import text

from geo.database import connect_engine
from geo.settings import Settings
from geo.voters import answers
from geo.voters.answers import ListOwner
from tests.support.voters_list import decide_all, invented, load, write
from tests.support.voters_service import answering
from tests.support.web import serving

LARGEST = """select p.number, array_agg(a.building_id) from precinct p join plan l on l.id = p.plan_id
    and l.state = 'published' join assignment a on a.plan_id = p.plan_id and a.precinct_id = p.id
    where p.kind = 'open' group by p.id, p.number, p.voters order by p.voters desc limit 1"""
LATE_S = 7.0
"""Longer than the page waits for other answers before it says something."""

HEARD = """() => {
    globalThis.said = [];
    setInterval(() => {
        const text = document.querySelector('#trouble')?.textContent;
        if (text) said.push(text);
    }, 100);
}"""


@pytest.fixture
def emptied(demo_copy: Settings, tmp_path: Path) -> int:
    """The number of a precinct that has no voter in the first of two lists that wait; both were compared with
    none."""
    engine = connect_engine(demo_copy, "owner")
    with engine.connect() as connection:
        number, houses = connection.execute(text(LARGEST)).one()
    engine.dispose()
    people = invented(demo_copy)
    people.lines[:] = [line for line in people.lines if line.building not in houses and not line.also]
    decide_all(demo_copy, load(demo_copy, write(people, tmp_path / "first.csv"), "electoral_editor").id)
    people.lines.append(people.lines.pop(0))
    load(demo_copy, write(people, tmp_path / "second.csv"), "electoral_editor")
    return int(number)


def test_a_long_approval_says_so_and_a_list_that_is_overtaken_stays_in_the_history(
    demo_copy: Settings, emptied: int, browser_page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slowly(owner: ListOwner, who: str, **wanted: Any) -> int:
        time.sleep(LATE_S)
        return answers.approve(owner, who, **wanted)

    slow = replace(answers.ANSWERS["approve"], function=slowly)
    monkeypatch.setitem(answers.ANSWERS, "approve", slow)
    page = browser_page
    with answering(demo_copy), serving(demo_copy) as server:
        server.sign_in(page, "electoral_approver")
        page.goto(server.url + "/voters?list=1")
        page.click(".shell-language[lang=en]")
        chip = page.locator(".voters-chip").first
        expect(chip).to_contain_text("in list 1 (waits for approval)")
        expect(page.locator(".voters-empty")).to_contain_text(f"No. {emptied}")
        row = page.locator(".voters-table tbody tr", has=page.get_by_text(f"No. {emptied}", exact=True))
        expect(row.locator("[data-column=after]")).to_have_text("0")
        expect(page.locator(".voters-classes li", has_text="without voters")).not_to_contain_text(" 0")
        expect(page.locator(".voters-precinct.voters-is-emptied")).not_to_have_count(0)

        page.click(".voters-approve summary")
        button = page.locator(".voters-approve button")
        page.evaluate(HEARD)
        button.click()
        expect(button).to_be_disabled()
        expect(page.locator(".voters-approve .voters-progress")).to_be_visible()
        expect(page.locator("#voters-done")).to_contain_text("List 1 is in force.", timeout=30_000)
        assert page.evaluate("said") == []

        page.goto(server.url + "/voters")
        expect(page.locator(".voters-line h2").first).to_have_text("List 1: in force")
        expect(chip).to_contain_text("in list 1")
        expect(chip).not_to_contain_text("(")
        dead = page.locator(".voters-versions li", has_text="can no longer be approved")
        expect(dead).to_have_count(1)
        dead.locator("a").click()
        expect(page.locator(".voters-line h2").first).to_have_text("List 2: can no longer be approved")
        for key in (".voters-decision", ".voters-flag button", ".voters-approve", "#voters-unsure .button"):
            expect(page.locator(key)).to_have_count(0)
