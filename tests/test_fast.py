"""The tests that `./ikomek test --fast` takes for a change."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.fast import ALWAYS, ROOT, SECONDS, Nearest, distances_to

TESTS = {path.relative_to(ROOT).as_posix() for path in (ROOT / "tests").rglob("test_*.py")}


def test_a_module_takes_its_own_test_first_and_then_what_imports_it() -> None:
    found = distances_to({"geo/changes/relay.py"}, TESTS)
    assert found["tests/geo/changes/test_relay.py"] == 0
    assert found["tests/layers/live/test_routes.py"] > 0
    assert "tests/etl/clean/test_times.py" not in found


def test_a_script_takes_the_tests_of_its_page() -> None:
    found = distances_to({"assets/studio/flow.js"}, TESTS)
    assert {
        "tests/dashboard/pages/test_precincts.py",
        "tests/dashboard/pages/precincts/test_narrow.py",
        *ALWAYS,
    } <= set(found)
    assert all("precincts" in path for path in set(found) - ALWAYS)


def test_a_changed_test_is_taken() -> None:
    assert (
        distances_to({"tests/layers/incidents/test_export.py"}, TESTS)[
            "tests/layers/incidents/test_export.py"
        ]
        == 0
    )


def test_no_test_begins_after_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    nearest = Nearest(None)
    nearest.pytest_runtest_setup()
    monkeypatch.setattr("time.monotonic", lambda: nearest.end + SECONDS)
    with pytest.raises(pytest.skip.Exception, match="not reached in time"):
        nearest.pytest_runtest_setup()


def test_the_rules_of_the_tree_exist() -> None:
    assert all((Path(ROOT) / path).is_file() for path in ALWAYS)
