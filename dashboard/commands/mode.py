"""`./ikomek mode`: the mode of the centre."""

from __future__ import annotations

import argparse

from dashboard.words import word
from geo.audit.terminal import terminal_person
from geo.city import modes
from geo.database import connected_engine
from geo.settings import Settings


def main(settings: Settings, argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./ikomek mode", description=word("command.mode"))
    parser.add_argument("mode", choices=modes.MODES)
    mode = parser.parse_args(argv[1:]).mode
    with connected_engine(settings, "accounts") as engine:
        modes.set_mode(engine, settings.city.region, mode, f"command:{terminal_person()}")
    print(word("command.mode.set", mode=f"{word(f'mode.{mode}')} ({mode})"))
    return 0
