"""`./ikomek wall token`: the whole address of a screen."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from dashboard import words
from dashboard.commands import wall
from dashboard.machine import state
from geo.settings import Settings


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    before = words.language.set("en")
    yield
    words.language.reset(before)


def add_screen(settings: Settings, capsys: pytest.CaptureFixture[str]) -> tuple[str, str]:
    """The last line of the output, without the token, and what is said beside it."""
    assert wall.main(settings, ["wall", "token", "operations", "--label", "hall"]) == 0
    out, err = capsys.readouterr()
    return out.splitlines()[-1].split("?token=")[0], err


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("http://127.0.0.1:8109", "127.0.0.1 is this machine alone"),
        ("https://[::1]:9443", "::1 is this machine alone"),
        ("https://wall.example:9443", ""),
    ],
)
def test_a_screen_gets_the_address_of_what_runs(
    settings: Settings, capsys: pytest.CaptureFixture[str], address: str, shown: str
) -> None:
    state.MachineState(state.Started.of(os.getpid()), phase="running", address=address).write(settings.data)
    whole, link = add_screen(settings, capsys)
    assert whole == f"{address}/wall/operations"
    assert link.startswith(shown) and bool(link) == bool(shown)


def test_without_a_server_its_name_is_a_placeholder_that_is_explained(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    whole, link = add_screen(settings, capsys)
    assert whole == "http://SERVER:8109/wall/operations"
    assert "in place of SERVER" in link
