"""`./ikomek backup FILE` and `./ikomek restore FILE`."""
from __future__ import annotations

import argparse
import signal
import sys
import time
from pathlib import Path

from dashboard.machine import backup, state
from dashboard.machine.errors import MachineError, file_error
from dashboard.words import word
from geo import backups
from geo.settings import Settings


def main(settings: Settings, argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./ikomek")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, run in (("backup", save), ("restore", bring_back)):
        command = commands.add_parser(name, help=word(f"command.{name}"), description=word(f"command.{name}"))
        command.add_argument("file", type=Path)
        command.set_defaults(run=run)
    asked = parser.parse_args(argv)
    try:
        if settings.own_database and not state.running(settings.data):
            raise MachineError(word("command.not_running"))
        asked.run(settings, asked.file.resolve())
    except MachineError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except OSError as error:
        print(file_error(error, word("command.backup.place")), file=sys.stderr)
        return MachineError.exit_code
    return 0


def save(settings: Settings, file: Path) -> None:
    begun = time.monotonic()
    manifest = backup.write(file, backups.describe(settings), backups.environment(settings))
    print(word("command.backup.done", file=file, megabytes=f"{manifest['bytes'] / 1e6:.1f}", seconds=f"{time.monotonic() - begun:.1f}"))


def bring_back(settings: Settings, file: Path) -> None:
    """Into a fresh database, checked there, then swapped: until the last moment the earlier data is served, whole."""
    begun = time.monotonic()
    manifest = backup.read_manifest(file)
    backups.require_known(manifest["revision"])
    fresh = backups.create_fresh(settings)
    backup.restore_into(file, backups.environment(fresh) | {"PGOPTIONS": backups.FILLING})
    backups.finish(fresh, manifest["rows"])
    kept = backups.swap(settings, fresh)
    backups.forget_cache(settings)
    running = state.running(settings.data) if settings.own_database else None
    if running:
        state.send(running.supervisor, signal.SIGUSR1)
    print(word("command.restore.done", file=file, made=manifest["made_at"], kept=kept, seconds=f"{time.monotonic() - begun:.1f}"))
