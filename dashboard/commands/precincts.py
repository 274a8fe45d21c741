"""`./ikomek precincts import|check|accept|export|propose|reassign|compare`: plans from files and into
files, without a browser.

A plan is named by its number (`./ikomek precincts check` lists them). What comes from a file becomes a
draft; only people publish (page /precincts).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from dashboard.commands import precinct_files
from dashboard.commands.precinct_files import Files
from dashboard.commands.table import print_table
from dashboard.words import language, word
from geo.audit.records import record_audit
from geo.audit.terminal import terminal_person
from geo.database import Connection, connected_engine, transact
from geo.errors import NotFound
from geo.plans import (
    checks,
    coverages,
    holes,
    lifecycle,
    overlap,
)
from geo.plans import (
    compare as plan_compare,
)
from geo.plans import (
    reassign as plan_reassign,
)
from geo.plans.editing import proposals
from geo.plans.editing.draft import Author
from geo.plans.model import plan_in_force
from geo.settings import Settings

BROKEN = 1
"""The exit code for a plan or a file with errors."""


def main(settings: Settings, argv: list[str], files: Files) -> int:
    args = parse(argv)
    with connected_engine(settings, "editor", pool_size=1) as engine:
        return transact(engine, lambda connection: args.run(connection, settings, args, files) or 0)


def parse(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./ikomek precincts", description=word("command.precincts"))
    commands = parser.add_subparsers(
        required=True, metavar="import|check|accept|export|propose|reassign|compare"
    )

    def add(name: str, run: object) -> argparse.ArgumentParser:
        command = commands.add_parser(
            name, help=word(f"command.precincts.{name}"), description=word(f"command.precincts.{name}")
        )
        command.set_defaults(run=run, who=f"cli:{terminal_person()}")
        return command

    _add_reading(add)
    accepting = add("accept", accept)
    accepting.add_argument("plan", type=int)
    accepting.add_argument("lon", type=float)
    accepting.add_argument("lat", type=float)
    accepting.add_argument("reason")
    saving = add("export", precinct_files.save)
    saving.add_argument("plan", type=int)
    saving.add_argument("file", type=Path)
    saving.add_argument(
        "--lang",
        choices=("kk", "ru"),
        default="ru" if language.get() == "en" else language.get(),
        help=word("command.precincts.lang"),
    )
    proposing = add("propose", propose)
    proposing.add_argument("plan", type=int)
    proposing.add_argument("number", type=int)
    add("reassign", reassign).add_argument("plan", type=int)
    comparing = add("compare", compare)
    comparing.add_argument("plan", type=int)
    comparing.add_argument("other", type=int, nargs="?")
    comparing.add_argument("--notify", type=Path, metavar="FILE.csv", help=word("command.precincts.notify"))
    return parser.parse_args(argv[1:])


def _add_reading(add: Callable[[str, object], argparse.ArgumentParser]) -> None:
    """import and check, which read a file alike."""
    loading = add("import", precinct_files.load)
    loading.add_argument("file", type=Path)
    loading.add_argument("--name", help=word("command.precincts.name"))
    loading.add_argument("--number", metavar="COLUMN", help=word("command.precincts.number"))
    loading.add_argument("--plan", type=int, help=word("command.precincts.into"))
    loading.add_argument("--clean", action="store_true", help=word("command.precincts.clean"))
    loading.add_argument(
        "--gap", type=float, default=coverages.GAP_M, metavar="M", help=word("command.precincts.gap")
    )
    loading.add_argument("--difference", type=Path, metavar="FILE", help=word("command.precincts.difference"))
    checking = add("check", check)
    checking.add_argument("what", nargs="?", metavar="PLAN|FILE")
    checking.add_argument("--number", metavar="COLUMN", help=word("command.precincts.number"))
    for reading in (loading, checking):
        reading.add_argument("--srid", type=int, metavar="EPSG", help=word("command.precincts.srid"))
        reading.add_argument("--holes", metavar="REASON", help=word("command.precincts.holes"))


def check(connection: Connection, settings: Settings, args: argparse.Namespace, files: Files) -> int:
    """Checks a plan (none = that in force, after the list of plans), or a file before it is imported."""
    city = settings.city
    if args.what and not args.what.isdigit():
        return precinct_files.check_file(settings, Path(args.what), args, files)
    if args.what is None:
        print_table(
            [
                {name: str(plan[name] or "–") for name in ("id", "name", "state", "in_force_from")}
                for plan in lifecycle.plans(connection, city)
            ]
        )
        print()
    plan = int(args.what) if args.what else plan_in_force(connection, city)
    if plan is None:
        raise NotFound("plan.none_in_force")
    found = checks.check(connection, city, plan)
    print(word("command.precincts.checked", plan=plan))
    print_table(
        [
            {
                "check": word(f"studio.check.{one.key}"),
                "level": word(f"precincts.level.{one.level}"),
                "found": one.count,
                "precincts": numbers(one.items),
            }
            for one in found
        ]
    )
    return BROKEN if any(one.level == "error" and one.count for one in found) else 0


def accept(connection: Connection, settings: Settings, args: argparse.Namespace, files: Files) -> int:
    """A lawful hole of a draft, with the reason."""
    area = holes.accept_hole(
        Author(connection, settings.city, args.plan, args.who), (args.lon, args.lat), args.reason
    )
    print(word("command.precincts.accepted", plan=args.plan, area=f"{area:.1f}"))
    return 0


def numbers(items: list[dict]) -> str:
    """The precincts of a check's first items, each once."""
    found = sorted({item["number"] for item in items if item.get("number") is not None})
    return ", ".join(map(str, found[:12])) + (" …" if len(found) > 12 else "")


def propose(connection: Connection, settings: Settings, args: argparse.Namespace, files: Files) -> int:
    """Splits of one precinct of a draft, and what each would move. Writes nothing."""
    ids = {
        row["number"]: row["id"] for row in precinct_files.precincts_of(connection, settings.city, args.plan)
    }
    if args.number not in ids:
        raise NotFound("plan.unknown_precinct", precincts=args.number)
    found = proposals.propose(connection, settings.city, args.plan, ids[args.number])
    for n, proposal in enumerate(found, start=1):
        print(
            word(
                "command.precincts.proposal",
                n=n,
                kind=word(f"precincts.proposal.{proposal.kind}"),
                voters=proposal.voters_moved,
                houses=proposal.houses_moved,
                crosses=proposal.crosses,
            )
        )
        print_table(
            [
                {"precinct": part["number"] or word("precincts.new"), "voters": part["voters"]}
                for part in proposal.parts
            ]
        )
    if not found:
        print(word("command.precincts.no_proposal"))
    return 0 if found else BROKEN


def reassign(connection: Connection, settings: Settings, args: argparse.Namespace, files: Files) -> int:
    """Every house of a draft to the precinct that holds its tag, as after an import of many tags; what a
    person or the decision set stays."""
    edited = plan_reassign.reassign_all(Author(connection, settings.city, args.plan, args.who))
    moved = edited.moved if edited else []
    print(word("command.precincts.reassigned", plan=args.plan, houses=len(moved)))
    return 0


def compare(connection: Connection, settings: Settings, args: argparse.Namespace, files: Files) -> int:
    """Prints what moves from another plan (that in force) to this one; `--notify` writes whom it concerns."""
    found = plan_compare.compare(connection, settings.city, args.plan, args.other)
    print(
        word(
            "command.precincts.compared",
            plan=found.plan,
            other=found.other,
            houses=found.houses,
            voters=found.voters,
        )
    )
    if found.precincts:
        print_table(
            [
                {name: "–" if row[name] is None else row[name] for name in ("from", "to", "houses", "voters")}
                for row in found.precincts
            ]
        )
    grounds = overlap.succession(connection, settings.city, args.plan, args.other)
    if grounds:
        print(word("command.precincts.grounds"))
        print_table(
            [{name: "–" if value is None else value for name, value in row.items()} for row in grounds]
        )
    if args.notify:
        files.write_assignment(
            args.notify,
            list(plan_compare.moved_buildings(connection, settings.city, args.plan, args.other)),
        )
        record_audit(connection, args.who, "plan.exported", plan=args.plan, form="moved")
        print(word("command.precincts.written", file=args.notify), file=sys.stderr)
    return 0
