"""The filters of the desk: a tree of categories with a search, every value, saved views; what the map looks
at stands in the address, stays in another language, and in light; times that say what they are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from dashboard.pages.map.address import MapAddress
from geo.errors import InvalidInput
from tests.support.wall_room import Room, room  # noqa: F401 - `room` is a fixture

MAP = "ikomek.maps.get('ikomek-map-duty')"
READY = f"() => window.ikomek?.live?.loaded && ikomek.maps && {MAP}"
CATEGORIES = """insert into category (id, key, parent_id, kind, name_kk, name_ru, name_en) values
    (1, 'houses', null, 'service', 'Үйлер', 'ЖКХ и дома', 'Houses'),
    (2, 'houses.heat', 1, 'service', 'Жылу жоқ', 'Нет отопления', 'No heating'),
    (3, 'houses.lift', 1, 'service', 'Лифт', 'Не работает лифт', 'Lift out of order'),
    (4, 'snow', null, 'service', 'Қар', 'Снег', 'Snow'),
    (5, 'snow.yard', 4, 'service', 'Ауладағы қар', 'Не убран снег', 'Snow in the yard')"""


def open_desk(room: Room, page: Page, address: str = "/map") -> None:
    room.write(CATEGORIES)
    for n, category in enumerate((2, 2, 2, 3, 3)):
        room.incident(n, kind="service", lon=71.40 + n * 0.02, title=f"Обращение {n}")
        room.write("update incident set category_id = :c where source_id = :n", c=category, n=str(n))
    room.server.sign_in(page, "duty")
    page.goto(room.server.url + address)
    page.wait_for_function(READY)


def total(page: Page, n: int) -> None:
    expect(page.locator("#duty-total")).to_have_attribute("data-n", str(n))


def test_a_group_is_opened_taken_in_and_left_alone_and_the_search_folds_letters(
    room: Room, browser_page: Page
) -> None:
    page = browser_page
    open_desk(room, page)
    tree = page.locator(".duty-tree")
    houses, snow = tree.locator('[data-branch="1"]'), tree.locator('[data-branch="4"]')
    expect(houses.locator(".duty-only .duty-n")).to_have_text("5")
    expect(snow.locator(".duty-only .duty-n")).to_have_text("0")
    expect(houses.locator(".duty-leaf").first).to_be_hidden()
    houses.locator(".duty-twist").click()
    expect(houses.locator(".duty-leaf")).to_have_count(2)
    houses.locator('[data-value="3"] a').click()
    total(page, 2)
    expect(houses.locator(".duty-box")).to_have_attribute("aria-checked", "mixed")
    houses.locator(".duty-box").click()
    total(page, 5)
    expect(houses.locator(".duty-box")).to_have_attribute("aria-checked", "true")
    snow.locator(".duty-only").click()
    total(page, 0)
    page.locator(".duty-reset").click()
    total(page, 5)
    page.keyboard.press("k")
    field = page.locator("#duty-category-search")
    expect(field).to_be_focused()
    page.keyboard.type("HEAT")
    expect(houses.locator('[data-value="2"]')).to_be_visible()
    expect(houses.locator('[data-value="3"]')).to_be_hidden()
    expect(snow).to_be_hidden()
    page.keyboard.press("Enter")
    total(page, 3)
    assert "category=2" in page.url
    field.fill("zzz")
    expect(page.locator(".duty-tree-none")).to_be_visible()


def test_each_value_can_be_chosen_though_there_is_none_of_it(room: Room, browser_page: Page) -> None:
    page = browser_page
    open_desk(room, page)
    for facet, values in (("kind", 4), ("priority", 3), ("status", 3)):
        expect(page.locator(f'[data-facet="{facet}"] li')).to_have_count(values)
    page.locator('[data-facet="priority"] [data-value="2"] a').click()
    total(page, 0)
    expect(page.locator('[data-facet="priority"] [data-value="2"] a')).to_have_attribute(
        "aria-current", "true"
    )


@pytest.fixture
def other_page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


def test_a_view_is_saved_for_oneself_and_for_the_post_and_brought_up_to_date(
    room: Room, browser_page: Page, other_page: Page
) -> None:
    page = browser_page
    open_desk(room, page, "/map?category=3")
    page.keyboard.press("Shift+S")
    page.locator("#duty-view-name").fill("Лифты")
    page.keyboard.press("Enter")
    views = page.locator("#duty-views .duty-view")
    expect(views).to_have_count(1)
    expect(views.first).to_contain_text("Лифты")
    expect(views.first.locator(".duty-n")).to_have_text("2")
    expect(views.first.locator("a")).to_have_attribute("aria-current", "true")
    page.locator('[data-facet="priority"] [data-value="0"] a').click()
    expect(views.first.locator("a")).to_contain_text("•")
    views.first.get_by_role("button", name="Update").click()
    expect(views.first.locator("a")).to_have_attribute("aria-current", "true")
    assert room.write("select query from saved_view") == ["category=3&priority=0"]
    page.locator("#duty-views").get_by_role("button", name="Save").click()
    page.locator("#duty-view-name").fill("Общий")
    page.get_by_role("button", name="For the post").click()
    expect(views).to_have_count(2)
    room.server.sign_in(other_page, "administrator")
    other_page.goto(f"{room.server.url}/map")
    theirs = other_page.locator("#duty-views .duty-view")
    expect(theirs).to_have_count(1)
    theirs.locator("a").click()
    other_page.wait_for_url("**category=3&priority=0*")
    views.first.get_by_role("button", name="Remove the view").click()
    expect(views).to_have_count(1)


def test_what_the_map_looks_at_stands_in_the_address_and_stays_in_another_language(
    room: Room, browser_page: Page
) -> None:
    page = browser_page
    open_desk(room, page)
    assert "at=" not in page.url, "nobody has moved it"
    page.evaluate(f"() => {MAP}.map.setView([51.15, 71.46], 14, {{ animate: false }})")
    page.wait_for_url("**at=71.46*")
    page.locator("#duty-layer-buildings").click()
    page.wait_for_url("**layers=incidents,districts,buildings*")
    page.locator('[data-facet="priority"] [data-value="0"] a').click()
    page.wait_for_url("**priority=0*")
    assert "at=71.46" in page.url and "layers=" in page.url, "another question leaves the map as it is"
    page.locator("#shell-language-ru").click()
    page.wait_for_function("() => document.documentElement.lang === 'ru'")
    page.wait_for_function(READY)
    page.wait_for_function(f"() => {MAP}.map.getZoom() === 14")
    centre = page.evaluate(f"() => {MAP}.map.getCenter()")
    assert (round(centre["lng"], 3), round(centre["lat"], 3)) == (71.46, 51.15)
    expect(page.locator("#duty-layer-buildings")).to_have_attribute("aria-pressed", "true")
    assert "priority=0" in page.url


def test_the_desk_is_light_for_whoever_wants_it(room: Room, browser_page: Page) -> None:
    page = browser_page
    open_desk(room, page)
    page.locator("#shell-theme").click()
    colour = "() => getComputedStyle(document.body).backgroundColor"
    page.wait_for_function("() => document.documentElement.dataset.theme === 'light'")
    page.reload()
    assert page.evaluate("() => document.documentElement.dataset.theme") == "light"
    light = page.evaluate(colour)
    page.locator("#shell-theme").click()
    page.wait_for_function("(light) => getComputedStyle(document.body).backgroundColor !== light", arg=light)


def test_times_say_what_they_are_and_old_rows_their_day(room: Room, browser_page: Page) -> None:
    page = browser_page
    for number, age, due in ((1, 60, 123), (2, 300, -98), (3, 5000, None)):
        room.incident(
            number,
            kind="service",
            age=timedelta(minutes=age),
            due=None if due is None else timedelta(minutes=due),
        )
    room.server.sign_in(page, "duty")
    page.goto(f"{room.server.url}/map?sort=urgent")
    page.wait_for_function(READY)

    def texts(name: str) -> list[str]:
        shown = page.locator(f"#duty-rows .{name}").all_inner_texts()
        return [text.replace("\u00a0", " ") for text in shown]

    page.wait_for_function("() => document.querySelector('#duty-rows .duty-opened')?.textContent")
    late, left, none = texts("duty-time")
    assert late.startswith("late by 1 h 38") and left.startswith("2 h ") and left.endswith("left")
    assert none.startswith("open for 3 d")
    opened = texts("duty-opened")
    assert all(text.startswith("opened ") for text in opened)
    assert "." in opened[2] and ":" in opened[2], "older than a day: with its date"


@pytest.mark.parametrize(
    ("query", "refusal", "shown"),
    [
        (
            {"window": "dates", "from": "1900-01-01", "moment": "2026-03-10T10:00"},
            InvalidInput("moment.many", most=9, since="2026-03-01"),
            {"window": "dates", "from": "2026-03-01", "moment": "2026-03-10T10:00"},
        ),
        (
            {"window": "dates", "moment": "2026-03-10T10:00"},
            InvalidInput("moment.window"),
            {"moment": "2026-03-10T10:00"},
        ),
        (
            {"window": "7d", "moment": "2199-03-10T10:00"},
            InvalidInput("moment.future", at="2199-03-10 10:00"),
            {"window": "7d"},
        ),
        ({"overdue": "yes"}, InvalidInput("list.sort", value="up"), {"overdue": "yes"}),
    ],
)
def test_what_is_shown_in_place_of_a_refused_question_is_all_else_of_it(
    query: dict[str, str], refusal: InvalidInput, shown: dict[str, str]
) -> None:
    rest = {"kind": "police", "priority": "1,2"}
    address = MapAddress.read(rest | query | {"incident": "7"})
    instead = address.instead(refusal)
    assert instead.filter_query() == rest | shown and instead.incident == 7


def test_counts_say_their_moment_while_a_card_covers_the_list(room: Room, browser_page: Page) -> None:
    page = browser_page
    page.set_viewport_size({"width": 1920, "height": 1080})
    first = room.incident(0)
    room.server.sign_in(page, "duty")
    page.goto(f"{room.server.url}/map")
    page.wait_for_function(READY)
    page.locator(f'#duty-rows li[data-incident="{first}"] a').click()
    expect(page.locator("#duty-card h2")).to_be_visible()
    counts, critical = (
        page.locator("#duty-counts-at"),
        page.locator('[data-facet="priority"] [data-value="2"]'),
    )
    expect(counts).to_contain_text("Counts as of")
    expect(counts.locator("button")).to_be_hidden()
    room.incident(1, priority=2)
    expect(counts.locator("button")).to_have_text("1 new")
    expect(critical.locator(".duty-n")).to_have_attribute("data-n", "0")
    counts.locator("button").click()
    expect(critical.locator(".duty-n")).to_have_attribute("data-n", "1")
    expect(counts.locator("button")).to_be_hidden()
