"""The map asked by what has a border of its own: a click of a tool finds the house, precinct or district
there, its outline is drawn, and what was drawn by hand is changed by its handles."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import text

from geo.database import connect_engine
from geo.settings import Settings
from tests.dashboard.pages.map.test_area import AT, area_of
from tests.support.web import Server

LINE = ".duty-area-line"
DRAWN = f"() => document.querySelector('{LINE}')?.getAttribute('d')?.length > 8"
ANSWERED = """(query) => document.querySelector('#duty-area-total')?.textContent
        === document.querySelector('#duty-total').textContent
    && document.querySelector('#duty-export a')?.search.replaceAll('%2C', ',').includes(query)"""
"""The answer and the list are of what was asked."""
SHOWN = """() => [...ikomek.maps.get('ikomek-map-duty').incidents._spots.keys()]
    .map((id) => ikomek.live.incidents.get(id)?.district ?? null)"""
OPEN = text("""
    select st_x(i.point_4326), st_y(i.point_4326) from incident i
    join district d on d.id = i.district_id and st_intersects(d.geom_4326, i.point_4326)
    join precinct p on st_intersects(p.geom_3857, i.point_3857)
    where i.status <> 'closed' and i.vanished_at is null order by i.id limit 1""")
HOUSE = text("""
    select b.id, st_x(b.point_4326) as lon, st_y(b.point_4326) as lat from building b
    join incident i on i.building_id = b.id where b.footprint_3857 is not null and i.status <> 'closed'
        and st_intersects(b.footprint_3857, b.point_3857)
    group by 1, 2, 3 order by count(*) desc, 1 limit 1""")


def open_map(page: Page, server: Server, query: str = "") -> None:
    server.sign_in(page, "duty")
    page.goto(f"{server.url}/map{query}")
    page.wait_for_function("() => window.ikomek?.live?.loaded && ikomek.maps.get('ikomek-map-duty')")
    page.wait_for_function("() => document.querySelector('#duty-total')")
    page.locator(".shell-banner").first.wait_for()  # what is below it moves when it comes


def drag(page: Page, handle: str, across: int, down: int) -> None:
    box = page.locator(handle).first.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + across / 2, y + down / 2)
    page.mouse.move(x + across, y + down)
    page.mouse.up()


@pytest.fixture(scope="module")
def open_point(demo_settings: Settings) -> tuple[float, float]:
    """Where something is open, in a district and a precinct: longitude and latitude."""
    engine = connect_engine(demo_settings, "reader")
    with engine.connect() as connection:
        lon, lat = connection.execute(OPEN).one()
    engine.dispose()
    return lon, lat


@pytest.mark.parametrize(("key", "shape"), [("d", "district"), ("u", "precinct")])
def test_a_press_and_a_click_ask_of_what_is_there(
    demo_server: Server, browser_page: Page, open_point: tuple[float, float], key: str, shape: str
) -> None:
    page, (lon, lat) = browser_page, open_point
    open_map(page, demo_server, "?building=1")
    page.keyboard.press(key)
    expect(page.locator(f'[data-hint="{shape}"]')).to_be_visible()
    page.mouse.click(*page.evaluate(AT, [lon, lat]))
    page.wait_for_url(f"**area={shape}**")
    assert "incident" not in parse_qs(urlsplit(page.url).query), "the symbol there was not what was asked"
    page.go_back()
    page.wait_for_url("**building=1**")
    assert "incident" not in parse_qs(urlsplit(page.url).query), "nor for a moment"
    page.go_forward()
    assert "building" not in parse_qs(urlsplit(page.url).query), "it is another question"
    page.wait_for_function(DRAWN)
    expect(page.locator(".duty-area-mask")).to_have_count(1)
    expect(page.locator("#duty-area-hint")).to_be_hidden()
    page.wait_for_function(ANSWERED, arg=f"area={shape}")
    if shape == "district":
        number = area_of(page).district
        page.wait_for_function(f"() => ({SHOWN})().length")
        assert set(page.evaluate(SHOWN)) == {number}, "no other is on the map"
    page.locator("#duty-area-close").click()
    expect(page.locator(LINE)).to_have_count(0)


def test_a_house_is_asked_of_and_a_place_without_one_says_so(
    demo_server: Server, demo_settings: Settings, browser_page: Page
) -> None:
    engine = connect_engine(demo_settings, "reader")
    with engine.connect() as connection:
        house = connection.execute(HOUSE).one()
    engine.dispose()
    page = browser_page
    open_map(page, demo_server, f"?at={house.lon},{house.lat},17")
    page.keyboard.press("b")
    west, south, _, _ = demo_settings.city.bbox
    page.evaluate("([lat, lng]) => ikomek.dutyArea.took({ lat, lng })", [south - 1, west - 1])
    expect(page.locator('[data-hint="none"]')).to_be_visible()
    page.evaluate("([lat, lng]) => ikomek.dutyArea.took({ lat, lng })", [house.lat, house.lon])
    page.wait_for_url(f"**building={house.id}**")
    page.wait_for_function(DRAWN)
    page.wait_for_function(ANSWERED, arg=f"building={house.id}")


def test_what_was_drawn_is_changed_by_its_handles(demo_server: Server, browser_page: Page) -> None:
    page = browser_page
    open_map(page, demo_server, "?area=box,71.4,51.11,71.44,51.14")
    expect(page.locator(".duty-handle")).to_have_count(3)
    before = area_of(page)
    drag(page, ".duty-handle-middle", 80, 30)
    page.wait_for_function("(was) => !location.search.includes(was)", arg=before.write())
    moved = area_of(page)
    for (lon, lat), (to_lon, to_lat) in zip(before.points, moved.points):
        assert to_lon > lon and to_lat < lat
    assert moved.points[1][0] - moved.points[0][0] == pytest.approx(0.04, abs=2e-5)
    expect(page.locator(".duty-handle")).to_have_count(3)
    drag(page, ".duty-handle-corner", 60, -40)
    page.wait_for_function("(was) => !location.search.includes(was)", arg=moved.write())
    shrunk = area_of(page)
    assert shrunk.points[1] == moved.points[1] and shrunk.points[0] > moved.points[0]
    page.wait_for_function(ANSWERED, arg=shrunk.write())
