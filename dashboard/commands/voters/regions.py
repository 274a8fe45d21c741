"""`./ikomek voters compare`: persons who are in the lists of two regions: begin, answer, finish; the worklist
of those found, and the decision on each."""

from __future__ import annotations

import argparse
from pathlib import Path

from dashboard.commands.meter import Meter
from dashboard.commands.table import print_table
from dashboard.commands.voters.command import VotersCommand
from dashboard.words import word
from geo.database import Connection
from geo.errors import InvalidInput
from geo.voters.regions import doubles
from geo.voters.regions.files import ComparisonFile, read
from geo.voters.regions.steps import Finished, RegionSide
from geo.voters.sealing import ListKey

SHOWN = 100
MOST_ROWS = 2_000_000
"""The most rows accepted from the other region, unless an option says otherwise."""


def add_actions(compare: argparse.ArgumentParser) -> None:
    actions = compare.add_subparsers(required=True, metavar="begin|answer|finish|doubles|decide|undo")
    beginning = actions.add_parser("begin", help=word("command.voters.compare.begin"))
    beginning.add_argument("out", type=Path)
    beginning.set_defaults(run=begin)
    answering = actions.add_parser("answer", help=word("command.voters.compare.answer"))
    answering.add_argument("received", type=Path)
    answering.add_argument("out", type=Path)
    answering.add_argument(
        "--most", type=int, default=MOST_ROWS, metavar="ROWS", help=word("command.voters.compare.most")
    )
    answering.set_defaults(run=answer)
    for action in (beginning, answering):
        action.add_argument(
            "--with", dest="other", required=True, metavar="REGION", help=word("command.voters.compare.with")
        )
    finishing = actions.add_parser("finish", help=word("command.voters.compare.finish"))
    finishing.add_argument("received", type=Path)
    finishing.add_argument("file", type=Path, help=word("command.voters.compare.file"))
    finishing.set_defaults(run=finish)
    actions.add_parser("doubles", help=word("command.voters.compare.doubles")).set_defaults(run=show)
    deciding = actions.add_parser("decide", help=word("command.voters.compare.decide"))
    deciding.add_argument("double", type=int)
    deciding.add_argument("decision", choices=doubles.DECISIONS)
    deciding.add_argument("--reason", required=True)
    deciding.set_defaults(run=decide)
    undoing = actions.add_parser("undo", help=word("command.voters.compare.undo"))
    undoing.add_argument("double", type=int)
    undoing.set_defaults(run=undo)


def begin(command: VotersCommand) -> None:
    with command.connected() as connection:
        done = _side(command, connection).begin(command.args.other, command.args.out)
    _sent(command, *done)


def answer(command: VotersCommand) -> None:
    args = command.args
    with command.connected() as connection:
        done = _side(command, connection).answer(args.received, args.other, args.most, args.out)
    _sent(command, *done)


def finish(command: VotersCommand) -> None:
    """Whoever began writes a last file for the other; whoever answered is told which file it sent."""
    args, step = command.args, read(command.args.received).header.step
    if step == "begin":
        raise InvalidInput("voters.compare.step", file=args.received.name)
    with command.connected() as connection:
        side = _side(command, connection)
        last = side.finish_as_first if step == "answer" else side.finish_as_second
        done: Finished = last(args.received, args.file)
    command.ring.destroy(done.key)
    print(
        word(
            "command.voters.compare.finished",
            other=done.other,
            n=done.doubles,
            own=done.own_rows,
            others=done.other_rows,
        )
    )
    if done.file is not None:
        print(word("command.voters.compare.return", file=done.file.path, hash=done.file.sha256))


def show(command: VotersCommand) -> None:
    with command.connected() as connection:
        found = doubles.open_doubles(connection, command.settings.city, command.ring, command.who, SHOWN)
        n = doubles.count_open(connection, command.region)
    print_table([{**one._asdict(), "found_on": one.found_on[:10]} for one in found])
    print(word("command.voters.compare.open", n=n))


def decide(command: VotersCommand) -> None:
    args = command.args
    with command.connected() as connection:
        doubles.decide(
            connection, command.settings.city, args.double, args.decision, args.reason, command.who
        )
    print(word(f"command.voters.compare.{args.decision}", double=args.double))


def undo(command: VotersCommand) -> None:
    double = command.args.double
    with command.connected() as connection:
        doubles.undo(connection, command.settings.city, double, command.who)
    print(word("command.voters.compare.undone", double=double))


def _side(command: VotersCommand, connection: Connection) -> RegionSide:
    meter = Meter("command.voters.progress")
    return RegionSide(
        connection,
        command.settings.city,
        command.ring,
        command.who,
        lambda rows: meter(word("command.voters.step.comparing"), rows, 0) if rows % 1_000 == 0 else None,
    )


def _sent(command: VotersCommand, file: ComparisonFile, key: ListKey) -> None:
    command.ring.settle(key)
    print(word("command.voters.compare.sent", file=file.path, n=file.header.own, hash=file.sha256))
