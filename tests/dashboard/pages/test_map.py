"""The duty officer's map in a real browser: the address holds the filter, list and map and card know each
other, nothing moves by itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlencode, urlsplit

import geopandas
import pytest
from playwright.sync_api import Page, Route, expect
from sqlalchemy import Engine, text

from geo.changes.outbox import record
from geo.database import connect_engine
from geo.incidents.payload import RECORD_INCIDENTS
from geo.settings import Settings
from tests.support.web import Server, serving

CENTRE = (
    "() => { const c = window.ikomek.maps.get('ikomek-map-duty').map.getCenter(); return [c.lng, c.lat,"
    " window.ikomek.maps.get('ikomek-map-duty').map.getZoom()] }"
)


@pytest.fixture
def page(demo_server: Server, browser_page: Page) -> Iterator[Page]:
    """The map, opened by a duty officer, its scripts ready."""
    demo_server.sign_in(browser_page, "duty")
    open_map(browser_page, demo_server, "/map")
    yield browser_page


def open_map(page: Page, server: Server, address: str) -> None:
    page.goto(server.url + address)
    page.wait_for_selector("#duty-total", state="attached")
    page.wait_for_function(
        "() => window.ikomek.maps && window.ikomek.maps.get('ikomek-map-duty') && "
        "document.querySelector('#duty-dates input')"
    )
    page.locator(".shell-banner").first.wait_for()  # above the map: what is below moves when it comes
    page.wait_for_function("() => window.ikomek.live.loaded")


def draw_anew(page: Page) -> None:
    """The filters are drawn anew, as they are when something new is taken into the list."""
    page.evaluate(
        "() => { document.getElementById('duty-total').dataset.mark = 'old'; "
        "dash_clientside.set_props('duty-pulse', {data: Date.now()}); }"
    )
    page.wait_for_function(
        "() => !document.querySelector('#duty-total[data-mark]') && "
        "document.querySelector('#duty-dates input')"
    )


def total(page: Page) -> int:
    return int(page.get_attribute("#duty-total", "data-n"))


def query(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def facet(page: Page, name: str, value: str):
    return page.locator(f'[data-facet="{name}"] [data-value="{value}"] a')


def test_what_lies_outside_the_filter_is_told_and_one_click_away(page: Page) -> None:
    """History that was just loaded is closed and old: the first view shows none of it, and says so."""
    before, left_out = total(page), page.locator(".duty-outside")
    more = int(re.sub(r"\D", "", left_out.inner_text()))
    assert more > 0
    left_out.locator("a").click()
    expect(page.locator("a.duty-window:last-child")).to_have_attribute("aria-current", "true")
    expect(left_out).to_have_count(0)
    assert total(page) == before + more and query(page) == {"window": ["dates"]}


def test_a_filter_stands_in_the_address_and_a_link_reproduces_it(page: Page, demo_server: Server) -> None:
    n = int(facet(page, "kind", "service").locator(".duty-n").get_attribute("data-n"))
    facet(page, "kind", "service").click()
    expect(facet(page, "kind", "service")).to_have_attribute("aria-current", "true")
    assert query(page) == {"kind": ["service"]} and total(page) == n
    page.click("a.duty-window:nth-child(4)")
    expect(page.locator("a.duty-window:nth-child(4)")).to_have_attribute("aria-current", "true")
    assert query(page) == {"kind": ["service"], "window": ["30d"]}
    page.go_back()
    expect(page.locator("a.duty-window:nth-child(1)")).to_have_attribute("aria-current", "true")
    assert total(page) == n
    open_map(page, demo_server, "/map?kind=service")
    assert total(page) == n and len(page.query_selector_all("#duty-rows > ol > li")) == min(n, 100)


def test_performer_and_channel_narrow_list_and_map_alike(page: Page) -> None:
    """What the list counts is what the live map shows: with a point on the map, without one in the mark
    beside it."""
    for name, parameter in (("performer", "performer"), ("channel", "channel")):
        value = page.locator(f'[data-facet="{name}"] li').first.get_attribute("data-value")
        n = int(facet(page, name, value).locator(".duty-n").get_attribute("data-n"))
        facet(page, name, value).click()
        expect(facet(page, name, value)).to_have_attribute("aria-current", "true")
        assert query(page)[parameter] == [value] and total(page) == n > 0
        without = page.locator('[data-facet="marks"] [data-value="no_coordinates"] .duty-n').get_attribute(
            "data-n"
        )
        shown = page.evaluate("""() => [...window.ikomek.live.incidents.values()].filter((incident) =>
            incident.point
            && window.ikomek.passesFilter(incident,
                window.ikomek.maps.get('ikomek-map-duty').incidents._filter, Date.now() / 1000)).length""")
        assert shown == n - int(without)


DAY = """select (opened_at at time zone 'Asia/Almaty')::date from incident
    order by opened_at desc offset 450 limit 1"""
"""Since when there are some pages of incidents, and not forty."""


def test_dates_are_written_to_the_address_and_every_page_is_reached(
    page: Page, demo_settings: Settings
) -> None:
    since, until = (page.locator(f'#duty-dates input[name="{name}"]') for name in ("from", "to"))
    assert since.get_attribute("placeholder") == "dd.mm.yyyy"
    since.fill("31.02.2020")
    since.press("Enter")
    assert since.get_attribute("aria-invalid") == "true" and "from=" not in page.url
    since.fill("2.1.2020")
    since.press("ArrowDown")
    page.wait_for_url(re.compile("from=2020-01-01"))
    # The answer has come: a whole date put into a field while that moves to its new place would be lost, and
    # no person types so fast.
    expect(page.locator("#duty-dates")).to_have_attribute("data-from", "2020-01-01")
    until.fill("31.12.2019")
    until.press("Enter")
    draw_anew(page)
    assert until.evaluate("(field) => field.validationMessage") == "The period ends before it begins"
    assert (until.input_value(), "to=" in page.url) == ("31.12.2019", False)
    until.fill("")
    until.press_sequentially("3112")
    draw_anew(page)
    page.keyboard.type("2025")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("to=2025-12-31"))
    assert [field.input_value() for field in (since, until)] == ["01.01.2020", "31.12.2025"]
    engine = connect_engine(demo_settings, "owner")
    with engine.connect() as connection:
        day = connection.execute(text(DAY)).scalar_one()
    engine.dispose()
    since.fill(f"{day:%d.%m.%Y}")
    since.press("Enter")
    page.wait_for_url(re.compile(f"from={day}"))
    expect(page.locator("#duty-dates")).to_have_attribute("data-from", str(day))
    draw_anew(page)
    page.wait_for_function("() => document.querySelector('.duty-steps')?.children.length === 4")
    everything, seen = total(page), set()
    assert everything > 300
    while True:
        seen |= {
            row.get_attribute("data-incident") for row in page.query_selector_all("#duty-rows > ol > li")
        }
        following = page.query_selector('a[data-step="next"]')
        if following is None:
            break
        range_text = page.inner_text(".duty-range")
        following.click()
        page.wait_for_function(
            "before => document.querySelector('.duty-range').innerText !== before", arg=range_text
        )
        assert total(page) == everything
    assert len(seen) == everything
    page.click('a[data-step="first"]')
    page.wait_for_function("() => document.querySelector('#duty-rows ol').start === 1")


def test_a_row_opens_its_card_and_back_closes_it(page: Page) -> None:
    before = total(page)
    row = page.locator("#duty-rows li[data-point]:not([data-point=''])").first
    incident, name = row.get_attribute("data-incident"), row.locator(".duty-title").inner_text()
    row.locator("a").click()
    expect(page.locator("#duty-card h2")).to_have_text(name)
    assert query(page)["incident"] == [incident]
    page.wait_for_function(
        "id => window.ikomek.maps.get('ikomek-map-duty').incidents._selected === id", arg=int(incident)
    )
    expect(page.locator("#duty-card .duty-timeline li").first).to_be_visible()
    page.go_back()
    expect(page.locator("#duty-card")).to_be_hidden()
    assert total(page) == before


def test_a_symbol_on_the_map_opens_the_same_card(page: Page) -> None:
    spot = page.evaluate("""() => {
        const { map, incidents } = window.ikomek.maps.get('ikomek-map-duty'), size = map.getSize(),
            box = map.getContainer().getBoundingClientRect();
        for (const incident of window.ikomek.live.incidents.values()) {
            if (!incident.point) continue;
            const p = map.latLngToContainerPoint([incident.point[1], incident.point[0]]);
            if (p.x > 80 && p.x < size.x - 80 && p.y > 120 && p.y < size.y - 160 && incidents.hit(p) ===
                incident.id) return { id: incident.id, x: box.x + p.x, y: box.y + p.y };
        }
    }""")
    page.mouse.click(spot["x"], spot["y"])
    page.wait_for_url(re.compile(f"incident={spot['id']}"))
    expect(page.locator("#duty-card .duty-card-head")).to_be_visible()


def test_search_flies_only_to_what_is_chosen(page: Page, demo_settings: Settings) -> None:
    engine = connect_engine(demo_settings, "reader")
    with engine.connect() as connection:
        street, house, lon, lat = connection.execute(
            text(
                "select street_ru, house, ST_X(point_4326), ST_Y(point_4326) from building order "
                "by length(house) desc, id limit 1"
            )
        ).one()
    engine.dispose()
    before = page.evaluate(CENTRE)
    page.keyboard.press("/")
    page.keyboard.type(f"{street} {house}")
    result = page.locator('.duty-result[data-type="building"]').first
    expect(result).to_be_visible()
    assert page.evaluate(CENTRE) == before
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_function(
        f"() => {{ const m = window.ikomek.maps.get('ikomek-map-duty').map, c = m.getCenter(); "
        f"return m.getZoom() >= 16 && Math.abs(c.lng - {lon}) < 1e-3 && Math.abs(c.lat - {lat}) < "
        f"1e-3 }}"
    )
    expect(page.locator("#duty-location-card dl").first).to_be_visible()


def test_a_topic_that_is_searched_for_shows_the_incidents_below_it(
    page: Page, demo_settings: Settings
) -> None:
    engine = connect_engine(demo_settings, "reader")
    with engine.connect() as connection:
        topic, below, n = connection.execute(
            text(
                "select t.name_en, min(c.id), count(*) from incident i join category c "
                "on c.id = i.category_id "
                "join category t on t.id = c.parent_id where i.status <> 'closed' group by t.id "
                "order by count(*) desc, t.id limit 1"
            )
        ).one()
    engine.dispose()
    page.keyboard.press("/")
    page.keyboard.type(topic)
    page.locator('.duty-result[data-type="category"]').first.click()
    expect(page.locator("#duty-total")).to_have_attribute("data-n", str(n))
    expect(facet(page, "category", str(below))).to_be_visible()


def test_what_is_searched_for_is_added_to_the_filters_and_taken_back_by_one_press(
    page: Page, demo_server: Server, demo_settings: Settings
) -> None:
    """Every kind of result that narrows the list; window, kinds and order stay, and so does the view."""
    engine = connect_engine(demo_settings, "reader")
    with engine.connect() as connection:
        names = connection.execute(
            text("""
            select (select c.name_en from incident i join category c on c.id = i.category_id
                    where i.kind = 'service' and c.name_en is not null order by i.id limit 1) as category,
                (select name_en from performer where name_en is not null order by id limit 1) as performer,
                (select name_en from district where region = '71' order by id limit 1) as district""")
        ).one()
    engine.dispose()
    kept = {"kind": ["service"], "priority": ["0"], "window": ["30d"], "sort": ["urgent"]}
    before = f"/map?{urlencode(kept, doseq=True)}"
    for kind, name in names._mapping.items():
        open_map(page, demo_server, before)
        n = total(page)
        page.fill("#duty-search", name)
        page.locator(f'.duty-result[data-type="{kind}"]', has_text=name).first.click()
        expect(page.locator("#duty-added")).to_contain_text(name)
        query = parse_qs(urlsplit(page.url).query)
        assert {facet: query.pop(facet) for facet in kept} == kept and set(query) == {kind}
        page.click("#duty-added-undo")
        expect(page.locator("#duty-total")).to_have_attribute("data-n", str(n))
        expect(page.locator("#duty-added")).to_be_empty()
        assert parse_qs(urlsplit(page.url).query) == kept
        page.go_back()
        page.wait_for_function(f"() => new URLSearchParams(location.search).has('{kind}')")
        page.go_back()
        expect(page.locator("#duty-total")).to_have_attribute("data-n", str(n))


@pytest.mark.parametrize("form", ("csv", "geojson", "gpkg"))
def test_an_export_has_the_rows_of_the_list_and_is_audited(
    page: Page, demo_server: Server, demo_settings: Settings, form: str, tmp_path
) -> None:
    open_map(page, demo_server, "/map?window=dates&kind=police")
    n = total(page)
    with page.expect_download() as waiting:
        page.click(f'#duty-export a[data-form="{form}"]')
    path = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(path)
    rows = (
        len(path.read_text("utf-8-sig").splitlines()) - 1 if form == "csv" else len(geopandas.read_file(path))
    )
    assert rows == n
    engine = connect_engine(demo_settings, "owner")
    with engine.connect() as connection:
        logged = connection.execute(
            text(
                "select who, parameters from audit where what = 'incident.exported' order by id desc limit 1"
            )
        ).one()
    engine.dispose()
    assert logged.who == "duty" and logged.parameters == {
        "form": form,
        "rows": n,
        "filter": {"kind": "police", "window": "dates"},
    }


def test_who_waits_for_a_file_sees_its_rows_grow(page: Page, demo_server: Server) -> None:
    """The file is written at once: how far a slow one has come is what the test says."""
    so_far: dict[str, int | None] = {"rows": 20}

    def respond(route: Route) -> None:
        route.fulfill(json=so_far)

    page.route("**/layers/export/progress.json?key=*", respond)
    open_map(page, demo_server, "/map?window=dates")
    line = page.locator("#duty-export-progress")
    expect(line).to_be_hidden()
    with page.expect_download():
        page.click('#duty-export a[data-form="csv"]')
    expect(line).to_contain_text("20")
    expect(line).to_contain_text("CSV")
    so_far["rows"] = None
    expect(line).to_be_hidden()
    with demo_server.client("duty") as duty:
        assert duty.get("/layers/export/progress.json?key=none").json() == {"rows": None}
        refused = duty.get("/layers/export/incidents.csv?progress=a%20b")
        assert (refused.status_code, refused.json()["error"]) == (400, "export.progress")


def test_without_the_permission_there_is_no_export(demo_server: Server, browser_page: Page) -> None:
    demo_server.sign_in(browser_page, "operator")
    open_map(browser_page, demo_server, "/map")
    assert browser_page.query_selector("#duty-export a") is None
    with demo_server.client("operator") as client:
        assert client.get("/layers/export/incidents.csv").status_code == 403


def test_a_kind_that_is_not_the_callers_is_said_and_is_no_empty_list(
    demo_server: Server, browser_page: Page
) -> None:
    demo_server.sign_in(browser_page, "electoral_editor")
    open_map(browser_page, demo_server, "/map?kind=police")
    listed = browser_page.locator("#duty-list")
    expect(listed).to_contain_text("Not yours to see: Police")
    expect(listed).not_to_contain_text("No incidents match")
    for count in (listed.locator("#duty-total"), facet(browser_page, "kind", "police").locator(".duty-n")):
        expect(count).to_have_text("—")  # not none: it is not known here
    open_map(browser_page, demo_server, "/map?kind=police,service")
    expect(listed).to_contain_text("Not yours to see: Police")
    assert total(browser_page) > 0


def test_a_wrong_filter_is_said_and_the_page_opens(page: Page, demo_server: Server) -> None:
    open_map(page, demo_server, "/map?kind=fire")
    expect(page.locator("#duty-message")).to_contain_text("fire")
    assert total(page) > 0


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ("kind=fire", "fire"),
        ("page=nowhere", "nowhere"),
        ("sort=upwards", "upwards"),
        ("moment=2199-01-01T10:00", "2199"),
        ("moment=2026-01-01T10:00&window=dates", "Choose what was open"),
    ],
)
def test_a_refusal_keeps_the_other_filters(page: Page, demo_server: Server, wrong: str, message: str) -> None:
    open_map(page, demo_server, f"/map?priority=0,1&{wrong}")
    expect(page.locator("#duty-message")).to_contain_text(message)
    for level in ("0", "1"):
        expect(facet(page, "priority", level)).to_have_attribute("aria-current", "true")


def test_layers_are_switched_and_the_view_stays(page: Page) -> None:
    before = page.evaluate(CENTRE)
    for name in ("density", "buildings", "precincts", "districts", "incidents"):
        was = page.get_attribute(f"#duty-layer-{name}", "aria-pressed")
        page.click(f"#duty-layer-{name}")
        expect(page.locator(f"#duty-layer-{name}")).to_have_attribute(
            "aria-pressed", "false" if was == "true" else "true"
        )
    assert page.evaluate(CENTRE) == before


def test_on_a_phone_map_list_and_filters_take_turns(demo_server: Server, browser_page: Page) -> None:
    browser_page.set_viewport_size({"width": 390, "height": 844})
    demo_server.sign_in(browser_page, "duty")
    open_map(browser_page, demo_server, "/map")
    for pane, shown in (("list", "#duty-rows"), ("filters", "#duty-filters"), ("map", "#ikomek-map-duty")):
        browser_page.click(f'.duty-tab[data-pane="{pane}"]')
        expect(browser_page.locator(shown)).to_be_visible()
        assert browser_page.evaluate("() => document.documentElement.scrollWidth") <= 390


MAP_SEEN = """() => {
    const step = 10;
    const pressed = (x, y) => Boolean(document.elementFromPoint(x, y)?.closest('.leaflet-container'));
    let seen = 0, all = 0;
    for (let x = step / 2; x < innerWidth; x += step)
        for (let y = step / 2; y < innerHeight; y += step) { all += 1; seen += pressed(x, y); }
    return seen / all;
}"""
"""The share of the screen on which the map is under a finger."""


@pytest.mark.parametrize("language", ("ru", "kk", "en"))
def test_on_a_phone_more_than_half_of_the_screen_is_the_map_and_all_else_is_a_press_away(
    demo_server: Server, browser_page: Page, language: str
) -> None:
    page = browser_page
    page.set_viewport_size({"width": 390, "height": 844})
    demo_server.sign_in(page, "duty")
    page.context.add_cookies([{"name": "ikomek_language", "value": language, "url": demo_server.url}])
    open_map(page, demo_server, "/map")
    assert page.evaluate(MAP_SEEN) > 0.6
    banner = page.locator('.shell-banner[data-banner="demo"]')
    assert banner.evaluate("(one) => one.scrollWidth <= innerWidth && one.offsetHeight < 30")
    for folded, parts in (
        ("shell-header", ".shell-link, .shell-language, .shell-out"),
        ("duty-head", ".duty-tool, #duty-create"),
        ("duty-layers", ".duty-layer"),
    ):
        opener = page.locator(f'[data-folds="{folded}"]')
        expect(page.locator(parts).last).to_be_hidden()
        opener.click()
        expect(opener).to_have_attribute("aria-expanded", "true")
        for part in page.locator(parts).all():
            expect(part).to_be_in_viewport(ratio=1)
        page.keyboard.press("Escape")
        expect(page.locator(parts).last).to_be_hidden()
        expect(opener).to_be_focused()
    page.locator('[data-folds="duty-head"]').click()
    page.locator('[data-tool="circle"]').click()
    expect(page.locator('[data-tool="circle"]')).to_be_hidden()
    expect(page.locator("#duty-area-hint")).to_be_visible()


def test_what_is_new_waits_on_a_chip_until_it_is_taken(demo_copy: Settings, browser_page: Page) -> None:
    with serving(demo_copy) as server:
        try:
            server.sign_in(browser_page, "duty")
            open_map(browser_page, server, "/map")
            before, view = total(browser_page), browser_page.evaluate(CENTRE)
            announce_new_incident(demo_copy)
            expect(browser_page.locator("#duty-take")).to_contain_text("1")
            assert total(browser_page) == before and browser_page.evaluate(CENTRE) == view
            browser_page.click("#duty-take")
            expect(browser_page.locator("#duty-total")).to_have_attribute("data-n", str(before + 1))
            expect(browser_page.locator("#duty-take")).to_be_hidden()
            announce_new_incident(demo_copy, "new-2")
            expect(browser_page.locator("#duty-take")).to_contain_text("1")
            with browser_page.expect_download() as waiting:
                browser_page.click('#duty-export a[data-form="csv"]')
            rows = waiting.value.path().read_text("utf-8-sig").splitlines()[1:]
            expect(browser_page.locator("#duty-total")).to_have_attribute("data-n", str(len(rows)))
            expect(browser_page.locator("#duty-take")).to_be_hidden()
            assert len(rows) == before + 2
        finally:
            browser_page.goto("about:blank")


def test_a_feed_that_is_late_is_named(demo_copy: Settings, browser_page: Page) -> None:
    owner = connect_engine(demo_copy, "owner")
    polled = "update feed set interval_s = 60, polled_at = now() - make_interval(secs => :ago)"
    with serving(demo_copy) as server:
        try:
            with owner.begin() as connection:
                connection.execute(text(polled), {"ago": 10})
            server.sign_in(browser_page, "duty")
            open_map(browser_page, server, "/map")
            browser_page.wait_for_function("() => ikomek.feeds.size")
            expect(browser_page.locator("#duty-late")).to_be_empty()
            with owner.begin() as connection:
                connection.execute(text(f"{polled} where key = 'police'"), {"ago": 600})
            expect(browser_page.locator("#duty-late")).to_have_text(
                "Data is late: Police. Their symbols are hatched"
            )
        finally:
            browser_page.goto("about:blank")
            owner.dispose()


def test_a_list_without_rows_says_so_in_words(page: Page, demo_server: Server) -> None:
    open_map(page, demo_server, "/map?window=dates&from=1999-01-01&to=1999-01-02")
    expect(page.locator("#duty-list .duty-range")).to_have_text("no rows")


def test_what_becomes_overdue_by_the_clock_and_is_closed_has_not_left_the_list(
    demo_copy: Settings, browser_page: Page
) -> None:
    """The list of what was overdue when it was read never held it."""
    owner = connect_engine(demo_copy, "owner")
    with serving(demo_copy) as server:
        try:
            with owner.begin() as connection:
                soon, late = connection.execute(
                    text("""
                    select id from incident where status <> 'closed' and vanished_at is null
                        and point_4326 is not null order by id limit 2""")
                ).scalars()
                connection.execute(
                    text(
                        "update incident set due_at = now() + case when id = :id then interval '1 "
                        "hour' else interval '-1 hour' end"
                    ),
                    {"id": soon},
                )
            server.sign_in(browser_page, "duty")
            open_map(browser_page, server, "/map?overdue=yes")
            change_incident(owner, soon, "due_at = now() + interval '3 seconds'")
            browser_page.wait_for_function(
                "(id) => { const { due, version } = ikomek.live.incidents.get(id); return version > 1 "
                "&& due < ikomek.live.serverNow() / 1000; }",
                arg=soon,
            )
            for incident in (soon, late):
                change_incident(owner, incident, "status = 'closed'")
                browser_page.wait_for_function("(id) => !ikomek.live.incidents.has(id)", arg=incident)
            expect(browser_page.locator("#duty-take")).to_contain_text("1")
        finally:
            browser_page.goto("about:blank")
            owner.dispose()


def change_incident(owner: Engine, incident: int, setting: str) -> None:
    with owner.begin() as connection:
        connection.execute(
            text(f"update incident set {setting}, version = version + 1 where id = :id"), {"id": incident}
        )
        connection.execute(text(f"{RECORD_INCIDENTS} where i.id = :id"), {"id": incident})


def announce_new_incident(settings: Settings, source_id: str = "new-1") -> None:
    """One more open incident, committed with its change."""
    engine = connect_engine(settings, "owner")
    with engine.begin() as connection:
        row = connection.execute(
            text("""
            insert into incident (region, source, source_id, kind, title, source_status, status, opened_at,
                point_4326, point_3857)
            values ('71', 'police', :source_id, 'police', 'Жаңа', 'open', 'open', now(),
                ST_SetSRID(ST_MakePoint(71.43, 51.13), 4326),
              ST_Transform(ST_SetSRID(ST_MakePoint(71.43, 51.13), 4326), 3857)) returning id, extract(epoch
                  from opened_at)::float8 as opened"""),
            {"source_id": source_id},
        ).one()
        payload = {
            "id": row.id,
            "version": 1,
            "kind": "police",
            "category": None,
            "priority": 0,
            "status": "open",
            "district": None,
            "opened": row.opened,
            "due": None,
            "closed": None,
            "point": [71.43, 51.13],
            "inquiries": 0,
            "title": "Жаңа",
            "address": None,
        }
        record(connection, "71", "incident", row.id, 1, payload)
    engine.dispose()
