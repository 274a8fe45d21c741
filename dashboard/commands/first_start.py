"""What `up` does to a database before the processes start: migrations, and the demo city into an empty
one."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path

from dashboard.commands.meter import Meter
from dashboard.words import error_words, word
from geo import migrations
from geo.audit import chain, restores
from geo.database import connected_engine
from geo.deadlines import holidays
from geo.errors import Unavailable
from geo.intake import first_load
from geo.recovery.read_only import release_abandoned
from geo.settings import Settings

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
    with connected_engine(settings, "owner") as owner:
        release_abandoned(settings)
        migrations.upgrade(owner)
        with owner.connect() as connection:
            first_load.need_city(connection, settings.city.region)
            content = first_load.content(connection)
        if content == "cut_short":
            print(word("command.demo_again"), flush=True)
            ended = restores.end_of(owner)
            first_load.erase(owner)
            migrations.upgrade(owner)
            try:
                restores.record_new_database(settings, owner, *ended)
            except Unavailable as error:  # the key is another user's: a verification tells what was erased
                print(error_words(error), flush=True)
            content = "empty"
        with owner.begin() as connection:
            holidays.propose_missing(connection, settings.city, settings.city.today().year + 1)
        seal_audit(settings)
        if content == "empty" and not empty:
            if load_demo(settings, scale, Meter()):
                content = "demo"
            else:
                print(word("command.no_demo", city=settings.city.key), flush=True)
        return content == "demo"


def seal_audit(settings: Settings) -> None:
    """Seals what was recorded before there was a chain, or while nothing ran."""
    with connected_engine(settings, "sealer", pool_size=1) as sealer:
        chain.seal(sealer)


def _link(settings: Settings) -> str:
    from geo.accounts.sessions import one_time_link

    with connected_engine(settings, "accounts") as engine:
        return one_time_link(engine)
