"""The one-time sign-in link of a first start: shown on a terminal, else left in a file of the owner's own.
It is a key, and what is printed elsewhere is kept as a log that others read."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from dashboard.machine.progress import say

FILE = "sign-in"
"""The link's file in the data folder."""
WORDS = "Sign in (demo data; once, within 15 minutes):"


def hand_over(link: str, data: Path) -> None:
    """Shows the link at a terminal, else leaves it in the file; called by who made it."""
    if sys.stdout.isatty():
        say(f"{WORDS}\n  {link}")
        return
    file = data / FILE
    file.unlink(missing_ok=True)
    with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(link + "\n")
    say(f"{WORDS} the link is in {file}")


def show_link(data: Path) -> None:
    """Shows the link that was left, once, to who started the supervisor; where nobody sits at a terminal it
    stays in its file."""
    file = data / FILE
    if file.exists() and sys.stdout.isatty():
        say(f"  {file.read_text().strip()}")
        file.unlink()
