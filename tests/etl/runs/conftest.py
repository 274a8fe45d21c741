"""Fixtures for watched feeds: a watcher that works until nothing is due, a folder, and the clock."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine

from etl.registry import Feed
from geo.settings import Settings
from tests.etl.runs.test_watch import Patient


@pytest.fixture
def start(settings: Settings, etl: Engine) -> Callable[..., Patient]:
    """A watcher of feeds, as after a restart."""

    def make(*feeds: Feed) -> Patient:
        made = Patient(settings, feeds, etl)
        made.begin()
        return made

    return make


@pytest.fixture
def folder(tmp_path: Path) -> tuple[Path, Callable[..., None]]:
    """Files of an inbox folder, written a minute ago."""
    inbox = tmp_path / "in"
    inbox.mkdir()

    def put(**files: str) -> None:
        for name, body in files.items():
            path = inbox / name.replace("_csv", ".csv")
            path.write_text(body)
            os.utime(path, (time.time() - 60,) * 2)

    return inbox, put


@pytest.fixture
def due(change: Callable[..., None]) -> Callable[[], None]:
    return lambda: change("update feed set next_at = now()")
