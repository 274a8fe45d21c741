"""How far long work is: on a terminal a line that moves, elsewhere plain lines."""

from __future__ import annotations

import sys
import time

from dashboard.words import word

PROGRESS_EVERY_S = 5.0


class Meter:
    """`key`: of the sentence. Called with (what, done, of): a moving line on a terminal, a plain line at most
    every five seconds elsewhere."""

    def __init__(self, key: str = "command.demo_progress") -> None:
        self.key = key
        self.begun = time.monotonic()
        self.printed = 0.0
        self.what = ""

    def __call__(self, what: str, done: int = 0, of: int = 0) -> None:
        now = time.monotonic()
        if not (
            what != self.what
            or done >= of
            or now - self.printed > (0.2 if sys.stdout.isatty() else PROGRESS_EVERY_S)
        ):
            return
        self.what, self.printed = what, now
        share = f" {100 * done / of:.0f} %" if of else ""
        line = word(self.key, what=what, share=share, seconds=f"{now - self.begun:.0f}")
        print(
            f"\r\033[K{line}" if sys.stdout.isatty() else line,
            end="" if sys.stdout.isatty() else "\n",
            flush=True,
        )
