"""`./ikomek rating check|adopt|compute|close|verify|list|object|decide|assign|answer|assignments`: the
strategy of the rating, months that two people close, objections and indicators assigned to managers, on which
another person decides."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from dashboard.commands.mistakes import print_mistakes
from dashboard.commands.table import local_time, print_table
from dashboard.formats import number
from dashboard.words import word
from geo.accounts.managers import manager_of
from geo.audit.keys import open_signer, publish_key
from geo.audit.terminal import terminal_person
from geo.database import Connection, connected, connected_engine
from geo.errors import LineMistake
from geo.rating import assignments, months, objections, versions
from geo.rating.strategy import check, first_of_month, read_strategy
from geo.settings import Settings
from geo.toml import TomlFile
from layers.reading import snapshot

TIMEOUT_S = 600
"""A month is counted from all its events."""


def main(settings: Settings, argv: list[str]) -> int:
    args = parse(argv)
    return args.run(settings, args)


def parse(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./ikomek rating", description=word("command.rating"))
    names = "check|adopt|compute|close|verify|list|object|decide|assign|answer|assignments"
    commands = parser.add_subparsers(required=True, metavar=names)

    def add(name: str, run: Callable[[Settings, argparse.Namespace], int]) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=word(f"command.rating.{name}"))
        command.set_defaults(run=run)
        return command

    for name, run in (("check", run_check), ("adopt", run_adopt)):
        add(name, run).add_argument("file", type=Path, metavar="FILE.toml")
    for name, run in (("compute", run_compute), ("close", run_close), ("verify", run_verify)):
        command = add(name, run)
        command.add_argument("month", type=first_of_month, metavar="YYYY-MM")
        if name == "close":
            command.add_argument("--anew", action="store_true", help=word("command.rating.anew"))
    add("list", run_list)
    objecting = add("object", run_object)
    objecting.add_argument("month", type=first_of_month, metavar="YYYY-MM")
    for name in ("manager", "number", "reason"):
        objecting.add_argument(name, metavar=name.upper())
    deciding = add("decide", run_decide)
    deciding.add_argument("objection", type=int, metavar="NUMBER")
    deciding.add_argument("decision", choices=("accept", "reject"))
    deciding.add_argument("answer", metavar="ANSWER")
    deciding.add_argument("--performer", metavar="KEY", help=word("command.rating.performer"))
    assigning = add("assign", run_assign)
    assigning.add_argument("month", type=first_of_month, metavar="YYYY-MM")
    assigning.add_argument("manager", metavar="MANAGER")
    assigning.add_argument("indicator", metavar="INDICATOR")
    assigning.add_argument("weight", type=int, metavar="WEIGHT")
    assigning.add_argument("reason", metavar="REASON")
    assigning.add_argument("--plan", type=float, metavar="0..1", help=word("command.rating.plan"))
    answering = add("answer", run_answer)
    answering.add_argument("assignment", type=int, metavar="NUMBER")
    answering.add_argument("decision", choices=("accept", "return"))
    answering.add_argument("reason", metavar="REASON")
    listing = add("assignments", run_assignments)
    listing.add_argument("--manager", metavar="KEY", default="", help=word("command.rating.of_manager"))
    return parser.parse_args(argv[1:])


@contextmanager
def reading(settings: Settings) -> Iterator[Connection]:
    with connected_engine(settings, "reader") as engine, snapshot(engine, TIMEOUT_S) as connection:
        yield connection


def run_check(settings: Settings, args: argparse.Namespace) -> int:
    """Exit code 1 where anything is wrong."""
    mistakes = check(TomlFile.read(args.file, "rating.file"))
    if mistakes:
        return print_mistakes(args.file, mistakes, sentence)
    print(word("command.rating.valid"))
    return 0


def run_adopt(settings: Settings, args: argparse.Namespace) -> int:
    strategy = read_strategy(args.file)
    with connected(settings, "accounts") as connection:
        versions.adopt(connection, settings.city, strategy, terminal_person())
    print(word("command.rating.adopted", version=strategy.version, month=f"{strategy.since:%Y-%m}"))
    return 0


def run_compute(settings: Settings, args: argparse.Namespace) -> int:
    """Prints the rating as it stands; writes nothing."""
    counted = _count(settings, args.month)
    print_table(
        [
            {
                "place": "" if one.best is None else f"{one.best}–{one.worst}",
                "name": one.manager,
                "score": number(one.score, 1),
                "interval": f"{number(one.low, 1)}–{number(one.high, 1)}",
                "cases": one.cases,
            }
            for one in months.scores_of(counted.strategy, counted.cases, counted.milestones)
        ]
    )
    print(word("command.rating.digest", digest=counted.digest))
    return 0


def run_close(settings: Settings, args: argparse.Namespace) -> int:
    counted = _count(settings, args.month, args.anew)
    signer = open_signer(settings.data / months.KEYS)
    publish_key(signer, settings.data / months.KEYS)
    with connected(settings, "accounts") as connection:
        closed = months.close_month(connection, settings.city, args.month, counted, terminal_person(), signer)
    key = "command.rating.closed" if closed else "command.rating.proposed"
    print(word(key, month=f"{args.month:%Y-%m}", digest=counted.digest))
    return 0


def run_verify(settings: Settings, args: argparse.Namespace) -> int:
    """Exit code 1 where anything differs."""
    with reading(settings) as connection:
        found = months.verify(connection, settings.city, args.month, settings.data / months.KEYS)
    for mismatch in found:
        words = word("command.report.differs", what=mismatch.key, kept=mismatch.kept, now=mismatch.now)
        print(words, file=sys.stderr)
    month = f"{args.month:%Y-%m}"
    print(word("command.rating.changed" if found else "command.rating.same", month=month))
    return 1 if found else 0


def run_list(settings: Settings, args: argparse.Namespace) -> int:
    with reading(settings) as connection:
        found = months.month_rows(connection, settings.city.region)
    print_table(found)
    return 0


def run_object(settings: Settings, args: argparse.Namespace) -> int:
    city, who = settings.city, terminal_person()
    with connected(settings, "editor") as connection:
        made = objections.make_objection(
            connection, city, args.month, args.manager, args.number, args.reason, who
        )
    print(word("command.rating.objected", number=made))
    return 0


def run_decide(settings: Settings, args: argparse.Namespace) -> int:
    city, who, accepted = settings.city, terminal_person(), args.decision == "accept"
    with connected(settings, "accounts") as connection:
        manager = manager_of(connection, who)
        objections.decide_objection(
            connection, city, args.objection, accepted, args.answer, who, manager, args.performer
        )
    print(word("command.rating.decided", number=args.objection))
    return 0


def run_assign(settings: Settings, args: argparse.Namespace) -> int:
    with connected(settings, "accounts") as connection:
        terms = (args.month, args.manager, args.indicator, args.weight, args.plan)
        proposal = assignments.IndicatorProposal(*terms)
        who = terminal_person()
        own = manager_of(connection, who)
        made = assignments.propose_assignment(connection, settings.city, proposal, args.reason, who, own)
    print(word("command.rating.assigned", number=made))
    return 0


def run_answer(settings: Settings, args: argparse.Namespace) -> int:
    is_accepted = args.decision == "accept"
    city, who = settings.city, terminal_person()
    with connected(settings, "accounts") as connection:
        manager = manager_of(connection, who)
        assignments.answer_assignment(
            connection, city, args.assignment, is_accepted, args.reason, who, manager
        )
    key = "command.rating.accepted" if is_accepted else "command.rating.returned"
    print(word(key, number=args.assignment))
    return 0


def run_assignments(settings: Settings, args: argparse.Namespace) -> int:
    """Every step, oldest proposal first."""
    with reading(settings) as connection:
        found = assignments.assignments_of(connection, settings.city.region, args.manager)
    print_table([row for one in found for row in _steps(settings, one)])
    return 0


def _steps(settings: Settings, one: Mapping[str, Any]) -> list[dict[str, object]]:
    steps = [("proposed", one["proposed_at"], one["proposed_by"], one["reason"])]
    if one["decided_by"] is not None:
        step = "accepted" if one["accepted"] else "returned"
        steps.append((step, one["decided_at"], one["decided_by"], one["answer"]))
    return [
        {
            "id": one["id"],
            "at": local_time(settings, at),
            "state": word(f"rating.assignment.{step}"),
            "who": who,
            "manager": one["manager"],
            "indicator": one["indicator"],
            "from": f"{one['since']:%Y-%m}",
            "weight": one["weight"],
            "plan": "" if one["plan"] is None else number(100 * one["plan"], 1),
            "why": why,
        }
        for step, at, who, why in steps
    ]


def _count(settings: Settings, month: date, anew: bool = False) -> months.CountedMonth:
    """The month as of the moment at which it was proposed; with `anew`, as of the last midnight."""
    with reading(settings) as connection:
        strategy = versions.strategy_in_force(connection, settings.city, month)
        until = months.last_midnight if anew else partial(months.proposed_until, connection)
        as_of = until(settings.city, month)
        return months.count_month(connection, settings.city, strategy, month, as_of)


def sentence(mistake: LineMistake) -> str:
    return word(f"rating.mistake.{mistake.code}", **mistake.parameters)
