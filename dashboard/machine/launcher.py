"""The commands of `./ikomek`. Those about the machine are done here; the others run in the virtual
environment (`dashboard.cli`)."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from dashboard.machine import development, doctor, logs, paths, python_packages, resume, service, state
from dashboard.machine.accounts import WEB, give, is_root
from dashboard.machine.cluster import Cluster, recover
from dashboard.machine.errors import MachineError, WrongUsage, file_error
from dashboard.machine.folders import make_folders, own_folder
from dashboard.machine.installation import find, install
from dashboard.machine.paths import CITY_FILE, Paths
from dashboard.machine.processes import Options
from dashboard.machine.progress import say
from dashboard.machine.sign_in_link import show_link

INSIDE = ("etl", "precincts", "user", "wall", "backup", "restore", "mode", "calendar", "audit")
"""Commands that `dashboard.cli` does, in the virtual environment."""
GROUPS = (
    (
        "Run it",
        (
            ("up", "install what is missing, start, migrate, load the demo city if the database is empty"),
            ("down", "stop"),
            ("status", "what runs, since when, how old each feed is"),
            ("logs", "what the processes wrote"),
            ("doctor", "what is missing and how to mend it"),
            ("service install", "start with the machine, under systemd"),
            ("mode", "normal, drill or hotline"),
            ("calendar", "days off, moved days and hours of work: show, edit, confirm a year"),
            ("audit", "verify that nothing in it was changed afterwards; export it"),
            ("backup, restore", "one file, verified by a restore of it; on a schedule with backup --daily"),
        ),
    ),
    (
        "Fill it",
        (
            ("etl", "declare, try, run and watch feeds; their runs and rejected rows"),
            ("precincts", "plans of polling precincts: import, check, compare, export, propose"),
        ),
    ),
    (
        "Let people in",
        (
            ("user", "add, list, disable, unlock, set a password"),
            ("wall", "screens: check a file of scenes, give a screen its address, revoke it"),
        ),
    ),
    (
        "Change the code",
        (
            ("dev", "a server of this checkout that begins anew with every saved file"),
            ("test", "the whole suite; with --fast what a change needs, in 3 minutes"),
            ("bench", "measured against the peer named, in one run"),
        ),
    ),
)
"""What `--help` lists: title, and each command with what it does."""
STARTED_WITHIN_S = 900.0
STOPPED_WITHIN_S = 60.0
TAKEN_WITHIN_S = 10.0
NEEDED_MB = 200
"""An empty database takes 70; with less than this its own log of changes soon has no room."""


def main(checkout: Path, argv: list[str]) -> int:
    """Exit codes: 0 done, 1 failed, 2 wrong usage."""
    os.umask(0o022)
    try:
        if argv and argv[0] in INSIDE:
            data, rest = with_data(argv[1:])
            return run_inside(find(checkout, data), [argv[0], *rest])
        if argv and argv[0] in ("test", "bench"):
            return COMMANDS[argv[0]](checkout, argv[1:])
        if argv and not argv[0].startswith("-") and argv[0] not in COMMANDS:
            raise WrongUsage(f"There is no command {argv[0]}. './ikomek --help' lists all.")
        args = parse(argv)
        return COMMANDS[args.command](checkout, args)
    except MachineError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 1
    except BrokenPipeError:  # whoever read our output has gone: './ikomek logs | head'
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        print(file_error(error), file=sys.stderr)
        return MachineError.exit_code


def parse(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./ikomek",
        usage="./ikomek [-h] COMMAND ...",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="The situation centre of a city contact centre.",
        epilog=command_list(),
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", help=argparse.SUPPRESS)
    up = commands.add_parser(
        "up", help="install what is missing, start, migrate, load the demo city if the database is empty"
    )
    up.add_argument("--detach", action="store_true", help="return once it runs; './ikomek down' stops it")
    add_start_options(up)
    for name, words in (
        ("down", "stop"),
        ("status", "what runs, since when, how old each feed is"),
        ("doctor", "what is missing and how to mend it"),
    ):
        add_data_option(commands.add_parser(name, help=words))
    shown = commands.add_parser("logs", help="what the processes wrote")
    shown.add_argument("name", nargs="?", help="one process, such as web or postgres; without it all")
    shown.add_argument("-f", "--follow", action="store_true", help="go on showing what comes")
    shown.add_argument("-n", "--lines", type=int, default=50, help="lines of each log (50)")
    add_data_option(shown)
    unit = commands.add_parser("service", help="'service install': start with the machine, under systemd")
    unit.add_argument("action", choices=("install", "prepare"))
    add_start_options(unit)
    dev = commands.add_parser("dev", help="for who changes the code")
    dev.add_argument("--port", type=int, default=8109, help="of the installation beside it (8109)")
    dev.add_argument("--reload-port", type=int, default=8110, help="of the server that reloads (8110)")
    add_data_option(dev)
    args = parser.parse_args(argv)
    if (
        getattr(args, "tls_cert", None) is not None
        and args.tls_key is None
        or getattr(args, "tls_key", None)
        and not args.tls_cert
    ):
        parser.error("--tls-cert and --tls-key go together")
    return args


def command_list() -> str:
    """Every command, grouped, for `--help`."""
    width = max(len(name) for _, commands in GROUPS for name, _ in commands)
    groups = [
        "\n".join([f"{title}:", *(f"  {name:<{width}}  {does}" for name, does in commands)])
        for title, commands in GROUPS
    ]
    return "\n\n".join([*groups, "Each has its own --help."])


def add_start_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to listen on (127.0.0.1); 0.0.0.0 for every network"
    )
    parser.add_argument("--port", type=int, default=8109)
    parser.add_argument(
        "--city",
        metavar="FILE",
        help="a city of your own, as those in geo/cities; kept in the data folder from then on",
    )
    parser.add_argument("--empty", action="store_true", help="no demo city")
    parser.add_argument(
        "--scale",
        choices=("tenth", "full"),
        default="tenth",
        help="of the demo city's history: a tenth of the real counts, or all",
    )
    parser.add_argument("--tls-cert", metavar="FILE", help="PEM certificate chain: serve https")
    parser.add_argument("--tls-key", metavar="FILE", help="PEM private key of it")
    add_data_option(parser)


def add_data_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data", metavar="DIR", help="data folder (.ikomek, or the one that the last 'up' was given)"
    )


def with_data(arguments: list[str]) -> tuple[str | None, list[str]]:
    """The data folder that an inner command is given, and its other arguments."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    add_data_option(parser)
    args, rest = parser.parse_known_args(arguments)
    return args.data, rest


def up(checkout: Path, args: argparse.Namespace) -> int:
    """Install, then hand over to the supervisor's watcher."""
    where = find(checkout, args.data)
    if already_running(where.data):
        return 0
    if paths.in_other_use(where.data):
        raise WrongUsage(
            f"{where.data} holds other things, and a data folder is closed to everybody else. "
            f"Choose an empty or a new one with --data."
        )
    if not goes_on(where, args):
        install(where)
    hold_data_folder(where)
    keep_city(where, args.city)
    if args.data:
        paths.remember(where)
    options = options_of(where, args)
    command = supervisor_command(options)
    if args.detach:
        return detach(command, options)
    os.chdir(where.root)
    os.execve(command[0], command, options.environment())


def options_of(where: Paths, args: argparse.Namespace) -> Options:
    return Options(
        where.root,
        where.data,
        where.python,
        args.host,
        args.port,
        args.empty,
        args.scale,
        *service_certificates(where, args),
    )


def goes_on(where: Paths, args: argparse.Namespace) -> bool:
    """Whether an `up` like this one was killed: what it needs is installed. Not asked of what has files to
    bring up to date first."""
    if where.mirrored or args.city or args.tls_cert:
        return False
    return resume.left_running(options_of(where, args)) is not None and python_packages.is_current(
        where, tests=False
    )


def already_running(data: Path) -> bool:
    """Whether an `up` runs, which is then said. One that is still starting or stopping is waited for."""
    current, waiting = state.running(data), False
    while current and current.phase != "running":
        if not waiting:
            say(f"Another './ikomek up' is {current.phase}; waiting for it.")
        waiting = True
        time.sleep(0.1)
        current = state.running(data)
    if current:
        since = time.strftime("%F %T", time.localtime(current.supervisor.since))
        say(f"Already running since {since}: {current.address}")
    return current is not None


def hold_data_folder(where: Paths) -> None:
    if not paths.reachable_by_service(where.data):
        raise MachineError(
            f"The user that the processes run as cannot reach the data folder {where.data}. "
            "Choose one outside of root's home with --data, such as /srv/ikomek."
        )
    make_folders(where.data)
    free_mb = shutil.disk_usage(where.data).free // 10**6
    if free_mb < NEEDED_MB:
        raise MachineError(
            f"Only {free_mb} MB are free under {where.data}; the database needs {NEEDED_MB} to "
            f"start. Make room, "
            "or choose another folder with --data."
        )


def keep_city(where: Paths, file: str | None) -> None:
    """Copy the city's file into the data folder, where every later command finds it. Without one, what is
    there stays."""
    if file is None:
        return
    given = Path(file)
    if not given.is_file():
        raise WrongUsage(f"There is no file {file}.")
    os.environ.pop("IKOMEK_CITY", None)  # what the command says outweighs what the environment does
    kept = where.data / CITY_FILE
    kept.write_bytes(given.read_bytes())


def service_certificates(where: Paths, args: argparse.Namespace) -> tuple[str | None, str | None]:
    """The certificate files; root copies them into the data folder, for its own user may not read a
    key. A renewed one needs a new `up`."""
    if not args.tls_cert:
        return None, None
    given = [Path(args.tls_cert).resolve(), Path(args.tls_key).resolve()]
    for path in given:
        if not path.is_file():
            raise WrongUsage(f"There is no file {path}.")
    if not is_root():
        return str(given[0]), str(given[1])
    folder = own_folder(where.data / "tls", WEB)
    copies = []
    for path, name in zip(given, ("certificate.pem", "key.pem"), strict=True):
        copy = folder / name
        copy.touch(mode=0o600)
        copy.write_bytes(path.read_bytes())
        give(copy, WEB, 0o600)
        copies.append(str(copy))
    return copies[0], copies[1]


def supervisor_command(options: Options) -> list[str]:
    arguments = [
        "--root",
        options.root,
        "--data",
        options.data,
        "--python",
        options.python,
        "--host",
        options.host,
        "--port",
        options.port,
        "--scale",
        options.scale,
    ]
    if options.empty:
        arguments.append("--empty")
    if options.certificate:
        arguments += ["--certificate", options.certificate, "--key", options.key]
    return options.module("dashboard.machine.watcher", *(str(word) for word in arguments))


def detach(command: list[str], options: Options) -> int:
    """Start the supervisor in a session of its own and show what it says until it runs."""
    log = options.data / "log" / "up.log"
    with open(log, "ab") as output:
        begin = output.tell()
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=options.root,
            env=options.environment(),
            start_new_session=True,
        )
    end = time.monotonic() + STARTED_WITHIN_S
    while time.monotonic() < end:
        begin = logs.show_from(log, begin)
        current = state.running(options.data)
        if process.poll() is not None:
            logs.show_from(log, begin)
            return 1 if process.returncode or not has_begun(options.data) else 0
        if current and current.phase == "running" and current.watcher and current.watcher.pid == process.pid:
            time.sleep(0.1)
            logs.show_from(log, begin)
            show_link(options.data)
            return 0
        time.sleep(0.1)
    raise MachineError(f"The system is not ready after {STARTED_WITHIN_S:.0f} s. The reason is in {log}.")


def has_begun(data: Path) -> bool:
    """Whether another `up` has taken the folder in the meantime, which is then said. It has the lock, and
    writes down that it runs."""
    end = time.monotonic() + TAKEN_WITHIN_S
    while not already_running(data):
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


def down(checkout: Path, args: argparse.Namespace) -> int:
    where = find(checkout, args.data)
    running = state.running(where.data)
    if running:
        stop(running)
    left = end_what_was_left(where.data)
    if left:
        say(f"Ended what a killed 'up' had left running: {', '.join(sorted(left))}.")
    say("Stopped." if running or left else "Nothing is running.")
    return 0


def stop(running: state.MachineState) -> None:
    """Raises `MachineError` if it does not end."""
    state.send(running.head, signal.SIGTERM)
    end = time.monotonic() + STOPPED_WITHIN_S
    for process in (running.supervisor, running.watcher):
        while process and process.alive:
            if time.monotonic() > end:
                raise MachineError(
                    f"Process {process.pid} has not ended in {STOPPED_WITHIN_S:.0f} s. See './ikomek logs'."
                )
            time.sleep(0.05)


def end_what_was_left(data: Path) -> list[str]:
    """Of a supervisor that was killed and that nobody has started again; names of the processes."""
    lock = state.hold(data) if (data / "up.lock").exists() else None
    if lock is None:
        return []
    with lock:
        left = state.end_orphans(data)
        recover(Cluster(data))
        (data / "state.json").unlink(missing_ok=True)
    return left


def status(checkout: Path, args: argparse.Namespace) -> int:
    """Exit code 1 when nothing runs."""
    where = find(checkout, args.data)
    running = state.running(where.data)
    if not running:
        say(f"Nothing is running with the data folder {where.data}. Start it with './ikomek up'.")
        if left := state.left_behind(where.data):
            say(
                f"A killed 'up' has left running: {', '.join(left)}. './ikomek up' goes on with them, "
                "'./ikomek down' ends them."
            )
        return 1
    say(f"{running.address}  {running.phase}{'  demo data' if running.demo else ''}\n")
    say(f"{'process':<12} {'pid':>7}  {'since':<19} restarts")
    for name, process in running.processes.items():
        since = time.strftime("%F %T", time.localtime(process.since)) if process.alive else "not running"
        say(f"{name:<12} {process.pid:>7}  {since:<19} {process.restarts}")
    say("")
    sys.stdout.flush()
    return run_inside(where, ["ages"]) if running.phase == "running" else 0


def run_inside(where: Paths, argv: list[str]) -> int:
    """One of the commands that need the installed packages, in this folder and as this user."""
    if not python_packages.is_current(where, tests=False):
        raise MachineError(
            "What this command needs is not installed yet, or was changed since. Run './ikomek up' first."
        )
    options = Options(where.root, where.data, where.python)
    return subprocess.run(options.module("dashboard.cli", *argv), env=options.environment()).returncode


def show_logs(checkout: Path, args: argparse.Namespace) -> int:
    return logs.show(find(checkout, args.data).data / "log", args.name, args.lines, args.follow)


def examine(checkout: Path, args: argparse.Namespace) -> int:
    return doctor.examine(find(checkout, args.data))


def install_service(checkout: Path, args: argparse.Namespace) -> int:
    """`prepare` is what the unit does before each start, outside of its walls: what `up` installs and
    makes."""
    where = find(checkout, args.data)
    if args.action == "install":
        return service.install(checkout, where, args)
    if not goes_on(where, args):
        install(where)
    hold_data_folder(where)
    return 0


def develop(checkout: Path, args: argparse.Namespace) -> int:
    """`up` as always, and beside it a web server of this very checkout that begins anew with every saved
    file."""
    where = find(checkout, args.data)
    if not state.running(where.data):
        up(
            checkout,
            argparse.Namespace(
                **vars(args)
                | {
                    "detach": True,
                    "host": "127.0.0.1",
                    "city": None,
                    "empty": False,
                    "scale": "tenth",
                    "tls_cert": None,
                    "tls_key": None,
                }
            ),
        )
    options = Options(checkout, where.data, where.python, port=args.reload_port)
    say(
        f"Reloading with every change of a file: {options.address}  (Ctrl-C ends it; './ikomek "
        f"down' stops the rest)"
    )
    return subprocess.run(
        development.reloading_server(options), cwd=checkout, env=options.environment()
    ).returncode


COMMANDS: dict[str, Callable[..., int]] = {
    "up": up,
    "down": down,
    "status": status,
    "logs": show_logs,
    "doctor": examine,
    "service": install_service,
    "dev": develop,
    "test": development.test,
    "bench": development.bench,
}
