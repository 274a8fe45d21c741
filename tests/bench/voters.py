"""`./ikomek bench voters`: an invented list of 900,000 rows in CSV, read, checked, matched with its
buildings, sealed and compared with the list in force; then the next list, in which one person of a hundred
has gone or is new.

There is no peer: the goal is 60 s for each, under 1 GB of memory, on two cores; the memory is that of the
import and of the process that seals beside it. Printed are also the memory
of the database's processes, precision and recall of the matching by kind of spelling, the time of the
approval, of the package (with its size, read back and compared row for row) and of new keys, the answer who
saw one person, of 3 million looks in the audit, whose goal is a second, and that of the Merkle roots of a
country of 12.4 million voters, whose goal is 5 minutes. `--rows` for a smaller list, `--workbook` for more or
fewer rows of it as XLSX (100,000; 0 = none), `--import-only` for nothing but the imports.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import xlsxwriter

from dashboard.machine import cluster as machine
from etl.demo.city import make_city
from etl.demo.reference import load_basemap, publish_plan
from etl.demo.scales import find_scale
from geo.database import connect_engine
from geo.settings import Settings
from tests.bench._cluster import own_cluster
from tests.support.voters_list import judge

ROOT = Path(__file__).parents[2]
GOAL_S, GOAL_MB = 60, 1024
GOAL_PRECISION, GOAL_RECALL = 0.995, 0.98
GOAL_ROOTS_S = 300
GOAL_SEEN_S = 1
LOOKS = 3_000_000
ROWS = 900_000
IN_WORKBOOK = 100_000
COUNTRY, PRECINCTS = 12_400_000, 10_413
SCALE = "tenth"
"""The scale of the demo city: all of its buildings."""
EVERY = 100
"""One row of so many is left out of each list."""


class RightAnswer(NamedTuple):
    kind: str
    building: int | None
    fault: str


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./ikomek bench voters", description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--workbook", type=int, default=IN_WORKBOOK, metavar="ROWS")
    parser.add_argument("--import-only", action="store_true")
    args = parser.parse_args(argv)
    with own_cluster() as settings, tempfile.TemporaryDirectory(prefix="ikomek-bench-") as folder:
        return _measure(settings, Path(folder), args)


def _measure(settings: Settings, folder: Path, args: argparse.Namespace) -> int:
    scale = find_scale(SCALE)
    city = make_city(scale, settings.city.metric_srid)
    load_basemap(settings, city, lambda what, done, of: None)
    publish_plan(settings, city)
    whole, answers = folder / "whole.csv", folder / "answers.csv"
    share = args.rows / scale.voters
    _show("an invented list", _step(settings, "invent", str(share), str(whole), str(answers)))
    left_out = [_left_out(whole, which) for which in (0, 1)]
    first, second = (
        _without(whole, folder / name, rows) for name, rows in zip(("first.csv", "second.csv"), left_out)
    )
    if args.workbook:
        rows = min(args.workbook, args.rows)
        book = _workbook(first, folder / "first.xlsx", rows)
        from_book = _show(f"import, XLSX, {rows} rows", _step(settings, "load", str(book)))
        _step(settings, "reject", str(from_book["list"]))
    loaded = _show("import, no list before", _step(settings, "load", str(first)))
    right = _judge(settings, answers, loaded["list"], left_out[0])
    _show("approval", _step(settings, "approve", str(loaded["list"])))
    again = _show("import, compared with the list in force", _step(settings, "load", str(second)))
    fits = all(one["seconds"] <= GOAL_S and one["mb"] <= GOAL_MB for one in (loaded, again))
    if args.import_only:
        return 0 if fits and right else 1
    _show("approval", _step(settings, "approve", str(again["list"])))
    package = folder / "package"
    _show("package", _step(settings, "export", str(again["list"]), str(package)))
    back = _show("package, read back and compared", _step(settings, "verify", str(package)))
    _show("looks in the audit", _step(settings, "plant_looks", str(LOOKS)))
    access = _show("who saw one person, and whom one login saw in a month", _step(settings, "ask_access"))
    _show("new keys", _step(settings, "renew_keys"))
    country = _show("Merkle roots", _step(settings, "roots", str(COUNTRY), str(PRECINCTS)))
    whole = not back["faults"] and not back["differ"]
    soon = access["seen_s"] <= GOAL_SEEN_S and country["seconds"] <= GOAL_ROOTS_S
    return 0 if fits and right and whole and soon else 1


def _step(settings: Settings, step: str, *arguments: str) -> dict[str, Any]:
    """A step in a process of its own, with the most memory of it and its children, and of the database's
    processes meanwhile."""
    command = [sys.executable, "-m", "tests.bench._voters_steps", step, settings.database_url]
    server = _server(settings)
    before = _ended_cpu_s(server)
    begun = [*command, str(settings.data), *arguments]
    with subprocess.Popen(begun, cwd=ROOT, stdout=subprocess.PIPE) as process:
        with _most_memory(server) as most, _most_memory(process.pid) as own:
            printed, _ = process.communicate()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, begun)
    found = json.loads(printed)
    return {
        **found,
        "mb": max(found["mb"], own[0]),
        "database_mb": most[0],
        "database_cpu_s": round(_ended_cpu_s(server) - before, 1),
    }


def _server(settings: Settings) -> int:
    """The number of the server's first process."""
    return int((machine.Cluster(settings.data).database_folder / "postmaster.pid").read_text().split()[0])


def _ended_cpu_s(server: int) -> float:
    """Seconds of the processor that the server's processes have used which have ended: among them those of
    the connections of a step, once it is over."""
    fields = Path(f"/proc/{server}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def _most_memory(first: int) -> Iterator[list[int]]:
    """The most MB of a process and its children together, shared memory counted once, every half second."""
    most, ended = [0], threading.Event()

    def watch() -> None:
        while not ended.wait(0.5):
            try:
                children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
            except FileNotFoundError:
                return
            most[0] = max(most[0], sum(map(_proportional_kb, (str(first), *children))) // 1024)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield most
    finally:
        ended.set()
        watcher.join()


def _proportional_kb(pid: str) -> int:
    """0 for a process that has ended meanwhile."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def _show(what: str, found: dict[str, Any]) -> dict[str, Any]:
    known = ("seconds", "cpu_s", "mb", "database_mb", "database_cpu_s")
    details = {key: value for key, value in found.items() if key not in known}
    print(
        f"{what}: {found['seconds']} s, {found['mb']} MB (database {found['database_mb']} MB); processor "
        f"{found['cpu_s']} s (database {found['database_cpu_s']} s) {details}",
        flush=True,
    )
    return found


def _left_out(whole: Path, which: int) -> set[int]:
    """Every hundredth row, from the row `which` on, whose number stands nowhere else: what is planted as a
    pair stays one."""
    with whole.open(encoding="utf-8") as rows:
        next(rows)
        numbers = [row.partition(";")[0] for row in rows]
    often = Counter(numbers)
    return {n for n in range(which, len(numbers), EVERY) if often[numbers[n]] == 1}


def _without(whole: Path, path: Path, left_out: set[int]) -> Path:
    with whole.open(encoding="utf-8") as rows, path.open("w", encoding="utf-8") as kept:
        kept.write(next(rows))
        kept.writelines(row for n, row in enumerate(rows) if n not in left_out)
    return path


def _workbook(file: Path, path: Path, most: int) -> Path:
    """The first rows of the file."""
    book = xlsxwriter.Workbook(path, {"constant_memory": True})
    sheet = book.add_worksheet()
    with file.open(encoding="utf-8", newline="") as rows:
        for n, row in enumerate(islice(csv.reader(rows, delimiter=";"), most + 1)):
            for column, cell in enumerate(row):
                sheet.write_string(n, column, cell)
    book.close()
    return path


def _judge(settings: Settings, answers: Path, list_id: int, left_out: set[int]) -> bool:
    with answers.open(encoding="utf-8", newline="") as file:
        rows = [
            RightAnswer(row["kind"], int(row["building"]) if row["building"] else None, row["fault"])
            for n, row in enumerate(csv.DictReader(file))
            if n not in left_out
        ]
    engine = connect_engine(settings, "voters", pool_size=1)
    with engine.connect() as connection:
        verdict = judge(connection, rows, list_id)
    engine.dispose()
    for kind, judged in verdict.by_kind.items():
        print(f"  {kind}: right {judged.right}, wrong {judged.wrong}, left to a person {judged.left}")
    print(f"  precision {verdict.precision:.4%}, recall {verdict.recall:.4%}")
    print(f"  faults missed {len(verdict.missed)}, sound rows refused {len(verdict.accused)}", flush=True)
    return verdict.precision >= GOAL_PRECISION and verdict.recall >= GOAL_RECALL
