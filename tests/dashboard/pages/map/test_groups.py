"""A flood on the duty officer's map: its groups yield to names, and open by click and by key."""

from __future__ import annotations

from datetime import timedelta

from playwright.sync_api import Page

from tests.support.wall_room import Room, room  # noqa: F401 - `room` is a fixture

MAP = "ikomek.maps.get('ikomek-map-duty')"
GROUPED = f"() => window.ikomek && ikomek.maps && {MAP} && {MAP}.incidents.groups() >= 2"
SPOTS = f"""() => {{
    const {{ incidents, map, basemap }} = {MAP}, from = map.getPixelBounds().min, at =
        map.getContainer().getBoundingClientRect();
    const page = (x, y) => ({{ x: x - from.x + at.left, y: y - from.y + at.top }});
    return {{
        groups: incidents._groups.map(({{ n, x, y, side }}) => ({{ n, side, ...page(x, y) }})),
        names: basemap.names().map((box) => [page(box.minX, box.minY), page(box.maxX, box.maxY)]),
        zoom: map.getZoom(), count: incidents.count(),
    }};
}}"""
DISTRICT = """insert into district (region, id, key, name_kk, name_ru, name_en, valid_from, geom_4326,
    geom_3857) select '71', 100, 'd100', 'Аудан', 'Район', 'District', '2020-01-01', st_multi(b),
        st_multi(st_transform(b, 3857))
    from st_makeenvelope(71.40, 51.10, 71.50, 51.18, 4326) b on conflict do nothing"""


def flood(room: Room) -> None:
    """Twenty in one house, and thirty about the middle of the district, where its name stands."""
    for number in range(20):
        room.incident(
            number, kind="police", lon=71.43, lat=51.12, age=timedelta(seconds=20 + number), title="Драка"
        )
    for number in range(30):
        room.incident(
            100 + number,
            kind="police",
            lon=71.45 + number % 6 * 0.0006,
            lat=51.14 + number // 6 * 0.0004,
            age=timedelta(seconds=20 + number),
        )
    room.incident(900, kind="emergency", lon=71.4512, lat=51.1408, priority=1)


def test_groups_yield_to_names_and_open_by_click_and_by_enter(room: Room, browser_page: Page) -> None:
    room.write(DISTRICT)
    flood(room)
    page = browser_page
    room.server.sign_in(page, "duty")
    page.goto(room.server.url + "/map")
    page.wait_for_function(GROUPED, timeout=60_000)
    page.wait_for_function(f"() => {MAP}.basemap.names().length", timeout=30_000)
    page.evaluate(f"() => {MAP}.incidents._paint()")
    seen = page.evaluate(SPOTS)
    assert sum(group["n"] for group in seen["groups"]) == 50 and seen["count"] == 51
    for group in seen["groups"]:
        half = group["side"] / 2
        assert not any(
            group["x"] + half > least["x"]
            and group["x"] - half < most["x"]
            and group["y"] + half > least["y"]
            and group["y"] - half < most["y"]
            for least, most in seen["names"]
        ), (group, seen["names"])
    [house] = [group for group in seen["groups"] if group["n"] == 20]
    page.mouse.click(house["x"], house["y"])
    page.wait_for_selector(".duty-group h3 >> text=20", timeout=20_000)
    assert page.locator(".duty-group li").count() == 20
    page.keyboard.press("Escape")
    page.wait_for_selector(".duty-group", state="detached")
    page.locator("#ikomek-map-duty").focus()
    for _ in range(60):
        page.keyboard.press("n")
        if page.evaluate(f"() => {MAP}.incidents.groupAt()?.length") == 30:
            break
    page.keyboard.press("Enter")
    page.wait_for_function(f"(zoom) => {MAP}.map.getZoom() > zoom", arg=seen["zoom"], timeout=20_000)
    page.keyboard.press("Escape")
    page.wait_for_function(f"(zoom) => {MAP}.map.getZoom() === zoom", arg=seen["zoom"], timeout=20_000)
    page.wait_for_function(f"() => {MAP}.incidents._groups.some(({{ n }}) => n === 20)", timeout=20_000)
    [house] = [group for group in page.evaluate(SPOTS)["groups"] if group["n"] == 20]
    page.mouse.click(house["x"], house["y"])
    page.locator(".duty-group button").first.click()
    page.wait_for_function("() => new URLSearchParams(location.search).get('incident')", timeout=20_000)
    room.write("delete from district where id = 100")
