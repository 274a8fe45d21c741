"""On /voters it is seen that a list of the same length is one of other persons, and asked."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from etl.demo.voters.writing import InventedList
from geo.settings import Settings
from tests.support.voters_list import approve, invented, load, write
from tests.support.voters_service import answering
from tests.support.web import serving


def test_other_persons_are_a_question_of_the_whole_list_and_of_all_houses_at_once(
    demo_copy: Settings, tmp_path: Path, browser_page: Page
) -> None:
    people = invented(demo_copy, 1.0)
    first, others = (InventedList(people.lines[from_::2]) for from_ in (0, 1))
    approve(demo_copy, load(demo_copy, write(first, tmp_path / "first.csv")).id)
    for line in others.lines:
        del line.cells["Дата смерти"]
    load(demo_copy, write(others, tmp_path / "others.csv"))
    with answering(demo_copy), serving(demo_copy) as server:
        server.sign_in(browser_page, "electoral_editor")
        browser_page.goto(server.url + "/voters")
        browser_page.click(".shell-language[lang=en]")
        flag = browser_page.locator(".voters-flags .voters-flag").first
        expect(flag).to_have_attribute("data-state", "replaced")
        expect(flag).to_contain_text("The whole list")
        expect(flag).to_contain_text("are gone, others are in their place")
        expect(browser_page.locator("tr[data-precinct][data-state=replaced]")).not_to_have_count(0)
        flag.locator("button").click()
        expect(flag).to_have_attribute("data-state", "no_deceased")
        expect(flag).to_contain_text("those who are marked as dead in the list in force would return")
        flag.locator("button").click()
        expect(browser_page.locator(".voters-flags .voters-flag").first).not_to_contain_text("The whole list")
        houses = (
            browser_page.locator(".voters-alike").filter(has_text="house").filter(has_text="other people")
        )
        houses.locator("summary").click()
        houses.locator("button").click()
        accepted = houses.filter(has_text="accepted")
        expect(accepted).to_have_count(1)
