"""Ten jobs of an electoral officer, each done as a person does it, with its clicks (keys of a decision count
as one) counted and its seconds printed (`pytest -s`): more clicks than these are a step back."""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine

import etl.demo.voters.writing
import etl.voters.files
from dashboard.commands import voters
from dashboard.words import language
from etl.demo.voters.writing import InventedList
from geo.settings import Settings
from tests.support.connected import engine_as
from tests.support.next_plan import next_plan
from tests.support.voters_list import approve, invented, load, write
from tests.support.voters_service import answering
from tests.support.web import Server, serving

owner = engine_as("owner", of="demo_copy")
MOST = {
    **{"load": 1, "differences": 2, "settle": 1, "accept": 1, "approve": 2},
    **{"look": 2, "print": 1, "notices": 1, "listed": 2},
}


class Jobs:
    """Clicks and seconds of each, by a page that counts what is clicked."""

    def __init__(self, page: Page, server: Server) -> None:
        self.page, self.server, self.clicks = page, server, 0
        self.done: dict[str, tuple[int, float]] = {}

    def come(self, role: str, path: str = "/voters") -> None:
        self.server.sign_in(self.page, role)
        self.page.goto(self.server.url + path)
        self.page.click(".shell-language[lang=en]")
        expect(self.page.locator("html")).to_have_attribute("lang", "en")

    @contextmanager
    def job(self, name: str) -> Iterator[None]:
        self.clicks, begun = 0, time.monotonic()
        yield
        self.done[name] = (self.clicks, time.monotonic() - begun)

    def click(self, selector: str) -> None:
        self.page.locator(selector).first.click()
        self.clicks += 1

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)
        self.clicks += 1


@pytest.fixture
def lists(demo_copy: Settings, tmp_path: Path, owner: Engine) -> InventedList:
    """One is in force; the next one waits in a file: a house is empty in it, and an address unknown. By the
    plan of tomorrow some houses vote elsewhere."""
    people = invented(demo_copy, 0.3)
    approve(demo_copy, load(demo_copy, write(people, tmp_path / "first.csv"), "electoral_editor").id)
    houses = [line.building for line in people.lines if line.building]
    fullest = max(sorted(set(houses)), key=houses.count)
    left = InventedList([line for line in people.lines if line.building != fullest])
    sound = next(line for line in left.lines if line.building and not line.fault and not line.also)
    sound.cells["Адрес регистрации"] = "ул. Никому Неизвестная, д. 1, кв. 5"
    write(left, tmp_path / "next.csv")
    next_plan(demo_copy, owner)
    return left


def test_ten_jobs_take_few_clicks(
    demo_copy: Settings,
    lists: InventedList,
    browser_page: Page,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with answering(demo_copy), serving(demo_copy) as server:
        jobs = Jobs(browser_page, server)
        load_and_settle(jobs, tmp_path / "next.csv")
        approve_it(jobs)
        look_and_print(jobs, lists)
        ask_whether_listed(jobs, lists)
    seconds = package(demo_copy, tmp_path, monkeypatch)
    with capsys.disabled():
        for name, (clicks, took) in jobs.done.items():
            print(f"\n{name:12} {clicks} clicks, {took:5.1f} s", end="")
        for name, took in seconds.items():
            print(f"\n{name:12} command,  {took:5.1f} s", end="")
    assert {name: clicks for name, (clicks, _) in jobs.done.items()} == MOST
    assert len(jobs.done) + len(seconds) == 11, "ten, and the change that is accepted on the way"


def load_and_settle(jobs: Jobs, path: Path) -> None:
    page = jobs.page
    jobs.come("electoral_editor")
    with jobs.job("load"):
        with page.expect_file_chooser() as chosen:
            jobs.click("#voters-load")
        chosen.value.set_files(path)
        expect(page.locator("#voters-loading")).to_contain_text("List 2 is loaded", timeout=60_000)
    with jobs.job("differences"):
        jobs.click(".voters-table thead >> text=Removed")
        expect(page.locator("th[aria-sort=descending]")).to_have_count(1)
        jobs.click(".voters-checks summary")
        expect(page.locator(".voters-checks li").first).to_be_visible()
    with jobs.job("settle"):
        page.wait_for_function("() => ikomek.isSeen('voters-desk')")
        jobs.press("0")
        expect(page.locator("#voters-unsure")).to_contain_text("All addresses have their buildings.")
    still_open = page.locator(".voters-flag button >> text=Accept")
    with jobs.job("accept"):
        n = still_open.count()
        jobs.click(".voters-flag button >> text=Accept")
        expect(still_open).to_have_count(n - 1)
    while n := still_open.count():
        still_open.first.click()
        expect(still_open).to_have_count(n - 1)


def approve_it(jobs: Jobs) -> None:
    jobs.come("electoral_approver")
    with jobs.job("approve"):
        jobs.click(".voters-approve summary")
        jobs.click(".voters-approve button")
        expect(jobs.page.locator("#voters-done")).to_contain_text("List 2 is in force.")


def look_and_print(jobs: Jobs, lists: InventedList) -> None:
    page, person = jobs.page, known(lists)
    jobs.come("electoral_editor")
    with jobs.job("look"):
        page.fill("#voters-who", person["ИИН"])
        jobs.click("#voters-why input[value=application]")
        page.fill("#voters-document", "Application 114")
        jobs.click("#voters-look")
        expect(page.locator("#voters-person")).to_contain_text(person["Фамилия"])
    number = page.locator(".voters-table tbody tr[data-precinct] th").first.inner_text()
    for name, selector in (("print", ".voters-paper button"), ("notices", ".voters-notices")):
        page.fill("#voters-print-number", "".join(filter(str.isdigit, number)))
        with jobs.job(name):
            with page.expect_popup() as opened:
                jobs.click(selector)
            opened.value.close()


def ask_whether_listed(jobs: Jobs, lists: InventedList) -> None:
    page, person = jobs.page, known(lists)
    jobs.come("operator", "/vote")
    with jobs.job("listed"):
        jobs.click(".vote-listed summary")
        page.fill("#vote-listed-iin", person["ИИН"])
        page.fill("#vote-listed-birth", person["Дата рождения"])
        jobs.click("#vote-listed-ask")
        expect(page.locator(".vote-listed-answer")).to_contain_text("Yes: precinct No.")


def known(lists: InventedList) -> dict[str, str]:
    """Somebody who is in the list beyond doubt."""
    sound = [line for line in lists.lines if line.building and not line.fault and not line.also]
    return sound[60].cells


def package(settings: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """The package and its verification are commands."""
    language.set("en")
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    seconds = {}
    for name, argv in (
        ("package", ["export", folder / "package"]),
        ("verify", ["verify", folder / "package", "--source"]),
    ):
        begun = time.monotonic()
        words = ["voters", *map(str, argv)]
        assert voters.main(settings, words, etl.voters.files, lambda: etl.demo.voters.writing) == 0
        seconds[name] = time.monotonic() - begun
    return seconds
