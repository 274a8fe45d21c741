"""While a backup is restored the database can only be read: every process that asks it again and again waits
with one line in its log, and goes on by itself."""

import logging
import threading
import time

import pytest

from dashboard import jobs
from etl.registry import FEEDS
from etl.runs import watch
from geo.changes import relay, rollup
from geo.database import connect_engine
from geo.intake import runs
from geo.outage import Outage
from geo.recovery.read_only import read_only
from geo.settings import Settings
from tests.support.desk import Desk
from tests.support.killable import eventually

RESTORED = "a backup is being restored, the database can only be read"
QUIET_S = 2.5
"""The watcher looks twice a second, the others each second."""
BODY = b'[{"source_id": "w1", "opened_at": "2024-05-01", "status": "open"}]'
WAIT = {"the watch", "the relay", "the watch of alarms"}
"""That write whatever there is to do; the others may have nothing."""
MAY_WAIT = WAIT | {
    *("the rollup", "what is due", "the seal of the audit", "the signed head of the audit"),
    *("escalation", "what escalation tells", "what citizens are told", "messages to citizens"),
    *("the mails of reports", "what webhooks tell"),
}


def logged(caplog: pytest.LogCaptureFixture, words: str) -> set[str]:
    return {found[0] for record in caplog.records if len(found := record.getMessage().split(words)) == 2}


@pytest.fixture
def processes(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> threading.Event:
    """All of them at work, as threads; the event ends them."""
    stop = threading.Event()
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(jobs, "ALARMS_EVERY_S", 0.5)
    threads = [
        threading.Thread(target=watch.watch, args=(settings, stop, FEEDS)),
        threading.Thread(target=jobs.work, args=(settings, stop)),
        *(
            threading.Thread(target=relay.keep_running, args=(name, work, settings, stop))
            for name, work in (("relay", relay.relay), ("rollup", rollup.rollup))
        ),
    ]
    for thread in threads:
        thread.start()
    yield stop
    stop.set()
    for thread in threads:
        thread.join()


def test_what_asks_again_and_again_waits_with_one_line(
    caplog: pytest.LogCaptureFixture, desk: Desk, processes: threading.Event
) -> None:
    eventually(lambda: "relaying changes" in caplog.text and "folding density deltas" in caplog.text)
    eventually(lambda: desk.rows("select 1 from feed limit 1"))
    with read_only(desk.settings):
        began = len(caplog.records)
        eventually(lambda: logged(caplog, f" waits: {RESTORED}") >= WAIT)
        time.sleep(QUIET_S)
        lines = [r.getMessage() for r in caplog.records[began:] if r.levelno >= logging.WARNING]
    assert sorted(lines) == sorted(f"{who} waits: {RESTORED}" for who in logged(caplog, " waits: ")), lines
    assert logged(caplog, " waits: ") <= MAY_WAIT
    eventually(lambda: logged(caplog, " goes on after ") >= logged(caplog, " waits: "), 30)


def test_a_push_that_waits_is_said_of_once_too(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    """It is begun in a thread of its feed, which meets the same."""
    web = connect_engine(settings, "web", pool_size=1)
    with web.begin() as connection:
        runs.push(connection, settings.city.region, "police", "k1", "pusher", "application/json", BODY)
    web.dispose()
    eye = watch.Watcher(settings, FEEDS, connect_engine(settings, "etl", pool_size=4))
    with read_only(settings):
        for _ in range(5):
            eye.begin_work("police", eye.empty_inbox)
            eye.finish()
    eye.database.dispose()
    assert len([record for record in caplog.records if record.levelno >= logging.WARNING]) == 1


def test_an_outage_is_said_once_and_its_end_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    outage = Outage(logging.getLogger("test"), "the work")
    outage.over()
    for _ in range(4):
        outage.note(ConnectionError("first\nsecond"))
    outage.over()
    outage.note(ConnectionError("lost"))
    outage.over()
    assert [record.getMessage() for record in caplog.records] == [
        "the work waits: the database does not answer: first",
        "the work goes on after 0 s",
        "the work goes on after 0 s",
    ]


class Full(Exception):
    pgcode = "53100"


def test_a_full_disk_is_one_outage_whatever_succeeds_meanwhile(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO)
    clock = [1000.0]
    monkeypatch.setattr("geo.outage.time.monotonic", lambda: clock[0])
    outage = Outage(logging.getLogger("test"), "the work")
    for _ in range(65):
        outage.note(Full())
        outage.over()
        clock[0] += 1
    clock[0] += 60
    outage.over()
    outage.over()
    assert [record.getMessage() for record in caplog.records] == [
        "the work waits: the database has no room on its disk",
        "the work goes on after 125 s",
    ]


@pytest.fixture
def desk(settings: Settings) -> Desk:
    made = Desk(settings, incidents=1)
    yield made
    made.close()
