"""`assets/live.js` in a real browser: snapshot and changes join up, tabs share one stream, a lost server
is said and everything missed arrives once."""

from __future__ import annotations

import time
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import Engine, text

from geo.accounts import sessions, users
from geo.changes.outbox import announce_reset, new_epoch
from geo.incidents.payload import RECORD_INCIDENTS
from geo.settings import Settings
from layers.live.snapshot import FRESH_S
from tests.support.connected import engine_as
from tests.support.killable import eventually
from tests.support.web import Server

START = """() => {
    window.heard = [];
    ikomek.live.on((message) => window.heard.push({
        type: message.type, id: message.id, version: message.version, gone: message.gone, size: ikomek.live.incidents.size, layer: message.layer }));
}"""  # noqa: E501


engine = engine_as("owner", "engine")


@pytest.fixture
def context(browser: Browser, server: Server) -> Iterator[BrowserContext]:
    """Signed in. A browser writes refused connections to its console, so nothing is made of that here."""
    context = browser.new_context()
    server.sign_in(context)
    yield context
    context.close()


def open_tab(context: BrowserContext, server: Server) -> Page:
    page = context.new_page()
    page.goto(f"{server.url}/feeds")
    page.wait_for_function("() => window.ikomek && ikomek.live && ikomek.LiveStream")
    page.evaluate(START)
    page.wait_for_function("() => ikomek.live.loaded")
    return page


def add(engine: Engine, *source_ids: str, announced: bool = True) -> list[int]:
    ids = []
    for source_id in source_ids:
        with engine.begin() as connection:
            ids.append(
                connection.execute(
                    text("""
                insert into incident (region, source, source_id, kind, source_status, status, opened_at,
                    point_4326)
                values ('71', 'test', :id, 'police', 'open', 'open', now(), st_setsrid(st_makepoint(71.43,
                    51.13), 4326)) returning id"""),
                    {"id": source_id},
                ).scalar_one()
            )
            if announced:
                connection.execute(text(f"{RECORD_INCIDENTS} where i.id = :id"), {"id": ids[-1]})
    return ids


def change(engine: Engine, incident: int, setting: str) -> None:
    with engine.begin() as connection:
        connection.execute(
            text(f"update incident set {setting}, version = version + 1 where id = :id"), {"id": incident}
        )
        connection.execute(text(f"{RECORD_INCIDENTS} where i.id = :id"), {"id": incident})


def changes(page: Page) -> list[tuple[int, int, bool]]:
    return [
        (m["id"], m["version"], m["gone"])
        for m in page.evaluate("() => window.heard.filter(m => m.type === 'change')")
    ]


def types(page: Page) -> list[str]:
    return [m["type"] for m in page.evaluate("() => window.heard") if m["type"] not in ("tick", "hello")]


def wait_for_size(page: Page, size: int) -> None:
    page.wait_for_function(f"() => ikomek.live.incidents.size === {size}", timeout=20_000)


def test_a_tab_that_was_asleep_is_not_lost_for_ever(context: BrowserContext, server: Server) -> None:
    """Its clock has gone on when it wakes, and what the shared worker said meanwhile is yet to be heard."""
    page = context.new_page()
    page.clock.install()
    page.goto(f"{server.url}/feeds")
    page.wait_for_function("() => window.ikomek && ikomek.live && ikomek.LiveStream")
    page.evaluate(START)
    page.wait_for_function("() => ikomek.live.tick")
    page.clock.fast_forward(20_000)
    page.wait_for_function("() => window.heard.some(({ type }) => type === 'lost')")
    page.wait_for_function("() => window.heard.at(-1).type !== 'lost' && ikomek.live.lost === null")
    expect(page.locator(".shell-banner[data-banner=lost]")).to_have_count(0)


def test_the_snapshot_is_patched_and_what_is_closed_goes(
    engine: Engine, context: BrowserContext, server: Server
) -> None:
    [first] = add(engine, "1", announced=False)
    time.sleep(FRESH_S)  # signing in has shown a map: its snapshot answers others for so long
    page = open_tab(context, server)
    assert page.evaluate("(id) => ikomek.live.incidents.get(id).point", first) == [71.43, 51.13]
    [second] = add(engine, "2")
    wait_for_size(page, 2)
    change(engine, first, "status = 'closed'")
    wait_for_size(page, 1)
    change(engine, second, "vanished_at = now()")
    wait_for_size(page, 0)
    assert changes(page) == [(second, 1, False), (first, 2, True), (second, 2, True)]


def test_what_was_held_up_on_its_way_is_not_of_now(context: BrowserContext, server: Server) -> None:
    """A line that hung for twelve seconds lets go of an old tick first: heard now, it is not of now."""
    page = context.new_page()
    page.goto(f"{server.url}/feeds")
    page.wait_for_function("() => window.ikomek && ikomek.LiveStream")
    page.evaluate("""() => {
        window.EventSource = class { addEventListener() {} close() {} };
        window.heard = [];
        window.ages = [];
        window.stream = new ikomek.LiveStream(({ type, age }) => {
            heard.push(type);
            if (type === "lost") ages.push(age);
        }, "");
        window.tick = (now, as_of) =>
            stream.hear("tick", { data: JSON.stringify({ now, as_of }), lastEventId: "e-1" });
        tick(1000, 999.9);
        tick(988, 987.9);
    }""")
    page.wait_for_function("() => heard.includes('lost')", timeout=3000)
    page.evaluate("() => tick(1001, 988)")
    assert page.evaluate("() => heard.slice(-2)") == ["lost", "tick"]
    first, second = page.evaluate("() => [ages[0], ages.at(-1)]")
    assert 12_000 < first < 16_000 and second == pytest.approx(13_000, abs=100), "as old as the picture"
    page.evaluate("() => tick(1002, 1001.9)")
    assert page.evaluate("() => heard.slice(-2)") == ["back", "tick"]
    page.evaluate("() => { heard.length = 0; tick(1002 - 3600, 1001.9 - 3600); }")
    page.wait_for_timeout(600)
    assert page.evaluate("() => heard") == ["tick"], "the server's clock was set back: not a lost line"


def test_a_reset_fetches_what_no_change_told(engine: Engine, context: BrowserContext, server: Server) -> None:
    page = open_tab(context, server)
    add(engine, *map(str, range(50)), announced=False)
    with engine.begin() as connection:
        announce_reset(connection, "71", "incidents")
    wait_for_size(page, 50)
    assert types(page).count("reset") == 1
    with engine.begin() as connection:
        announce_reset(connection, "71", "density")
    page.wait_for_function("() => window.heard.some(m => m.type === 'reset' && m.layer === 'density')")
    assert types(page).count("snapshot") <= 3


def test_changes_during_a_flood_of_resets_are_shown_at_once_and_kept(
    engine: Engine, context: BrowserContext, server: Server
) -> None:
    page = open_tab(context, server)
    for number in range(20):
        with engine.begin() as connection:
            announce_reset(connection, "71", "incidents")
        add(engine, str(number))
    wait_for_size(page, 20)
    page.wait_for_timeout(2500)
    assert page.evaluate("() => ikomek.live.incidents.size") == 20
    assert types(page).count("snapshot") <= 5


def test_tabs_share_one_stream(
    engine: Engine, context: BrowserContext, server: Server, settings: Settings
) -> None:
    tabs = [open_tab(context, server) for _ in range(3)]
    [incident] = add(engine, "1")
    for tab in tabs:
        wait_for_size(tab, 1)
        assert changes(tab) == [(incident, 1, False)]
    with server.client() as client:
        eventually(lambda: "ikomek_live_streams 1.0" in client.get("/metrics").text)


def test_a_screen_keeps_its_own_picture_whoever_signs_in_beside_it(
    engine: Engine, browser: Browser, server: Server, accounts: Engine
) -> None:
    """A person of one district, in the browser that shows the wall: each has the stream and the incidents
    of their own rights."""
    context = browser.new_context()
    add(engine, "1", "2", announced=False)
    token = sessions.add_device(accounts, "operations")
    users.add_user(accounts, "saule", "duty", None, districts=["esil"])
    wall = context.new_page()
    wall.goto(f"{server.url}/wall/operations?token={token}")
    wall.wait_for_function(
        "() => window.ikomek?.live?.loaded && ikomek.live.incidents.size === 2", timeout=30_000
    )
    person = context.new_page()
    server.sign_in(person, "duty", "saule")
    person.goto(f"{server.url}/feeds")
    person.wait_for_function(
        "() => window.ikomek?.live?.loaded && ikomek.live.incidents.size === 0", timeout=30_000
    )
    wall.reload()
    wall.wait_for_function(
        "() => window.ikomek?.live?.loaded && ikomek.live.incidents.size === 2", timeout=30_000
    )
    add(engine, "3")
    wait_for_size(wall, 3)
    assert person.evaluate("() => ikomek.live.incidents.size") == 0
    context.close()


def test_another_person_at_the_same_browser_has_a_stream_of_their_own_and_the_first_is_told(
    engine: Engine, context: BrowserContext, server: Server, web: Engine, accounts: Engine
) -> None:
    """The first one's tab stays open, and so does its worker."""
    page = open_tab(context, server)
    add(engine, "1")
    wait_for_size(page, 1)
    users.add_user(accounts, "saule", "duty", None, districts=["esil"])
    earlier = {cookie["name"]: cookie["value"] for cookie in context.cookies()}["ikomek_session"]
    later = httpx.get(server.url + sessions.one_time_link(accounts, "saule", "duty")).cookies[
        "ikomek_session"
    ]
    # Never without a session between the two: a tab that finds none goes to the sign-in page.
    context.add_cookies([{"name": "ikomek_session", "value": later, "url": server.url}])
    beside = open_tab(context, server)
    wait_for_size(beside, 0)
    sessions.end(web, earlier)
    expect(page.locator("#trouble")).to_contain_text("Somebody else has signed in")
    assert page.evaluate("() => ikomek.live.incidents.size") == 1, "nobody else's picture"
    expect(beside.locator("#trouble")).to_be_empty()


def test_without_shared_workers_a_tab_has_a_stream_of_its_own(
    engine: Engine, context: BrowserContext, server: Server
) -> None:
    context.add_init_script("delete window.SharedWorker")
    page = open_tab(context, server)
    add(engine, "1")
    wait_for_size(page, 1)


def test_a_server_that_goes_is_said_and_what_was_missed_arrives_once(
    engine: Engine, context: BrowserContext, server: Server
) -> None:
    page = open_tab(context, server)
    ids = add(engine, "1", "2")
    wait_for_size(page, 2)
    server.stop()
    assert "Traceback" not in server.logged()
    page.wait_for_function("() => ikomek.live.lost", timeout=5000)
    ids += add(engine, "3", "4")
    server.start()
    ids += add(engine, "5")
    wait_for_size(page, 5)
    assert [id_ for id_, _, _ in changes(page)] == ids
    assert [kind for kind in types(page) if kind in ("lost", "back")] == ["lost", "back"]


def test_a_restored_database_is_fetched_anew(
    engine: Engine, context: BrowserContext, server: Server, settings: Settings
) -> None:
    page = open_tab(context, server)
    add(engine, "1", announced=False)
    with engine.begin() as connection:
        new_epoch(connection)
    wait_for_size(page, 1)


def test_the_clock_is_the_servers(engine: Engine, context: BrowserContext, server: Server) -> None:
    """The tab's own clock is an hour slow."""
    context.add_init_script(
        "const now = Date.now; Date.now = () => now() - 3600e3; delete window.SharedWorker"
    )
    page = open_tab(context, server)
    page.wait_for_function("() => Math.abs(ikomek.live.serverNow() - (Date.now() + 3600e3)) < 2000")


def test_who_listens_late_is_told_the_state_and_a_broken_listener_silences_nobody(
    engine: Engine, browser: Browser, server: Server
) -> None:
    context = browser.new_context()
    server.sign_in(context)
    page = open_tab(context, server)
    page.evaluate(
        "() => { ikomek.live.on(() => { throw new Error('broken listener'); }); window.late = []; "
        "window.stop = ikomek.live.on(m => window.late.push(m.type)); }"
    )
    assert "snapshot" in page.evaluate("() => window.late")
    add(engine, "1")
    page.wait_for_function("() => window.late.includes('change')")
    page.evaluate("() => { window.stop(); window.late = []; }")
    add(engine, "2")
    wait_for_size(page, 2)
    assert page.evaluate("() => window.late") == []
    context.close()
