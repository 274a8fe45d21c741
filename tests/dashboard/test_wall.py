"""The wall in a real browser over a real server: what it shows, what it says when something goes quiet, and that it never jumps."""
from __future__ import annotations

import base64
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import text

from geo.changes import RECORD_INCIDENTS
from geo.database import connect_engine
from geo.relay import relay
from geo.settings import Settings
from tests.web import Server

WALL = "/wall/operations"
FEEDS = ("inquiries", "calls", "police", "emergencies", "offences")
KINDS = ("service", "police", "emergency", "offence")


class Room:
    """The server, the city's rows and a screen."""

    def __init__(self, server: Server, settings: Settings) -> None:
        self.server, self.settings = server, settings
        self.engine = connect_engine(settings, "owner")

    def write(self, statement: str, **values: object) -> list:
        with self.engine.begin() as connection:
            result = connection.execute(text(statement), values)
            return list(result.scalars()) if result.returns_rows else []

    def incident(self, number: int, **values: object) -> int:
        """A calm incident of the last minutes, near the centre, announced like every write."""
        row = {"kind": KINDS[number % 4], "priority": 0, "title": f"Происшествие {number}", "due": None, "age": timedelta(minutes=number % 9),
               "lon": 71.40 + number % 9 * 0.01, "lat": 51.12 + number // 9 % 9 * 0.005, "inquiries": 0, "feed": "test"} | values
        with self.engine.begin() as connection:
            key = connection.execute(text("""
                insert into incident (region, source, source_id, kind, title, source_status, status, priority, opened_at, due_at, address, inquiries, point_4326, point_3857)
                select '71', :feed, :number, :kind, :title, 'open', 'open', :priority, now() - :age, now() + :due, 'проспект Кабанбай батыра, 42', :inquiries,
                       p, st_transform(p, 3857) from st_setsrid(st_makepoint(:lon, :lat), 4326) p returning id"""), row | {"number": str(number)}).scalar_one()
            connection.execute(text(f"{RECORD_INCIDENTS} where i.id = :id"), {"id": key})
        return key

    def change(self, key: int, assignment: str) -> None:
        with self.engine.begin() as connection:
            connection.execute(text(f"update incident set {assignment}, version = version + 1 where id = :id"), {"id": key})
            connection.execute(text(f"{RECORD_INCIDENTS} where i.id = :id"), {"id": key})

    def feed(self, key: str, polled_s: float, interval_s: int = 60) -> None:
        self.write("""insert into feed (region, key, layer, interval_s, polled_at) values ('71', :key, 'incidents', :interval, now() - make_interval(secs => :ago))
            on conflict (region, key) do update set polled_at = excluded.polled_at, interval_s = excluded.interval_s""", key=key, interval=interval_s, ago=polled_s)

    def show(self, page: Page, path: str = WALL) -> None:
        """Open the wall and wait until map, symbols and figures are there."""
        page.goto(self.server.link())
        page.goto(self.server.url + path)
        page.wait_for_function("() => window.ikomek && ikomek.live && ikomek.live.loaded && ikomek.live.tick && ikomek.maps.get('ikomek-map-wall')", timeout=30_000)
        page.wait_for_function("() => document.querySelector('[data-figure=overdue] .wall-figure-value').textContent !== ''", timeout=30_000)
        page.wait_for_timeout(2500)


@pytest.fixture
def room(server: Server, settings: Settings) -> Iterator[Room]:
    stop = threading.Event()
    relaying = threading.Thread(target=relay, args=(settings, stop))
    relaying.start()
    room = Room(server, settings)
    for key in FEEDS:
        room.feed(key, 1, interval_s=600)
    yield room
    stop.set()
    relaying.join(10)
    room.engine.dispose()


def drawn(page: Page) -> int:
    return int(page.get_attribute("canvas.ikomek-incidents", "data-drawn"))


def wait_drawn(page: Page, count: int) -> None:
    page.wait_for_function(f"() => document.querySelector('canvas.ikomek-incidents').dataset.drawn === '{count}'", timeout=5000)


def saturated(page: Page, selector: str = "body") -> int:
    """How many pixels of the screen are saturated red or amber (hue 350-55, saturation and value over a half)."""
    picture = base64.b64encode(page.locator(selector).screenshot()).decode()
    return page.evaluate("""async (data) => {
        const image = new Image();
        image.src = `data:image/png;base64,${data}`;
        await image.decode();
        const canvas = new OffscreenCanvas(image.width, image.height), ctx = canvas.getContext('2d');
        ctx.drawImage(image, 0, 0);
        const pixels = ctx.getImageData(0, 0, image.width, image.height).data;
        let n = 0;
        for (let i = 0; i < pixels.length; i += 4) {
            const [r, g, b] = [pixels[i], pixels[i + 1], pixels[i + 2]], most = Math.max(r, g, b), least = Math.min(r, g, b);
            if (most > 127 && (most - least) / most > 0.5 && r === most && b <= g + (r - g) * 0.25) n += 1;
        }
        return n;
    }""", picture)


def test_symbols_appear_and_three_hundred_updates_move_nothing(room: Room, browser_page: Page) -> None:
    keys = [room.incident(number) for number in range(40)]
    room.show(browser_page)
    wait_drawn(browser_page, 40)
    view = "() => { const {map} = ikomek.maps.get('ikomek-map-wall'); return [map.getCenter().lat, map.getCenter().lng, map.getZoom(), map._mapPane.style.transform] }"
    before = browser_page.evaluate(view)
    browser_page.evaluate("() => { window.firstCanvas = document.querySelector('canvas.ikomek-incidents') }")
    for number in range(300):
        room.change(keys[number % 40], f"point_4326 = st_translate(point_4326, 0.0005, 0), title = 'Правка {number}'")
    room.incident(1000)
    wait_drawn(browser_page, 41)
    assert browser_page.evaluate(view) == before
    assert browser_page.evaluate("() => window.firstCanvas === document.querySelector('canvas.ikomek-incidents') && document.querySelectorAll('canvas.ikomek-incidents').length") == 1
    room.change(keys[0], "status = 'closed'")
    wait_drawn(browser_page, 40)


def test_in_the_normal_state_nothing_is_saturated_and_an_alarm_is(room: Room, browser_page: Page) -> None:
    for number in range(40):
        room.incident(number)
    room.show(browser_page)
    assert saturated(browser_page) == 0
    key = room.incident(900, priority=1, title="Нет отопления")
    browser_page.wait_for_selector(".wall-attention li .what >> text=Нет отопления", timeout=5000)
    assert saturated(browser_page, ".wall-stage") > 100
    room.change(key, "status = 'closed'")
    browser_page.wait_for_selector(".wall-attention .none", timeout=5000)
    browser_page.wait_for_timeout(500)
    assert saturated(browser_page) == 0


def test_a_critical_incident_takes_a_card_within_two_seconds_and_gives_it_back(room: Room, browser_page: Page) -> None:
    room.incident(1)
    room.show(browser_page)
    started = time.monotonic()
    key = room.incident(77, kind="emergency", priority=2, title="Пожар в жилом доме", inquiries=7)
    browser_page.wait_for_selector("#wall-card .what >> text=Пожар в жилом доме", timeout=2000)
    assert time.monotonic() - started < 2.5
    said = browser_page.inner_text("#wall-card")
    assert "7 обращений объединены" in said and "Кабанбай батыра, 42" in said and "назад" in said
    room.change(key, "status = 'closed'")
    browser_page.wait_for_function("() => !document.querySelector('#wall-card').childElementCount", timeout=3000)


def test_the_list_holds_what_presses_with_its_deadline(room: Room, browser_page: Page) -> None:
    room.incident(1, kind="service", title="Просрочен", due=-timedelta(minutes=70), age=timedelta(hours=30))
    room.incident(2, kind="service", title="Истекает", due=timedelta(minutes=19), age=timedelta(hours=23))
    room.incident(3, kind="service", title="Спокойный", due=timedelta(hours=20), age=timedelta(hours=1))
    room.show(browser_page)
    browser_page.wait_for_selector(".wall-attention li .what >> text=Просрочен")
    rows = browser_page.locator(".wall-attention li").all_inner_texts()
    assert [row.split("\n")[0] for row in rows] == ["Истекает", "Просрочен"]
    assert "срок 18:" in rows[0] or "срок 19:" in rows[0]
    assert "+1:10" in rows[1]
    assert browser_page.inner_text("#wall-attention-count") == "2"
    assert browser_page.inner_text("[data-figure=overdue] .wall-figure-value") == "1"
    assert browser_page.inner_text("[data-figure=overdue] .wall-figure-note") == "из 3 открытых"


def test_a_feed_that_went_quiet_is_named_its_figures_dim_and_its_symbols_are_hatched(room: Room, browser_page: Page) -> None:
    room.feed("emergencies", 181)
    quiet, fresh = room.incident(2, feed="emergencies"), room.incident(3, feed="police")
    room.show(browser_page)
    badge = browser_page.locator(".wall-feeds .stale")
    badge.wait_for()
    at = (datetime.now(room.settings.city.time_zone) - timedelta(seconds=181)).strftime("%H:%M")
    assert badge.count() == 1
    assert badge.inner_text().startswith("ЧС: нет данных 3 мин — показано на") and abs(int(badge.inner_text()[-2:]) - int(at[-2:])) in (0, 1, 59)
    assert "old" in browser_page.get_attribute("[data-figure=emergencies]", "class")
    assert "old" not in browser_page.get_attribute("[data-figure=police]", "class")
    assert browser_page.evaluate("() => [...ikomek.staleFeeds(ikomek.live.serverNow() / 1000)]") == ["emergencies"]
    assert browser_page.evaluate("([a, b]) => [a, b].map((id) => ikomek.live.incidents.get(id).feed)", [quiet, fresh]) == ["emergencies", "police"]
    room.feed("emergencies", 1, interval_s=600)
    browser_page.wait_for_function("() => !document.querySelector('.wall-feeds .stale')", timeout=10_000)


def test_a_lost_connection_is_said_within_two_seconds_and_what_was_missed_arrives(room: Room, browser: Browser) -> None:
    """A page of its own: the browser itself writes refused connections to the console."""
    context = browser.new_context(viewport={"width": 1920, "height": 1080})
    page = context.new_page()
    room.incident(1)
    room.show(page)
    room.server.stop()
    page.wait_for_function("() => document.querySelector('#wall-lost').textContent.startsWith('Связь с сервером потеряна')", timeout=2000)
    assert drawn(page) == 1
    room.incident(2, priority=2, title="Случилось без связи")
    room.server.start()
    page.wait_for_selector("#wall-card .what >> text=Случилось без связи", timeout=10_000)
    page.wait_for_function("() => document.querySelector('#wall-lost').textContent === ''", timeout=5000)
    assert drawn(page) == 2
    context.close()


def test_figures_that_cannot_be_read_dim_and_say_since_when(room: Room, browser_page: Page) -> None:
    room.show(browser_page)
    room.write("alter table inquiry rename to inquiry_away")
    browser_page.wait_for_selector(".wall-column.old", timeout=25_000)
    assert browser_page.inner_text("[data-figure=police] .wall-figure-note").startswith("на ")
    room.write("alter table inquiry_away rename to inquiry")
    browser_page.wait_for_selector(".wall-column:not(.old)", timeout=15_000)


def test_the_clock_is_the_citys_and_runs(room: Room, browser_page: Page) -> None:
    room.show(browser_page)
    shown = browser_page.inner_text("#wall-clock")
    now = datetime.now(room.settings.city.time_zone)
    assert shown in {now.strftime("%H:%M"), (now - timedelta(minutes=1)).strftime("%H:%M")}
    assert str(now.day) in browser_page.inner_text("#wall-date")
    ahead = browser_page.evaluate("() => { const real = ikomek.live.serverNow; ikomek.live.serverNow = () => real() + 3600e3; return true }")
    later = (now + timedelta(hours=1)).strftime("%H")
    browser_page.wait_for_function(f"() => document.querySelector('#wall-clock').textContent.startsWith('{later}')", timeout=3000)
    assert ahead


SMALL = """() => {
    const texts = [...document.querySelectorAll('.wall *')].filter((e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim()) && e.offsetParent);
    return texts.map((e) => [e.className || e.id, parseFloat(getComputedStyle(e).fontSize)]).filter(([, size]) => size < 18);
}"""
OVERFLOWING = """() => {
    const wall = document.querySelector('.wall').getBoundingClientRect();
    const cut = [...document.querySelectorAll('.wall-header *, .wall-figure *, .wall-column h2, .wall-legend li, .wall-footer > *')]
        .filter((e) => e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0).map((e) => `cut: ${e.className || e.id} ${e.textContent}`);
    const out = [...document.querySelectorAll('.wall *:not(.leaflet-container *)')].filter((e) => {
        const box = e.getBoundingClientRect();
        return box.width && !e.closest('.wall-attention, .wall-feeds') && (box.right > wall.right + 1 || box.bottom > wall.bottom + 1);
    }).map((e) => `out: ${e.className || e.id}`);
    const bars = document.documentElement.scrollHeight > innerHeight || document.documentElement.scrollWidth > innerWidth ? ['scroll bars'] : [];
    return [...cut, ...out, ...bars];
}"""
CONTRAST = """() => {
    const parse = (c) => (c.match(/[\\d.]+/g) || []).map(Number);
    const light = ([r, g, b]) => [r, g, b].map((v) => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4 })
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
    const ground = (e) => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c.length === 3 || c[3] > 0.9) return c; } return [0, 0, 0] };
    return [...document.querySelectorAll('.wall *:not(.leaflet-container *)')]
        .filter((e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim()) && e.offsetParent && getComputedStyle(e).color.startsWith('rgb('))
        .map((e) => { const [a, b] = [light(parse(getComputedStyle(e).color)), light(ground(e))].sort((x, y) => y - x); return [e.className || e.id, (a + 0.05) / (b + 0.05)] })
        .filter(([, ratio]) => ratio < 6.99);
}"""


@pytest.mark.parametrize(("lang", "size"), [
    ("kk", (1920, 1080)), ("ru", (1920, 1080)), ("en", (1920, 1080)), ("kk", (3840, 2160)), ("ru", (7680, 1080)),
], ids=lambda value: value if isinstance(value, str) else f"{value[0]}x{value[1]}")
def test_every_word_is_legible_and_nothing_overflows(room: Room, browser_page: Page, lang: str, size: tuple[int, int]) -> None:
    room.write("""insert into inquiry (region, source, source_id, channel, received_at, one_take)
        select '71', 'test', n::text, 'phone', now() - n * interval '15 seconds', n % 5 > 0 from generate_series(1, 40000) n""")
    for number in range(24):
        room.incident(number, priority=1 + (number == 5), title="Прорыв трубопровода горячего водоснабжения у детского сада № 58 «Балапан»", inquiries=143)
    browser_page.set_viewport_size({"width": size[0], "height": size[1]})
    room.show(browser_page, f"{WALL}?lang={lang}")
    assert browser_page.evaluate(SMALL) == []
    assert browser_page.evaluate(OVERFLOWING) == []
    assert browser_page.evaluate(CONTRAST) == []
    assert browser_page.evaluate("() => ikomek.language") == lang
    assert not [said for said in browser_page.locator(".wall").all_inner_texts() if "wall." in said], "a key without words"


def test_the_pointer_goes_away_after_five_seconds(room: Room, browser_page: Page) -> None:
    room.show(browser_page)
    browser_page.mouse.move(300, 300)
    browser_page.wait_for_selector(".wall:not(.quiet)", timeout=2000)
    browser_page.wait_for_selector(".wall.quiet", timeout=7000)
    assert browser_page.evaluate("() => getComputedStyle(document.querySelector('.wall-column')).cursor") == "none"


def test_an_unknown_scene_says_so(room: Room, browser_page: Page) -> None:
    browser_page.goto(room.server.link())
    browser_page.goto(room.server.url + "/wall/nothing")
    browser_page.wait_for_selector("text=nothing", timeout=10_000)
    assert "operations" in browser_page.inner_text("body")
