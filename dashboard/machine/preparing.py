"""The step between the servers and the application: migrations, and the demo city into an empty database. A
program of its own, whose progress goes to the terminal.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from dashboard.machine.accounts import ACCOUNTS, run_as
from dashboard.machine.errors import MachineError
from dashboard.machine.folders import work_folder
from dashboard.machine.handles import Handle
from dashboard.machine.processes import Options


def begin(options: Options) -> Handle:
    command = options.module(
        "dashboard.cli",
        "prepare",
        "--answer",
        str(_answer(options)),
        "--scale",
        options.scale,
        *(["--empty"] if options.empty else []),
    )
    return Handle.of(
        subprocess.Popen(
            run_as(ACCOUNTS["prepare"], command, "TERM"),
            stdin=subprocess.DEVNULL,
            cwd=options.root,
            env=options.process_environment("prepare"),
            start_new_session=True,
        )
    )


def result(options: Options, code: int) -> dict[str, Any]:
    """The program's report on the database: `demo`, `sign_in`. Raises `MachineError` for any exit code but
    0."""
    if code:
        reason = f"its program was ended by signal {-code}" if code < 0 else "the reason stands above"
        raise MachineError(
            f"The database could not be prepared; {reason}. Correct it and run './ikomek up' again."
        )
    answer = _answer(options)
    prepared: dict[str, Any] = json.loads(answer.read_text())
    answer.unlink()
    return prepared


def _answer(options: Options) -> Path:
    return work_folder(options.data, ACCOUNTS["prepare"]) / "prepared.json"
