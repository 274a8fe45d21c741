"""A new incident by keys alone: the middle of the map, what happened, and its card."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.support.wall_room import Room, room  # noqa: F401 - `room` is a fixture


def test_created_in_the_middle_of_the_map_by_keys(room: Room, browser_page: Page) -> None:
    page = browser_page
    room.write(
        """insert into category (key, kind, name_kk, name_ru, name_en) values
        ('wire', 'service', 'Сым', 'Провод', 'Wire'), ('theft', 'offence', 'Ұрлық', 'Кража', 'Theft')"""
    )
    room.server.sign_in(page, "duty")
    page.goto(f"{room.server.url}/map")
    page.wait_for_function("() => window.ikomek?.live?.loaded && ikomek.maps.get('ikomek-map-duty')")
    page.keyboard.press("o")
    expect(page.locator("#duty-create-hint")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#duty-create-hint")).to_be_hidden()
    page.keyboard.press("o")
    page.keyboard.press("Enter")
    form = page.locator('[data-form="create"]')
    expect(form.locator("textarea").first).to_be_focused()
    page.keyboard.type("Обрыв провода")
    choices = form.locator('[data-name="category"] option:not([disabled])')
    expect(choices).to_have_text(["No category", "Wire"])
    form.locator('[data-name="kind"]').select_option("offence")
    expect(choices).to_have_text(["No category", "Theft"])
    page.keyboard.press("Control+Enter")
    expect(form).to_be_hidden()
    expect(page.locator("#duty-card h2")).to_have_text("Обрыв провода")
    expect(page.locator("#duty-card .duty-timeline li").first).to_have_attribute("data-verb", "create")
    expect(page.locator("#duty-undo")).to_have_count(0)
    assert room.write("select source || kind from incident") == ["deskoffence"]


def test_the_address_of_the_building_there_is_offered(room: Room, browser_page: Page) -> None:
    page = browser_page
    room.server.sign_in(page, "duty")
    page.goto(f"{room.server.url}/map")
    page.wait_for_function("() => window.ikomek?.live?.loaded && ikomek.maps.get('ikomek-map-duty')")
    lon, lat = page.evaluate(
        "() => { const at = ikomek.maps.get('ikomek-map-duty').map.getCenter(); return [at.lng, at.lat]; }"
    )
    room.write(
        """insert into building (region, source, source_id, street_ru, house, point_4326, point_3857)
        select '71', 'test', '1', 'улица Кенесары', '4', p, st_transform(p, 3857)
        from st_setsrid(st_makepoint(:lon, :lat), 4326) p""",
        lon=lon,
        lat=lat,
    )
    page.keyboard.press("o")
    page.keyboard.press("Enter")
    field = page.locator('[data-form="create"] [data-name="address"]')
    expect(field).to_have_value("улица Кенесары, 4")
    page.keyboard.press("Escape")
    expect(page.locator('[data-form="create"]')).to_be_hidden()
    room.write("update building set point_3857 = null, point_4326 = null")
    page.keyboard.press("o")
    expect(page.locator("#duty-create-hint")).to_be_visible()
    with page.expect_response(lambda answer: "/layers/borders/at.json" in answer.url):
        page.keyboard.press("Enter")
    expect(page.locator('[data-form="create"]')).to_be_visible()
    expect(field).to_have_value("")
