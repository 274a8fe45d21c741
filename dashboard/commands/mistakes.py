"""What is wrong in a file that people write, on a terminal: a line each, then how many."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from dashboard.words import word
from geo.errors import LineMistake

MOST_SHOWN = 100


def print_mistakes(
    path: Path, mistakes: Sequence[LineMistake], sentence: Callable[[LineMistake], str]
) -> int:
    """The exit code: 1 where there are any. `sentence`: what a mistake is, in words."""
    for mistake in mistakes[:MOST_SHOWN]:
        words = sentence(mistake)
        print(word("command.mistake", file=path, line=mistake.line, words=words), file=sys.stderr)
    if mistakes:
        print(word("command.mistakes", n=len(mistakes)))
    return 1 if mistakes else 0
