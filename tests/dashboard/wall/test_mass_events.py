"""Incidents of one mass event on a wall."""

from __future__ import annotations

from datetime import timedelta

from playwright.sync_api import Page, expect

from tests.support.wall_room import Room, room  # noqa: F401 - `room` is a fixture


def test_a_mass_event_is_one_row_with_its_count(room: Room, browser_page: Page) -> None:
    late = {"priority": 1, "age": timedelta(hours=5), "due": timedelta(hours=-2), "kind": "service"}
    together = [room.incident(number, title="Нет отопления", **late) for number in range(3)]
    room.incident(9, title="Открытый люк", **late)
    for incident in together:
        room.change(incident, "group_id = 7")
    room.show(browser_page)
    rows = browser_page.locator(".wall-attention > li")
    expect(rows).to_have_count(2)
    expect(rows.filter(has_text="Нет отопления")).to_contain_text("3")
    room.change(together[0], "group_id = null")
    expect(rows).to_have_count(3)
