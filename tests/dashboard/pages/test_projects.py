"""Projects of the demo city: on the page with plan, fact and reasons, in the list behind the figure, and on
the map; the figure of the page is the length of its list."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from geo.statistics.definitions import MILESTONES
from tests.support.web import Server

PERIOD = "from=2024-06-01&to=2025-03-13"


def test_each_late_milestone_says_why_and_the_figure_leads_to_its_list(
    demo_server: Server, browser_page: Page
) -> None:
    page = browser_page
    demo_server.sign_in(page, "executive")
    page.goto(f"{demo_server.url}/statistics?view=projects&{PERIOD}")
    expect(page.locator("[data-project]")).to_have_count(8)
    late = page.locator("li[data-state='late']")
    assert late.count() > 0 and page.locator("li[data-state='late'] em").count() == late.count()
    slipped = page.locator("[data-project]").filter(has=page.locator("li[data-state='late']"))
    for head in slipped.locator("header strong").all_inner_texts():
        assert re.search(r"\d", head), f"{head}: by how many days is not said"
    link = page.locator(".projects-head a")
    part, whole = (int(n) for n in re.findall(r"\d+", link.inner_text()))
    assert 0 < part < whole
    link.click()
    expect(page.locator("#statistics-total")).to_have_attribute("data-n", str(whole))
    assert f"figure={MILESTONES.key}" in page.url


def test_the_layer_has_every_project_inside_the_city(demo_server: Server) -> None:
    with demo_server.client("duty") as client:
        features = client.get("/layers/projects.geojson").json()["features"]
        assert len(features) == 8
        assert all(71 < one["geometry"]["coordinates"][0] < 72 for one in features)
        assert any(one["properties"]["late_days"] > 0 for one in features)
        assert client.get("/tiles/projects/10/715/341.mvt").status_code == 200


def test_they_are_marks_on_the_map_by_a_press(demo_server: Server, browser_page: Page) -> None:
    page = browser_page
    demo_server.sign_in(page, "duty")
    page.goto(f"{demo_server.url}/map?window=dates&project=bridge")
    marks = page.locator(".project-mark")
    expect(marks).to_have_count(8)
    expect(page.locator(".leaflet-popup-content strong")).to_be_visible()  # of the one in the address
    page.locator("#duty-layer-projects").click()
    expect(marks).to_have_count(0)
