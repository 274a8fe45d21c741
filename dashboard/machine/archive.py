"""The process that makes the copies to a point in time when they are due (`python -m geo.process
dashboard.machine.archive`), as the user of the database: pgBackRest reads the server's files.

How it went stands in `run/pitr.json` of the data folder, for the alarms and the page /operations. While it is
not switched on it does nothing.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from dashboard.machine import pitr, pitr_plan
from dashboard.machine.cluster import Cluster
from dashboard.machine.errors import MachineError
from dashboard.machine.pitr_plan import PitrPlan

LOOK_S = 30.0
AGAIN = timedelta(minutes=10)
"""The wait after a failure."""
STATE = "run/pitr.json"


def read_state(data: Path) -> dict[str, Any]:
    """begun_at, made_at, full_at (ISO or none), failed (a reason or none), folder; empty = nothing was
    done."""
    with suppress(OSError, ValueError):
        found = json.loads((data / STATE).read_bytes())
        if isinstance(found, dict):
            return found
    return {}


def work(data: Path, plan: PitrPlan, now: datetime, full: bool = False, forced: bool = False) -> bool:
    """Makes a copy if one is due (or `forced`); whether one was made. Raises `MachineError`."""
    state = read_state(data)
    if not forced and not due(state, plan, now):
        return False
    full_at = _moment(state.get("full_at"))
    whole = full or full_at is None or now - full_at >= timedelta(days=plan.full_days)
    began = state | {
        "folder": plan.folder,
        "every_h": plan.every_h,
        "begun_at": now.isoformat(),
        "made_at": state.get("made_at"),
    }
    write_state(data, began)
    try:
        pitr.make(Cluster(data), whole)
    except MachineError as error:
        write_state(data, began | {"failed": str(error)[:500]})
        raise
    done = {"made_at": datetime.now(UTC).isoformat(), "failed": None}
    write_state(data, began | done | ({"full_at": now.isoformat()} if whole else {}))
    return True


def due(state: dict[str, Any], plan: PitrPlan, now: datetime) -> bool:
    """A copy of another repository does not count. After a failure, or where one was cut short, later."""
    made, begun = _moment(state.get("made_at")), _moment(state.get("begun_at"))
    if state.get("folder") != plan.folder or made is None and begun is None:
        return True
    if begun is not None and (made is None or made < begun):
        return now - begun >= AGAIN
    return made is None or now - made >= timedelta(hours=plan.every_h)


def write_state(data: Path, state: dict[str, Any]) -> None:
    """In the folder of the server's socket, which is the user's own; who may open that may read it. Never
    called as root: that user could lead it elsewhere."""
    path = data / STATE
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(json.dumps(state))
    fresh.chmod(0o640)
    fresh.rename(path)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def main(stop: threading.Event, arguments: Sequence[str]) -> int:
    data = Path(os.environ["IKOMEK_DATA"])
    while not stop.is_set():
        try:
            plan = pitr_plan.read_plan(data)
            if plan is not None and work(data, plan, datetime.now(UTC)):
                print("a copy was made", flush=True)
        except (MachineError, OSError) as error:
            print(
                f"{datetime.now(UTC).isoformat(timespec='seconds')} no copy: {error}",
                file=sys.stderr,
                flush=True,
            )
        stop.wait(LOOK_S)
    return 0


def make_now(data: Path, full: bool) -> int:
    """One copy at once, by the command line, as the user of the database."""
    try:
        plan = pitr_plan.read_plan(data)
        if plan is None:
            raise MachineError("It is not switched on: ./ikomek backup pitr on FOLDER")
        work(data, plan, datetime.now(UTC), full, forced=True)
    except (MachineError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(make_now(Path(sys.argv[1]), "--full" in sys.argv[2:]))
