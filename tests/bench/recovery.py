"""How long PostgreSQL takes to be back when it is killed with -9 after two minutes of the hardest load
there is: a file of incidents, new and again, over and over.

The cluster is the product's own, fsync on. Bounded by how often it makes checkpoints
(`dashboard.machine.configuration.tuning`). There is no peer: the goal is the measure.
"""

from __future__ import annotations

import argparse
import os
import re
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path

from dashboard.machine import cluster as machine
from etl.runs import engine
from etl.runs.batches import DB_ERRORS
from geo.errors import IkomekError
from geo.settings import Settings
from tests.bench._cluster import own_cluster
from tests.bench.ingest import EMPTY, execute, set_up, write_incidents

GOAL_S = 10.0
ROWS = 200_000
REDO = re.compile(r"redo done at .* elapsed: ([\d.]+) s")


def load_until(settings: Settings, file: Path, stop: threading.Event) -> None:
    """Until the server is gone."""
    with suppress(*DB_ERRORS, IkomekError):
        while not stop.is_set():
            engine.run(settings, "police", [str(file)])
            execute(settings, EMPTY)


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./ikomek bench recovery")
    parser.add_argument("--seconds", type=float, default=120)
    args = parser.parse_args(argv)
    with own_cluster() as settings, tempfile.TemporaryDirectory() as folder:
        file, stop = Path(folder) / "incidents.csv", threading.Event()
        write_incidents(file, ROWS, settings.city)
        set_up(settings)
        cluster = machine.Cluster(settings.data)
        thread = threading.Thread(target=load_until, args=(settings, file, stop))
        thread.start()
        time.sleep(args.seconds)
        os.kill(int((cluster.database_folder / "postmaster.pid").read_text().split()[0]), 9)
        killed = time.monotonic()
        stop.set()
        machine.recover(cluster, ["postgres"])
        server = machine.spawn(cluster, "postgres")
        try:
            machine.wait_for_postgres(cluster, server)
            seconds = time.monotonic() - killed
            thread.join()
            redone = REDO.findall((cluster.logs / "postgres.log").read_text(errors="replace"))
            print(
                f"back {seconds:.1f} s after kill -9 under {args.seconds:.0f} s of load (goal "
                f"{GOAL_S:.0f} s), {redone[-1] if redone else '0'} s of it replaying; "
                f"load {os.getloadavg()[0]:.2f}"
            )
        finally:
            machine.stop([server])
    return 0 if seconds <= GOAL_S else 1
