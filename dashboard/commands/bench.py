"""`./ikomek bench [NAME]`: runs `tests/bench/NAME.py`, each of which measures us and the peer it names
side by side in one run.

To add one:

1. `tests/bench/NAME.py`: a docstring that says what is measured against which peer, or which goal;
   `main(argv) -> int`, 0 when the goal is reached. Helpers of benches begin with `_`
2. `tests/README.md`: its line under `bench/`
3. `README.md`: its row under "Measured", once it has a figure
4. if it needs a peer, `requirements-NAME.lock`: its packages with their hashes
"""

from __future__ import annotations

import argparse
import importlib
import os
from pathlib import Path

from dashboard.words import word

FOLDER = Path(__file__).parents[2] / "tests/bench"


def main(argv: list[str]) -> int:
    """All of them in turn without a name. What follows the name is the benchmark's own. Its --help is the
    launcher's, which gives it before anything is installed (`dashboard.machine.development`)."""
    known = sorted(path.stem for path in FOLDER.glob("[a-z]*.py"))
    parser = argparse.ArgumentParser(prog="./ikomek bench", add_help=False)
    parser.add_argument("name", nargs="?", choices=known)
    args, rest = parser.parse_known_args(argv[1:])
    if args.name is None and rest:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    return max([_run(name, rest) for name in ([args.name] if args.name else known)], default=0)


def _run(name: str, rest: list[str]) -> int:
    print(
        word(
            "command.bench_load",
            name=name,
            cores=os.cpu_count(),
            load=" ".join(f"{load:.2f}" for load in os.getloadavg()),
        ),
        flush=True,
    )
    return importlib.import_module(f"tests.bench.{name}").main(rest)
