"""Walls at their true distance: a sample of all seats, screens, sizes, languages and scenes, with and
without a critical incident. All of them: `./ikomek bench wall`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import text

from dashboard.wall.scenes import FOLDER, check_scene, find_scene, shipped
from dashboard.words import LANGUAGES, error_words
from geo.city import modes
from geo.database import connect_engine
from geo.settings import Settings
from tests.support.wall_arrivals import arrive, hold
from tests.support.wall_boxes import (
    FAULTS,
    SCREENS_M,
    SEATS_M,
    SIZES,
    Case,
    every_case,
    faults,
    open_language,
    sample,
)
from tests.support.wall_city import CALM, LONG, PRESSING
from tests.support.web import Server

SAMPLE = sample()


@pytest.fixture(scope="module")
def screen(browser: Browser, shared_server: Server, shared_settings: Settings) -> Iterator[Page]:
    """One signed-in page; what complains in its console fails the module."""
    engine = connect_engine(shared_settings, "owner")
    with engine.begin() as connection:
        connection.execute(text(CALM))
        connection.execute(text(PRESSING.format(title=LONG)))
    engine.dispose()
    context = browser.new_context(viewport={"width": 1920, "height": 1080})
    complaints: list[str] = []
    context.on(
        "console", lambda message: complaints.append(message.text) if message.type == "error" else None
    )
    context.on("weberror", lambda error: complaints.append(f"uncaught: {error.error.stack or error.error}"))
    page = context.new_page()
    shared_server.sign_in(page)
    yield page
    context.close()
    assert not complaints, "\n".join(complaints)


def test_the_sample_holds_every_scene_seat_screen_size_and_language_calm_and_critical() -> None:
    for name, values in (
        ("scene", shipped()),
        ("lang", LANGUAGES),
        ("seat_m", SEATS_M),
        ("screen_m", SCREENS_M),
        ("size", SIZES),
        ("critical", (False, True)),
    ):
        assert {getattr(case, name) for case in SAMPLE} == set(values), name
    assert {(case.scene, case.seat_m) for case in SAMPLE} == set(product(shipped(), SEATS_M))
    assert all(
        {case.critical for case in SAMPLE if case.scene == scene} == {False, True} for scene in shipped()
    )
    assert all({case.scene for case in SAMPLE if case.lang == lang} == set(shipped()) for lang in LANGUAGES)
    assert len(SAMPLE) == 40 and len(list(every_case())) == 960


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_text_overlaps_is_cut_or_is_lost_at_any_seat(
    screen: Page, shared_server: Server, lang: str
) -> None:
    open_language(screen, shared_server.url, lang)
    found = {str(case): wrong for case in SAMPLE if case.lang == lang and (wrong := faults(screen, case))}
    assert found == {}


BANNERS = """() => [...document.querySelectorAll('.shell-banner, .wall-mode')].filter((one) => one.checkVisibility() &&
    one.textContent).map((one) => [one.className, parseFloat(getComputedStyle(one).fontSize)])"""  # noqa: E501


@pytest.mark.parametrize(
    ("case", "element"),
    [
        (Case("ru", "operations", "4K", 2.0, 1.2, False), "shell-banner"),
        (Case("kk", "day109", "1080p", 4.0, 0.685, True), "wall-mode"),
        (Case("ru", "operations", "1080p", 8.0, 0.685, True), "wall-mode"),
    ],
    ids=str,
)
def test_a_banner_is_said_once_in_letters_of_the_farthest_seat_and_takes_no_more_of_the_height(
    screen: Page, shared_server: Server, shared_settings: Settings, case: Case, element: str
) -> None:
    engine = connect_engine(shared_settings, "web")
    modes.set_mode(engine, shared_settings.city.region, "drill", "test")
    try:
        open_language(screen, shared_server.url, case.lang)
        screen.wait_for_selector("[data-banner=drill]", state="attached", timeout=30_000)
        assert faults(screen, case) == []
        [(shown, font_px)] = screen.evaluate(BANNERS)
        assert shown == element and font_px >= case.letter_share * SIZES[case.size][1] - 0.5
    finally:
        modes.set_mode(engine, shared_settings.city.region, "normal", "test")
        engine.dispose()


OLD = """() => { for (const panel of ikomek.wall.state.panels)
    panel.readAt = ikomek.live.serverNow() / 1000 - 600; }"""
BOXES = """() => [...document.querySelectorAll('.wall-figure, .wall-brief')].filter((one) => one.checkVisibility())
    .map((one) => [one.classList.contains('old'), one.innerText])"""  # noqa: E501


@pytest.mark.parametrize(
    "case",
    [
        Case(lang, "operations", "1080p", seat_m, 0.685, critical)
        for lang, seat_m, critical in (("ru", 4.0, False), ("kk", 4.0, True), ("ru", 8.0, False))
    ],
    ids=str,
)
def test_figures_that_are_old_stay_say_their_time_and_fit(
    screen: Page, shared_server: Server, case: Case
) -> None:
    open_language(screen, shared_server.url, case.lang)
    hold(screen, case)
    assert faults(screen, case) == []
    fresh = screen.evaluate(BOXES)
    assert fresh and not [label for old, label in fresh if old]
    screen.evaluate(OLD)
    assert faults(screen, case) == []
    boxes = screen.evaluate(BOXES)
    assert all(old and ":" in label for old, label in boxes), boxes
    if case.seat_m < 8:
        assert len(boxes) >= min(len(fresh), 2), boxes
    else:  # in the strip each has its name beside its time: rather fewer than a number without a name
        assert boxes and {label.split("\n")[0] for _, label in boxes} <= {
            label.split("\n")[0] for _, label in fresh
        }, boxes


NAMES = """() => [...document.querySelectorAll('.wall-figure')].filter((one) => one.checkVisibility())
    .map((one) => [one.dataset.figure, [...one.querySelectorAll('.wall-figure-name')]
        .find((name) => name.checkVisibility()).innerText])"""


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_share_stands_beside_what_it_is_judged_by_at_4_m(
    screen: Page, shared_server: Server, lang: str
) -> None:
    """Where there is no room for the note, after its name, if that line has room for it."""
    open_language(screen, shared_server.url, lang)
    case = Case(lang, "operations", "1080p", 4.0, 0.685, False)
    hold(screen, case)
    assert faults(screen, case) == []
    names = dict(screen.evaluate(NAMES))
    assert "82" in names["one_take"] and "≥" in names["one_take"], names
    assert not any(sign in names["inquiries"] for sign in "≥≤"), names


HEIGHTS = """() => ['.wall-header', '.wall-body', '#wall-card'].map((name) => document.querySelector('#wall ' + name))
    .map((one) => [one.offsetHeight, parseFloat(getComputedStyle(one).fontSize)])"""  # noqa: E501


@pytest.mark.parametrize("scene", ["kpi", "rating"])
def test_a_critical_card_fills_the_place_of_a_scene_that_has_no_room_beside_it(
    screen: Page, shared_server: Server, scene: str
) -> None:
    """And gives it back."""
    open_language(screen, shared_server.url, "ru")
    alone = Case("ru", scene, "1080p", 10.0, 0.685, True)
    assert faults(screen, alone) == []
    (header_px, _), (body_px, _), (card_px, letter_px) = screen.evaluate(HEIGHTS)
    assert body_px == 0 and header_px + card_px == SIZES["1080p"][1]
    assert letter_px >= alone.letter_share * SIZES["1080p"][1] - 0.5
    for case in (replace(alone, seat_m=4.0), replace(alone, critical=False)):
        assert faults(screen, case) == []
        (_, _), (body_px, _), (card_px, _) = screen.evaluate(HEIGHTS)
        assert body_px > card_px, case


ORDERS = [
    [("width", "701px"), ("height", "433px"), ("frame", None)],
    [("width", "701px"), ("height", "433px")],
    [("letters", "0.03700"), ("frame", None), ("width", "1103px"), ("some", 3)],
    [("height", "333px"), ("none", None), ("letters", "0.11000")],
]
"""Sizes that were there for a frame, and such as no frame has seen."""


@pytest.mark.parametrize(
    "case",
    [
        Case("ru", "operations", "1080p", 6.0, 0.685, False),
        Case("kk", "districts", "1080p", 4.0, 0.685, True),
    ],
    ids=str,
)
def test_a_layout_is_that_of_what_is_there_to_the_pixel_whatever_was_there_before(
    screen: Page, shared_server: Server, case: Case
) -> None:
    """Many orders of it: `./ikomek bench wall --orders`."""
    open_language(screen, shared_server.url, case.lang)
    hold(screen, case)
    layout = arrive(screen, case, [])
    for before in ORDERS:
        assert sorted({*layout} ^ {*arrive(screen, case, before)}) == [], before


STILL = "() => { ikomek.wall.arrange = () => {}; }"


def test_the_measure_of_legibility_finds_what_is_wrong(screen: Page, shared_server: Server) -> None:
    """A letter that grows, a name over a value, a row out of its box, a card over its symbol: in a layout
    that is not made anew, or what is wrong would be made good by it now and then."""
    open_language(screen, shared_server.url, "ru")
    case = Case("ru", "operations", "1080p", 4.0, 0.685, True)
    hold(screen, case)
    assert faults(screen, case) == []
    screen.evaluate(STILL)
    letter_px = case.letter_share * SIZES[case.size][1]
    for rule, reason in (
        (".wall-clock { font-size: 40px !important }", "small"),
        (".wall-figure-value { position: absolute; top: 0; left: 0 }", "overlap"),
        (".wall-attention { height: 0.5em; overflow: hidden }", "cut by wall-attention"),
        (".wall-header { height: 4em !important }", "header and footer take"),
        (".wall-card { position: absolute; inset: 0; z-index: 9 }", "covered: the symbol on the map"),
        (".wall-clock { visibility: hidden }", "lost: the clock"),
    ):
        style = screen.add_style_tag(content=rule)
        found = screen.evaluate(FAULTS, letter_px)
        assert any(reason in one for one in found), (rule, found)
        style.evaluate("(element) => element.remove()")
    screen.wait_for_function(f"(px) => ({FAULTS})(px).length === 0", arg=letter_px)


def test_beyond_the_farthest_seat_the_page_and_the_check_refuse_in_words(
    screen: Page, shared_server: Server, tmp_path: Path
) -> None:
    assert find_scene("operations").seen_from(10, 0.685).farthest_m == 10.0
    screen.goto(f"{shared_server.url}/wall/operations?seat_m=11&screen_m=0.685")
    screen.wait_for_selector(".shell-refusal >> text=10")
    letter_px = screen.evaluate(
        "() => parseFloat(getComputedStyle(document.querySelector('.shell-refusal')).fontSize)"
    )
    assert letter_px >= 0.1 * screen.viewport_size["height"], "readable from that seat, as far as it fits"
    far = tmp_path / "operations.toml"
    far.write_text(
        (FOLDER / "operations.toml")
        .read_text(encoding="utf-8")
        .replace("farthest_seat_m = 4.4", "farthest_seat_m = 31"),
        encoding="utf-8",
    )
    scene, [mistake] = check_scene(far)
    assert scene is None and (mistake.code, mistake.parameters["key"]) == ("scene.too_far", "farthest_seat_m")
    assert all(
        "30.3" in error_words(mistake, lang) and "{" not in error_words(mistake, lang) for lang in LANGUAGES
    )
