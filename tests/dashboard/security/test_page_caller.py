"""A page answers to whom it was drawn for, whoever signs in beside it in the same browser."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Page, expect

from dashboard import pages
from tests.assets.strain import plain_page  # noqa: F401 - a fixture
from tests.support.web import Server

DRAWN_FOR = re.compile(r'data-caller="(\w+)"')
PEOPLE = ("administrator", "performer")


@pytest.fixture
def people(demo_server: Server) -> Iterator[tuple[httpx.Client, httpx.Client]]:
    with demo_server.client(PEOPLE[0]) as first, demo_server.client(PEOPLE[1]) as second:
        for client in (first, second):
            client.headers["Accept-Language"] = "en"
        yield first, second


def caller_of(page: httpx.Response) -> str:
    return DRAWN_FOR.search(page.text).group(1)


def test_every_page_says_for_whom_it_is_drawn(people: tuple[httpx.Client, httpx.Client]) -> None:
    first, second = people
    paths = [page.PATH.replace("<scene>", "operations") for page in pages.PAGES]
    marks = {caller_of(first.get(path)) for path in paths}
    assert len(paths) > 7 and len(marks) == 1 and marks != {caller_of(second.get("/map"))}


@pytest.mark.parametrize(
    "address",
    [
        "/_dash-layout",
        "/words/en.json",
        "/tiles/basemap/14/11444/5443.mvt",
        "/layers/incidents.geojson",
        "/layers/districts.geojson",
        "/layers/points/incidents.json?window=24h",
        "/live",
    ],
)
def test_what_it_asks_for_is_answered_to_no_other(
    people: tuple[httpx.Client, httpx.Client], address: str
) -> None:
    first, second = people
    marked = {"X-Caller": caller_of(first.get("/map"))}
    refused = second.get(address, headers=marked)
    assert (refused.status_code, refused.json()["error"]) == (409, "door.other_caller")
    assert "Reload the page" in refused.json()["message"]
    with first.stream("GET", address, headers=marked) as mine, second.stream("GET", address) as unmarked:
        for answer in (mine, unmarked):
            assert answer.status_code == 200, answer.read()


def test_a_callback_and_a_write_too(people: tuple[httpx.Client, httpx.Client]) -> None:
    first, second = people
    mark = caller_of(first.get("/map"))
    for path in ("/_dash-update-component", "/language", "/api/v1/incidents/1/viewers"):
        assert second.post(path, headers={"X-Caller": mark}, json={}).status_code == 409
    way_out = second.post(f"/sign-out?caller={mark}", headers={"Accept": "text/html"})
    assert way_out.status_code == 409 and "</html>" in way_out.text
    assert second.get("/map").status_code == 200, "nobody signs another out"


def test_a_file_has_the_mark_in_its_address_where_no_filter_reads_it(
    people: tuple[httpx.Client, httpx.Client],
) -> None:
    first, second = people
    mark = caller_of(first.get("/map"))
    address = f"/layers/export/incidents.csv?kind=service%2Cpolice&caller={mark}"
    assert first.get(address).status_code == 200
    refused = second.get(address, headers={"Accept": "text/html"})
    assert refused.status_code == 409 and "Reload the page" in refused.text


def test_a_tab_whose_browser_another_person_signed_in_to_says_so_and_keeps_its_list(
    demo_server: Server,
    plain_page: Page,
) -> None:
    first = plain_page
    demo_server.sign_in(first, PEOPLE[0])
    first.goto(f"{demo_server.url}/map")
    total, name = first.locator("#duty-total"), first.locator(".shell-name")
    expect(name).to_have_text(PEOPLE[0])
    service = first.locator('[data-facet="kind"] [data-value="service"] a')
    expect(service).to_be_visible()
    before = total.get_attribute("data-n")
    beside = first.context.new_page()
    beside.goto(demo_server.link(PEOPLE[1]))
    expect(beside.locator(".shell-name")).to_have_text(PEOPLE[1])
    service.click()
    expect(first.locator("#trouble")).to_contain_text("Somebody else has signed in")
    expect(first.locator("#duty-waits")).to_be_hidden()
    assert (name.inner_text(), total.get_attribute("data-n")) == (PEOPLE[0], before)
    first.locator("#duty-export a").first.dispatch_event("pointerdown")
    expect(first.locator("#duty-export a").first).to_have_attribute("href", re.compile(r"\?caller=\w{16}$"))
    first.locator("#trouble a").click()
    expect(name).to_have_text(PEOPLE[1])
    expect(first.locator("#trouble")).to_be_empty()
