"""One parser under Atheris, in a process of its own (`python -m tests.bench._fuzz_one PARSER ...libFuzzer's
options`): what the parsers import of ours is instrumented, so that an input which reaches new code is
kept."""

from __future__ import annotations

import sys
from contextlib import suppress

import atheris

OURS = ["etl", "geo", "dashboard"]


def main() -> None:
    name = sys.argv.pop(1)
    with atheris.instrument_imports(include=OURS):
        from tests.bench import _fuzz_parsers

    for seed in _fuzz_parsers.seeds(name):  # what is loaded at the first use is not an input's cost
        with suppress(_fuzz_parsers.TooSlow):
            _fuzz_parsers.parse(name, seed)
    atheris.Setup(sys.argv, lambda body: _fuzz_parsers.parse(name, body))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
