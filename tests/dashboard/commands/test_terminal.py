"""What any command writes to a person's terminal where the database is slow, away, or not theirs."""

from __future__ import annotations

import subprocess
import sys

import psycopg2
import pytest

from dashboard import cli
from geo.errors import Unavailable

SLOW = """
import sys
from dashboard import cli
from geo.database import slow_log

def slow(argv):
    slow_log.warning("2.7 s as reader: with recorded")
    return 0

cli.COMMANDS[sys.argv[1]] = slow
sys.exit(cli.main([sys.argv[1]]))
"""
SOCKET = 'connection to server on socket "/x/.s.PGSQL.5432" failed: '
REFUSALS = (
    SOCKET + "Permission denied\n\tIs the server running locally?",
    SOCKET + 'FATAL:  Peer authentication failed for user "ikomek_reader"',
)
AWAY = SOCKET + "No such file or directory"


@pytest.mark.parametrize("command", ["rating", "user", "report"])
def test_slow_statements_are_for_the_log(command: str) -> None:
    assert _stderr(command) == ""


def test_a_bench_prints_them() -> None:
    assert "2.7 s as reader" in _stderr("bench")


@pytest.mark.parametrize("reason", [*REFUSALS, AWAY])
def test_who_may_not_is_not_told_that_the_database_is_away(
    reason: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(argv: list[str]) -> int:
        raise psycopg2.OperationalError(reason)

    monkeypatch.setitem(cli.COMMANDS, "rating", refuse)
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    assert cli.main(["rating"]) == 1
    printed = capsys.readouterr().err
    assert ("is not open to the operating system's user" in printed) == (reason != AWAY)
    assert ("is not answering" in printed) == (reason == AWAY)


def test_so_where_a_reading_command_has_put_it_in_its_own_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(argv: list[str]) -> int:
        raise Unavailable("database.away") from psycopg2.OperationalError(REFUSALS[0])

    monkeypatch.setitem(cli.COMMANDS, "rating", refuse)
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    assert cli.main(["rating"]) == 1
    assert "is not open to the operating system's user" in capsys.readouterr().err


def _stderr(command: str) -> str:
    run = subprocess.run([sys.executable, "-c", SLOW, command], capture_output=True, text=True, check=True)
    return run.stderr
