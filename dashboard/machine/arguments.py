"""What `./ikomek` is told: its commands, their options, and what `--help` says of them."""

from __future__ import annotations

import argparse
from pathlib import Path

INSIDE = (
    *("etl", "precincts", "voters", "user", "wall", "backup", "restore", "mode", "calendar"),
    *("mass", "projects", "prevention", "roster", "answers", "audit", "report", "rating", "api", "alert"),
    "privacy",
)
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
            ("report", "reports of a morning, week, month or shift as PDF; figures kept and verified"),
            ("mass", "mass events: radius, window and least number by category: show, set, clear"),
            ("alert", "what everybody is told of a mass event (CAP): publish, cancel, list"),
            ("projects", "the project office's file: check it by line, adopt it, list what is late"),
            ("prevention", "measures at places that return: add, done, drop, list with their effect"),
            ("roster", "operators: check a roster by line, adopt it, compare it with what is needed"),
            ("answers", "articles for operators: check a file by line, import, export"),
            ("rating", "check and adopt a strategy; close a month by two people, verify it"),
            ("privacy", "what is kept about people, and the report of a breach"),
            ("audit", "verify that nothing in it was changed afterwards; export it"),
            ("backup, restore", "one file, verified by a restore of it; on a schedule with backup --daily"),
            ("backup pitr", "to any second: on, off, now, status, get; then restore --to MOMENT"),
        ),
    ),
    (
        "Fill it",
        (
            ("etl", "declare, try, run and watch feeds; their runs and rejected rows"),
            ("precincts", "plans of polling precincts: import, check, compare, export, propose"),
            ("voters", "the electoral list: import, check, worklist, approve, look, rekey"),
        ),
    ),
    (
        "Let people in",
        (
            ("user", "add, list, disable, unlock, set a password"),
            ("api", "programs of others: keys of Open311, webhooks; add, list, revoke, revive"),
            ("wall", "screens: check a file of scenes, give a screen its address, revoke it"),
        ),
    ),
    (
        "Change the code",
        (
            ("dev", "a server of this checkout that begins anew with every saved file"),
            ("test", "the whole suite; with --fast what a change needs, in 3 minutes"),
            ("sbom", "what a release is made of, with versions, hashes and licences (CycloneDX)"),
            ("bench", "measured against the peer named, in one run"),
        ),
    ),
)
"""The list in `--help`: title, and each command with what it does."""


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
    listed = commands.add_parser("sbom", help="what a release is made of (CycloneDX 1.6)")
    listed.add_argument("file", nargs="?", type=Path, metavar="FILE.json")
    dev = commands.add_parser("dev", help="for who changes the code")
    dev.add_argument("--port", type=int, help="of the installation beside it (as the last time, else 8109)")
    dev.add_argument("--reload-port", type=int, default=8110, help="of the server that reloads (8110)")
    add_data_option(dev)
    args = parser.parse_args(argv)
    certificate, key = (getattr(args, name, None) for name in ("tls_cert", "tls_key"))
    if bool(certificate) != bool(key):
        parser.error("--tls-cert and --tls-key go together")
    if certificate and args.no_tls:
        parser.error("--no-tls and --tls-cert exclude each other")
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
    """None is what was not said: then it is as the last time (`dashboard.machine.start_options`)."""
    parser.description = "The data folder keeps these options for every later start."
    parser.add_argument("--host", help="address to listen on (127.0.0.1); 0.0.0.0 for every network")
    parser.add_argument("--port", type=int, help="to listen on (8109)")
    parser.add_argument(
        "--city",
        metavar="FILE",
        help="a city of your own, as those in geo/cities; kept in the data folder from then on",
    )
    parser.add_argument(
        "--empty", action=argparse.BooleanOptionalAction, help="no demo city; --no-empty: with it again"
    )
    parser.add_argument(
        "--scale",
        choices=("tenth", "full"),
        help="of the demo city's history: a tenth of the real counts (so without it), or all",
    )
    parser.add_argument("--tls-cert", metavar="FILE", help="PEM certificate chain: serve https")
    parser.add_argument("--tls-key", metavar="FILE", help="PEM private key of it")
    parser.add_argument("--no-tls", action="store_true", help="serve http again")
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
