"""The wall in a real browser over a real server: what it shows, what it says when something goes quiet,
and that it never jumps."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta

from playwright.sync_api import Browser, Page

from geo.settings import DEFAULT_CITY, City, Settings
from tests.support.killable import eventually
from tests.support.pixels import LIKE_AN_ALARM, count_pixels
from tests.support.wall_room import WALL, Room, drawn, room, wait_drawn  # noqa: F401 - `room` is a fixture
from tests.support.web import serving

WAIT_MS = 60_000
"""For a state that comes: how soon is what the benches measure."""


def alarming(page: Page, selector: str = "body") -> int:
    """How many pixels of the screen are red or amber, saturated and no darker than half."""
    picture = page.locator(selector).screenshot()
    return count_pixels(page, picture, f"most > 127 && {LIKE_AN_ALARM}")[0]


def test_symbols_appear_and_three_hundred_updates_move_nothing(room: Room, browser_page: Page) -> None:
    keys = [room.incident(number) for number in range(40)]
    room.show(browser_page)
    wait_drawn(browser_page, 40)
    view = (
        "() => { const {map} = ikomek.maps.get('ikomek-map-wall'); return [map.getCenter().lat, "
        "map.getCenter().lng, map.getZoom(), map._mapPane.style.transform] }"
    )
    before = browser_page.evaluate(view)
    browser_page.evaluate("() => { window.firstCanvas = document.querySelector('canvas.ikomek-incidents') }")
    for number in range(300):
        room.change(
            keys[number % 40], f"point_4326 = st_translate(point_4326, 0.0005, 0), title = 'Правка {number}'"
        )
    room.incident(1000)
    wait_drawn(browser_page, 41)
    assert browser_page.evaluate(view) == before
    assert (
        browser_page.evaluate(
            "() => window.firstCanvas === document.querySelector('canvas.ikomek-incidents') && "
            "document.querySelectorAll('canvas.ikomek-incidents').length"
        )
        == 1
    )
    room.change(keys[0], "status = 'closed'")
    wait_drawn(browser_page, 40)


LEVELS = """() => [...document.querySelectorAll('#wall-legend li')].slice(-3)
    .map((one) => getComputedStyle(one).color)"""
"""The colours of the legend's last entries: a kind, urgent, critical."""


def test_in_the_normal_state_nothing_is_saturated_and_an_alarm_is(room: Room, browser_page: Page) -> None:
    for number in range(
        40
    ):  # of the last hours: forty in ten minutes would be a flood, which has a sign of its own
        room.incident(number, age=timedelta(minutes=20 + 5 * number))
    room.show(browser_page)
    eventually(lambda: alarming(browser_page) == 0, WAIT_MS / 1000)
    key = room.incident(900, priority=1, title="Нет отопления")
    browser_page.wait_for_selector(".wall-attention li .what >> text=Нет отопления", timeout=WAIT_MS)
    eventually(lambda: alarming(browser_page, ".wall-stage") > 100, WAIT_MS / 1000)
    levels = browser_page.evaluate(LEVELS)
    assert len(set(levels)) == 3, f"each level of the legend in its own colour: {levels}"
    room.change(key, "status = 'closed'")
    browser_page.wait_for_selector(".wall-attention .none", timeout=WAIT_MS)
    eventually(lambda: alarming(browser_page) == 0, WAIT_MS / 1000)
    assert len(set(browser_page.evaluate(LEVELS))) == 1


def test_a_critical_incident_takes_a_card_and_gives_it_back(room: Room, browser_page: Page) -> None:
    room.incident(1)
    room.show(browser_page)
    key = room.incident(77, kind="emergency", priority=2, title="Пожар в жилом доме", inquiries=7)
    browser_page.wait_for_selector("#wall-card .what >> text=Пожар в жилом доме", timeout=WAIT_MS)
    card_text = browser_page.inner_text("#wall-card")
    assert (
        "объединено 7 обращений" in card_text and "Кабанбай батыра, 42" in card_text and "назад" in card_text
    )
    room.change(key, "status = 'closed'")
    browser_page.wait_for_function(
        "() => !document.querySelector('#wall-card').childElementCount", timeout=WAIT_MS
    )


def test_a_flood_counts_from_a_moment_that_all_screens_share_and_the_card_leaves_its_sign_free(
    room: Room, browser_page: Page
) -> None:
    """Each screen hears of a flood at its own refresh, every 4 s: it counts from 10 s after its moment, by
    the server's clock."""
    for number in range(15):
        room.incident(number, kind="police", age=timedelta(seconds=30 + number))
    room.incident(77, kind="emergency", priority=2, title="Пожар в жилом доме")
    room.show(browser_page)
    browser_page.wait_for_selector("#wall-flood .head >> text=15", timeout=WAIT_MS)
    browser_page.wait_for_function(
        """() => {
            const [card, sign] = ['wall-card', 'wall-flood'].map((id) => document.getElementById(id).getBoundingClientRect());
            return card.height && sign.height && card.top >= sign.bottom;
        }""",  # noqa: E501
        timeout=WAIT_MS,
    )
    counted = browser_page.evaluate("""() => {
        const { flood, takeFloods, settleFloods } = ikomek.wall, from = flood.readAt + 1000;
        takeFloods({ figures: { moments: [{ moment: from, floods: [] }] } });
        const heard = flood.known.size;
        return [settleFloods(from + 9.9), flood.known.size === heard, settleFloods(from + 10), flood.known.size, flood.readAt - from];
    }""")  # noqa: E501
    assert counted == [False, True, True, 0, 0]


def test_the_list_holds_what_presses_with_its_deadline(room: Room, browser_page: Page) -> None:
    room.incident(1, kind="service", title="Просрочен", due=-timedelta(minutes=70), age=timedelta(hours=30))
    room.incident(2, kind="service", title="Истекает", due=timedelta(minutes=19), age=timedelta(hours=23))
    room.incident(3, kind="service", title="Спокойный", due=timedelta(hours=20), age=timedelta(hours=1))
    room.show(browser_page)
    browser_page.wait_for_selector(".wall-attention li .what >> text=Просрочен")
    rows = browser_page.locator(".wall-attention li").all_inner_texts()
    assert [row.split("\n")[0] for row in rows] == ["Истекает", "Просрочен"]
    assert re.search("осталось 1[89]\\sмин", rows[0])
    assert "просрочено 1\u00a0ч" in rows[1]
    assert browser_page.inner_text("[data-kind=attention] .wall-panel-count") == "2"
    assert browser_page.inner_text("[data-figure=overdue] .wall-figure-value") == "1"
    assert browser_page.inner_text("[data-figure=overdue] .wall-figure-note") == "из 3 открытых"


def test_a_feed_that_went_quiet_is_named_its_figures_dim_and_its_symbols_are_hatched(
    room: Room, browser_page: Page
) -> None:
    room.feed("emergencies", 181)
    quiet, fresh = room.incident(2, feed="emergencies"), room.incident(3, feed="police")
    room.show(browser_page)
    badge = browser_page.locator(".wall-feeds .stale")
    badge.wait_for()
    at = (datetime.now(room.settings.city.time_zone) - timedelta(seconds=181)).strftime("%H:%M")
    assert badge.count() == 1
    assert badge.inner_text().startswith("ЧС: нет данных 3\u00a0мин, показаны на") and abs(
        int(badge.inner_text()[-2:]) - int(at[-2:])
    ) in (0, 1, 59)
    assert "old" in browser_page.get_attribute("[data-figure=emergencies]", "class")
    assert "old" not in browser_page.get_attribute("[data-figure=police]", "class")
    assert browser_page.evaluate("() => [...ikomek.staleFeeds(ikomek.live.serverNow() / 1000)]") == [
        "emergencies"
    ]
    assert browser_page.evaluate(
        "([a, b]) => [a, b].map((id) => ikomek.live.incidents.get(id).feed)", [quiet, fresh]
    ) == ["emergencies", "police"]
    room.feed("emergencies", 1, interval_s=600)
    browser_page.wait_for_function("() => !document.querySelector('.wall-feeds .stale')", timeout=WAIT_MS)


def test_what_counts_a_quiet_feed_dims_and_says_its_age_in_lists_too(room: Room, browser_page: Page) -> None:
    room.feed("inquiries", 1)
    room.incident(4, kind="service", feed="inquiries", priority=1, title="Нет воды")
    room.incident(5, kind="police", feed="police", priority=1, title="Драка")
    room.show(browser_page)
    assert browser_page.locator(".wall-panel.old, .wall-attention li.old, .wall-panel-failed").count() == 0
    room.feed("inquiries", 600)
    browser_page.wait_for_selector("[data-kind=topics].old .wall-panel-failed >> text=на ", timeout=WAIT_MS)
    assert browser_page.inner_text("[data-kind=attention] .wall-panel-count").startswith("данные на ")
    assert browser_page.locator(".wall-attention li.old .what").all_inner_texts() == ["Нет воды"]
    assert browser_page.locator(".wall-attention li:not(.old) .what").all_inner_texts() == ["Драка"]
    old = browser_page.locator(".wall-figure.old").evaluate_all(
        "(boxes) => boxes.map((box) => box.dataset.figure)"
    )
    assert old == ["inquiries", "one_take", "overdue"]


def test_an_incident_has_one_age_and_no_toast_of_a_desk_comes_up(room: Room, browser_page: Page) -> None:
    room.incident(77, kind="emergency", priority=2, title="Пожар", age=timedelta(seconds=12))
    room.show(browser_page)
    ages = browser_page.evaluate("""async () => {
        const seen = [];
        for (let i = 0; i < 40; i += 1) {
            seen.push([document.querySelector('#wall-card .ago').textContent.split(' ')[0], document.querySelector('.wall-attention .when').textContent]);
            await new Promise((done) => setTimeout(done, 200));
        }
        return seen;
    }""")  # noqa: E501
    assert all(card == row for card, row in ages) and len({card for card, _ in ages}) > 1, ages
    browser_page.evaluate(
        "() => dash_clientside.set_props('shell-notice', { children: 'the database is slow' })"
    )
    browser_page.wait_for_function("() => document.querySelector('#shell-notice').textContent")
    assert not browser_page.is_visible("#shell-notice")


def test_a_lost_connection_is_said_and_what_was_missed_arrives(room: Room, browser: Browser) -> None:
    """A page of its own: the browser itself writes refused connections to the console."""
    context = browser.new_context(viewport={"width": 1920, "height": 1080})
    page = context.new_page()
    room.incident(1)
    room.show(page)
    room.server.stop()
    page.wait_for_function(
        "() => document.querySelector('#wall-lost').textContent.startsWith('Нет связи с сервером')",
        timeout=WAIT_MS,
    )
    assert drawn(page) == 1
    room.incident(2, priority=2, title="Случилось без связи")
    room.server.start()
    page.wait_for_selector("#wall-card .what >> text=Случилось без связи", timeout=WAIT_MS)
    page.wait_for_function("() => document.querySelector('#wall-lost').textContent === ''", timeout=WAIT_MS)
    assert drawn(page) == 2
    context.close()


def test_figures_that_cannot_be_read_dim_and_say_since_when(room: Room, browser_page: Page) -> None:
    room.show(browser_page)
    room.write("alter table inquiry rename to inquiry_away")
    browser_page.wait_for_selector(".wall-panel-figures.old", timeout=WAIT_MS)
    assert browser_page.inner_text("[data-figure=police] .wall-figure-note").startswith("данные на ")
    room.write("alter table inquiry_away rename to inquiry")
    browser_page.wait_for_selector(".wall-panel-figures:not(.old)", timeout=WAIT_MS)


def test_the_clock_is_the_citys_and_runs(room: Room, browser_page: Page) -> None:
    room.show(browser_page)
    shown = browser_page.inner_text("#wall-clock")
    now = datetime.now(room.settings.city.time_zone)
    assert shown in {now.strftime("%H:%M"), (now - timedelta(minutes=1)).strftime("%H:%M")}
    assert str(now.day) in browser_page.inner_text("#wall-date")
    ahead = browser_page.evaluate(
        "() => { const real = ikomek.live.serverNow; ikomek.live.serverNow = () => real() + "
        "3600e3; return true }"
    )
    later = (now + timedelta(hours=1)).strftime("%H")
    browser_page.wait_for_function(
        f"() => document.querySelector('#wall-clock').textContent.startsWith('{later}')", timeout=WAIT_MS
    )
    assert ahead


def test_the_pointer_goes_away_after_five_seconds(room: Room, browser_page: Page) -> None:
    room.show(browser_page)
    browser_page.mouse.move(300, 300)
    browser_page.wait_for_selector(".wall:not(.quiet)", timeout=WAIT_MS)
    browser_page.wait_for_selector(".wall.quiet", timeout=WAIT_MS)
    assert (
        browser_page.evaluate("() => getComputedStyle(document.querySelector('.wall-column')).cursor")
        == "none"
    )


def test_an_unknown_scene_says_so(room: Room, browser_page: Page) -> None:
    room.server.sign_in(browser_page)
    browser_page.goto(room.server.url + "/wall/nothing")
    browser_page.wait_for_selector("text=nothing", timeout=WAIT_MS)
    assert "operations" in browser_page.inner_text("body")


def test_in_another_city_the_scene_speaks_its_language_and_names_its_own_feeds(
    settings: Settings, browser_page: Page
) -> None:
    """The shipped scene is in Russian; Helsinki's file knows English only, and its one source is no feed
    of ours."""
    path = DEFAULT_CITY.parent / "helsinki.toml"
    elsewhere = replace(settings, city=City.load(path))
    with serving(elsewhere, IKOMEK_CITY=str(path)) as server:
        try:
            room = Room(server, elsewhere)
            room.write(
                """insert into feed (region, key, layer, interval_s, polled_at, next_at) values (:region,
                    'helsinki_311', 'incidents', 60, now(), null),
                (:region, 'emergencies', 'incidents', 60, null, null),
            (:region, 'police', 'incidents', 60, null, now())""",
                region=elsewhere.city.region,
            )
            room.show(browser_page)
            assert browser_page.get_attribute("html", "lang") == "en"
            assert browser_page.inner_text("[data-figure=overdue] .wall-figure-name") == "Overdue"
            footer = browser_page.locator(".wall-feeds > span").all_inner_texts()
            assert [card_text.split(":")[0] for card_text in footer] == [
                "No coordinates",
                "Police",
                "helsinki_311",
            ], "no word of what the city has not"
            assert footer[1] == "Police: no data yet"
            with server.client(None) as visitor, server.client("duty") as officer:
                form = visitor.get("/sign-in").text
                assert 'hreflang="en"' in form and 'hreflang="ru"' not in form
                assert [
                    officer.post("/language", data={"language": lang}).status_code for lang in ("en", "ru")
                ] == [204, 400]
            room.engine.dispose()
        finally:
            browser_page.goto("about:blank")  # or what the page asks of a closed server is told as an error
