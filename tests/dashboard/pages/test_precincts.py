"""The precinct studio in a real browser: borders dragged by our own handles, houses given, steps undone
after a reload, two people in one plan (`tests.support.studio_room`)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from sqlalchemy import text

from geo.database import Engine
from geo.plans.decision_text.read import Unmatched
from geo.plans.files.unmatched import keep_unmatched, read_unmatched
from geo.settings import Settings
from tests.support.studio_room import (  # noqa: F401 - fixtures are asked for by name
    VOTERS,
    click,
    draft,
    drag,
    draw,
    on_screen,
    open_plan,
    owner,
    studio,
    two,
)
from tests.support.web import Server


def counters(page: Page) -> Callable[[int], Locator]:
    """Voters beside the map by the precinct's number (its id is the same in this plan)."""
    return lambda number: page.locator(f'#studio-recount [data-precinct="{number}"] [data-n]')


def voters(owner: Engine, plan: int) -> dict[int, int]:
    with owner.connect() as connection:
        return dict(
            tuple(row)
            for row in connection.execute(
                text("select number, voters from precinct where plan_id = :plan order by number"),
                {"plan": plan},
            )
        )


def area_km2(owner: Engine, plan: int, number: int) -> float:
    with owner.connect() as connection:
        return connection.execute(
            text("select st_area(geom) / 1e6 from precinct where plan_id = :plan and number = :number"),
            {"plan": plan, "number": number},
        ).scalar_one()


def test_a_dragged_border_changes_both_neighbours_and_both_counters(
    studio: Page, owner: Engine, shared_settings: Settings, draft: int
) -> None:
    click(studio, shared_settings, 1, 0.5)
    expect(studio.locator("#studio-message")).to_contain_text("No. 1 | No. 2")
    drag(studio, shared_settings, (1, 0.5), (0.2, 0.5), release=False)
    count = counters(studio)
    expect(count(1)).to_have_attribute("data-n", "200")
    expect(count(2)).to_have_attribute("data-n", "600")
    expect(studio.locator("#studio-moved button")).to_have_count(2)
    assert voters(owner, draft)[1] == 4 * VOTERS
    studio.mouse.up()
    expect(studio.locator('#studio-message[data-kind="done"]')).to_contain_text("No. 1 | No. 2")
    assert (voters(owner, draft)[1], voters(owner, draft)[2]) == (200, 600)
    assert area_km2(owner, draft, 1) == pytest.approx(0.6, abs=0.01) and area_km2(
        owner, draft, 2
    ) == pytest.approx(1.4, abs=0.01)
    [took] = studio.evaluate("window.ikomek.studio.timings")
    assert took["server"] <= took["total"]


def test_a_border_is_taken_however_long_after_the_pointer_came_it_is_pressed(
    studio: Page, owner: Engine, shared_settings: Settings, draft: int
) -> None:
    """To the left and back, another pause each time: what is drawn meanwhile takes no press away."""
    click(studio, shared_settings, 1, 0.5)
    here, there = 1.0, 0.8
    for pause_ms in (0, 40, 80, 120, 160, 200, 300, 600):
        before = area_km2(owner, draft, 1)
        studio.mouse.move(*on_screen(studio, shared_settings, here, 0.5), steps=4)
        studio.wait_for_timeout(pause_ms)
        studio.mouse.down()
        studio.mouse.move(*on_screen(studio, shared_settings, there, 0.5), steps=8)
        with studio.expect_response(lambda answer: answer.url.endswith("/edits")) as saved:
            studio.mouse.up()
        assert saved.value.ok, f"{pause_ms} ms: {saved.value.text()}"
        expect(studio.locator('#studio-message[data-kind="done"]')).to_contain_text("No. 1 | No. 2")
        assert area_km2(owner, draft, 1) - before == pytest.approx((there - here) / 2, abs=0.02), (
            f"{pause_ms} ms"
        )
        here, there = there, here


def test_a_dragged_junction_changes_every_precinct_that_meets_there(
    studio: Page, owner: Engine, shared_settings: Settings, draft: int
) -> None:
    click(studio, shared_settings, 1, 0.5)
    drag(studio, shared_settings, (1, 1), (1.5, 1.5), release=False)
    expect(studio.locator("#studio-recount [data-precinct]")).to_have_count(4)
    studio.mouse.up()
    expect(studio.locator('#studio-message[data-kind="done"]')).to_be_visible()
    assert {number: round(area_km2(owner, draft, number), 2) for number in (1, 2, 4, 5)} == {
        1: 1.5,
        2: 1.0,
        4: 1.0,
        5: 0.5,
    }


def test_a_stretch_is_redrawn_by_a_free_line_and_counted_meanwhile(
    studio: Page, owner: Engine, shared_settings: Settings, draft: int
) -> None:
    studio.keyboard.press("2")
    draw(studio, shared_settings, (1, 0.05), (0.6, 0.1), (0.6, 0.9), (1, 0.95), release=False)
    expect(counters(studio)(1)).to_have_attribute("data-n", "200")
    expect(counters(studio)(2)).to_have_attribute("data-n", "600")
    studio.mouse.up()
    expect(studio.locator('#studio-message[data-kind="done"]')).to_contain_text("No. 1 | No. 2")
    assert (voters(owner, draft)[1], voters(owner, draft)[2]) == (200, 600)
    assert area_km2(owner, draft, 1) == pytest.approx(0.66, abs=0.02)
    draw(studio, shared_settings, (1.5, 0.5), (1.5, 0.7))
    expect(studio.locator('#studio-message[data-kind="refused"]')).to_be_visible()


def make_overfull(owner: Engine, plan: int) -> None:
    """2,700 voters are said to live in 1, 100 over the planning target; it is counted again when houses
    move."""
    with owner.begin() as connection:
        connection.execute(
            text(
                "update precinct set district_id = 7, voters = case number when 1 then 2700 else "
                "voters end where plan_id = :plan"
            ),
            {"plan": plan},
        )


def test_ways_to_relieve_a_precinct_are_shown_left_and_taken(
    studio: Page, shared_server: Server, owner: Engine, shared_settings: Settings, draft: int
) -> None:
    make_overfull(owner, draft)
    open_plan(studio, shared_server, draft)
    studio.keyboard.press("6")
    click(studio, shared_settings, 0.5, 0.5)
    proposals = studio.locator("#studio-proposals .studio-proposal")
    expect(proposals.first).to_contain_text("voters")
    expect(studio.locator("#studio-text")).to_contain_text("Достык")
    studio.keyboard.press("Escape")
    expect(proposals).to_have_count(0)
    click(studio, shared_settings, 0.5, 0.5)
    proposals.first.get_by_role("button", name="Accept").click()
    expect(studio.locator('#studio-message[data-kind="done"]')).to_be_visible()
    expect(proposals).to_have_count(0)
    assert sum(voters(owner, draft).values()) == 2400 and voters(owner, draft)[1] < 400
    studio.keyboard.press("Control+z")
    expect(studio.locator("#studio-redo")).to_be_enabled()
    assert set(voters(owner, draft).values()) == {400}


def test_tools_begin_with_the_chosen_precinct(
    studio: Page, shared_server: Server, owner: Engine, shared_settings: Settings, draft: int
) -> None:
    """However it was chosen: on the map before, or by the search while the tool is in use."""
    make_overfull(owner, draft)
    open_plan(studio, shared_server, draft)
    requests: list[str] = []
    studio.on(
        "request", lambda request: requests.append(f"{request.url.rpartition('/')[2]} {request.post_data}")
    )
    click(studio, shared_settings, 0.5, 0.5)
    studio.keyboard.press("6")
    heading = studio.locator("#studio-proposals h2")
    expect(heading).to_contain_text("No. 1")
    expect(studio.locator("#studio-proposals .studio-proposal").first).to_contain_text("voters")
    studio.evaluate("() => ikomek.studio.select(ikomek.studio.plan.precinctAt(0, 0)?.id ?? 2)")
    expect(heading).not_to_contain_text("No. 1")
    click(studio, shared_settings, 0.5, 0.5)
    expect(heading).to_contain_text("No. 1")
    studio.keyboard.press("7")
    expect(studio.locator("#studio-balance-now")).to_be_visible()
    studio.locator("#studio-proposals .studio-row").first.click()
    expect(studio.locator("#studio-balance-now")).to_be_visible()
    assert [one.split()[0] for one in requests if one.startswith(("propose", "balance"))] == [
        *["propose"] * 3,
        "balance",
    ]
    studio.keyboard.press("5")
    expect(studio.locator("#studio-message")).to_contain_text("No. 1")
    click(studio, shared_settings, 1.5, 0.5)
    expect(studio.locator("#studio-merge-now")).to_contain_text("No. 1")


def test_a_district_is_balanced_as_one_step(
    studio: Page, shared_server: Server, owner: Engine, shared_settings: Settings, draft: int
) -> None:
    make_overfull(owner, draft)
    open_plan(studio, shared_server, draft)
    studio.keyboard.press("7")
    click(studio, shared_settings, 0.5, 0.5)
    expect(studio.locator("#studio-proposals .studio-row").first).to_contain_text("No. 1")
    expect(studio.locator("#studio-proposals .studio-row").first).to_contain_text("2,600")
    studio.click("#studio-balance-now")
    expect(studio.locator('#studio-message[data-kind="done"]')).to_be_visible()
    assert sorted(voters(owner, draft).values()) == [300, 400, 400, 400, 400, 500]
    studio.keyboard.press("Control+z")
    expect(studio.locator("#studio-redo")).to_be_enabled()
    assert set(voters(owner, draft).values()) == {400}


def test_on_a_larger_screen_the_plan_goes_on_and_a_key_is_one_command(
    studio: Page, shared_server: Server, owner: Engine, shared_settings: Settings, draft: int
) -> None:
    make_overfull(owner, draft)
    open_plan(studio, shared_server, draft)
    small = studio.evaluate("() => ikomek.studio.scale")
    studio.evaluate("() => { ikomek.studio.seen = true; }")
    studio.keyboard.press("7")
    studio.set_viewport_size({"width": 3840, "height": 2160})
    studio.wait_for_function(f"() => ikomek.studio.scale > {small}")
    studio.set_viewport_size({"width": 1600, "height": 1000})
    studio.wait_for_function(f"() => ikomek.studio.scale === {small}")
    assert studio.evaluate("() => ikomek.studio.seen && ikomek.studio.tool") == "balance"
    click(studio, shared_settings, 0.5, 0.5)
    studio.click("#studio-balance-now")
    expect(studio.locator('#studio-message[data-kind="done"]')).to_be_visible()
    sent: list[str] = []
    studio.on("request", lambda request: sent.append(request.url))
    studio.keyboard.press("Control+z")
    expect(studio.locator("#studio-redo")).to_be_enabled()
    assert sum(url.endswith("/undo") for url in sent) == 1


def test_a_corner_is_moved_by_the_keyboard_alone(
    studio: Page, owner: Engine, shared_settings: Settings, draft: int
) -> None:
    click(studio, shared_settings, 1, 0.5)
    studio.locator('.studio-handle[data-vertex="0"]').focus()
    for _ in range(8):
        studio.keyboard.press("Shift+ArrowRight")
    expect(studio.locator("#studio-recount [data-precinct]").first).to_be_visible()
    studio.keyboard.press("Escape")
    assert area_km2(owner, draft, 1) == pytest.approx(1)
    studio.locator('.studio-handle[data-vertex="0"]').focus()
    studio.keyboard.press("Shift+ArrowRight")
    studio.keyboard.press("Enter")
    expect(studio.locator('#studio-message[data-kind="done"]')).to_be_visible()
    assert area_km2(owner, draft, 1) > 1.01


def test_a_border_is_found_and_moved_by_the_keyboard_alone(
    studio: Page, owner: Engine, shared_settings: Settings, draft: int
) -> None:
    """From the search field to the saved border, without a pointer: Tab goes round the precinct's edges by
    the clock."""
    studio.keyboard.press("/")
    studio.keyboard.type("1")
    studio.keyboard.press("Enter")
    edges = studio.locator(".studio-edge")
    expect(edges).to_have_count(3)
    named = edges.evaluate_all(
        "all => all.map((one) => one.getAttribute('aria-label').match(/No\\.\\s\\d/g).sort().join()"
        ".replaceAll('\\u00a0', ' '))"
    )
    assert named == ["No. 1,No. 4", "No. 1,No. 2", "No. 1"], "north, east, and the outer border"
    edges.first.focus()
    studio.keyboard.press("Tab")
    studio.keyboard.press("Enter")
    expect(studio.locator('.studio-handle[data-vertex="0"]')).to_be_focused()
    for key in ("Shift+ArrowLeft", "Shift+ArrowLeft", "Enter"):
        studio.keyboard.press(key)
    expect(studio.locator('#studio-message[data-kind="done"]')).to_be_visible()
    expect(studio.locator('.studio-handle[data-vertex="0"]')).to_be_focused()
    assert area_km2(owner, draft, 1) < 0.999
    studio.keyboard.press("Escape")
    expect(edges.nth(1)).to_be_focused()


def test_houses_are_given_and_the_step_is_undone_after_a_reload(
    studio: Page, shared_server: Server, owner: Engine, shared_settings: Settings, draft: int
) -> None:
    studio.keyboard.press("3")
    click(studio, shared_settings, 0.7, 0.2)
    click(studio, shared_settings, 1.5, 0.5)
    expect(counters(studio)(2)).to_have_attribute("data-n", "500")
    studio.click("#studio-give-now")
    expect(studio.locator('#studio-message[data-kind="done"]')).to_be_visible()
    assert (voters(owner, draft)[1], voters(owner, draft)[2]) == (300, 500)
    open_plan(studio, shared_server, draft)
    expect(studio.locator("#studio-undo")).to_be_enabled()
    studio.keyboard.press("Control+z")
    expect(studio.locator("#studio-redo")).to_be_enabled()
    assert (voters(owner, draft)[1], area_km2(owner, draft, 1)) == (400, pytest.approx(1))
    studio.click("#studio-redo")
    expect(studio.locator("#studio-redo")).to_be_disabled()
    assert voters(owner, draft)[1] == 300


def test_a_lasso_assigns_houses_by_hand_and_the_check_leads_to_them_and_mends_them(
    studio: Page, owner: Engine, shared_settings: Settings, draft: int
) -> None:
    studio.keyboard.press("3")
    draw(studio, shared_settings, (0.1, 0.05), (0.9, 0.05), (0.9, 0.4), (0.1, 0.4))
    click(studio, shared_settings, 0.5, 1.5)
    studio.click("#studio-assign-now")
    expect(studio.locator('#studio-message[data-kind="done"]')).to_be_visible()
    assert (voters(owner, draft)[1], voters(owner, draft)[4]) == (200, 600)
    check = studio.locator('.studio-check[data-key="wrong_side"]')
    expect(check).to_have_attribute("data-level", "error")
    check.locator("button").first.click()
    check.locator(".studio-rows button").first.click()
    expect(counters(studio)(4)).to_have_attribute("data-n", "600")
    expect(studio.locator("#studio-correct-border")).to_contain_text("4")
    studio.click("#studio-correct-map")
    expect(studio.locator("#studio-message")).to_contain_text("The mismatch is resolved")
    assert (voters(owner, draft)[1], voters(owner, draft)[4]) == (300, 500)


def test_a_precinct_is_split_by_a_line_and_merged_again(
    studio: Page, owner: Engine, shared_settings: Settings, draft: int
) -> None:
    studio.keyboard.press("4")
    drag(studio, shared_settings, (0.6, -0.1), (0.6, 1.1))
    expect(studio.locator('#studio-message[data-kind="done"]')).to_contain_text("7")
    assert sorted(voters(owner, draft).values()) == [200, 200, 400, 400, 400, 400, 400]
    studio.keyboard.press("5")
    click(studio, shared_settings, 0.5, 0.5)
    click(studio, shared_settings, 0.8, 0.5)
    studio.click("#studio-merge-now")
    expect(studio.locator('#studio-message[data-kind="done"]')).to_be_visible()
    assert len(voters(owner, draft)) == 6 and set(voters(owner, draft).values()) == {400}


def test_a_precinct_or_an_address_is_found(studio: Page) -> None:
    studio.keyboard.press("/")
    studio.keyboard.type("5")
    expect(studio.locator(".studio-result").first).to_contain_text("No. 5")
    studio.keyboard.press("Enter")
    expect(counters(studio)(5)).to_have_attribute("data-n", "400")
    expect(studio.locator("#studio-text")).to_contain_text("No. 5")
    expect(studio.locator("#studio-text")).to_contain_text("Достык")
    studio.click('#studio-text button[lang="kk"]')
    expect(studio.locator("#studio-text")).to_contain_text("Достық")
    studio.fill("#studio-query", "достық 1")
    expect(studio.locator(".studio-result").first).to_contain_text("Достык 1")


def test_what_an_import_did_not_match_is_a_worklist_that_leads_to_its_places(
    studio: Page,
    shared_server: Server,
    owner: Engine,
    shared_settings: Settings,
    draft: int,
) -> None:
    with owner.begin() as connection:
        keep_unmatched(
            connection,
            shared_settings.city.region,
            draft,
            [
                Unmatched(2, "house_unknown", "улица Достык, 99"),
                Unmatched(None, "building_unnamed", "Достык, 5", building=5),
            ],
        )
    open_plan(studio, shared_server, draft)
    rows = studio.locator(".studio-unmatched-row")
    expect(rows).to_have_count(2)
    rows.nth(1).locator("button").first.click()
    expect(studio.locator("#studio-recount")).to_contain_text("No. 2")
    rows.nth(0).locator("button").last.click()
    expect(rows).to_have_count(1)
    with owner.connect() as connection:
        assert [
            item.code for item in read_unmatched(connection, shared_settings.city.region, draft).values()
        ] == ["building_unnamed"]


def test_the_comparison_names_who_moves(studio: Page, shared_settings: Settings) -> None:
    click(studio, shared_settings, 1, 0.5)
    drag(studio, shared_settings, (1, 0.5), (0.2, 0.5))
    expect(studio.locator('#studio-message[data-kind="done"]')).to_be_visible()
    studio.click("#studio-compare")
    expect(studio.locator("#studio-compared")).to_contain_text("No. 1 → No. 2")
    shown = studio.evaluate("""() => { const { compared, map } = window.ikomek.studio;
        return compared.moved.map(({ building, from, to }) => [from, to,
            map.getBounds().contains([building.lat, building.lon])]) }""")
    assert shown == [[1, 2, True]] * 2
    with studio.expect_download() as download:
        studio.click("#studio-compared a")
    lines = Path(download.value.path()).read_text("utf-8-sig").splitlines()
    assert len(lines) == 3 and all(line.endswith(",1,2") for line in lines[1:])


def test_two_people_see_each_other_and_a_conflict_names_who_and_what(
    two: tuple[Page, Page], owner: Engine, shared_settings: Settings, draft: int
) -> None:
    first, second = two
    expect(second.locator("#studio-people")).to_contain_text("electoral_editor")
    expect(first.locator("#studio-people")).to_contain_text("electoral_approver")
    click(second, shared_settings, 1, 0.5)
    drag(second, shared_settings, (1, 0.5), (1.2, 0.5), release=False)
    click(first, shared_settings, 1, 0.5)
    drag(first, shared_settings, (1, 0.5), (0.2, 0.5))
    expect(first.locator('#studio-message[data-kind="done"]')).to_be_visible()
    expect(second.locator("#studio-conflict")).to_contain_text("electoral_editor", timeout=2000)
    expect(second.locator("#studio-conflict")).to_contain_text("No. 1, No. 2")
    second.mouse.up()
    assert area_km2(owner, draft, 1) == pytest.approx(0.6, abs=0.01)
    second.click("#studio-again")
    expect(second.locator('#studio-message[data-kind="done"]')).to_be_visible()
    assert area_km2(owner, draft, 1) == pytest.approx(1.1, abs=0.02)
    first.wait_for_function(
        "() => window.ikomek.studio.plan.counted([1], [])[0].voters === 400", timeout=2000
    )


def test_a_stale_drag_is_refused_and_kept(two: tuple[Page, Page], shared_settings: Settings) -> None:
    first, second = two
    second.evaluate("window.ikomek.studio.plan.edges.forEach((edge) => { edge.version -= 1 })")
    click(second, shared_settings, 2, 1.5)
    drag(second, shared_settings, (2, 1.5), (2.2, 1.5))
    expect(second.locator("#studio-conflict")).to_be_visible()
    expect(second.locator("#studio-again")).to_be_visible()


def test_the_way_to_a_published_plan_takes_two_people(
    shared_server: Server, owner: Engine, browser: Browser, draft: int
) -> None:
    context = browser.new_context(viewport={"width": 1920, "height": 1080})
    page = context.new_page()
    shared_server.sign_in(page, "electoral_editor")
    open_plan(page, shared_server, draft)
    page.click('#studio-next [data-to="checked"]')
    page.click('#studio-next [data-to="agreed"]')
    decide(page, "№ 14")
    expect(page.locator("#studio")).to_have_attribute("data-state", "agreed")
    expect(page.locator('#studio-next [data-to="approved"]')).to_have_count(0)
    expect(page.locator('.studio-tool[data-tool="give"]')).to_be_disabled()
    shared_server.sign_in(page, "electoral_approver")
    open_plan(page, shared_server, draft)
    page.click('#studio-next [data-to="approved"]')
    decide(page, "№ 510-1")
    expect(page.locator("#studio")).to_have_attribute("data-state", "approved")
    context.close()
    with owner.connect() as connection:
        assert (
            connection.execute(text("select state from plan where id = :plan"), {"plan": draft}).scalar_one()
            == "approved"
        )


def decide(page: Page, document: str) -> None:
    page.fill('.studio-dialog [name="document"]', document)
    page.fill('.studio-dialog [name="day"]', "2026-01-15")
    page.click('.studio-dialog [value="yes"]')


def test_an_auditor_looks_and_changes_nothing(
    shared_server: Server, browser_page: Page, draft: int, shared_settings: Settings
) -> None:
    shared_server.sign_in(browser_page, "auditor")
    browser_page.goto(f"{shared_server.url}/precincts")
    expect(browser_page.locator(".studio-new-draft")).to_have_count(0)
    browser_page.click(f'[data-plan="{draft}"] .studio-primary')
    browser_page.wait_for_selector("#studio[data-ready]")
    click(browser_page, shared_settings, 1, 0.5)
    expect(browser_page.locator("#studio-message")).to_contain_text("No. 1 | No. 2")
    expect(browser_page.locator(".studio-handle")).to_have_count(0)
    browser_page.goto("about:blank")


def test_an_editor_deletes_a_draft_after_being_asked_and_no_plan_in_force(
    shared_server: Server,
    browser_page: Page,
    owner: Engine,
    draft: int,
) -> None:
    shared_server.sign_in(browser_page, "electoral_editor")
    browser_page.goto(f"{shared_server.url}/precincts")
    expect(browser_page.locator('[data-plan="1"] .studio-delete')).to_have_count(0)
    for answer, left in (("no", 1), ("yes", 0)):
        browser_page.locator(f'.studio-plan[data-plan="{draft}"] .studio-delete').click()
        browser_page.click(f'.studio-dialog [value="{answer}"]')
        expect(browser_page.locator(f'.studio-plan[data-plan="{draft}"]')).to_have_count(left)
    with owner.connect() as connection:
        assert connection.scalar(text("select count(*) from plan where id = :id"), {"id": draft}) == 0
    browser_page.goto("about:blank")


def test_an_editor_drafts_a_plan_from_the_list(
    shared_server: Server, browser_page: Page, owner: Engine
) -> None:
    shared_server.sign_in(browser_page, "electoral_editor")
    browser_page.goto(f"{shared_server.url}/precincts")
    expect(browser_page.locator('[data-plan="1"] .studio-plan-picture path[class^="load-"]')).to_have_count(6)
    browser_page.locator('[data-plan="1"] .studio-new-draft').click()
    browser_page.fill('.studio-dialog [name="name"]', "Наурыз 2027")
    browser_page.click('.studio-dialog [value="yes"]')
    browser_page.wait_for_selector("#studio[data-ready]")
    expect(browser_page.locator(".studio-bar-top")).to_contain_text("Наурыз 2027")
    browser_page.goto("about:blank")
