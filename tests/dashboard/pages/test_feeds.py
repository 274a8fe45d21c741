"""The page /feeds on a city with three feeds: one on time with rejected rows, one late, one failing."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Connection, text

from dashboard.pages.feeds import Chosen
from dashboard.words import LANGUAGES, word
from geo.database import Engine, connect_engine
from geo.errors import Conflict
from geo.intake import runs
from geo.loading import ledger, schedule
from tests.assets.map.test_layers import wait_for
from tests.assets.strain import CALLBACK, Way, asks_for
from tests.support.web import Server

FEEDS = """
    insert into feed (region, key, layer, interval_s, polled_at, newest_at, failed_at, error_code,
        error_parameters) values
      ('71', 'police', 'incidents', 3600, now() - interval '10 seconds', now() - interval '40 seconds', null,
          null, null),
      ('71', 'emergencies', 'incidents', 60, now() - interval '5 minutes', now() - interval '6 minutes', null,
          null, null),
      ('71', 'offences', 'incidents', 300, now() - interval '1 minute', null, now(), 'user.role',
          '{"role": "x", "known": "y"}')"""
RUN = """
    insert into run (region, feed, source, state, started_at, ended_at, read_rows, written, unchanged,
        rejected, no_coordinates, placed,
      mended, seconds)
    values ('71', 'police', '/data/police.csv', 'done', now(), now(), 1711, 1600, 51, 60, 7, 9,
        '{"coordinates.swapped": 4, "cell.blank_word": 3}', 1.25)
    returning id"""
REJECT = """
    insert into reject (region, run_id, row_number, code, field, value, row)
    values ('71', :run, :n, :code, 'opened_at', '31.02.2026', cast(:row as jsonb))"""


@pytest.fixture(scope="module")
def run_id(shared_server: Server) -> int:
    """The police run with 60 rejected rows, 50 of one reason and 10 of another."""
    engine = connect_engine(shared_server.settings, "owner")
    with engine.begin() as connection:
        connection.execute(text(FEEDS))
        run = connection.scalar(text(RUN))
        rows = [
            {
                "run": run,
                "n": n,
                "code": "row.doubled" if n > 50 else "value.time",
                "row": json.dumps({"opened_at": "31.02.2026", "house": "<b>7</b>"}),
            }
            for n in range(1, 61)
        ]
        connection.execute(text(REJECT), rows)
    engine.dispose()
    return run


@pytest.fixture
def page(shared_server: Server, browser_page: Page, run_id: int) -> Page:
    shared_server.sign_in(browser_page, "administrator")
    browser_page.goto(shared_server.url + "/feeds")
    browser_page.click(".shell-language[lang=en]")
    expect(browser_page.locator("h1")).to_have_text("Data feeds")
    browser_page.wait_for_selector(".feeds-age[data-state]")
    return browser_page


def test_each_feed_shows_its_age_against_its_interval(page: Page) -> None:
    states = {
        age.get_attribute("data-feed"): age.get_attribute("data-state")
        for age in page.locator(".feeds-age").all()
    }
    assert states == {"emergencies": "late", "offences": "failed", "police": "normal"}
    late = page.locator(".feeds-age[data-feed=emergencies]")
    expect(late.locator(".feeds-age-text")).to_have_text("5 min")
    assert late.locator(".feeds-fill").evaluate("e => e.style.width") == "100%"
    expect(page.locator("#feeds-summary")).to_have_text("On time: 1Late: 1Failed: 1")
    expect(page.locator(".feeds-error")).to_contain_text("There is no role “x”")
    looked_at = page.locator(".feeds-row", has=late).locator(".feeds-run")
    expect(looked_at).to_have_text("looked at, nothing has come yet")  # it has an age: it is not "never run"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_on_a_phone_the_longest_state_of_a_run_widens_nothing(page: Page, lang: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    state = page.locator(".feeds-row .feeds-run").first
    state.evaluate("(cell, text) => cell.append(text)", word("feeds.run.nothing_came", lang))
    right = "(all) => Math.max(...all.map((one) => one.getBoundingClientRect().right))"
    assert page.locator(".feeds-table *").evaluate_all(right) <= 390


def test_what_is_not_as_usual_is_told_and_accepted(page: Page, shared_server: Server) -> None:
    engine = connect_engine(shared_server.settings, "owner")
    with engine.begin() as connection:
        connection.execute(
            text("""insert into finding (region, feed, code, parameters)
            values ('71', 'police', 'content.shrunk', '{"vanishing": 38, "before": 40, "percent": 25}')""")
        )
    page.goto(shared_server.url + "/feeds?feed=police")
    expect(page.locator(".feeds-found-item")).to_contain_text(
        "38 of 40 rows are missing from the full list, more than 25%"
    )
    page.click('.feeds-panel button:has-text("Accept")')
    expect(page.locator("#feeds-released")).to_have_text("Accepted. The next run will take it into account.")
    with engine.begin() as connection:
        accepted = connection.execute(text("delete from finding returning accepted_by")).scalar()
        assert (
            accepted
            and connection.execute(text("select who from audit where what = 'feed.release'")).scalar()
            == accepted
        )
    engine.dispose()


QUIET = """
    update feed set news_since = now() - interval '40 days', news_at = now() - interval '5 days',
        news_pause_s = 172800 where key = 'police'"""
COPY = """
    update run set copy_of = '/data/in/monday.csv', copied_at = timestamptz '2026-11-23 09:05+05'
    where id = :run"""


def test_a_feed_that_is_quiet_for_longer_than_usual_and_a_copied_file_are_told_on_its_row(
    page: Page, shared_server: Server, run_id: int
) -> None:
    engine = connect_engine(shared_server.settings, "owner")
    with engine.begin() as connection:
        connection.execute(text(QUIET))
        connection.execute(text(COPY), {"run": run_id})
    page.reload()
    row = page.locator(".feeds-row").filter(has_text="Police")
    expect(row.locator(".feeds-quiet")).to_have_text(
        re.compile(r"^Nothing new since .*; the longest pause that is usual: 2 days$")
    )
    copied = "Same content as monday.csv of 23.11.2026 09:05: nothing new"
    expect(row.locator(".feeds-copy")).to_have_text(copied)
    expect(page.locator(".feeds-quiet")).to_have_count(1)
    with engine.begin() as connection:
        ledger.beat(connection, "71", "police", news=True)
        connection.execute(text("update run set copied_at = null where id = :run"), {"run": run_id})
    engine.dispose()
    expect(page.locator(".feeds-quiet, .feeds-copy")).to_have_count(0, timeout=15_000)


def test_only_what_is_not_normal_is_coloured(page: Page) -> None:
    colour = "e => getComputedStyle(e).color"
    assert (
        page.locator(".feeds-age[data-feed=police] .feeds-age-text").evaluate(colour) == "rgb(233, 237, 241)"
    )
    assert (
        page.locator(".feeds-age[data-feed=emergencies] .feeds-age-text").evaluate(colour)
        == "rgb(242, 169, 59)"
    )


def test_what_is_chosen_comes_though_the_feeds_go_on_reporting(
    page: Page, shared_server: Server, run_id: int
) -> None:
    """A pulse is no newer question about the panel."""
    way = Way(page, CALLBACK, asks_for("feeds-panel.children"))
    way.hold()
    page.locator(".feeds-row").filter(has_text="Police").locator(".ledger-link").click()
    page.wait_for_url(re.compile(f"run={run_id}"))
    wait_for(page, lambda: way.held)
    with page.expect_response(lambda answer: asks_for("feeds-table.children")(answer.request)):
        with_owner(shared_server, lambda connection: ledger.beat(connection, "71", "police"))
    assert way.seen == 1
    way.release()
    expect(page.locator(".feeds-rejects > li").first).to_be_visible()


def with_owner(server: Server, work: Callable[[Connection], object]) -> None:
    engine = connect_engine(server.settings, "owner")
    with engine.begin() as connection:
        work(connection)
    engine.dispose()


def test_the_ledger_adds_up_and_the_rejects_are_one_click_away(page: Page, run_id: int) -> None:
    expect(page.locator(".feeds-row").filter(has_text="Police").locator(".ledger-counts")).to_have_text(
        "1,711 = 1,600 + 51 + 60"
    )
    page.click(".feeds-row .ledger-link")
    expect(page.locator("#feeds-panel h3")).to_have_text(f"Run No. {run_id}: 60 rows rejected")
    assert page.url.endswith(f"/feeds?feed=police&run={run_id}")
    expect(page.locator(".feeds-rejects > li")).to_have_count(50)
    expect(page.locator(".feeds-rejects > li").first).to_contain_text("31.02.2026")
    expect(page.locator(".feeds-rejects > li").first).to_contain_text("<b>7</b>")
    page.click(".feeds-more a")
    expect(page.locator(".feeds-rejects > li")).to_have_count(10)
    page.locator(".feeds-reasons a").nth(1).click()
    expect(page.locator(".feeds-rejects > li")).to_have_count(50)
    page.go_back()
    expect(page.locator(".feeds-rejects > li")).to_have_count(10)


def test_a_rejected_row_is_mended_and_sent_again(
    page: Page, web: Engine, shared_server: Server, run_id: int
) -> None:
    page.goto(f"{shared_server.url}/feeds?feed=police&run={run_id}")
    row = page.locator(".feeds-rejects > li").first
    row.locator("a.feeds-resubmit").click()
    form = page.locator(".feeds-resubmit-form")
    expect(form.locator("label").first).to_contain_text("opened_at")
    form.locator("input").first.fill("28.02.2026")
    form.locator("button").click()
    expect(page.locator("#feeds-resubmitted")).to_contain_text("Rows sent: 1")
    with web.connect() as connection:
        [(feed, body, requested_by)] = connection.execute(
            text("select feed, body, asked_by from inbox where idempotency_key like 'mend-%'")
        ).all()
    assert (feed, json.loads(bytes(body)), requested_by) == (
        "police",
        [{"opened_at": "28.02.2026", "house": "<b>7</b>"}],
        "administrator",
    )
    page.goto(f"{shared_server.url}/feeds?feed=police&run={run_id}")
    expect(page.locator(".feeds-rejects > li").first.locator(".feeds-resubmit-sent")).to_contain_text(
        "Sent again by administrator"
    )


def test_what_a_run_mended_by_itself_stands_with_it(page: Page, shared_server: Server) -> None:
    page.goto(f"{shared_server.url}/feeds?feed=police")
    expect(page.locator(".feeds-run-item").first).to_contain_text(
        "located by address: 9 · latitude and longitude swapped back: 4 · placeholder words read as empty: 3"
    )


def test_a_run_is_asked_for_once_more(page: Page, web: Engine, run_id: int) -> None:
    page.click(".feeds-name >> text=Police")
    page.click(".feeds-run-item .button")
    expect(page.locator("#feeds-message")).to_contain_text("is queued")
    with web.connect() as connection:
        requested = connection.execute(
            text("select feed, source, asked_by, state from inbox where idempotency_key like 'repeat-%'")
        ).all()
    assert [tuple(row) for row in requested] == [("police", "/data/police.csv", "administrator", "waiting")]


def test_a_poll_shows_by_itself(page: Page, shared_server: Server) -> None:
    page.evaluate("window.notReloaded = true")
    engine = connect_engine(shared_server.settings, "owner")
    with engine.begin() as connection:
        connection.execute(
            text(
                "update feed set polled_at = now(), newest_at = '2026-01-02T03:04:05Z' where key = "
                "'emergencies'"
            )
        )
    engine.dispose()
    expect(page.locator(".feeds-age[data-feed=emergencies]")).to_have_attribute(
        "data-state", "normal", timeout=15_000
    )
    expect(page.locator(".feeds-row").filter(has_text="Emergencies").locator(".feeds-newest")).to_have_text(
        "02.01.2026 08:04", timeout=15_000
    )
    assert page.evaluate("window.notReloaded")


def test_a_feed_that_fails_too_long_is_an_alarm_until_it_comes_again(
    page: Page, shared_server: Server, web: Engine
) -> None:
    """Its error in words, each try later than the one before, an alarm after its patience; the page
    follows by itself, and so does its recovery."""
    engine, at = connect_engine(shared_server.settings, "owner"), ("71", "emergencies")
    row = page.locator(".feeds-row").filter(has_text="Emergencies")
    waits = []
    for _ in range(3):
        with engine.begin() as connection:
            ledger.fail_feed(connection, *at, "source.missing", {"source": "in/emergencies.csv"})
            schedule.put_off(connection, *at)
            waits.append(
                connection.scalar(
                    text(
                        "select extract(epoch from next_at - clock_timestamp())::int from feed "
                        "where key = 'emergencies'"
                    )
                )
            )
    expect(row.locator(".feeds-error")).to_have_text(
        re.compile("Failed at .*in/emergencies.csv"), timeout=15_000
    )
    assert [round(wait / 10) for wait in waits] == [3, 6, 12]
    with engine.begin() as connection:
        connection.execute(
            text(
                "update feed set polled_at = now() - interval '11 minutes', failing_since = now() "
                "- interval '11 minutes' where key = 'emergencies'"
            )
        )
        begun = connection.scalar(text("select now() - interval '1 day'"))
        assert schedule.raise_alarms(connection, "71", {"emergencies": 660 + 60}, begun) == []
        assert schedule.raise_alarms(connection, "71", {"emergencies": 600}, begun) == ["emergencies"]
    expect(row.locator(".feeds-error")).to_have_text(
        re.compile("ALARM since .*in/emergencies.csv"), timeout=15_000
    )
    expect(row.locator(".feeds-age")).to_have_attribute("data-state", "failed")
    with engine.begin() as connection:
        ledger.beat(connection, *at)
    engine.dispose()
    expect(row.locator(".feeds-error")).to_have_count(0, timeout=15_000)
    expect(row.locator(".feeds-age")).to_have_attribute("data-state", "normal")


def test_rejected_rows_are_shown_only_to_roles_that_may_see_them_and_each_look_is_audited(
    shared_server: Server, run_id: int, web: Engine
) -> None:
    call = {
        "output": "page.children",
        "outputs": {"id": "page", "property": "children"},
        "changedPropIds": ["address.pathname"],
        "inputs": [{"id": "address", "property": "pathname", "value": "/feeds"}],
        "state": [{"id": "address", "property": "search", "value": f"?feed=police&run={run_id}"}],
    }
    with shared_server.client("duty") as duty, shared_server.client("operator") as operator:
        assert "31.02.2026" in duty.post("/_dash-update-component", json=call).text
        with web.connect() as connection:
            looks = connection.execute(
                text(
                    "select who, parameters ->> 'run' from audit where what = 'reject.seen' and who = 'duty'"
                )
            ).all()
        assert [tuple(look) for look in looks] == [("duty", str(run_id))]
        shown = operator.post("/_dash-update-component", json=call).text
    assert "feeds-table" in shown and "31.02.2026" not in shown and "feeds-repeat" not in shown


@pytest.mark.parametrize(
    "changed",
    [
        ["feeds-panel-pulse.data"],
        ["address.search"],
        ["feeds-panel-pulse.data", "address.search"],
        ["nothing.data"],
        [],
    ],
)
def test_rejects_are_not_read_without_a_trace_whatever_is_said_to_have_changed(
    shared_server: Server, run_id: int, web: Engine, changed: list[str]
) -> None:
    call = {
        "output": "feeds-panel.children",
        "outputs": {"id": "feeds-panel", "property": "children"},
        "changedPropIds": changed,
        "inputs": [
            {"id": "address", "property": "search", "value": f"?feed=police&run={run_id}"},
            {"id": "feeds-panel-pulse", "property": "data", "value": 1},
        ],
    }

    def looks() -> int:
        with web.connect() as connection:
            return connection.scalar(
                text("select count(*) from audit where what = 'reject.seen' and who = 'duty'")
            )

    with shared_server.client("duty") as duty:
        before = looks()
        shown = "31.02.2026" in duty.post("/_dash-update-component", json=call).text
    assert looks() - before == int(shown)


def test_a_run_is_repeated_only_by_roles_that_may(shared_server: Server, run_id: int, web: Engine) -> None:
    button = {"type": "feeds-repeat", "run": run_id}
    call = {
        "output": "feeds-message.children",
        "outputs": {"id": "feeds-message", "property": "children"},
        "changedPropIds": [json.dumps(button, separators=(",", ":")) + ".n_clicks"],
        "inputs": [[{"id": button, "property": "n_clicks", "value": 1}]],
        "state": [],
    }
    count = text("select count(*) from inbox where asked_by = 'operator'")
    with shared_server.client("operator") as operator, web.connect() as connection:
        answer = operator.post("/_dash-update-component", json=call, headers={"Accept-Language": "en"})
        assert "Your role does not allow this" in json.dumps(answer.json()["response"]["feeds-message"])
        assert connection.scalar(count) == 0


def test_a_run_that_has_no_source_says_so(page: Page, shared_server: Server, web: Engine) -> None:
    engine = connect_engine(shared_server.settings, "owner")
    with engine.begin() as connection:
        made = connection.scalar(
            text(RUN.replace("'/data/police.csv'", "'demo'").replace("'police'", "'offences'"))
        )
        pushed = connection.scalar(
            text(RUN.replace("'/data/police.csv'", "null").replace("'police'", "'offences'"))
        )
        for run, code in ((made, "run.generated"), (pushed, "run.no_source")):
            with pytest.raises(Conflict) as refused:
                runs.repeat(connection, "71", run, "test")
            assert refused.value.code == code
    engine.dispose()
    page.goto(shared_server.url + "/feeds?feed=offences")
    expect(page.locator(".feeds-source").first).to_have_text("pushed by a program")
    expect(page.locator(".feeds-source").nth(1)).to_have_text("made by the demo city")
    expect(page.locator(".feeds-run-item .button")).to_have_count(1)
    page.click(".feeds-run-item .button")
    expect(page.locator("#feeds-message [role=alert]")).to_contain_text("were not kept")


@pytest.mark.parametrize(
    ("query", "chosen"),
    [
        ({"feed": "police", "run": "12", "after": "50"}, Chosen("police", 12, None, 50)),
        ({"run": "x", "after": "-1", "before": "9" * 30}, Chosen()),
        ({}, Chosen()),
    ],
)
def test_the_address_chooses_the_feed_and_the_run(query: dict, chosen: Chosen) -> None:
    assert Chosen.read(query) == chosen


def test_what_waits_in_the_inbox_is_said_and_an_alarm_once_it_is_too_long(
    page: Page, shared_server: Server, web: Engine
) -> None:
    engine = connect_engine(shared_server.settings, "owner")
    with web.begin() as connection:
        runs.push(connection, "71", "offences", "waits", "exchange", "text/csv", b"source_id")
    with engine.begin() as connection:
        connection.execute(
            text("update inbox set asked_at = now() - interval '3 minutes' where idempotency_key = 'waits'")
        )
        assert schedule.mark_backlogs(connection, "71") == [("offences", True)]
    page.reload()
    row = page.locator(".feeds-row").filter(has_text="Offences")
    expect(row.locator(".feeds-waiting")).to_have_text("Pushed batches waiting: 1, the oldest for 3 min")
    expect(row.locator(".feeds-error").first).to_have_text(
        re.compile("ALARM since .*pushed rows have waited too long")
    )
    with engine.begin() as connection:
        connection.execute(text("delete from inbox where idempotency_key = 'waits'"))
        assert schedule.mark_backlogs(connection, "71") == [("offences", False)]
    engine.dispose()
    page.reload()
    expect(row.locator(".feeds-waiting")).to_have_count(0)
