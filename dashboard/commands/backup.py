"""`./ikomek backup FILE`, `./ikomek restore FILE`, and the backup that is made every day (`--daily`)."""

from __future__ import annotations

import argparse
import re
import signal
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from dashboard.commands import attempts, pitr
from dashboard.commands.given_times import moment
from dashboard.machine import backup, encryption, state, workplaces
from dashboard.machine.accounts import JOBS, account_can
from dashboard.machine.errors import MachineError, WrongUsage, file_error
from dashboard.words import word
from geo.audit import heads, keys, restores
from geo.audit.acts import ACTS
from geo.audit.callers import caller
from geo.audit.records import record_audit
from geo.database import connected_engine
from geo.recovery import backup as backups
from geo.recovery import decisions, pushes, revocations
from geo.recovery.pushes import PushesSince
from geo.recovery.read_only import read_only
from geo.settings import Settings
from geo.work import daily_backup
from geo.work.daily_backup import DailyBackup

KEEP = 14
"""Daily backups that stay, unless said otherwise."""


def main(settings: Settings, argv: list[str]) -> int:
    args = None if argv[:2] == ["backup", "pitr"] else parse(argv)
    try:
        if settings.own_database and not state.running(settings.data):
            raise MachineError(word("command.not_running"))
        if args is None:
            pitr.main(settings, argv[2:])
        else:
            args.run(settings, args)
    except MachineError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except OSError as error:
        print(file_error(error, word("command.backup.place")), file=sys.stderr)
        return MachineError.exit_code
    return 0


def parse(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./ikomek")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    save = commands.add_parser("backup", help=word("command.backup"), description=word("command.backup"))
    save.add_argument("file", type=Path, nargs="?", help=word("command.backup.file"))
    save.add_argument("--encrypt", metavar="RECIPIENT", help=word("command.backup.encrypt"))
    save.add_argument("--no-verify", action="store_true", help=word("command.backup.no_verify"))
    save.add_argument("--daily", metavar="HH:MM|off", help=word("command.backup.daily"))
    save.add_argument(
        "--keep", type=int, default=KEEP, metavar="N", help=word("command.backup.keep", keep=KEEP)
    )
    save.set_defaults(run=run_backup)
    bring = commands.add_parser("restore", help=word("command.restore"), description=word("command.restore"))
    bring.add_argument("file", type=Path, nargs="?")
    bring.add_argument("--to", type=moment, metavar="MOMENT", help=word("command.pitr.to"))
    bring.add_argument("--from", dest="repository", type=Path, help=word("command.pitr.from"))
    bring.add_argument("--identity", type=Path, metavar="FILE", help=word("command.restore.identity"))
    bring.add_argument("--keep-tokens", action="store_true", help=word("command.restore.keep_tokens"))
    bring.set_defaults(run=run_restore)
    return parser.parse_args(argv)


def run_backup(settings: Settings, args: argparse.Namespace) -> None:
    if args.daily is not None:
        set_daily(settings, args)
        return
    if args.file is None:
        raise WrongUsage(word("command.backup.no_file"))
    file = args.file.resolve()
    with attempts.noted(settings.data, file):
        save(settings, file, args.encrypt, not args.no_verify)


def save(settings: Settings, file: Path, recipient: str | None = None, verify: bool = True) -> None:
    """One backup: dumped from one moment, restored into a database beside ours and counted there, and only
    then given its name."""
    if recipient:
        encryption.check_recipient(recipient)
    begun = time.monotonic()
    with backup.workplace(file) as folder:
        with backups.snapshot(settings) as moment:
            dump = backup.dump_into(folder, backups.environment(settings), moment.id)
        whole, manifest = backup.pack(dump, moment.stated())
        if verify:
            verify_restore(settings, whole, moment.rows)
        megabytes = whole.stat().st_size / 1e6
        with connected_engine(settings, "owner") as engine, engine.begin() as connection:
            record_audit(
                connection,
                "command" if caller.get().type == "command" else "jobs",
                "backup.made",
                file=file.name,
                rows=sum(moment.rows.values()),
                verified=verify,
            )
        backup.place(encryption.seal(whole, recipient) if recipient else whole, file)
    message = "command.backup.done" if verify else "command.backup.unverified"
    print(
        word(
            message,
            file=file,
            megabytes=f"{megabytes:.1f}",
            rows=sum(manifest["rows"].values()),
            seconds=f"{time.monotonic() - begun:.1f}",
        )
    )


def verify_restore(settings: Settings, whole: Path, rows: dict[str, int]) -> None:
    """Restore a backup beside ours, count its rows and drop it again. Raises `MachineError`,
    `InvalidInput` ("backup.rows")."""
    fresh = backups.create_fresh(settings, "verifying")
    try:
        backup.restore_into(whole, backups.environment(fresh) | {"PGOPTIONS": backups.FILLING})
        backups.check_rows(fresh, rows)
    finally:
        backups.drop_fresh(fresh)


def set_daily(settings: Settings, args: argparse.Namespace) -> None:
    """Have the backup made every day at a time of the city, into a folder, or no longer."""
    with connected_engine(settings, "owner") as engine:
        if args.daily == "off":
            daily_backup.stop(engine)
            print(word("command.backup.stopped"))
            return
        if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", args.daily) or args.file is None or args.keep < 1:
            raise WrongUsage(word("command.backup.daily_wrong"))
        folder = args.file.resolve()
        if not folder.is_dir() or not account_can(JOBS, ["test", "-w", str(folder)]):
            raise MachineError(word("command.backup.not_writable", folder=folder))
        recipient = (
            str(Path(args.encrypt).resolve())
            if args.encrypt and Path(args.encrypt).is_file()
            else args.encrypt
        )
        if recipient:
            encryption.check_recipient(recipient)
        daily_backup.plan(
            engine, DailyBackup(args.daily, str(folder), args.keep, recipient, not args.no_verify)
        )
        print(word("command.backup.planned", at=args.daily, folder=folder, keep=args.keep))


def make_daily(settings: Settings) -> None:
    """The backup of this day, as planned; then the oldest ones of its kind beyond those to keep are
    removed."""
    with connected_engine(settings, "owner") as engine:
        planned = daily_backup.planned(engine)
    if planned is None:
        return
    folder = Path(planned.folder)
    stamp = datetime.now(settings.city.time_zone).strftime("%Y-%m-%dT%H%M")
    save(
        settings,
        folder / f"{daily_backup.PREFIX}{stamp}{daily_backup.SUFFIX}",
        planned.recipient,
        planned.verify,
    )
    for old in sorted(folder.glob(f"{daily_backup.PREFIX}????-??-??T????{daily_backup.SUFFIX}"))[
        : -planned.keep
    ]:
        old.unlink()


def run_restore(settings: Settings, args: argparse.Namespace) -> None:
    """From a file, or as of a second, which makes one first."""
    if (args.file is None) == (args.to is None):
        raise WrongUsage(word("command.restore.no_file"))
    if args.file is not None:
        bring_back(settings, args)
        return
    with workplaces.work_in(settings.data / "pitr", workplaces.RESTORE) as folder:
        args.file = folder / f"{args.to:%Y-%m-%dT%H%M%S}{daily_backup.SUFFIX}"
        pitr.fetch(settings, args.file, args.to, args.repository)
        bring_back(settings, args)


def bring_back(settings: Settings, args: argparse.Namespace) -> None:
    """Restores into a fresh database, checked there, then swapped: until the last moment the earlier data is
    served, whole. From the first one it can only be read: what it took meanwhile would be lost."""
    begun, file = time.monotonic(), args.file.resolve()
    with encryption.opened(file, args.identity) as clear:
        manifest = backup.read_manifest(clear)
        backups.require_known(manifest["revision"])
        with read_only(settings):
            kept, since, decided = replace_by(settings, args, clear, manifest)
    running = state.running(settings.data)  # processes of ours on this machine, wherever the servers are
    if running:
        state.send(running.supervisor, signal.SIGUSR1)
    print(
        word(
            "command.restore.done",
            file=file,
            made=manifest["made_at"],
            kept=kept,
            seconds=f"{time.monotonic() - begun:.1f}",
        )
    )
    print("\n".join([*account_of(since, kept), *gone(manifest["made_at"], kept, decided)]))


def account_of(since: PushesSince, kept: str) -> Iterator[str]:
    """Lines on what became of the pushes, and the runs to repeat, that were acknowledged after the backup was
    made."""
    if since.taken_over:
        yield word("command.restore.taken_over", count=since.taken_over)
    if since.repeats:
        yield word("command.restore.repeats", count=since.repeats)
    if since.loaded or since.failed:
        yield word(
            "command.restore.lacking",
            loaded=since.loaded,
            failed=since.failed,
            feeds=", ".join(since.feeds),
            kept=kept,
        )
    if not (since.taken_over or since.repeats or since.loaded or since.failed):
        yield word("command.restore.lacks_nothing")


def gone(made: str, kept: str, decided: dict[str, int] | None) -> Iterator[str]:
    """Lines on what the restored database lacks besides pushes. `decided`: acts since the backup, none if
    unknown."""
    yield word("command.restore.gone", made=made, kept=kept)
    if decided is None:
        yield word("command.restore.gone_unknown", kept=kept)
    elif not decided:
        yield word("command.restore.gone_nothing", made=made)
    else:
        yield word("command.restore.gone_count", count=sum(decided.values()))
    for kind, acts in groupby((decided or {}).items(), lambda item: ACTS[item[0]].kind):
        counts = ", ".join(f"{word(f'audit.act.{code}')} ({code}): {count}" for code, count in acts)
        yield f"  {word(f'audit.kind.{kind}')}: {counts}"


def replace_by(
    settings: Settings, args: argparse.Namespace, clear: Path, manifest: dict[str, Any]
) -> tuple[str, PushesSince, dict[str, int] | None]:
    """Returns the name under which the earlier database is kept, what that one was pushed since the backup,
    and what was decided in it since (`decisions.decided_since`)."""
    fresh = backups.create_fresh(settings)
    backup.restore_into(clear, backups.environment(fresh) | {"PGOPTIONS": backups.FILLING})
    backups.finish(fresh, manifest["rows"])

    stated, since, decided = [], [], []

    def make_ready(ready: Settings) -> None:
        decided.append(decisions.decided_since(settings, ready))
        if args.keep_tokens:
            revocations.end_people(ready)
        else:
            revocations.carry_over(settings, ready)
        since.append(pushes.take_over(settings, ready))
        taken_over = since[0].taken_over + since[0].repeats
        stated.append(
            restores.record_restore(settings, ready, args.file.name, manifest["made_at"], taken_over)
        )

    kept = backups.swap(settings, fresh, make_ready)
    for statement in stated:
        heads.write_outside(settings, keys.open_signer(heads.folder_of(settings)), statement)
    backups.forget_cache(settings)
    return kept, since[0], decided[0]
