"""What `up` does to a database before the processes start: migrations, and the demo city into an empty
one."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

from dashboard.words import word
from geo import migrations
from geo.database import connect_engine
from geo.deadlines import holidays
from geo.intake import first_load
from geo.settings import Settings

PROGRESS_EVERY_S = 5.0
SCALES = ("tenth", "full")
Progress = Callable[[str, int, int], None]
LoadDemo = Callable[[Settings, str, Progress], bool]
"""False: there is no demo for this city."""


def main(settings: Settings, argv: list[str], load_demo: LoadDemo) -> int:
    """Write to the file `--answer`, as JSON: demo (whether demo data is shown) and sign_in (the path of a
    one-time link, or null)."""
    parser = argparse.ArgumentParser(prog="./ikomek up")
    parser.add_argument("command")
    parser.add_argument("--answer", type=Path, required=True)
    parser.add_argument("--empty", action="store_true")
    parser.add_argument("--scale", choices=SCALES, default=SCALES[0])
    args = parser.parse_args(argv)
    demo = prepare(settings, args.empty, args.scale, load_demo)
    args.answer.touch(mode=0o600)
    args.answer.write_text(json.dumps({"demo": demo, "sign_in": _link(settings) if demo else None}))
    return 0


def prepare(settings: Settings, empty: bool, scale: str, load_demo: LoadDemo) -> bool:
    """Bring the database up to date and, unless `empty`, fill an empty one. A demo city that was cut short
    is thrown away first. True = it is the demo."""
    owner = connect_engine(settings, "owner")
    try:
        migrations.upgrade(owner)
        with owner.connect() as connection:
            first_load.need_city(connection, settings.city.region)
            content = first_load.content(connection)
        if content == "cut_short":
            print(word("command.demo_again"), flush=True)
            first_load.erase(owner)
            migrations.upgrade(owner)
            content = "empty"
        with owner.begin() as connection:
            holidays.propose_missing(connection, settings.city, settings.city.today().year + 1)
        if content == "empty" and not empty:
            if load_demo(settings, scale, Meter()):
                content = "demo"
            else:
                print(word("command.no_demo", city=settings.city.key), flush=True)
        return content == "demo"
    finally:
        owner.dispose()


class Meter:
    """Called with (what, done, of): a moving line on a terminal, a plain line at most every five seconds
    elsewhere."""

    def __init__(self) -> None:
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
        line = word("command.demo_progress", what=what, share=share, seconds=f"{now - self.begun:.0f}")
        print(
            f"\r\033[K{line}" if sys.stdout.isatty() else line,
            end="" if sys.stdout.isatty() else "\n",
            flush=True,
        )


def _link(settings: Settings) -> str:
    from geo.accounts.sessions import one_time_link

    engine = connect_engine(settings, "accounts")
    try:
        return one_time_link(engine)
    finally:
        engine.dispose()
