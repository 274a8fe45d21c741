"""A photo is attached on the card, seen small and whole, and the place of one that is missing takes it."""

from __future__ import annotations

from playwright.sync_api import Browser, Locator, Page, expect

from tests.support.photos import photo
from tests.support.wall_room import Room, room  # noqa: F401 - `room` is a fixture

FILE = {"name": "street.jpg", "mimeType": "image/jpeg"}


def open_form(room: Room, page: Page) -> Locator:
    incident = room.incident(0, lon=71.4301, lat=51.13)
    room.server.sign_in(page, "duty")
    page.goto(f"{room.server.url}/map?incident={incident}")
    expect(page.locator("#duty-actions")).to_be_visible()
    page.keyboard.press("f")
    form = page.locator('[data-form="attach"]')
    expect(form).to_be_visible()
    return form


def test_a_photo_is_attached_seen_whole_and_followed_by_the_one_after(room: Room, browser_page: Page) -> None:
    page = browser_page
    form = open_form(room, page)
    form.locator("[data-send]").click()
    expect(form.locator(".duty-form-error")).not_to_be_empty()
    form.locator('input[type="file"]').set_input_files([FILE | {"buffer": photo()}])
    form.locator("textarea").fill("у подъезда")
    form.locator("[data-send]").click()
    expect(form).to_be_hidden()
    figure = page.locator('.duty-proofs figure[data-stage="before"]')
    expect(figure).to_contain_text("у подъезда")
    expect(figure).to_contain_text("m from the place")
    loaded = "(image) => image.complete && image.naturalWidth > 0"
    picture = figure.locator("img")
    page.wait_for_function(loaded, arg=picture.element_handle())
    figure.locator("a").click()
    whole = page.locator("#duty-picture img")
    expect(whole).to_be_visible()
    page.wait_for_function(loaded, arg=whole.element_handle())
    page.keyboard.press("Escape")
    expect(whole).to_have_count(0)
    expect(page.locator("#duty-card h2")).to_be_visible()
    page.locator('[data-slot="after"]').click()
    expect(form.locator('[data-name="stage"]')).to_have_value("after")
    form.locator('input[type="file"]').set_input_files([FILE | {"buffer": photo("PNG")}])
    form.locator("[data-send]").click()
    expect(page.locator(".duty-proofs figure")).to_have_count(2)
    expect(page.locator(".duty-proof-slot")).to_have_count(0)
    assert room.write("select stage from incident_proof order by action_id") == ["before", "after"]


def test_what_is_no_photo_is_refused_in_the_form_and_what_was_typed_stays(
    room: Room, browser: Browser
) -> None:
    elsewhere = browser.new_context()
    form = open_form(room, elsewhere.new_page())
    form.locator("textarea").fill("у подъезда")
    form.locator('input[type="file"]').set_input_files([FILE | {"buffer": b"<svg/>"}])
    form.locator("[data-send]").click()
    expect(form.locator(".duty-form-error")).to_contain_text("JPEG, PNG or WebP")
    expect(form.locator("textarea")).to_have_value("у подъезда")
    elsewhere.close()
