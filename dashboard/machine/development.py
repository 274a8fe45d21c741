"""`./ikomek test`, `bench` and `dev`: the suite, the benches, and a server that begins anew with every
saved file."""

from __future__ import annotations

import ast
import json
import os
import subprocess
from pathlib import Path
from textwrap import shorten

from dashboard.machine.installation import install_for_tests
from dashboard.machine.processes import Options
from dashboard.machine.progress import say

TEST_PROCESSES = 4
"""The most processes of tests: each has a PostgreSQL, a Redis and a browser of its own. One more than there
are cores, for each waits a part of its time (measured on two cores: 0.66 s a test with two, 0.52 with
three)."""
MOST_REPEATED = 8
"""Tests that failed beside others and are tried once more by themselves. More than these are no matter of
a busy machine."""
PYTEST_FAILED = 1
LAST_FAILED = ".pytest_cache/v/cache/lastfailed"
"""Where pytest keeps them. It forgets none that is not run again: its test may not exist any longer."""
TEST_HELP = """usage: ./ikomek test [--fast] [FILE ...] [options of pytest]

The whole suite, or the files named; with --fast what a change needs, in 3 minutes. Nothing that runs is
touched. What is missing for it is installed first."""
BENCH_HELP = """usage: ./ikomek bench [NAME [its own options]]

All of them in turn without a name; 'NAME --help' lists its options. What is missing for it is
installed first.
"""
SOURCES = ("dashboard", "layers", "geo", "etl", "assets")


def test(checkout: Path, arguments: list[str]) -> int:
    """The whole suite, in throwaway clusters of its own; nothing that runs is touched.

    Three processes on two cores leave a browser too little now and then. What fails beside others is
    therefore tried once more by itself, and named in the output: the run is red unless it passes there.
    """
    if wants_help(arguments):
        say(TEST_HELP)
        return 0
    where = install_for_tests(checkout)
    clean = {name: value for name, value in os.environ.items() if not name.startswith("IKOMEK_")} | {
        "PYTHONUTF8": "1"
    }
    beside = side_by_side(checkout, arguments)
    if beside and not {"--lf", "--last-failed"} & set(arguments):
        (checkout / LAST_FAILED).unlink(missing_ok=True)
    command = [str(where.python), "-m", "pytest"]
    code = subprocess.run([*command, *beside, *arguments], cwd=checkout, env=clean).returncode
    failed = last_failed(checkout) if beside and code == PYTEST_FAILED else []
    if not 0 < len(failed) <= MOST_REPEATED:
        return code
    say("\n".join(["", "Failed beside others, now tried by itself:", *(f"  {name}" for name in failed)]))
    return subprocess.run([*command, *failed], cwd=checkout, env=clean).returncode


def last_failed(checkout: Path) -> list[str]:
    """The tests that failed in the run before, as pytest names them."""
    file = checkout / LAST_FAILED
    return sorted(json.loads(file.read_text())) if file.exists() else []


def side_by_side(checkout: Path, arguments: list[str]) -> list[str]:
    """Arguments that make pytest use the cores, the tests of a file kept together. Files that were named are
    few: they run in one process."""
    named = any((checkout / word.split("::")[0]).exists() for word in arguments if not word.startswith("-"))
    cores = os.cpu_count() or 1
    if named or cores == 1:
        return []
    processes = min(cores + 1, TEST_PROCESSES)
    return ["-n", str(processes), "--dist", "loadfile", "--no-loadscope-reorder"]


def wants_help(arguments: list[str]) -> bool:
    """Whether the command asks for help, which is printed at once: otherwise installing comes first and may
    take minutes."""
    return arguments[:1] in (["-h"], ["--help"])


def bench_help(checkout: Path) -> str:
    """Each bench with the beginning of what it says of itself."""
    texts = {
        path.stem: ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        for path in sorted((checkout / "tests/bench").glob("[a-z]*.py"))
    }
    width = max(map(len, texts))
    lines = [f"  {name:<{width}}  {shorten(text, 90, placeholder=' ...')}" for name, text in texts.items()]
    return "\n".join([BENCH_HELP, *lines])


def bench(checkout: Path, arguments: list[str]) -> int:
    if wants_help(arguments):
        say(bench_help(checkout))
        return 0
    where = install_for_tests(checkout)
    options = Options(where.root, where.data, where.python)
    return subprocess.run(
        options.module("dashboard.cli", "bench", *arguments), env=options.environment()
    ).returncode


def reloading_server(options: Options) -> list[str]:
    """The command of a web server of the checkout, ended and started with every change of a source, style,
    script or catalogue."""
    server = options.module("dashboard.server", "--port", str(options.port))
    watched = [str(options.root / name) for name in SOURCES]
    return options.module("watchfiles", "--filter", "all", " ".join(server), *watched)
