"""A desk under strain: what was refused, what hangs and who is no longer let in are said, and heal by
themselves; no answer is taken for that of another question."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import text

from dashboard.security.cookies import PERSON_COOKIE
from geo.accounts.sessions import hash_token
from geo.database import connect_engine
from geo.settings import Settings
from tests.assets.strain import CALLBACK, Way, asks_for, plain_page  # noqa: F401 - a fixture
from tests.support.web import Server, serving

POINTS = "**/layers/points/incidents.json*"
POINTS_DRAWN = (
    "() => window.ikomek.maps.get('ikomek-map-duty').map && "
    "[...Object.values(window.ikomek.maps.get('ikomek-map-duty').map._layers)].find((layer) => "
    "layer.options.source)?.options.source.size"
)
NOTE_IS_FREE = """() => {
    const note = document.querySelector('.duty-map .map-unknown').getBoundingClientRect();
    const others = [...document.querySelectorAll('.duty-map-foot > *, .duty-head > *')]
        .filter((one) => one.checkVisibility()).map((one) => one.getBoundingClientRect());
    const apart = (one) => one.right <= note.left || one.left >= note.right || one.bottom <= note.top ||
        one.top >= note.bottom;
    return note.height > 0 && others.length >= 2 && others.every(apart);
}"""
"""What the map does not know is covered by none of the parts that stand over it."""
DENSITY = "() => Boolean(window.ikomek.maps.get('ikomek-map-duty').density._map)"

SHARP = """() => {
    const canvases = [...document.querySelectorAll('.duty-map canvas')].filter((one) => one.clientWidth);
    return canvases.length > 10 && canvases.every((one) =>
        Math.abs(one.width / one.clientWidth - devicePixelRatio) < 0.02);
}"""
"""Every tile and every sheet of symbols has a pixel for each of the screen's."""


@pytest.fixture
def desk(demo_server: Server, plain_page: Page) -> Iterator[Page]:
    """Signed in as a duty officer, at no page yet."""
    demo_server.sign_in(plain_page, "duty")
    plain_page.goto("about:blank")
    yield plain_page


def open_map(page: Page, server: Server, address: str) -> None:
    page.goto(server.url + address)
    page.wait_for_selector("#duty-total", state="attached")
    page.wait_for_function(
        "() => window.ikomek.maps && window.ikomek.maps.get('ikomek-map-duty') && "
        "document.querySelector('#duty-dates input') && window.ikomek.live.loaded"
    )


def total(page: Page) -> int:
    return int(page.get_attribute("#duty-total", "data-n"))


def facet(page: Page, name: str, value: str):
    return page.locator(f'[data-facet="{name}"] [data-value="{value}"] a')


def test_points_that_are_refused_leave_no_silent_map_and_come_by_themselves(
    desk: Page, demo_server: Server
) -> None:
    points = Way(desk, POINTS)
    points.refuse(503)
    open_map(desk, demo_server, "/map?window=dates&kind=police")
    assert total(desk) > 0
    expect(desk.locator(".duty-map .map-unknown")).to_have_text(
        "The points of the list were not received: the map is incomplete"
    )
    for width, height in ((1920, 1080), (390, 844)):
        desk.set_viewport_size({"width": width, "height": height})
        desk.wait_for_function(NOTE_IS_FREE, timeout=30_000)
    points.open()
    desk.wait_for_function(f"() => ({POINTS_DRAWN})() > 0", timeout=30_000)
    expect(desk.locator(".duty-map .map-unknown")).to_have_count(0)


def test_tiles_that_are_refused_are_said_and_come_by_themselves(desk: Page, demo_server: Server) -> None:
    tiles = Way(desk, "**/tiles/basemap/**")
    tiles.refuse(503)
    open_map(desk, demo_server, "/map")
    note = desk.locator(".duty-map .map-unknown")
    expect(note).to_contain_text("The street plan was only partly received")
    seen = tiles.seen
    tiles.open()
    expect(note).to_have_count(0)
    assert tiles.seen > seen


def test_an_ended_session_is_said_and_leads_to_the_sign_in_page_and_back(
    desk: Page, demo_server: Server, demo_settings: Settings
) -> None:
    desk.add_init_script("""let pressed = -1e9; addEventListener('pointerdown', () => { pressed = performance.now(); }, true);
        Object.defineProperty(Navigator.prototype, 'userActivation', { get: () => ({ isActive: performance.now() - pressed < 5000 }) });""")  # what the test asks of the page counts as a gesture  # noqa: E501
    open_map(desk, demo_server, "/map")
    live_way = Way(desk.context, "**/live*")
    [token] = [cookie["value"] for cookie in desk.context.cookies() if cookie["name"] == PERSON_COOKIE]
    owner = connect_engine(demo_settings, "owner")
    with owner.begin() as connection:
        connection.execute(
            text("update user_session set revoked_at = now() where token_hash = :hash"),
            {"hash": hash_token(token)},
        )
    owner.dispose()
    desk.wait_for_function(
        "() => document.querySelector('#trouble a')?.getAttribute('href') === '/sign-in?next=%2Fmap'",
        timeout=15_000,
    )
    before = live_way.seen
    desk.wait_for_timeout(4000)
    assert live_way.seen - before <= 1
    facet(desk, "kind", "service").click()
    desk.wait_for_url(re.compile("/sign-in"))
    assert parse_qs(urlsplit(desk.url).query)["next"] == ["/map?kind=service"]


def test_a_refused_question_is_asked_again_and_a_late_list_says_whose_it_is(
    desk: Page, demo_server: Server
) -> None:
    open_map(desk, demo_server, "/map")
    n = int(facet(desk, "kind", "service").locator(".duty-n").get_attribute("data-n"))
    lists = Way(desk, CALLBACK, asks_for("duty-message.children"))
    lists.refuse(503)
    facet(desk, "kind", "service").click()
    expect(desk.locator("#duty-waits")).to_have_text("Reading the list for the new filters…")
    expect(desk.locator("#duty-waits")).to_have_text(
        "The database is not answering. Below is the list for the previous filters", timeout=7000
    )
    expect(desk.locator("#trouble")).to_contain_text("The database is not answering")
    lists.open()
    expect(desk.locator("#duty-total")).to_have_attribute("data-n", str(n), timeout=9000)
    expect(desk.locator("#duty-waits")).to_be_empty()
    expect(desk.locator("#trouble")).to_be_empty()


def test_filters_pressed_while_the_list_is_on_its_way_add_up(desk: Page, demo_server: Server) -> None:
    open_map(desk, demo_server, "/map")
    names = desk.eval_on_selector_all(
        '[data-facet="district"] [data-value]', "(found) => found.map((one) => one.dataset.value)"
    )
    lists = Way(desk, CALLBACK, asks_for("duty-message.children"))
    lists.hold()
    for name, value in (("kind", "service"), ("district", names[0]), ("district", names[1])):
        facet(desk, name, value).click()
    query = parse_qs(urlsplit(desk.url).query)
    assert (query["kind"], set(query["district"][0].split(","))) == (["service"], set(names[:2]))
    facet(desk, "district", names[0]).click()
    lists.release()
    expect(facet(desk, "kind", "service")).to_have_attribute("aria-current", "true")
    facet(desk, "kind", "service").click()
    expect(facet(desk, "kind", "service")).not_to_have_attribute("aria-current", "true")
    assert "kind" not in parse_qs(urlsplit(desk.url).query)


def test_a_list_that_a_busy_database_did_not_give_comes_when_it_can(
    demo_copy: Settings, plain_page: Page
) -> None:
    """The database gives up on what waits for a lock, as it does on what takes too long."""
    owner = connect_engine(demo_copy, "owner")
    with owner.begin() as connection:
        connection.execute(text(f"alter database {owner.url.database} set lock_timeout = '300ms'"))
    with serving(demo_copy) as server:
        server.sign_in(plain_page, "duty")
        open_map(plain_page, server, "/map")
        before = total(plain_page)
        wanted = facet(plain_page, "kind", "service")
        with owner.begin() as lock:
            lock.execute(text("lock table incident in access exclusive mode"))
            with plain_page.expect_response(
                lambda answer: asks_for("duty-message")(answer.request)
            ) as response:
                wanted.click()
            assert response.value.status == 503 and total(plain_page) == before
        expect(plain_page.locator("#duty-total")).not_to_have_attribute("data-n", str(before), timeout=30_000)
        plain_page.goto("about:blank")
    owner.dispose()


def test_a_page_whose_first_answers_are_refused_is_laid_out_nevertheless_with_its_words(
    desk: Page, demo_server: Server
) -> None:
    ways = [
        Way(desk, pattern) for pattern in ("**/_dash-layout", "**/_dash-dependencies", "**/words/*.json")
    ] + [Way(desk, CALLBACK, asks_for("page.children"))]
    for way in ways:
        way.refuse(503)
    desk.goto(demo_server.url + "/map")
    desk.wait_for_timeout(1200)
    for way in ways:
        assert way.seen or way is ways[3]
        way.open()
    desk.wait_for_selector("#duty-total", timeout=9000)
    desk.wait_for_function(
        "() => document.querySelector('#duty-follow')?.textContent && "
        "!document.body.innerText.match(/\\b(duty|map|shell|date)\\.[a-z_]+/)",
        timeout=6000,
    )


def test_a_press_that_is_refused_is_said(desk: Page, demo_server: Server) -> None:
    demo_server.sign_in(desk, "administrator")
    desk.goto(demo_server.url + "/mode")
    button = desk.locator("#page button").first
    button.wait_for()
    Way(desk, CALLBACK, asks_for("mode-state.children")).refuse(403)
    button.click()
    expect(desk.locator("#trouble")).to_have_text("away")


def test_points_of_an_older_filter_are_not_drawn_over_a_newer_list(desk: Page, demo_server: Server) -> None:
    open_map(desk, demo_server, "/map")
    points = Way(desk, POINTS)
    points.hold()
    desk.click("a.duty-window:nth-child(4)")
    expect(desk.locator("a.duty-window:nth-child(4)")).to_have_attribute("aria-current", "true")
    desk.wait_for_timeout(300)
    desk.click("a.duty-window:nth-child(1)")  # what is open comes live, no points are asked for
    expect(desk.locator("a.duty-window:nth-child(1)")).to_have_attribute("aria-current", "true")
    assert points.held
    points.release()
    desk.wait_for_timeout(1000)
    assert desk.evaluate(POINTS_DRAWN) == 0


def test_a_stale_answer_does_not_switch_off_the_density_of_a_newer_filter(
    desk: Page, demo_server: Server
) -> None:
    open_map(desk, demo_server, "/map?window=dates&kind=police")
    older, newer = [
        Way(desk, POINTS, lambda request, kind=kind: f"kind={kind}" in request.url)
        for kind in ("emergency", "offence")
    ]
    older.hold()
    desk.route(
        re.compile(r"points/incidents\.json.*kind=offence"),
        lambda route: route.fulfill(json={"points": None, "limit": 0}),
    )  # as of a city with too many
    for kind in ("emergency", "offence"):
        desk.evaluate(
            """(kind) => { history.pushState({}, '', `/map?window=dates&kind=${kind}`); window.dispatchEvent(new CustomEvent('_dashprivate_pushstate')); }""",  # noqa: E501
            kind,
        )
        desk.wait_for_function(
            "(kind) => document.querySelector(`[data-facet=kind] [data-value=${kind}] "
            "a`).getAttribute('aria-current')",
            arg=kind,
        )
        desk.wait_for_timeout(300)
    assert older.held and newer.seen == 0
    desk.wait_for_function(DENSITY)
    older.release()
    desk.wait_for_timeout(1000)
    assert desk.evaluate(DENSITY)


@pytest.mark.parametrize(
    ("address", "field", "shown", "output", "result"),
    [
        ("/map", "#duty-search", "#duty-found", "duty-found.children", ".duty-result"),
        ("/vote", "#vote-input", "#vote-found", "vote-found.children", ".vote-result"),
        ("/answers", "#answers-field", "#answers-shown", "answers-shown.children", ".answers-list a"),
    ],
)
def test_results_of_an_earlier_text_are_marked_and_cannot_be_taken(
    desk: Page, demo_server: Server, address: str, field: str, shown: str, output: str, result: str
) -> None:
    """While the answer to what is typed is awaited: neither by Enter, nor by an arrow, nor by a click."""
    desk.goto(demo_server.url + address)
    typed, found = desk.locator(field), desk.locator(shown)
    typed.fill("кабанбай" if address != "/answers" else "")
    expect(desk.locator(f"{shown} {result}").first).to_be_visible()
    expect(found).not_to_have_attribute("data-late", "")
    stands, before = desk.url, desk.locator(f"{shown} {result}").count()
    answers = Way(desk, CALLBACK, asks_for(output))
    answers.hold()
    typed.fill("qwrtpsd")
    expect(found).to_have_attribute("data-late", "")
    expect(found).to_have_attribute("aria-busy", "true")
    expect(found).to_have_attribute("data-waiting", "Searching…")
    typed.press("Enter")
    typed.press("ArrowDown")
    first = desk.locator(f"{shown} {result}").first
    assert first.evaluate("(one) => Boolean(one.closest('[inert]'))")
    assert first.evaluate("(one) => { one.focus(); return document.activeElement !== one; }")
    assert urlsplit(desk.url).path == urlsplit(stands).path
    assert not {"incident", "building", "article"} & parse_qs(urlsplit(desk.url).query).keys()
    assert desk.locator(f"{shown} {result}").count() == before
    answers.release()
    expect(found).not_to_have_attribute("data-late", "")
    expect(found).to_have_attribute("aria-busy", "false")
    expect(desk.locator(f"{shown} {result}")).to_have_count(0)


def test_enter_takes_the_result_of_what_is_typed_not_of_what_was(
    desk: Page, demo_server: Server, demo_settings: Settings
) -> None:
    engine = connect_engine(demo_settings, "reader")
    with engine.connect() as connection:
        (one, other) = connection.execute(
            text(
                "select street_ru, min(house), min(id) filter (where house = m) from (select *, "
                "min(house) over (partition by street_ru) as m from building) b"
                " where street_ru is not null and house ~ '^[0-9]+$' group by street_ru order by "
                "count(*) desc limit 2"
            )
        ).all()
    engine.dispose()
    desk.goto(demo_server.url + "/vote")
    field = desk.locator("#vote-input")
    field.wait_for()
    field.fill(f"{one[0]} {one[1]}")
    expect(desk.locator("#vote-found a.vote-result").first).to_be_visible()
    first = desk.locator("#vote-found a.vote-result").first.inner_text()
    found = Way(desk, CALLBACK, asks_for("vote-found.children"))
    answer = Way(desk, CALLBACK, asks_for("vote-answer.children"))
    found.hold()
    field.fill(f"{other[0]} {other[1]}")
    field.press("Enter")
    desk.wait_for_timeout(700)
    assert "building=" not in desk.url
    answer.hold()
    found.release()
    desk.wait_for_url(re.compile("building="))
    assert field.input_value() != first and other[0] in field.input_value()
    expect(desk.locator("#vote-waits")).to_be_visible()
    answer.release()
    expect(desk.locator("#vote-answer h2")).to_contain_text(other[1])
    answer.hold()
    desk.evaluate(
        """(id) => { history.pushState({}, '', `/vote?building=${id}`); window.dispatchEvent(new CustomEvent('_dashprivate_pushstate')); }""",  # noqa: E501
        one[2],
    )
    expect(desk.locator("#vote-answer h2")).to_be_hidden()  # the precinct of another address is not read out
    answer.release()
    expect(desk.locator("#vote-answer h2")).to_be_visible()


def test_symbols_stay_in_place_when_the_window_comes_to_another_screen(
    desk: Page, demo_server: Server
) -> None:
    open_map(desk, demo_server, "/map")
    session = desk.context.new_cdp_session(desk)
    session.send(
        "Emulation.setDeviceMetricsOverride",
        {"width": 1920, "height": 1080, "deviceScaleFactor": 2, "mobile": False},
    )
    desk.evaluate(
        "() => window.ikomek.maps.get('ikomek-map-duty').incidents.redraw()"
    )  # as any change of an incident does
    desk.wait_for_timeout(600)
    right, all_ = desk.evaluate("""() => {
        const { incidents } = window.ikomek.maps.get('ikomek-map-duty'), ratio = devicePixelRatio, seen = [0, 0];
        for (const { canvas } of incidents._sheets) {
            if (canvas.width !== Math.round(parseFloat(canvas.style.width) * ratio)) seen[1] += 1000;
        }
        for (const [id, spot] of incidents._spots) {
            const canvas = (window.ikomek.symbols.level(spot.state) ? incidents._above : incidents._calm).canvas, scale = canvas.width / parseFloat(canvas.style.width);
            const pixels = canvas.getContext('2d').getImageData(Math.round(spot.x * scale) - 1, Math.round(spot.y * scale) - 1, 3, 3).data;
            seen[1] += 1;
            if (pixels.some((value) => value)) seen[0] += 1;
        }
        return seen;
    }""")  # noqa: E501
    assert 0 < all_ and right == all_


def test_the_keyboards_place_outlives_a_reread(desk: Page, demo_server: Server) -> None:
    open_map(desk, demo_server, "/map")
    desk.locator("#duty-rows .duty-row").nth(3).focus()
    incident = desk.evaluate("() => document.activeElement.closest('[data-incident]').dataset.incident")
    for _ in range(2):
        with desk.expect_response(lambda response: asks_for("duty-message.children")(response.request)):
            desk.evaluate("() => window.dash_clientside.set_props('duty-pulse', { data: Date.now() })")
        desk.wait_for_timeout(400)
        assert (
            desk.evaluate("() => document.activeElement.closest('[data-incident]')?.dataset.incident")
            == incident
        )
    facet(desk, "kind", "service").focus()
    desk.keyboard.press("Enter")
    expect(facet(desk, "kind", "service")).to_have_attribute("aria-current", "true")
    desk.wait_for_timeout(200)
    assert desk.evaluate("() => document.activeElement.closest('[data-value]')?.dataset.value") == "service"


def test_the_card_of_a_place_goes_with_its_question(desk: Page, demo_server: Server) -> None:
    open_map(desk, demo_server, "/map")
    card = desk.locator("#duty-location-card")

    def open_spot() -> None:
        desk.evaluate(
            """() => { const map = ikomek.maps.get('ikomek-map-duty');
                if (document.querySelector('#duty-layer-precincts').getAttribute('aria-pressed') !== 'true')
                    document.querySelector('#duty-layer-precincts').click();
                map.map.fire('click', { latlng: map.map.getCenter(), containerPoint: L.point(1, 1) }); }"""
        )
        expect(card).to_be_visible()

    open_spot()
    facet(desk, "kind", "service").click()
    expect(card).to_be_hidden()
    open_spot()
    desk.locator("#duty-search").press_sequentially("a")
    expect(card).to_be_hidden()
    open_spot()
    answers = Way(desk, CALLBACK, asks_for("duty-location-card.children"))
    answers.hold()
    desk.evaluate(
        """() => { const { map } = ikomek.maps.get('ikomek-map-duty');
            map.fire('click', { latlng: map.getCenter(), containerPoint: L.point(1, 1) }); }"""
    )
    expect(card).to_be_hidden()  # the answer to another question
    answers.release()
    expect(card).to_be_visible()


def test_ground_labels_and_symbols_are_as_sharp_as_the_screen_that_the_window_comes_to(
    desk: Page, demo_server: Server
) -> None:
    open_map(desk, demo_server, "/map")
    desk.wait_for_function(SHARP)
    session = desk.context.new_cdp_session(desk)
    for ratio in (2, 1):
        session.send(
            "Emulation.setDeviceMetricsOverride",
            {"width": 1920, "height": 1080, "deviceScaleFactor": ratio, "mobile": False},
        )
        desk.wait_for_function(f"() => devicePixelRatio === {ratio} && ({SHARP})()")


def test_a_map_that_comes_to_a_large_screen_and_back_is_as_it_was(desk: Page, demo_server: Server) -> None:
    open_map(desk, demo_server, "/map")
    desk.evaluate("""() => {
        const handle = ikomek.maps.get('ikomek-map-duty');
        window.laterMaps = 0;
        document.addEventListener('ikomek:map', () => { window.laterMaps += 1; });
        handle.setLayer('density', true);
    }""")
    facts = """() => {
        const { map, scale, density } = ikomek.maps.get('ikomek-map-duty'), { lat, lng } = map.getCenter();
        return [map.getZoom(), lat, lng, scale, Object.keys(map._layers).length, Boolean(density._map),
            map._events.click.length, window.laterMaps];
    }"""
    before = desk.evaluate(facts)
    for _ in range(2):
        desk.set_viewport_size({"width": 3840, "height": 2160})
        desk.wait_for_function(f"() => ikomek.maps.get('ikomek-map-duty').scale > {before[3]}")
        large = desk.evaluate(facts)
        assert large[0] == before[0] + 1
        desk.set_viewport_size({"width": 1920, "height": 1080})
        desk.wait_for_function(f"() => ikomek.maps.get('ikomek-map-duty').scale === {before[3]}")
    after = desk.evaluate(facts)
    assert after[1:3] == pytest.approx(before[1:3], abs=1e-4)
    assert [after[0], *after[3:]] == [before[0], *before[3:]]
