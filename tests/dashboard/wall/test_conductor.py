"""A wall as a whole: scenes and screens in step, a critical incident that takes it, what it says when
something is away, and that it stays the same."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from geo import wall
from geo.accounts import sessions
from geo.settings import Settings
from tests.support.killable import eventually
from tests.support.wall_room import FEEDS, Room
from tests.support.web import Server

REGION = "71"
ROTATION = "/wall/rotation"
READY = (
    "() => window.ikomek && ikomek.live && ikomek.live.loaded && ikomek.live.tick && "
    "ikomek.wallConductor.element && (ikomek.maps.size || !document.querySelector('.wall-map'))"
)
WRONG_CLOCK = """(() => {
    const Right = Date, late = 90000;
    window.Date = class extends Right { constructor(...parts) { if (parts.length) super(...parts); else super(Right.now() + late); } static now() { return Right.now() + late; } };
})()"""  # noqa: E501
"""This browser's clock is 90 s fast."""
BLOCKED = """(() => {
    const Real = AudioContext;
    window.AudioContext = class extends Real {
        get state() { return this.allowed ? super.state : 'suspended'; }
        resume() { this.allowed = true; return super.resume(); }
    };
})()"""
"""A browser without the kiosk's flag: no sound before a gesture."""
TURNS = "(turns) => { ikomek.wallConductor.show.turns = turns; window.seen = []; }"
WATCH = """() => {
    let last = null;
    const look = () => {
        const scene = document.getElementById('wall-show').dataset.shown;
        const { showAt } = ikomek.wallConductor, now = ikomek.live.serverNow() / 1000;
        if (scene && scene !== last) window.seen.push([scene, (performance.timeOrigin + performance.now()) / 1000,
            ikomek.wallCurtain.ready(scene, null) || now >= showAt + 2]);
        last = scene || last;
    };
    look();
    new MutationObserver(look).observe(document.getElementById('wall-show'), { attributes: true, attributeFilter: ['data-shown'] });
}"""  # noqa: E501
CLOCK = "() => (ikomek.live.serverNow() - performance.timeOrigin - performance.now()) / 1000"


@pytest.fixture(scope="module")
def hall(shared_server: Server, shared_settings: Settings) -> Iterator[Room]:
    """One server for all of them."""
    hall = Room(shared_server, shared_settings)
    yield hall
    hall.engine.dispose()


@pytest.fixture
def room(hall: Room) -> Room:
    """The hall with nothing left of what happened in it."""
    for statement in (
        "delete from incident",
        "delete from wall_turn",
        "delete from wall_hold",
        "update wall_state set turn_s = 60, silent_until = null",
        "delete from audit where what like 'wall.%'",
        "delete from user_session where type = 'device'",
    ):
        hall.write(statement)
    for key in FEEDS:
        hall.feed(key, 1, interval_s=600)
    return hall


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser of the test's own: what it writes about a server that is away is no complaint."""
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    yield context
    context.close()


def open_screen(context: BrowserContext, room: Room, path: str = ROTATION) -> Page:
    """Opens the screen's own address, like a kiosk."""
    show = path.split("?")[0].rsplit("/", 1)[1]
    token = sessions.add_device(room.engine, show, "hall")
    page = context.new_page()
    page.goto(f"{room.server.url}{path}{'&' if '?' in path else '?'}token={token}")
    page.wait_for_function(READY, timeout=30_000)
    return page


def audited(room: Room) -> list[str]:
    return room.write("select what from audit where what like 'wall.%' order by id")


def test_a_critical_incident_takes_the_wall_from_any_scene_and_gives_it_back(
    room: Room, context: BrowserContext
) -> None:
    wall.set_turn(room.engine, REGION, 5, "test")
    wall.hold_scene(room.engine, REGION, "rotation", "electoral", "test")
    room.incident(1)
    page = open_screen(context, room)
    page.wait_for_selector("#wall[data-scene=electoral]", timeout=20_000)
    assert page.evaluate("() => [ikomek.wallTurn(), ikomek.wallTones.played.length]") == [None, 0]
    key = room.incident(77, kind="emergency", priority=2, title="Пожар в жилом доме", lon=71.45, lat=51.16)
    page.wait_for_selector("#wall-card .what >> text=Пожар в жилом доме", timeout=20_000)
    page.wait_for_function(
        "() => { const one = ikomek.maps.get('ikomek-map-wall'); return one && "
        "one.map.getCenter().distanceTo([51.16, 71.45]) < 5 }",
        timeout=20_000,
    )
    assert page.evaluate("() => ikomek.wallTones.played.map(([name]) => name)") == ["critical"]
    second = room.incident(78, kind="police", priority=2, title="Нападение", lon=71.40, lat=51.10)
    assert page.evaluate("() => ikomek.wallTurn().id") == key
    page.wait_for_function(f"() => ikomek.wallTurn() && ikomek.wallTurn().id === {second}", timeout=20_000)
    assert (
        page.evaluate("() => ikomek.maps.get('ikomek-map-wall').map.getCenter().distanceTo([51.10, 71.40])")
        < 5
    )
    room.change(second, "status = 'closed'")
    page.wait_for_selector("#wall[data-scene=electoral]", timeout=20_000)
    assert page.evaluate("() => ikomek.wallTurn()") is None


def test_what_is_critical_and_new_takes_the_wall_from_what_came_late_which_has_it_again_after(
    room: Room, context: BrowserContext
) -> None:
    has = "(id) => ikomek.wallTurn()?.id === id && document.getElementById('wall-card')?.incident?.id === id"
    late = room.incident(
        1, kind="police", priority=2, title="Нападение", age=timedelta(hours=3), lon=71.40, lat=51.10
    )
    page = open_screen(context, room)
    page.wait_for_function(has, arg=late, timeout=20_000)
    new = room.incident(2, kind="emergency", priority=2, title="Пожар", age=timedelta(), lon=71.45, lat=51.16)
    page.wait_for_function(has, arg=new, timeout=20_000)
    assert [turn["incident"] for turn in wall.read_state(room.engine, REGION)["turns"]] == [new, late]
    page.wait_for_function(
        "() => ikomek.maps.get('ikomek-map-wall')?.map.getCenter().distanceTo([51.16, 71.45]) < 5",
        timeout=20_000,
    )
    room.change(new, "status = 'closed'")
    page.wait_for_function(has, arg=late, timeout=20_000)


def test_screens_are_in_step_though_one_clock_is_wrong_and_show_one_picture(
    room: Room, browser: Browser
) -> None:
    contexts = [browser.new_context(viewport={"width": 960, "height": 720}) for _ in range(2)]
    contexts[1].add_init_script(WRONG_CLOCK)
    pages = [
        open_screen(context, room, f"{ROTATION}?screen=1x2:1,{column}&bezel=40")
        for column, context in enumerate(contexts, start=1)
    ]
    assert pages[1].evaluate("() => Date.now()") - pages[0].evaluate("() => Date.now()") > 80_000
    clocks = [page.evaluate(CLOCK) for page in pages]
    assert all(abs(clock) < 0.5 for clock in clocks) and abs(clocks[0] - clocks[1]) < 0.5, clocks
    # One is read after the other: a minute may end between the two.
    eventually(lambda: len({page.inner_text("#wall-clock") for page in pages}) == 1, 5)
    for page in pages:
        page.evaluate(TURNS, [["operations", 6], ["safety", 6]])
    pages[0].wait_for_timeout(
        12_000
    )  # turns given in the middle of one leave no time to build the first scene ahead of it
    for page in pages:
        page.evaluate(WATCH)
    for page in pages:
        page.wait_for_function("() => window.seen.length >= 4", timeout=120_000)
    changes = [page.evaluate("() => window.seen.slice(1)") for page in pages]
    assert all(drawn for made in changes for _, _, drawn in made), "a scene is drawn before it is shown"
    first, second = ({(scene, round(at / 6)): at for scene, at, _ in made} for made in changes)
    both = first.keys() & second.keys()
    assert both and all(abs(first[turn] - second[turn]) < 0.5 for turn in both), (first, second)
    for page in pages:
        page.evaluate(TURNS, [["operations", 3600]])
        page.wait_for_function(
            "() => document.querySelector('#wall[data-scene=operations]') && "
            "ikomek.maps.get('ikomek-map-wall') && ikomek.wall.isArranged()"
        )
    boxes = [
        page.evaluate("""() => {
        const { map } = ikomek.maps.get('ikomek-map-wall'), box = map.getContainer().getBoundingClientRect(), p = map.latLngToContainerPoint([51.142, 71.44]);
        return [p.x + box.left, p.y + box.top, map.getContainer().offsetWidth, document.getElementById('wall').offsetWidth];
    }""")  # noqa: E501
        for page in pages
    ]
    gap = boxes[0][3] - 2 * 960
    assert 10 < gap < 20, "40 mm of a wall 2.06 m and 720 px high"
    assert boxes[0][0] - boxes[1][0] == pytest.approx(960 + gap, abs=1.01) and boxes[0][1] == pytest.approx(
        boxes[1][1], abs=1.01
    )
    assert max(box[2] for box in boxes) < 1100, "a map draws its own part alone"
    for context in contexts:
        context.close()


UNHEARD = """([scene, times]) => {
    const set = dash_clientside.set_props, data = (value) => value && value.data;
    window.unheard = 0;
    dash_clientside.set_props = (id, props) => {
        if (id === 'wall-turn' && data(props) === scene && window.unheard < times) { window.unheard += 1; return; }
        set(id, props);
    };
}"""  # noqa: E501
"""The page does not build a scene, so many times."""
NEW = (
    "(scene) => { const wall = document.getElementById('wall'), { state } = ikomek.wall; return wall "
    "&& wall.dataset.scene === scene && !wall.old && state.element === wall && state.panels.length }"
)


@pytest.mark.parametrize(
    "scene", ["safety", None], ids=["a scene that does not come", "a scene patched into the last one"]
)
def test_a_scene_that_was_not_built_is_built_once_more(
    room: Room, context: BrowserContext, scene: str | None
) -> None:
    page = open_screen(context, room)
    page.evaluate(TURNS, [["operations", 3600]])
    page.wait_for_function(NEW, arg="operations", timeout=20_000)
    page.evaluate("() => { document.getElementById('wall').old = true; }")
    page.evaluate(UNHEARD, [scene, 1])
    page.evaluate(TURNS, [["safety", 3600]])
    page.wait_for_function("() => window.unheard === 1")
    page.wait_for_function(NEW, arg="safety", timeout=60_000)
    page.wait_for_function(
        "() => ikomek.wallConductor.last === null && !document.querySelector('.wall-curtain')", timeout=20_000
    )
    assert page.evaluate("() => ikomek.wallConductor.shown")


def on_both(room: Room, browser: Browser, scene: str, found: str, count: int | None = None) -> list:
    """What `found` comes to on the left and on the right screen of a wall of two."""
    contexts = [browser.new_context(viewport={"width": 960, "height": 720}) for _ in range(2)]
    try:
        pages = [
            open_screen(context, room, f"/wall/{scene}?screen=1x2:1,{column}")
            for column, context in enumerate(contexts, start=1)
        ]
        return [
            page.wait_for_function(found, arg=count, polling=200, timeout=90_000).json_value()
            for page in pages
        ]
    finally:
        for context in contexts:
            context.close()


LAID = """(count) => {
    const { map } = ikomek.maps.get('ikomek-map-wall'), layer = Object.values(map._layers).find((one) =>
        one.labelers && one.options.pane === 'ikomek-labels');
    const labels = () => { const index = layer.labelers.getIndex(map.getZoom()); return index ?
        [...index.current].filter(([owner]) => owner !== 'room').flatMap(([, all]) => [...all]) : []; };
    const laid = () => {
        const { drawn, calm } = document.querySelector('canvas.ikomek-incidents').dataset;
        const boxes = labels().flatMap(({ bboxes }) => bboxes.map((box) => [box.minX, box.minY, box.maxX,
            box.maxY].map((n) => Math.round(n / 4))));
        return [boxes.sort((a, b) => a[0] - b[0] || a[1] - b[1]), drawn, calm];
    };
    if (ikomek.wall.flood.readAt === 0) return null;
    const now = JSON.stringify(laid());
    Object.assign(window, { same: now === window.last && laid()[0].length && laid()[1] === String(count) ?
        window.same + 1 : 0, last: now });
    return window.same >= 5 ? laid() : null;
}"""
"""Labels and symbols once all are drawn, the floods have been heard of, and nothing has moved for a
second; none before."""


def test_labels_and_symbols_are_laid_out_once_for_all_screens(room: Room, browser: Browser) -> None:
    room.write("""insert into district (region, id, key, name_kk, name_ru, name_en, valid_from, geom_4326,
        geom_3857)
        select '71', 100 + n, 'd' || n, 'Аудан ' || n, 'Район ' || n, 'District ' || n, '2020-01-01',
            st_multi(b), st_multi(st_transform(b, 3857))
        from generate_series(0, 15) n, st_makeenvelope(71.36 + n % 8 * 0.02, 51.10 + n / 8 * 0.04,
            71.38 + n % 8 * 0.02, 51.14 + n / 8 * 0.04, 4326) b
        on conflict do nothing""")
    for number in range(60):
        room.incident(
            number, age=timedelta(minutes=20 + 5 * number)
        )  # sixty in ten minutes would be a flood, which stands in groups
    try:
        left, right = on_both(room, browser, "operations", LAID, 60)
    finally:
        room.write("delete from district where id >= 100")
    assert len(left[0]) >= 4 and left[1] == "60" and left == right


FRAMED = """() => {
    const all = [...ikomek.maps].map(([id, { map, framed, incidents }]) => [id, framed, map.getZoom(), incidents.options.size]);
    const now = JSON.stringify(all), whole = all.length === 3 && all.every(([, framed]) => framed);
    Object.assign(window, { same: whole && now === window.last ? window.same + 1 : 0, last: now });
    return window.same >= 4 ? all : null;
}"""  # noqa: E501
"""For each map: by what size it was framed, its zoom, the size of its symbols; once they stay so."""


def test_a_map_that_goes_over_a_seam_is_framed_by_its_whole_on_both_screens(
    room: Room, browser: Browser
) -> None:
    room.write("""insert into district (region, id, key, name_kk, name_ru, name_en, valid_from, geom_4326,
        geom_3857)
        select '71', 100 + n, (array['saryarqa', 'almaty', 'esil'])[1 + n], 'Аудан', 'Район', 'District',
            '2020-01-01', st_multi(b), st_multi(st_transform(b, 3857))
        from generate_series(0, 2) n, st_makeenvelope(71.36 + n * 0.04, 51.10, 71.40 + n * 0.04, 51.14, 4326) b
        on conflict do nothing""")  # noqa: E501
    try:
        left, right = on_both(room, browser, "districts", FRAMED)
    finally:
        room.write("delete from district where id >= 100")
    assert left == right


def test_a_screen_that_restarts_rejoins_and_a_held_playlist_stands_still(
    room: Room, context: BrowserContext
) -> None:
    page = open_screen(context, room)
    running = page.evaluate(
        "() => ikomek.wallRunning(ikomek.wallConductor.show.turns, ikomek.live.serverNow() / 1000)"
    )
    assert page.get_attribute("#wall-show", "data-shown") == running
    other = next(scene for scene in ("operations", "safety") if scene != running)
    with room.server.client("duty") as duty, room.server.client("inspector") as inspector:
        assert (
            inspector.post("/api/v1/wall/hold", json={"show": "rotation", "scene": other}).status_code == 403
        )
        assert (
            duty.post("/api/v1/wall/hold", json={"show": "rotation", "scene": "nothing"}).status_code == 404
        )
        assert duty.post("/api/v1/wall/hold", json={"show": "rotation", "scene": other}).status_code == 204
        page.wait_for_selector(f"#wall[data-scene={other}]", timeout=2000)
        page.reload()
        page.wait_for_function(READY, timeout=30_000)
        assert (
            page.get_attribute("#wall", "data-scene") == other
            and page.evaluate("() => ikomek.wallConductor.history.length") == 1
        )
        assert duty.post("/api/v1/wall/release", json={"show": "rotation"}).status_code == 204
        assert duty.post("/api/v1/wall/release", json={"show": "rotation"}).status_code == 404
        assert duty.post("/api/v1/wall/nothing", json={}).status_code == 404
    page.wait_for_function(
        "() => document.getElementById('wall-show').dataset.shown === "
        "ikomek.wallRunning(ikomek.wallConductor.show.turns, ikomek.live.serverNow() / 1000)",
        timeout=3000,
    )
    assert audited(room) == ["wall.held", "wall.released"]


def test_an_operator_works_the_wall_from_the_map(room: Room, browser_page: Page) -> None:
    page = browser_page
    room.incident(77, kind="emergency", priority=2, title="Пожар")
    room.server.sign_in(page, "duty")
    page.goto(f"{room.server.url}/map")
    page.click(".duty-wall-toggle")
    page.click(".duty-wall-critical button:nth-child(1)")
    page.wait_for_selector(".duty-wall-critical .duty-wall-scene >> text=duty")
    page.click(".duty-wall-critical button:nth-child(1)")
    page.wait_for_selector(".duty-wall-calm")
    page.click(".duty-wall-list li:nth-child(2) button")
    page.wait_for_selector(".duty-wall-list li:nth-child(2) .duty-wall-scene >> text=duty")
    page.click(".duty-wall-list li:last-child button")
    eventually(
        lambda: (
            audited(room) == ["wall.incident_held", "wall.incident_released", "wall.held", "wall.silenced"]
        )
    )
    room.server.sign_in(page, "inspector")
    page.goto(f"{room.server.url}/map")
    page.wait_for_selector("#duty-wall", state="attached")
    assert not page.is_visible("#duty-wall")


def test_a_screen_works_until_it_is_revoked_and_then_says_so(room: Room, context: BrowserContext) -> None:
    context.add_init_script(BLOCKED)
    page = open_screen(context, room, f"{ROTATION}?lang=kk&seat_m=4&screen_m=0.685")
    page.wait_for_function("() => document.getElementById('wall-sound')?.textContent", timeout=5000)
    page.mouse.click(200, 200)
    page.wait_for_function("() => document.getElementById('wall-sound')?.textContent === ''", timeout=8000)
    [device] = sessions.list_devices(room.engine)
    sessions.revoke_device(room.engine, device.id)
    page.wait_for_selector("body.plain", timeout=25_000)
    assert "қайтарып алынған" in page.inner_text("body") and page.get_attribute("html", "lang") == "kk", (
        "the screen's language, not the browser's"
    )
    assert page.evaluate(
        "() => parseFloat(getComputedStyle(document.querySelector('.plain-text')).fontSize)"
    ) == pytest.approx(0.0058178 * 4 / 0.714 / 0.685 * 720, rel=0.01)
    assert page.locator("input").count() == 0 and "/sign-in" not in page.url


def test_a_feed_that_stops_is_named_in_time_and_one_layer_that_fails_leaves_the_rest(
    room: Room, context: BrowserContext
) -> None:
    context.route("**/tiles/buildings/**", lambda route: route.abort())
    context.route("**/tiles/districts/**", lambda route: route.fulfill(status=500))
    room.incident(1)
    room.write("update incident set point_4326 = null, point_3857 = null where source_id = :id", id="1")
    for number in range(2, 6):
        room.incident(number)
    page = open_screen(context, room, "/wall/operations?lang=ru")
    room.feed("police", 0, interval_s=3)
    page.wait_for_selector(
        ".wall-feeds .stale span:not([hidden]) >> text=Полиция", timeout=(2 * 3 + 5) * 1000
    )
    assert page.locator(".wall-feeds .stale").count() == 1
    assert page.evaluate("() => [...ikomek.staleFeeds(ikomek.live.serverNow() / 1000)]") == ["police"]
    page.wait_for_function(
        "() => document.querySelector('canvas.ikomek-incidents').dataset.drawn === '4'", timeout=5000
    )
    assert "Без координат: 1" in page.inner_text(".wall-feeds")
    page.wait_for_function("() => ikomek.wallTones.played.some(([name]) => name === 'quiet')", timeout=5000)


def test_no_feed_is_not_no_events(room: Room, context: BrowserContext) -> None:
    page = open_screen(context, room, "/wall/operations?lang=ru")
    page.wait_for_selector(".wall-attention .none >> text=Ничто не требует внимания", timeout=8000)
    for key in FEEDS:
        room.feed(key, 3600)
    page.wait_for_selector(".wall-attention .none >> text=Неизвестно", timeout=10_000)


HEARD = """() => {
    window.heard = [];
    ikomek.live.on((message) => { if (message.type === 'change' && message.noun === 'incident') window.heard.push(`${message.id}.${message.version}`); });
}"""  # noqa: E501


def test_a_killed_server_is_missed_and_on_its_return_everything_comes_once(
    room: Room, context: BrowserContext
) -> None:
    page = open_screen(context, room, "/wall/operations")
    page.evaluate(HEARD)
    before = [room.incident(number) for number in range(3)]
    page.wait_for_function("() => window.heard.length === 3", timeout=5000)
    room.server.process.kill()
    room.server.process.join()
    page.wait_for_function("() => document.querySelector('#wall-lost').textContent !== ''", timeout=10_000)
    missed = [room.incident(number) for number in range(3, 40)]
    room.server.start()
    page.wait_for_function(
        "() => window.heard.length >= 40 && document.querySelector('#wall-lost').textContent === ''",
        timeout=10_000,
    )
    page.wait_for_timeout(1500)
    assert page.evaluate("() => window.heard") == [f"{key}.1" for key in before + missed]


COUNT = """() => {
    const { map } = ikomek.maps.get('ikomek-map-wall'), elements = {};
    for (const one of document.getElementsByTagName('*')) {
        const name = `${one.tagName}#${one.id}.${one.getAttribute('class')}`;
        elements[name] = (elements[name] ?? 0) + 1;
    }
    return { elements, listeners: ikomek.live.listeners, layers: Object.keys(map._layers).length,
        centre: map.getCenter(), zoom: map.getZoom(), pane: map._mapPane.style.transform };
}"""
"""Elements by tag, id and class, so that a failure names the one more or less."""


def settled_count(page: Page) -> dict[str, Any]:
    """What stands unchanged for two seconds: what was begun has come, also on a busy machine."""
    found = page.evaluate(COUNT)
    for _ in range(15):
        page.wait_for_timeout(2000)
        earlier, found = found, page.evaluate(COUNT)
        if found == earlier:
            return found
    pytest.fail("the wall does not come to rest")


def test_a_thousand_updates_move_nothing_and_leave_nothing_behind(room: Room, browser_page: Page) -> None:
    keys = [room.incident(number, priority=int(number < 8)) for number in range(40)]
    room.show(browser_page)
    before = settled_count(browser_page)
    browser_page.evaluate(HEARD.replace("heard", "told"))
    for number in range(1000):
        room.change(
            keys[number % 40], f"point_4326 = st_translate(point_4326, 0.0001, 0), title = 'Правка {number}'"
        )
    browser_page.wait_for_function("() => window.told.length === 1000", timeout=15_000)
    after = settled_count(browser_page)
    assert after["listeners"] == before["listeners"] + 1, "the one that counts"
    assert after | {"listeners": 0} == before | {"listeners": 0}
    for is_so in (
        "past.length > 0",
        "past.length === 0",
    ):  # what Dash keeps of the clock, until it is forgotten
        browser_page.wait_for_function(
            f"() => dash_stores.every((store) => store.getState().history.{is_so})", timeout=30_000
        )


def test_a_page_that_stops_painting_is_loaded_again_and_one_that_is_busy_is_not(
    room: Room, context: BrowserContext
) -> None:
    page = open_screen(context, room, "/wall/operations")
    page.evaluate(
        "() => { window.first = true; const until = performance.now() + 6000; while "
        "(performance.now() < until); }"
    )
    page.wait_for_timeout(2000)
    assert page.evaluate("() => window.first")
    page.evaluate("() => { window.requestAnimationFrame = () => 0; }")
    page.wait_for_function("() => !window.first", timeout=25_000)
    page.wait_for_function(READY, timeout=30_000)
    assert room.write("select parameters->>'reason' from audit where what = 'wall.reloaded'") == ["painting"]
    assert "stood still" in room.server.logged()
