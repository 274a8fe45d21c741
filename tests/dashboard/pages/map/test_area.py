"""A question drawn on the map, by pointer and by keys: its answer is its list, and stands in the address."""

from __future__ import annotations

import random
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, expect

from layers.incidents.area import CityArea
from tests.layers.incidents.test_area import margin
from tests.support.wall_room import Room, room  # noqa: F401 - `room` is a fixture

MAP = "ikomek-map-duty"
AT = """(point) => {
    const map = ikomek.maps.get('ikomek-map-duty').map, box = map.getContainer().getBoundingClientRect(),
      at = map.latLngToContainerPoint([point[1], point[0]]);
    return [box.left + at.x, box.top + at.y];
}"""


def open_map(room: Room, page: Page, query: str = "") -> None:
    room.server.sign_in(page, "duty")
    page.goto(f"{room.server.url}/map{query}")
    page.wait_for_function("() => window.ikomek?.live?.loaded && ikomek.maps.get('ikomek-map-duty')")
    page.wait_for_function("() => document.querySelector('#duty-total')")


def click(page: Page, lon: float, lat: float) -> None:
    page.mouse.click(*page.evaluate(AT, [lon, lat]))


def area_of(page: Page) -> CityArea:
    return CityArea.read(parse_qs(urlsplit(page.url).query)["area"][0])


def inside(page: Page, scatter: list[tuple[int, float, float]]) -> int:
    """How many lie in the area of the address."""
    area = area_of(page)
    return sum(margin(area, lon, lat) > 0 for _, lon, lat in scatter)


def answers(page: Page, total: int) -> None:
    """The area, the list, and the rows shown all count `total`."""
    expect(page.locator("#duty-area-total")).to_have_text(str(total))
    expect(page.locator("#duty-total")).to_have_text(str(total))
    expect(page.locator("#duty-rows li")).to_have_count(total)


def scattered(room: Room) -> list[tuple[int, float, float]]:
    """A grid of incidents about 1.4 km apart, in the middle of the city."""
    points = [(71.39 + column * 0.02, 51.105 + row * 0.0125) for row in range(5) for column in range(5)]
    return [
        (room.incident(number, lon=lon, lat=lat, kind="service"), lon, lat)
        for number, (lon, lat) in enumerate(points)
    ]


def test_a_circle_by_keys_its_radius_and_the_way_back(room: Room, browser_page: Page) -> None:
    page, scatter = browser_page, scattered(room)
    open_map(room, page)
    page.keyboard.press("c")
    expect(page.locator("#duty-area-hint")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#duty-area-hint")).to_be_hidden()
    page.keyboard.press("c")
    page.keyboard.press("Enter")
    expect(page.locator("#duty-area-total")).to_be_visible()

    assert area_of(page).metres == 500
    answers(page, inside(page, scatter))
    page.locator("#duty-area .duty-window").get_by_text("2 km", exact=True).click()
    page.wait_for_url("**,2000")
    assert 3 < inside(page, scatter) < 25
    answers(page, inside(page, scatter))
    expect(page.locator('#duty-area [data-kind="service"] a')).to_have_text(str(inside(page, scatter)))
    page.go_back()
    answers(page, inside(page, scatter))
    page.locator("#duty-area-close").click()
    expect(page.locator("#duty-area")).to_be_empty()
    expect(page.locator("#duty-total")).to_have_text("25")


def test_a_lasso_is_drawn_by_dragging_too(room: Room, browser_page: Page) -> None:
    """The map stays where it is, and the click that ends the line is no question of its own."""
    page, scatter = browser_page, scattered(room)
    open_map(room, page)
    centre = "() => ikomek.maps.get('ikomek-map-duty').map.getCenter().toString()"
    page.keyboard.press("l")
    before, corners = page.evaluate(centre), [(71.40, 51.11), (71.46, 51.115), (71.44, 51.15), (71.40, 51.14)]
    page.mouse.move(*page.evaluate(AT, list(corners[0])))
    page.mouse.down()
    for corner in [*corners[1:], (71.40, 51.113)]:
        page.mouse.move(*page.evaluate(AT, list(corner)), steps=8)
    page.mouse.up()
    page.wait_for_url("**area=lasso**")
    assert len(area_of(page).points) > 8
    assert 3 < inside(page, scatter) < 20
    answers(page, inside(page, scatter))
    assert page.evaluate(centre) == before
    assert "incident=" not in page.url
    page.mouse.down()
    page.mouse.move(300, 300, steps=4)
    page.mouse.up()
    page.wait_for_function(
        "(at) => ikomek.maps.get('ikomek-map-duty').map.getCenter().toString() !== at", arg=before
    )


def test_a_lasso_and_a_rectangle_by_clicks(room: Room, browser_page: Page) -> None:
    page, scatter = browser_page, scattered(room)
    open_map(room, page)
    corners = [(71.40, 51.11), (71.46, 51.115), (71.44, 51.15), (71.40, 51.14)]
    page.keyboard.press("l")
    click(page, 71.38, 51.10)
    page.keyboard.press("Backspace")
    for corner in corners:
        click(page, *corner)
    click(page, *corners[0])
    page.wait_for_url("**area=lasso**")
    assert len(area_of(page).points) == 4
    assert 3 < inside(page, scatter) < 20
    answers(page, inside(page, scatter))
    page.keyboard.press("r")
    click(page, 71.397, 51.11)
    click(page, 71.444, 51.148)
    page.wait_for_url("**area=box**")
    assert 3 < inside(page, scatter) < 20
    answers(page, inside(page, scatter))
    expect(page.locator(".duty-area-mask")).to_have_count(1)


def test_a_link_shows_its_area_and_what_comes_new_in_it_is_counted_there(
    room: Room, browser_page: Page
) -> None:
    page = browser_page
    scattered(room)
    open_map(room, page, "?area=circle,71.43,51.13,1000")
    before = int(page.locator("#duty-area-total").inner_text())
    room.incident(100, lon=71.45, lat=51.13)
    room.incident(101, lon=71.431, lat=51.131)
    expect(page.locator("#duty-take")).to_contain_text("1 new")
    page.locator("#duty-take").click()
    answers(page, before + 1)


def test_the_script_and_the_server_mean_the_same_area(room: Room, browser_page: Page) -> None:
    page = browser_page
    open_map(room, page)
    generator = random.Random(7)
    points = [[generator.uniform(71.38, 71.48), generator.uniform(51.10, 51.16)] for _ in range(300)]
    for text in (
        "circle,71.43,51.13,1500",
        "box,71.4,51.11,71.45,51.14",
        "lasso,71.4,51.11,71.46,51.115,71.41,51.15,71.44,51.1",
    ):
        held = page.evaluate(
            "([area, points]) => points.map((point) => ikomek.dutyArea.holds(area, point))", [text, points]
        )
        sure = [abs(margin(CityArea.read(text), *point)) > 5 for point in points]
        by_server = [margin(CityArea.read(text), *point) > 0 for point in points]
        assert [one for one, known in zip(held, sure) if known] == [
            one for one, known in zip(by_server, sure) if known
        ], text
