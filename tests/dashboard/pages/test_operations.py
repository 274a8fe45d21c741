"""The page /operations: for administrators alone; every part of the system with its state, what needs
somebody at the head; three languages; read again by itself."""

from __future__ import annotations

import json
import os
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import text

from dashboard import words
from dashboard.jobs import HEAD, JOBS
from dashboard.machine.state import SHOWN, MachineState, Started
from geo.accounts import sessions
from geo.database import connect_engine, connected
from geo.monitoring.reading import Reading
from geo.monitoring.record import Monitor
from geo.settings import Settings
from tests.support.web import Server

CARDS = ("routes", "processes", "feeds", "queues", "jobs", "servers", "screens", "alarms")
WIDTHS = ((390, 844), (1920, 1080), (3840, 2160))


def lived(settings: Settings) -> None:
    """A machine that has measured for a day, with processes, a screen, a failed job and an alarm."""
    own = MachineState(Started.of(os.getpid()), "running", "http://127.0.0.1:9460")
    own.processes = {"web": Started.of(os.getpid(), 2), "relay": Started(1, 1, time.time() - 90)}
    own.write(Path(settings.data))
    engine = connect_engine(settings, "jobs")
    Monitor(settings).look(engine)
    engine.dispose()
    with connected(settings, "owner") as connection:
        connection.execute(
            text("""
            insert into measure_history (region, host, key, subject, at, value)
            select m.region, m.host, m.key, m.subject, now() - n * interval '10 minutes', 50 + 40 * sin(n /
            9.0) from machine_measure m, generate_series(1, 143) n on conflict do nothing""")
        )
        connection.execute(
            text("""
            insert into alarm (region, rule, subject, priority, parameters, raised_at)
            select region, 'disk_low', host, 1, jsonb_build_object('measure', key, 'subject', subject, 'host',
            host,
                'value', 3.2), now() from machine_measure where key = 'disk_free' order by subject limit 1""")
        )
        connection.execute(
            text("""insert into job (region, key, failed_at, failures, error_code, error_parameters)
            values ('71', 'backup', now(), 3, 'job.failed', '{"reason": "No space left"}')""")
        )
        connection.execute(
            text(
                "insert into feed (region, key, interval_s, polled_at) values "
                "('71', 'police', 30, now() - interval '10 seconds')"
            )
        )
        connection.commit()
    engine = connect_engine(settings, "accounts")
    sessions.add_device(engine, "operations", "hall, left", 30)
    engine.dispose()


def test_an_administrator_sees_every_part_and_what_needs_somebody(server: Server, browser_page: Page) -> None:
    lived(server.settings)
    server.sign_in(browser_page)
    browser_page.goto(server.url + "/operations")
    for card in CARDS:
        expect(browser_page.locator(f"[data-card={card}]")).to_be_visible()
    needs = browser_page.locator(".operations-findings li")
    expect(needs.filter(has_text="A disk is nearly full")).to_have_count(1)
    expect(needs.filter(has_text="The process relay does not run")).to_have_count(1)
    expect(needs.filter(has_text="Backup")).not_to_have_count(0)
    expect(browser_page.locator(".operations-tile[data-measure=disk_free][data-state=late]")).to_have_count(1)
    expect(browser_page.locator("[data-card=routes] tbody")).to_contain_text("Pages")
    expect(browser_page.locator("[data-card=screens] tbody")).to_contain_text("hall, left")
    expect(browser_page.locator("[data-card=servers] tbody")).to_contain_text("PostgreSQL")
    area = browser_page.locator(".operations-tile[data-measure=load] .operations-area > div")
    assert area.bounding_box()["height"] > 10
    relay = browser_page.locator("[data-card=processes] tr", has_text="relay")
    expect(relay).to_have_attribute("data-state", "late")


def test_it_is_read_again_by_itself(server: Server, browser_page: Page) -> None:
    server.sign_in(browser_page)
    browser_page.goto(server.url + "/operations")
    tiles = browser_page.locator(".operations-tile")
    expect(browser_page.locator(".operations-findings")).to_contain_text("Nothing has been measured yet")
    expect(tiles).to_have_count(0)
    engine = connect_engine(server.settings, "jobs")
    with engine.begin() as connection:
        Monitor(server.settings)._write(connection, [Reading("load", 0.5)], datetime.now(UTC))
    engine.dispose()
    expect(tiles).to_have_count(1)


@pytest.mark.parametrize("lang", words.LANGUAGES)
def test_nothing_is_cut_or_in_another_language(server: Server, browser_page: Page, lang: str) -> None:
    lived(server.settings)
    server.sign_in(browser_page)
    browser_page.context.add_cookies([{"name": "ikomek_language", "value": lang, "url": server.url}])
    for width, height in WIDTHS:
        browser_page.set_viewport_size({"width": width, "height": height})
        browser_page.goto(server.url + "/operations")
        expect(browser_page.locator("[data-card=alarms] tbody tr")).to_have_count(1)
        wide = browser_page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width
        if folder := os.environ.get("IKOMEK_SCREENSHOTS"):
            browser_page.screenshot(path=f"{folder}/operations-{lang}-{width}.png", full_page=width < 500)
    title = words.catalogue(lang).entries["operations.title"]
    expect(browser_page.locator("h1")).to_have_text(str(title))


def test_nobody_else_comes_in(server: Server) -> None:
    for role in ("duty", "auditor", "executive"):
        with server.client(role) as client:
            assert client.get("/operations").status_code == 403
            assert '"href": "/operations"' not in client.get("/_dash-layout").text


def test_what_everybody_may_know_of_processes_holds_no_command(tmp_path: Path) -> None:
    own = MachineState(Started.of(os.getpid(), command=["python", "--secret"]), "running", "http://here")
    own.write(tmp_path)
    shown = json.loads((tmp_path / SHOWN).read_text())
    assert shown["processes"]["supervisor"]["pid"] == os.getpid() and "secret" not in json.dumps(shown)
    assert (tmp_path / SHOWN).stat().st_mode & 0o777 == 0o644
    assert (tmp_path / "state.json").stat().st_mode & 0o777 == 0o600


def test_metrics_say_the_golden_signals(server: Server) -> None:
    lived(server.settings)
    with server.client("monitor") as client:
        client.get("/no/such/page")
        lines = client.get("/metrics").text.splitlines()
        lines = client.get("/metrics").text.splitlines()
    found = {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines if line[0] != "#"}
    assert found['ikomek_route_answers_total{outcome="refused",route="other"}'] == 1
    assert found['ikomek_route_seconds_count{route="health"}'] >= 1
    assert found['ikomek_route_busy{route="health"}'] == 1, "this very one"
    assert found['ikomek_queue_waiting{queue="inbox"}'] == 0
    assert found['ikomek_queue_oldest_seconds{queue="escalation_notice"}'] == 0
    assert found['ikomek_work_room{work="lists"}'] == 15 and found['ikomek_pool_room{pool="hub"}'] == 2
    assert found["ikomek_live_streams"] == 0 and found["ikomek_live_waiting"] == 0
    assert found['ikomek_feed_failing{feed="police"}'] == 0
    assert any(name.startswith("ikomek_machine{") and "disk_free" in name for name in found)


@pytest.mark.parametrize("lang", words.LANGUAGES)
def test_each_job_has_a_name_in_words(lang: str) -> None:
    """`word_or` would show the key."""
    named = {f"operations.job.{job.key}" for job in (*JOBS, HEAD)}
    assert named - set(words.catalogue(lang).entries) == set()
