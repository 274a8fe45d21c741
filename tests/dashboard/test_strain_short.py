"""A few seconds of `./ikomek bench strain`, without the browser: every part fails at random, nothing that
claims to be now is old, all recover."""

from __future__ import annotations

import threading
import time

from geo.changes.relay import relay
from geo.settings import Settings
from tests.bench import strain
from tests.bench._strain_ledger import Entry, Ledger


def test_random_slowness_makes_nobody_wrong(settings: Settings) -> None:
    stop = threading.Event()
    stamping = threading.Thread(target=relay, args=(settings, stop))
    stamping.start()
    try:
        findings, crowd = strain.strain(settings, seconds=6, clients=8, with_pages=False, seed=3)
    finally:
        stop.set()
        stamping.join()
    assert findings.wrong + crowd.record.wrong == []
    assert crowd.record.claims > 20 and sum(findings.faults.values()) >= 2


def test_the_judge_finds_what_is_old_missing_or_foreign() -> None:
    """Or the run would prove nothing."""
    ledger, now = Ledger({7: "police", 8: "service"}), time.monotonic()
    ledger.entries = {
        7: [Entry(now - 60, 1, True), Entry(now - 30, 2, True)],
        8: [Entry(now - 60, 1, True), Entry(now - 30, 2, False)],
    }
    assert ledger.judge({7: 2}, now - 20) == []
    assert ledger.judge({7: 1}, now - 40) == ledger.judge({7: 1, 8: 1}, now - 40) == []
    for shown in ({}, {7: 1}, {7: 2, 8: 1}):
        assert len(ledger.judge(shown, now - 20)) == 1, shown
    assert ledger.judge_list({7}, "police", now) == ledger.judge_list(set(), "service", now) == []
    for found, kind in (({7, 8}, "police"), (set(), "police"), ({8}, "service")):
        assert ledger.judge_list(found, kind, now), (found, kind)
