"""The process that a `tests.support.web.Server` is: forked from one that has read the whole product already
(`tests.support.warmed`), which takes seconds."""

from __future__ import annotations

import os
import sys
import warnings
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess
from pathlib import Path

FORKSERVER = get_context("forkserver")
FORKSERVER.set_forkserver_preload(["tests.support.warmed"])


def start_server(arguments: list[str], environment: dict[str, str], log: Path) -> ForkServerProcess:
    """`python -m dashboard.server ARGUMENTS` with exactly this environment, its output at the end of
    `log`."""
    process = FORKSERVER.Process(target=_serve, args=(arguments, environment, log), daemon=True)
    process.start()
    return process


def _serve(arguments: list[str], environment: dict[str, str], log: Path) -> None:
    from dashboard.server import main

    warnings.simplefilter("error", ResourceWarning)
    os.environ.clear()
    os.environ.update(environment)
    with open(log, "ab", buffering=0) as output:
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
    sys.exit(main(arguments))
