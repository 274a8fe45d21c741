"""A wall that does not know says so: a refused or hanging answer never looks like a calm city."""

from __future__ import annotations

from playwright.sync_api import Page

from dashboard.words import LANGUAGES
from tests.assets.strain import CALLBACK, Way, asks_for, plain_page  # noqa: F401 - a fixture
from tests.support.wall_room import WALL, Room, drawn, room  # noqa: F401 - a fixture

LATE_MS = 8000


def letters(page: Page, selector: str) -> tuple[float, float]:
    """The height of an element's letters and that of the wall's smallest, CSS pixels."""
    return tuple(
        page.evaluate(
            "(selector) => [selector, '#wall'].map((one) => "
            "parseFloat(getComputedStyle(document.querySelector(one)).fontSize))",
            selector,
        )
    )


def test_a_snapshot_that_hangs_is_said_in_its_place_and_asked_for_again(room: Room, plain_page: Page) -> None:
    for number in range(3):
        room.incident(number, priority=1)
    snapshot = Way(plain_page, "**/layers/incidents.geojson*")
    snapshot.hold()
    room.server.sign_in(plain_page)
    plain_page.goto(room.server.url + WALL + "?seat_m=4&screen_m=1.2")
    plain_page.wait_for_selector("#wall")
    plain_page.wait_for_function(
        "() => document.querySelector('.wall-attention')?.textContent === 'Неизвестно: "
        "происшествия не получены'",
        timeout=LATE_MS,
    )
    plain_page.wait_for_function(
        "() => document.querySelector('.wall-map "
        ".map-unknown')?.textContent.startsWith('Происшествия не получены')",
        timeout=2000,
    )
    own, smallest = letters(plain_page, ".map-unknown")
    assert own >= smallest
    snapshot.refuse(503)
    plain_page.wait_for_function(
        "() => document.querySelector('[data-figure=open] .wall-figure-value, "
        "[data-figure=overdue] .wall-figure-value')"
    )
    assert drawn(plain_page) == 0
    seen = snapshot.seen
    snapshot.open()
    plain_page.wait_for_function(
        "() => document.querySelector('canvas.ikomek-incidents').dataset.drawn === '3'", timeout=16_000
    )
    plain_page.wait_for_function(
        "() => !document.querySelector('.map-unknown') && "
        "document.querySelectorAll('.wall-attention [data-id]').length === 3",
        timeout=4000,
    )
    assert snapshot.seen > seen


def test_figures_that_do_not_come_are_said_to_be_missing_and_slow_ones_come(
    room: Room, plain_page: Page
) -> None:
    way = Way(plain_page, CALLBACK, asks_for("wall-picture.data"))
    way.hold()
    room.server.sign_in(plain_page)
    plain_page.goto(room.server.url + WALL)
    plain_page.wait_for_selector("#wall")
    plain_page.wait_for_function(
        "() => document.querySelector('[data-kind=figures] .wall-panel-failed')?.textContent === "
        "'данные не получены'",
        timeout=LATE_MS,
    )
    plain_page.wait_for_timeout(1000 * float(plain_page.get_attribute("#wall", "data-refresh")))
    way.release()  # slower than the interval: a newer question must not have taken its place
    plain_page.wait_for_function(
        "() => document.querySelector('[data-figure=overdue] .wall-figure-value')?.textContent === '0'",
        timeout=1500,
    )
    assert way.seen == 1


def test_a_wall_whose_catalogue_is_refused_speaks_each_language_and_its_bars_are_whole(
    room: Room, plain_page: Page
) -> None:
    words = Way(plain_page, "**/words/*.json*")
    words.refuse(503)
    room.server.sign_in(plain_page)
    for lang in LANGUAGES:
        plain_page.goto(f"{room.server.url}{WALL}?lang={lang}")
        plain_page.wait_for_function(
            "(lang) => window.ikomek?.wall?.state.spoken && ikomek.language === lang && "
            "ikomek.wall.isArranged()",
            arg=lang,
        )
        cut = plain_page.evaluate(
            """() => [...document.querySelectorAll('.wall-header, .wall-header *, .wall-footer, .wall-footer *')].filter((one) =>
                one.checkVisibility() && one.scrollWidth > one.clientWidth + 1 &&
                getComputedStyle(one).display !== 'inline').map((one) => one.outerHTML)"""  # noqa: E501
        )
        text = plain_page.inner_text("#wall")
        assert cut == [] and "wall." not in text and "map." not in text
    assert words.seen == 0


def test_the_watchdog_is_not_told_that_a_wall_lives_on_which_nothing_was_drawn(
    room: Room, plain_page: Page
) -> None:
    """For a minute that is a scene being built, from then on one that hangs."""
    plain_page.add_init_script("""window.painted = 0; const say = Worker.prototype.postMessage;
        Worker.prototype.postMessage = function (message) { if (message.painted) window.painted += 1; return say.call(this, message); }""")  # noqa: E501
    room.server.sign_in(plain_page)
    plain_page.goto(room.server.url + WALL)
    plain_page.wait_for_function("() => window.painted > 1 && ikomek.wall.state.drawn")
    plain_page.evaluate("""() => { Object.assign(ikomek.wall.state, { spoken: false, drawn: 0,
        begun: ikomek.wall.state.begun - 60000 }); window.painted = 0; }""")
    plain_page.wait_for_timeout(2500)
    assert plain_page.evaluate("() => window.painted") == 0
    plain_page.evaluate("() => { ikomek.wall.state.spoken = true; }")
    plain_page.wait_for_function("() => window.painted > 0", timeout=5000)
