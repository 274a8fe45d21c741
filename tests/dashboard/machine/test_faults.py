"""Acknowledged means kept, in short: kills and a full disk under pushes. The long form is `./ikomek bench
faults`."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator

import pytest

from tests.bench import faults
from tests.bench._faults_site import Site

DISK_MB = 700


@pytest.fixture
def site() -> Iterator[Site]:
    """On a small disk of its own where that may be made, which is root's."""
    made = Site(DISK_MB if os.geteuid() == 0 else None)
    yield made
    made.close()


def test_what_was_acknowledged_is_kept(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faults, "FULL_S", 2.0)
    with faults.under_pushes(site, 12) as trial:
        for name in ("postgres", "etl", "web"):
            faults.kill(trial, name, random.Random(7))
        if site.disk:
            faults.disk_full(trial)
    found = faults.verdict(site, trial.ledger)
    assert found.clean, found
    assert found.acknowledged > 20
    assert not trial.ledger.wrong and set(trial.ledger.answers) <= faults.ALLOWED, site.complaints()
