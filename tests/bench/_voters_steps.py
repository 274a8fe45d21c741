"""The steps of `voters` that are measured, each in a process of its own: its memory is that of the step.

`python -m tests.bench._voters_steps STEP URL DATA ...` prints one line of JSON.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from etl.demo.voters.writing import write_list
from geo.database import connect_engine
from geo.settings import Settings
from geo.voters import rekey
from geo.voters.forgetting import forget_persons
from geo.voters.keys import KeyRing
from geo.voters.package import merkle
from geo.voters.package import verify as verification
from geo.voters.package.export import export as export_package
from geo.voters.package.source import TransferRow
from tests.bench._voters_access import ask_access, plant_looks
from tests.support import voters_list


def peak_mb() -> float:
    """The most memory of this process since it began; `ru_maxrss` would count that of its parent too."""
    status = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:")) / 1024


def invent(settings: Settings, share: str, file: str, answers: str) -> dict[str, object]:
    found = voters_list.invented(settings, float(share))
    write_list(found, Path(file), Path(answers))
    return {"rows": len(found.lines)}


def load(settings: Settings, file: str) -> dict[str, object]:
    begun, steps = time.monotonic(), {}

    def progress(what: str, rows: int) -> None:
        steps[what] = round(time.monotonic() - begun, 1)

    done = voters_list.load(settings, Path(file), progress=progress)
    return {"list": done.id, "until": steps}


def approve(settings: Settings, list_id: str) -> dict[str, object]:
    return {"houses": voters_list.approve(settings, int(list_id))}


def reject(settings: Settings, list_id: str) -> dict[str, object]:
    ring, engine = KeyRing.of(settings), connect_engine(settings, "voters", pool_size=1)
    with engine.begin() as connection:
        key = forget_persons(connection, settings.city, ring, int(list_id), "rejected", "bench")
    ring.destroy(key)
    engine.dispose()
    return {}


def renew_keys(settings: Settings) -> dict[str, object]:
    ring, engine = KeyRing.of(settings), connect_engine(settings, "voters", pool_size=1)
    with engine.begin() as connection:
        done = rekey.rekey(connection, settings.city, ring, "bench")
    rekey.finish(ring, done)
    engine.dispose()
    return {"rows": sum(one.rows for one in done.lists)}


def export(settings: Settings, list_id: str, folder: str) -> dict[str, object]:
    ring, engine = KeyRing.of(settings), connect_engine(settings, "voters", pool_size=1)
    with engine.begin() as connection:
        done = export_package(connection, settings.city, ring, int(list_id), Path(folder), "bench")
    engine.dispose()
    size = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
    return {"voters": done.voters, "files": done.files, "package_mb": round(size / 2**20)}


def verify(settings: Settings, folder: str) -> dict[str, object]:
    ring, engine = KeyRing.of(settings), connect_engine(settings, "voters", pool_size=1)
    found = verification.verify(Path(folder))
    with engine.begin() as connection:
        differ = verification.compare(connection, settings.city, ring, Path(folder))
    engine.dispose()
    return {"faults": len(found.faults), "differ": differ}


def roots(settings: Settings, voters: str, precincts: str) -> dict[str, object]:
    """The roots of a country: rows that are all different, hashed as rows of a list are."""
    each, roots = int(voters) // int(precincts) + 1, set()
    row = TransferRow("0" * 32, "", "Surname", "Firstname", "Patronymic", "1985-04-17", "Street 5, flat 12")
    for number in map(str, range(int(precincts))):
        rows = (row._replace(iin=f"{n:012}") for n in range(each))
        roots.add(merkle.root([merkle.leaf(number, one) for one in rows]))
    return {"leaves": each * int(precincts), "roots": len(roots)}


STEPS: dict[str, Callable[..., dict[str, object]]] = {
    "invent": invent,
    "load": load,
    "approve": approve,
    "reject": reject,
    "export": export,
    "verify": verify,
    "renew_keys": renew_keys,
    "plant_looks": plant_looks,
    "ask_access": ask_access,
    "roots": roots,
}


def main(argv: list[str]) -> None:
    step, url, data, *rest = argv
    settings = replace(Settings.load({"IKOMEK_DATA": data}), database_url=url, own_database=True)
    begun = time.monotonic()
    found = STEPS[step](settings, *rest)
    peak = peak_mb()
    beside = os.times()
    cpu_s = round(time.process_time() + beside.children_user + beside.children_system, 1)
    seconds = round(time.monotonic() - begun, 1)
    print(json.dumps({"seconds": seconds, "cpu_s": cpu_s, "mb": round(peak), **found}))


if __name__ == "__main__":
    main(sys.argv[1:])
