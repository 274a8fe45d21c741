"""A process of ours from its first moment: `python -m geo.process MODULE ARGUMENTS`.

A signal to end is caught before the module is imported, which may take seconds: until a handler is set, it
would cut the process off wherever it stands, and whoever started it would be told of a fault. The module's
`main(stop, arguments)` then works until `stop` is set and returns the exit code.
"""

from __future__ import annotations

import importlib
import sys

from geo.signals import stop_event


def main(argv: list[str]) -> int:
    stop = stop_event()
    module = importlib.import_module(argv[0])
    return 0 if stop.is_set() else module.main(stop, argv[1:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
