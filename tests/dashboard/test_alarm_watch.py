"""The process of what is due by itself raises alarms, and a wrong file of rules stops nothing else."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard import jobs
from geo.alarms import rules
from geo.settings import Settings
from tests.support.desk import Desk
from tests.support.killable import eventually


@pytest.fixture
def desk(settings: Settings) -> Iterator[Desk]:
    made = Desk(settings, incidents=1)
    made.execute("update incident set priority = 2, opened_at = now()")
    yield made
    made.close()


def test_alarms_are_raised_once_the_rules_can_be_read(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    file, stop = tmp_path / "rules.toml", threading.Event()
    file.write_text("[[rule]]\nkey = 7\n", encoding="utf-8")
    monkeypatch.setenv(rules.VARIABLE, str(file))
    monkeypatch.setattr(jobs, "ALARMS_EVERY_S", 0.05)
    watching = threading.Thread(target=jobs.watch_alarms, args=(desk.settings, stop))
    with caplog.at_level(logging.ERROR):
        watching.start()
        eventually(lambda: "no alarms" in caplog.text and "'line': 2" in caplog.text)
    try:
        file.write_text(rules.FILE.read_text(encoding="utf-8"), encoding="utf-8")
        eventually(lambda: desk.rows("select rule from alarm") == [("critical",)])
    finally:
        stop.set()
        watching.join()
