"""The test files that take longest, in `tests/longest.txt`: seconds and path, the longest first. Written anew
from the results of a whole run:

    ./ikomek test --junitxml RESULTS.xml
    python -m tests.support.longest RESULTS.xml
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).parents[2]
LIST = ROOT / "tests/longest.txt"
LEAST_S = 10
"""A file that takes less is no matter at which time it begins."""


def longest_files() -> list[str]:
    return [line.split()[1] for line in LIST.read_text(encoding="utf-8").splitlines()]


def listed(results: Path) -> str:
    """The lines of the list, from a file of results in the form of JUnit."""
    seconds: Counter[str] = Counter()
    for case in ElementTree.parse(results).iter("testcase"):
        path = case.attrib["classname"].replace(".", "/") + ".py"
        seconds[path] += float(case.attrib["time"])
    return "".join(f"{took:4.0f} {path}\n" for path, took in seconds.most_common() if took >= LEAST_S)


if __name__ == "__main__":
    LIST.write_text(listed(Path(sys.argv[1])), encoding="utf-8")
