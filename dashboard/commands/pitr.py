"""`./ikomek backup pitr on|off|now|status|get`: backups from which any second can be brought back, and
`./ikomek restore --to MOMENT`, which does it."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from dashboard.commands.given_times import moment
from dashboard.commands.table import local_time, print_table
from dashboard.machine import archive, backup, configuration, database, pitr, pitr_plan
from dashboard.machine.accounts import DATABASE, run_as
from dashboard.machine.cluster import Cluster
from dashboard.machine.errors import MachineError, WrongUsage
from dashboard.machine.past_server import past_server
from dashboard.machine.pitr_plan import PitrPlan
from dashboard.words import word
from geo.audit.records import record_audit
from geo.database import connected_engine
from geo.recovery import backup as backups
from geo.settings import Settings

ROOT = Path(__file__).parents[2]


def main(settings: Settings, argv: list[str]) -> None:
    """`argv` after "pitr". Raises `MachineError`."""
    args = parse(argv)
    if not settings.own_database:
        raise MachineError(word("command.pitr.elsewhere"))
    args.run(settings, args)


def parse(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./ikomek backup pitr", description=word("command.pitr"))
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    on = actions.add_parser("on", help=word("command.pitr.on"))
    on.add_argument("folder", type=Path, help=word("command.pitr.folder"))
    on.add_argument("--keep", type=int, default=PitrPlan.keep, metavar="N", help=word("command.pitr.keep"))
    on.add_argument(
        "--every", type=int, default=PitrPlan.every_h, metavar="HOURS", help=word("command.pitr.every")
    )
    on.set_defaults(run=switch_on)
    actions.add_parser("off", help=word("command.pitr.off")).set_defaults(run=switch_off)
    now = actions.add_parser("now", help=word("command.pitr.now"))
    now.add_argument("--full", action="store_true", help=word("command.pitr.full"))
    now.set_defaults(run=make_now)
    actions.add_parser("status", help=word("command.pitr.status")).set_defaults(run=show)
    get = actions.add_parser("get", help=word("command.pitr.get"))
    get.add_argument("file", type=Path)
    get.add_argument("--to", type=moment, required=True, metavar="MOMENT", help=word("command.pitr.to"))
    get.add_argument("--from", dest="repository", type=Path, help=word("command.pitr.from"))
    get.set_defaults(run=run_get)
    return parser.parse_args(argv)


def switch_on(settings: Settings, args: argparse.Namespace) -> None:
    """From now on the server archives its log; a first full copy is made at once."""
    cluster, folder = Cluster(settings.data), args.folder.resolve()
    if args.keep < 1 or args.every < 1:
        raise WrongUsage(word("command.pitr.wrong"))
    pitr.require_program()
    if database.setting(cluster, "archive_mode") != "on":
        raise MachineError(word("command.pitr.restart"))
    pitr.switch_on(cluster, PitrPlan(str(folder), args.keep, args.every))
    try:
        pitr.pgbackrest(cluster, ["stanza-create"], "make the repository")
        reload_server(cluster)
        pitr.pgbackrest(cluster, ["check"], "archive the log")
    except MachineError:
        pitr.switch_off(cluster)
        reload_server(cluster)
        raise
    with connected_engine(settings, "owner") as engine, engine.begin() as connection:
        record_audit(connection, "command", "backup.pitr_on", folder=str(folder))
    copy(settings, full=True)
    print(word("command.pitr.is_on", folder=folder, every=args.every, keep=args.keep))


def switch_off(settings: Settings, args: argparse.Namespace) -> None:
    cluster = Cluster(settings.data)
    pitr.switch_off(cluster)
    reload_server(cluster)
    with connected_engine(settings, "owner") as engine, engine.begin() as connection:
        record_audit(connection, "command", "backup.pitr_off")
    print(word("command.pitr.is_off"))


def reload_server(cluster: Cluster) -> None:
    configuration.write(cluster.database_folder, cluster.sockets, cluster.throwaway)
    database.read_configuration(cluster)


def make_now(settings: Settings, args: argparse.Namespace) -> None:
    copy(settings, args.full)
    print(word("command.pitr.made"))


def copy(settings: Settings, full: bool) -> None:
    """Made by the user of the database, who owns the server's files and what is written of it."""
    command = [sys.executable, "-m", "dashboard.machine.archive", str(settings.data)]
    done = subprocess.run(
        run_as(DATABASE, [*command, *(["--full"] if full else [])]),
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        cwd="/",
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise MachineError(done.stderr.strip())


def show(settings: Settings, args: argparse.Namespace) -> None:
    """The copies, and from when on any second can be brought back."""
    plan, state = pitr_plan.read_plan(settings.data), archive.read_state(settings.data)
    if plan is None:
        print(word("command.pitr.is_off"))
        return
    copies = pitr.info(Cluster(settings.data))
    print_table(
        [
            {
                "label": one["label"],
                "type": one["type"],
                "begun": local_time(settings, datetime.fromtimestamp(one["timestamp"]["start"], UTC)),
                "ended": local_time(settings, datetime.fromtimestamp(one["timestamp"]["stop"], UTC)),
                "megabytes": round(one["info"]["repository"]["delta"] / 1e6),
            }
            for one in copies
        ]
    )
    if copies:
        since = datetime.fromtimestamp(copies[0]["timestamp"]["stop"], UTC)
        print(word("command.pitr.since", at=local_time(settings, since), folder=plan.folder))
    if state.get("failed"):
        print(word("command.pitr.failed", reason=state["failed"]))


def run_get(settings: Settings, args: argparse.Namespace) -> None:
    fetch(settings, args.file.resolve(), args.to, args.repository)


def fetch(settings: Settings, file: Path, at: datetime, repository: Path | None = None) -> None:
    """The database as of `at` (by the city's clock, unless it says another) as a backup file. `repository`:
    that of a machine which is lost; none = our own."""
    at = at if at.tzinfo else at.replace(tzinfo=settings.city.time_zone)
    cluster = Cluster(settings.data)
    if at > datetime.now(UTC):
        raise WrongUsage(word("command.pitr.future", at=at.isoformat()))
    if repository is None:
        archive_until_now(settings, cluster)
    named = None if repository is None else repository.resolve()
    with backup.workplace(file) as folder, past_server(cluster, at, named) as past:
        url = past.database_url().replace("postgresql:", "postgresql+psycopg2:")
        beside = replace(settings, database_url=url)
        with backups.snapshot(beside) as found:
            dump = backup.dump_into(folder, backups.environment(beside), found.id)
        made_at = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
        whole, _ = backup.pack(dump, found.stated() | {"made_at": made_at})
        backup.place(whole, file)
    print(word("command.pitr.got", file=file, at=local_time(settings, at), rows=sum(found.rows.values())))


def archive_until_now(settings: Settings, cluster: Cluster) -> None:
    """Where the server is away, or its archive, it is said: what is there may reach that far."""
    if pitr_plan.read_plan(settings.data) is None:
        raise MachineError(word("command.pitr.is_off"))
    try:
        database.archive_until_now(cluster)
    except MachineError as error:
        print(error, file=sys.stderr)
