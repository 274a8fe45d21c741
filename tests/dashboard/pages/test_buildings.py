"""The pages of the addresses, /buildings and /vote, and the passports, on a copy of the tiny city that has
a draft beside the plan in force."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import text

from dashboard.machine import cluster as machine
from dashboard.pages.buildings.address import BuildingsAddress
from geo.database import Engine, connect_engine
from geo.plans.lifecycle import draft_from
from geo.plans.model import plan_in_force
from geo.settings import Settings
from tests.assets.map.test_layers import wait_for
from tests.assets.strain import CALLBACK, Way, asks_for
from tests.conftest import DEMO, _administer, clone, settings_for
from tests.support.connected import engine_as
from tests.support.web import Server, serving

SEEN = "() => ikomek.isSeen('buildings-desk')"


@pytest.fixture(scope="module")
def city(
    demo_settings: Settings, cluster: machine.Cluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Settings]:
    clone(cluster, DEMO, "tags")
    settings = settings_for(cluster, "tags", tmp_path_factory.mktemp("tags"))
    engine = connect_engine(settings, "owner")
    with engine.begin() as connection:
        draft_from(connection, settings.city, plan_in_force(connection, settings.city), "2027", "aizhan")
        connection.execute(
            text(
                "update building set voters = 1000 where id = (select min(id) from building where "
                "tag_quality = 'untagged')"
            )
        )
    engine.dispose()
    yield settings
    _administer(cluster, 'drop database "tags" with (force)')


@pytest.fixture(scope="module")
def tags_server(city: Settings) -> Iterator[Server]:
    with serving(city) as server:
        yield server


owner = engine_as("owner", of="city")


@pytest.fixture
def page(tags_server: Server, browser_page: Page) -> Page:
    tags_server.sign_in(browser_page, "electoral_editor")
    browser_page.goto(tags_server.url + "/buildings")
    browser_page.click(".shell-language[lang=en]")
    expect(browser_page.locator(".buildings h1")).to_have_text("Geo-tags")
    browser_page.wait_for_selector(".buildings-pin-candidate")
    browser_page.wait_for_function(SEEN)
    return browser_page


def building(owner: Engine, id_: int) -> tuple:
    with owner.connect() as connection:
        return tuple(
            connection.execute(
                text("select tag_quality, tagged_by, point_4326 is not null from building where id = :id"),
                {"id": id_},
            ).one()
        )


def on_desk(page: Page) -> int:
    return int(page.locator(".buildings-on").get_attribute("data-building"))


def test_one_key_a_decision_and_one_to_take_it_back(page: Page, owner: Engine) -> None:
    first, waiting = on_desk(page), int(page.locator(".buildings-reason-on b").inner_text())
    assert building(owner, first) == ("untagged", None, False)
    expect(page.locator(".buildings-candidate")).to_have_count(
        page.locator(".buildings-pin-candidate").count()
    )
    page.keyboard.press("1")
    expect(page.locator("#buildings-message")).to_contain_text("The geo-tag is set. In the plan")
    expect(page.locator("#buildings-message")).to_contain_text(
        "In the plan “2027” the building is now in precinct No."
    )
    expect(page.locator(".buildings-reason-on b")).to_have_text(str(waiting - 1))
    assert building(owner, first)[1:] == ("electoral_editor", True) and on_desk(page) != first
    page.keyboard.press("u")
    expect(page.locator("#buildings-message")).to_contain_text("The decision was undone.")
    expect(page.locator(".buildings-history li")).to_have_count(2)
    assert building(owner, first) == ("untagged", None, False) and on_desk(page) == first


def test_a_click_places_and_enter_confirms(page: Page, owner: Engine) -> None:
    first = on_desk(page)
    page.keyboard.press("s")
    expect(page.locator(f'.buildings-on[data-building="{first}"]')).to_have_count(0)
    second = on_desk(page)
    page.wait_for_selector(".buildings-pin-candidate")
    page.wait_for_function(SEEN)
    page.mouse.click(900, 500)
    page.wait_for_selector(".buildings-pin-click")
    page.keyboard.press("Enter")
    expect(page.locator("#buildings-message")).to_contain_text("The geo-tag is set.")
    assert building(owner, second) == ("hand", "electoral_editor", True)
    page.click(".buildings-reason >> text=Placed by address only")
    expect(page.locator(".buildings-reason-on")).to_contain_text("Placed by address only")
    expect(page.locator("a:focus")).to_have_count(0)
    page.wait_for_selector(".buildings-pin-tag")
    third = on_desk(page)
    page.wait_for_function(SEEN)
    page.keyboard.press("Enter")
    expect(page.locator("#buildings-message")).to_contain_text("The geo-tag is confirmed.")
    assert building(owner, third) == ("geocoded", "electoral_editor", True)


def test_an_address_that_nobody_knows_is_made_and_votes(
    page: Page, tags_server: Server, owner: Engine
) -> None:
    page.click("text=New address")
    expect(page.locator("#buildings-message")).to_contain_text("Click the map")
    page.mouse.click(900, 500)
    page.fill("#new-address input[name=street_ru]", "улица Новая")
    page.fill("#new-address input[name=house]", "17/2")
    page.click("#new-address button[type=submit]")
    expect(page.locator("#buildings-message")).to_contain_text("The address is created.", timeout=20_000)
    with owner.connect() as connection:
        made = connection.execute(
            text("""select b.id, b.source, b.tagged_by, st_x(b.point_4326) as lon, st_y(b.point_4326) as lat,
                count(a.plan_id) as plans
            from building b join assignment a on a.building_id = b.id where b.house = '17/2' group by 1, 2, 3,
                4, 5""")
        ).one()
    assert (
        tuple(made[1:3]) == ("hand", "electoral_editor")
        and made.plans == 2
        and f"building={made.id}" in page.url
    )
    expect(page.locator("#buildings-desk")).to_contain_text("улица Новая, 17/2", timeout=20_000)
    with tags_server.client("electoral_editor") as editor, tags_server.client("operator") as operator:
        body = {"street_ru": "ул. Новая", "house": "д. 17/2", "point": [made.lon, made.lat]}
        assert (
            editor.post("/api/v1/buildings", json=body).status_code == 409
            and operator.post("/api/v1/buildings", json=body).status_code == 403
        )
        assert editor.post("/api/v1/buildings", json=body | {"point": [0, 0]}).status_code == 400


def test_a_second_enter_makes_no_second_address(page: Page, owner: Engine) -> None:
    page.click("text=New address")
    expect(page.locator("#buildings-message")).to_contain_text("Click the map")
    page.mouse.click(880, 520)
    page.fill("#new-address input[name=street_ru]", "улица Двойная")
    page.fill("#new-address input[name=house]", "5")
    way = Way(page, "**/api/v1/buildings")
    way.hold()
    page.keyboard.press("Enter")
    expect(page.locator("#new-address button[type=submit]")).to_be_disabled()
    page.keyboard.press("Enter")
    page.locator("#new-address form").evaluate(
        "(form) => form.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }))"
    )
    way.release()
    expect(page.locator("#buildings-message")).to_contain_text("The address is created.", timeout=20_000)
    expect(page.locator("#new-address")).to_have_count(0)
    assert way.seen == 1
    with owner.connect() as connection:
        assert connection.scalar(text("select count(*) from building where street_ru = 'улица Двойная'")) == 1


def test_a_second_press_decides_nothing_while_the_first_or_the_next_address_is_on_its_way(
    page: Page, owner: Engine
) -> None:
    first = on_desk(page)
    decisions, desk = Way(page, "**/decisions"), Way(page, CALLBACK, asks_for("buildings-head.children"))
    decisions.hold()
    desk.hold()
    page.keyboard.press("1")
    page.keyboard.press("1")
    wait_for(page, lambda: decisions.held)
    decisions.release()
    expect(page.locator("#buildings-message")).to_contain_text("The geo-tag is set.")
    wait_for(page, lambda: desk.held)
    assert on_desk(page) == first, "the next address is on its way"
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    desk.release()
    expect(page.locator(f'.buildings-on[data-building="{first}"]')).to_have_count(0)
    assert decisions.seen == 1
    assert building(owner, on_desk(page))[1] is None
    page.keyboard.press("u")
    expect(page.locator("#buildings-message")).to_contain_text("The decision was undone.")


def test_a_key_that_is_held_or_meant_for_the_address_before_decides_nothing(
    page: Page, owner: Engine
) -> None:
    """The next address comes under the finger; a Kazakh layout has letters in the place of digits."""
    first, decisions = on_desk(page), Way(page, "**/decisions")
    page.evaluate("""() => new MutationObserver(() => {
        if (ikomek.isSeen('buildings-desk')) return;
        for (const repeat of [false, true])
            document.body.dispatchEvent(new KeyboardEvent('keydown', { key: '1', code: 'Digit1', repeat, bubbles: true }));
        window.pressedAtOnce = true;
    }).observe(document.querySelector('#buildings-desk'), { attributes: true })""")  # noqa: E501
    page.evaluate("""() => document.body.dispatchEvent(
        new KeyboardEvent('keydown', { key: '"', code: 'Digit1', bubbles: true }))""")
    expect(page.locator(f'.buildings-on[data-building="{first}"]')).to_have_count(0)
    page.wait_for_function(SEEN)
    assert page.evaluate("() => window.pressedAtOnce") and decisions.seen == 1
    page.keyboard.press("u")
    expect(page.locator("#buildings-message")).to_contain_text("The decision was undone.")
    expect(page.locator(f'.buildings-on[data-building="{first}"]')).to_have_count(1)
    page.wait_for_selector(".buildings-pin-candidate")
    page.wait_for_function(SEEN)
    page.keyboard.down("1")
    expect(page.locator(f'.buildings-on[data-building="{first}"]')).to_have_count(0)
    page.wait_for_function(SEEN)
    page.keyboard.down("1")  # the key repeats itself
    page.keyboard.up("1")
    page.keyboard.press("u")
    expect(page.locator("#buildings-message")).to_contain_text("The decision was undone.")
    assert decisions.seen == 2


def test_a_late_decision_takes_nobody_from_the_address_that_they_have_gone_to(
    page: Page, owner: Engine
) -> None:
    with owner.begin() as connection:
        connection.execute(
            text("""insert into building (region, source, source_id, street_ru, house, tag_quality)
            select '71', 'test', 'late ' || n, 'улица Поздняя', n::text, 'untagged'
            from generate_series(1, 4) n""")
        )
    page.reload()
    page.wait_for_selector(".buildings-pin-candidate")
    page.wait_for_function(SEEN)
    first = on_desk(page)
    way = Way(page, "**/decisions")
    way.hold()
    page.keyboard.press("1")
    wait_for(page, lambda: way.held)
    last = page.locator("#buildings-list li[data-building]").last
    elsewhere = last.get_attribute("data-building")
    last.locator("a").first.click()
    expect(page.locator(f'.buildings-on[data-building="{elsewhere}"]')).to_have_count(1)
    way.release()
    expect(page.locator("#buildings-message")).to_contain_text("The geo-tag is set.")
    expect(page.locator(f'#buildings-list li[data-building="{first}"]')).to_have_count(0)
    assert on_desk(page) == int(elsewhere) and f"building={elsewhere}" in page.url
    assert building(owner, first)[1:] == ("electoral_editor", True)
    page.keyboard.press("u")  # those after this one find their address with its candidates
    expect(page.locator("#buildings-message")).to_contain_text("The decision was undone.")


def test_a_file_is_loaded_and_says_which_rows_it_could_not(page: Page, owner: Engine, tmp_path: Path) -> None:
    with owner.connect() as connection:
        id_, lon, lat = connection.execute(
            text(
                "select id, st_x(point_4326) + 0.0001, st_y(point_4326) from building where "
                "tagged_by is null and point_4326 is not null limit 1"
            )
        ).one()
    (tmp_path / "tags.csv").write_text(f"building,lon,lat\n{id_},{lon},{lat}\n999999,{lon},{lat}\n")
    page.set_input_files("#buildings-load input", tmp_path / "tags.csv")
    expect(page.locator("#buildings-message")).to_contain_text(
        "Read: 2, written: 1, unchanged: 0, rejected: 1."
    )
    expect(page.locator("#buildings-message li")).to_have_text(re.compile("^Row 3: 999999 — "))
    assert building(owner, id_) == ("hand", "electoral_editor", True)


def test_a_decision_that_came_second_is_told_who_was_faster(tags_server: Server, owner: Engine) -> None:
    with owner.connect() as connection:
        id_, version = connection.execute(
            text(
                "select id, version from building where point_4326 is not null and tagged_by is "
                "null order by id desc limit 1"
            )
        ).one()
    with tags_server.client("electoral_editor") as editor, tags_server.client("electoral_approver") as other:
        assert (
            editor.post(
                f"/api/v1/buildings/{id_}/decisions", json={"version": version, "action": "confirm"}
            ).status_code
            == 200
        )
        late = other.post(
            f"/api/v1/buildings/{id_}/decisions",
            json={"version": version, "action": "confirm"},
            headers={"Accept-Language": "en"},
        )
    assert late.status_code == 409 and "electoral_editor has just changed this building" in late.text


def test_decisions_are_for_those_who_may(tags_server: Server, owner: Engine) -> None:
    body = {"version": 1, "action": "confirm"}
    with tags_server.client("operator") as operator, tags_server.client("electoral_editor") as editor:
        assert operator.post("/api/v1/buildings/1/decisions", json=body).status_code == 403
        assert (
            editor.post("/api/v1/buildings/1/decisions", json={"version": 1, "action": "set"}).status_code
            == 400
        )
        assert (
            editor.post("/api/v1/buildings/1/decisions", json={"version": 1, "action": "burn"}).status_code
            == 400
        )
        assert editor.post("/api/v1/buildings/999999/decisions", json=body).status_code == 404
        assert editor.post("/api/v1/buildings/tags", content=b"a,b").status_code == 400


def test_an_address_leads_to_its_precinct_and_station(
    tags_server: Server, browser_page: Page, owner: Engine
) -> None:
    with owner.connect() as connection:
        street, house, number, station = connection.execute(
            text("""select b.street_ru, b.house, p.number, s.name_ru from building b
            join assignment a on a.building_id = b.id and a.plan_id = 1 join precinct p on p.plan_id = 1
                and p.id = a.precinct_id join station s on s.id = p.station_id
            where b.house = '3' order by b.id limit 1""")
        ).one()
    tags_server.sign_in(browser_page, "operator")
    browser_page.goto(tags_server.url + "/vote")
    browser_page.click(".shell-language[lang=ru]")
    expect(browser_page.locator(".vote h1")).to_have_text("Где мне голосовать?")
    browser_page.wait_for_selector("#vote-input")
    browser_page.fill("#vote-input", street)
    browser_page.click(".vote-result >> nth=0")
    browser_page.keyboard.type(house)
    expect(browser_page.locator(".vote-result").first).to_contain_text(f"{street}, {house}")
    browser_page.keyboard.press("Enter")
    expect(browser_page.locator(".vote-number strong")).to_have_text(f"№ {number}")
    expect(browser_page.locator(".vote-station strong")).to_have_text(station)
    expect(browser_page.locator(".vote-far")).to_have_text(re.compile(r"\d\s(м|км)"))
    browser_page.wait_for_selector(".vote-pin-house")
    assert browser_page.locator(".vote-pin-station").count() == 1 and "building=" in browser_page.url
    assert not re.search(r"\d\s*избирател", browser_page.locator(".vote-side").inner_text())
    assert [
        browser_page.locator(f".leaflet-control-zoom-{way}").get_attribute("title") for way in ("in", "out")
    ] == ["Приблизить", "Отдалить"]


def test_a_house_in_no_precinct_is_passed_on(tags_server: Server, browser_page: Page, owner: Engine) -> None:
    with owner.begin() as connection:
        nowhere = connection.scalar(
            text("""insert into building (region, source, source_id, street_ru, house, tag_quality)
            values ('71', 'test', 'nowhere', 'улица', '1', 'untagged') returning id""")
        )
    tags_server.sign_in(browser_page, "operator")
    browser_page.goto(f"{tags_server.url}/vote?building={nowhere}")
    expect(browser_page.locator(".vote-none")).to_be_visible()


def test_passports_and_text_of_a_plan(tags_server: Server) -> None:
    with tags_server.client("electoral_editor") as editor, tags_server.client("operator") as operator:
        one = editor.get("/api/v1/plans/1/passports?number=3", headers={"Accept-Language": "ru"})
        assert (
            one.status_code == 200
            and one.text.count("<article") == 1
            and "<h1>№\u00a03</h1>" in one.text
            and one.text.endswith("</html>")
        )
        assert editor.get("/api/v1/plans/1/passports").text.count("<svg") == 12
        assert (
            editor.get("/api/v1/plans/1/passports?number=99").status_code
            == 404
            == editor.get("/api/v1/plans/77/passports").status_code
        )
        assert editor.get("/api/v1/plans/1/text/kk?number=3").text.startswith("№ 3 сайлау учаскесі")
        assert editor.get("/api/v1/plans/1/text/ru").text.count("Избирательный участок №") == 12
        assert operator.get("/api/v1/plans/1/passports").status_code == 403


@pytest.mark.parametrize(
    ("query", "address"),
    [
        (
            {"reason": "far", "district": "3", "after": "60", "building": "7"},
            BuildingsAddress("far", 3, 60, 7),
        ),
        ({"reason": "x", "district": "-1", "building": "9" * 30}, BuildingsAddress()),
    ],
)
def test_the_address_is_read_and_written(query: dict, address: BuildingsAddress) -> None:
    assert BuildingsAddress.read(query) == address
    assert (
        BuildingsAddress("far", 3).href(building=7) == "/buildings?reason=far&district=3&building=7"
        and BuildingsAddress().href() == "/buildings"
    )
