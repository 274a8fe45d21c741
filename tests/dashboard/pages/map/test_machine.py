"""The time machine on the page: a past moment is reached, shown as one, and never takes what is live."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, expect
from sqlalchemy import text

from tests.dashboard.pages.map.test_area import open_map
from tests.support.wall_room import Room, room  # noqa: F401 - `room` is a fixture

SYMBOLS = "() => Number(document.querySelectorAll('.ikomek-incidents')[1].dataset.drawn)"


def at_of(page: Page) -> str:
    return parse_qs(urlsplit(page.url).query)["moment"][0]


def test_a_past_minute_is_reached_shown_and_left(room: Room, browser_page: Page) -> None:
    page = browser_page
    page.set_viewport_size({"width": 1920, "height": 1080})
    for n in range(6):
        room.incident(n, lon=71.40 + n / 100, lat=51.12, kind="service", age=timedelta(days=2))
    open_map(room, page)
    expect(page.locator("#duty-total")).to_have_text("6")
    expect(page.locator("#duty-past")).to_be_hidden()
    page.locator("#duty-day-before").click()
    expect(page.locator("#duty-past")).to_be_visible()
    expect(page.locator("#duty-total")).to_have_text("6")
    moment = at_of(page)

    room.incident(9, lon=71.43, lat=51.13, kind="police", priority=2)
    page.wait_for_function("() => ikomek.live.incidents.size === 7")
    page.wait_for_function(f"() => ({SYMBOLS})() === 6")
    expect(page.locator("#duty-total")).to_have_text("6")
    expect(page.locator("#duty-take")).to_be_hidden()
    page.locator("#duty-rows li a").first.click()
    expect(page.locator(".duty-card-past")).to_be_visible()
    assert page.locator("#duty-actions").count() == 0
    page.reload()
    expect(page.locator("#duty-past")).to_be_visible()
    assert at_of(page) == moment

    page.locator("#duty-slider").focus()
    page.keyboard.press("Shift+ArrowLeft")
    page.wait_for_function("(at) => !location.search.includes(at)", arg=moment)
    before = datetime.fromisoformat(at_of(page))
    assert datetime.fromisoformat(moment[:16]) - before == timedelta(hours=1)
    page.keyboard.press("0")
    expect(page.locator("#duty-past")).to_be_hidden()
    expect(page.locator("#duty-total")).to_have_text("7")


def test_play_moves_the_moment_and_the_list_follows_when_it_stops(room: Room, browser_page: Page) -> None:
    page = browser_page
    for n in range(4):
        room.incident(n, lon=71.40 + n / 100, lat=51.12, kind="service", age=timedelta(days=1, hours=1))
    open_map(room, page)
    page.locator("#duty-day-before").click()
    expect(page.locator("#duty-past")).to_be_visible()
    began = at_of(page)
    page.locator('.duty-speed[data-speed="600"]').click()
    page.locator("#duty-play").click()
    expect(page.locator("#duty[data-playing]")).to_have_count(1)
    page.wait_for_function("(at) => new URLSearchParams(location.search).get('moment') > at", arg=began)
    page.locator("#duty-play").click()
    expect(page.locator("#duty[data-list-late]")).to_have_count(0)
    assert at_of(page) > began
    page.wait_for_function(f"() => ({SYMBOLS})() === Number(document.querySelector('#duty-total').dataset.n)")


def test_yesterday_18_00_is_two_actions_away_and_its_files_are_of_it(room: Room, browser_page: Page) -> None:
    """The question of the proof: a day back, the slider to 18:00."""
    page = browser_page
    for n in range(30):
        room.incident(n, age=timedelta(hours=n * 2), kind="service")
    zone = room.server.settings.city.time_zone
    evening = datetime.now(zone).replace(hour=18, minute=0, second=0, microsecond=0) - timedelta(days=1)
    with room.engine.connect() as connection:
        there = connection.scalar(
            text("select count(*) from incident where opened_at <= :at"), {"at": evening}
        )
    open_map(room, page)
    page.locator("#duty-day-before").click()
    page.locator("#duty-slider").fill(str(18 * 60))
    page.wait_for_function("(at) => location.search.includes(at)", arg=f"{evening:%Y-%m-%dT%H:%M}")
    expect(page.locator("#duty-total")).to_have_text(str(there))
    expect(page.locator("#duty-rows li")).to_have_count(there)
    page.wait_for_function(f"() => ({SYMBOLS})() === {there}")
    link = page.locator("#duty-export a[data-form=geojson]")
    with room.server.client("duty") as client:
        answer = client.get(link.get_attribute("href") or "")
    assert answer.headers["X-Rows"] == str(there)
    assert 0 < there < 30


RINGS = """() => Object.fromEntries([...document.querySelectorAll('#duty-rows li')].map((row) => [
    row.dataset.incident, {
        ring: getComputedStyle(row.querySelector('.symbol'), '::after').content !== 'none',
        state: row.querySelector('.duty-time').dataset.state || '',
        text: row.querySelector('.duty-time').textContent,
        warned: row.querySelector('.duty-time').dataset.warned || ''}]))"""


def test_rows_press_by_the_moment_that_is_looked_at(room: Room, browser_page: Page) -> None:
    """What is late by now was not so a day ago, whether the page opens there or comes from now, and back."""
    page, hour = browser_page, timedelta(hours=1)
    page.set_viewport_size({"width": 1920, "height": 1080})
    late_then = room.incident(0, age=80 * hour, due=-36 * hour, kind="service")
    calm_then = [room.incident(n, age=(26 + n) * hour, due=-hour, kind="service") for n in (1, 2, 3)]
    open_map(room, page)
    page.wait_for_function(f"() => Object.values(({RINGS})()).every(({{ring}}) => ring)")
    page.locator("#duty-day-before").click()

    def as_it_was() -> None:
        expect(page.locator("#duty-rows[data-moment]")).to_have_count(1)
        page.wait_for_function(f"() => !({RINGS})()[{calm_then[0]}].ring")
        rows = page.evaluate(RINGS)
        assert rows[str(late_then)]["state"] == "late" and rows[str(late_then)]["ring"]
        assert rows[str(late_then)]["text"].startswith("late by 1")  # 12 h; 36 h by the clock of now
        for incident in calm_then:
            row = rows[str(incident)]
            assert (row["ring"], row["state"], row["warned"]) == (False, "", "")
            assert row["text"].startswith("2") and row["text"].endswith("left"), row["text"]

    as_it_was()
    page.reload()
    as_it_was()
    page.wait_for_timeout(1500)  # the clock has ticked
    as_it_was()
    page.locator("#duty-now").click()
    page.wait_for_function(f"() => Object.values(({RINGS})()).every(({{ring}}) => ring)")
    row = page.locator(f'#duty-rows li[data-incident="{calm_then[0]}"] .duty-time')
    expect(row).to_contain_text("late by 1")


def test_a_past_moment_draws_every_point_that_it_counts(room: Room, browser_page: Page) -> None:
    page = browser_page
    page.set_viewport_size({"width": 1920, "height": 1080})
    for n in range(420):
        lon, lat = 71.35 + n % 21 * 0.008, 51.08 + n // 21 * 0.004
        room.incident(n, lon=lon, lat=lat, kind="service", age=timedelta(days=2))
    open_map(room, page)
    page.locator("#duty-day-before").click()
    page.wait_for_function(f"() => ({SYMBOLS})() === 420")
    calm = "() => document.querySelectorAll('.ikomek-incidents')[1].dataset.calm"
    assert page.evaluate(calm) == "420"
