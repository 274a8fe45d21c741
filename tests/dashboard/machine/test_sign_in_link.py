"""The link that signs in reaches a terminal or its owner's file, and no log."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from dashboard.machine.sign_in_link import FILE, hand_over, show_link

LINK = "http://127.0.0.1:8109/sign-in/once?token=Zq7702"


Captured = pytest.CaptureFixture[str]
BOTH = pytest.mark.parametrize("terminal", [True, False], ids=["terminal", "log"])


@BOTH
def test_the_link_is_printed_on_a_terminal_only(
    terminal: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal)
    hand_over(LINK, tmp_path)
    printed = capsys.readouterr().out
    assert (LINK in printed, (tmp_path / FILE).exists()) == (terminal, not terminal)
    assert terminal or str(tmp_path / FILE) in printed, "who reads the log is told where the link is"


def test_the_file_of_the_link_is_readable_by_its_owner_only_whatever_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also under a generous umask, over a file of yesterday that all may read, and over somebody's link."""
    monkeypatch.setattr(sys.stdout, "isatty", lambda: False)
    before, elsewhere = os.umask(0), tmp_path / "elsewhere"
    try:
        elsewhere.write_text("of another")
        (tmp_path / FILE).symlink_to(elsewhere)
        hand_over(LINK, tmp_path)
    finally:
        os.umask(before)
    assert elsewhere.read_text() == "of another"
    assert (tmp_path / FILE).read_text() == LINK + "\n" and (tmp_path / FILE).stat().st_mode & 0o777 == 0o600


@BOTH
def test_who_started_it_is_shown_the_file_once_and_a_log_never(
    terminal: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal)
    (tmp_path / FILE).write_text(LINK + "\n")
    show_link(tmp_path)
    show_link(tmp_path)
    assert capsys.readouterr().out.count(LINK) == terminal
    assert (tmp_path / FILE).exists() != terminal
