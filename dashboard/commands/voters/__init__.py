"""`./ikomek voters ...`: the electoral list from the command line.

A version of the list is named by its number; without one the newest that waits for its approval is meant.
Nothing of a person is printed but by `look` (one person, masked, with a reason), `breach` (whom a user saw)
and `worklist` (addresses).

* `access`: seen, breach: who saw whom
* `command`: a command being done: arguments, who, keys, its transaction, what is typed
* `lists`: import, check, worklist, decide, undo, accept, reopen, approve, reject, status, erase, demo
* `package`: export, verify, send, prove, confirm
* `persons`: look, rules, forget, rekey
* `regions`: compare: persons who are in the lists of two regions
* `report`: what is shown of a list
* `sheets`: print, notices: lists for commissions and notices to houses, as PDF
* `together`: one decision for many: shown, then made
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

from dashboard.commands.given_times import day, moment
from dashboard.commands.voters import access, lists, package, persons, regions, sheets
from dashboard.commands.voters.command import Run, VotersCommand
from dashboard.commands.voters.together import PREVIEW
from dashboard.words import LANGUAGES, language, word
from geo.audit.terminal import terminal_person
from geo.settings import Settings
from geo.voters import looks
from geo.voters.compare import KINDS, LIMITS, WHOLE_LIST
from geo.voters.keys import KeyRing
from geo.voters.printed import ORDERS, PRINTED_IN

MOST = 20
IN_FORCE = ("export", "print")
"""Without a number they mean the list in force."""
AddAction = Callable[..., argparse.ArgumentParser]
"""(name, what runs, whether it takes a version of the list) -> the parser of the action."""


def main(settings: Settings, argv: list[str], files: ModuleType, demo: Callable[[], ModuleType]) -> int:
    args = parse(argv)
    who = f"cli:{terminal_person()}"
    command = VotersCommand(settings, args, who, KeyRing.of(settings), files, demo)
    package.remove_unfinished(command)
    return args.run(command) or 0


def parse(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./ikomek voters", description=word("command.voters"))
    commands = parser.add_subparsers(required=True, metavar="ACTION")

    def add(name: str, run: Run, of_list: bool = False) -> argparse.ArgumentParser:
        command = commands.add_parser(
            name, help=word(f"command.voters.{name}"), description=word(f"command.voters.{name}")
        )
        command.set_defaults(run=run)
        if of_list:
            which = "which.in_force" if name in IN_FORCE else "which"
            command.add_argument("--list", type=int, metavar="N", help=word(f"command.voters.{which}"))
        return command

    _add_versions(add)
    _add_persons(add)
    comparing = commands.add_parser("compare", help=word("command.voters.compare"))
    regions.add_actions(comparing)
    add("rekey", persons.seal_again)
    add("erase", lists.erase).add_argument("list", type=int)
    _add_sheets(add)
    _add_package(add)
    _add_demo(add)
    return parser.parse_args(argv[1:])


def _add_versions(add: AddAction) -> None:
    """A list from its file to its approval."""
    loading = add("import", lists.load)
    loading.add_argument("file", type=Path)
    loading.add_argument("--voting-day", type=day, metavar="YYYY-MM-DD")
    add("check", lists.check, True)
    listing = add("worklist", lists.show_worklist, True)
    listing.add_argument("--most", type=int, default=MOST)
    listing.add_argument("--without", action="store_true", help=word("command.voters.worklist.without"))
    deciding = add("decide", lists.decide, True)
    deciding.add_argument("address", type=int)
    deciding.add_argument("building", help=word("command.voters.building", none=lists.NO_BUILDING))
    deciding.add_argument(
        "--alike", type=int, nargs="?", const=PREVIEW, metavar="N", help=word("command.voters.decide.alike")
    )
    add("undo", lists.undo, True).add_argument("address", type=int)
    for name, act in (("accept", lists.accept), ("reopen", lists.reopen)):
        flagging = add(name, act, True)
        flagging.add_argument("level", choices=tuple(LIMITS))
        flagging.add_argument("of", type=int, nargs="?", default=WHOLE_LIST)
        which = flagging.add_mutually_exclusive_group()
        which.add_argument("--only", choices=KINDS, help=word("command.voters.accept.only"))
        which.add_argument("--every", choices=KINDS, help=word("command.voters.accept.every"))
        flagging.add_argument(
            "--count", type=int, default=PREVIEW, metavar="N", help=word("command.voters.accept.count")
        )
    add("approve", lists.approve, True)
    add("reject", lists.reject, True)
    add("status", lists.status)


def _add_persons(add: AddAction) -> None:
    """Persons, and who saw them."""
    add("rules", persons.show_rules)
    add("forget", persons.forget).add_argument("rule", type=int)
    looking = add("look", persons.look)
    looking.add_argument("--why", choices=looks.REASONS, required=True)
    looking.add_argument("--document", required=True)
    add("seen", access.show_who_saw).add_argument("--document", required=True)
    breaching = add("breach", access.report_breach)
    breaching.add_argument("user")
    breaching.add_argument("--from", dest="since", type=moment, required=True, metavar="TIME")
    breaching.add_argument("--to", dest="until", type=moment, required=True, metavar="TIME")


def _add_sheets(add: AddAction) -> None:
    """Sheets to print."""
    printing = add("print", sheets.print_lists, True)
    printing.add_argument("folder", type=Path)
    printing.add_argument("--precinct", type=int, metavar="NUMBER")
    printing.add_argument("--order", choices=ORDERS, default="name")
    printing.add_argument("--lang", choices=PRINTED_IN, default="ru")
    noticing = add("notices", sheets.print_notices)
    noticing.add_argument("file", type=Path)
    noticing.add_argument("--plan", type=int, metavar="N", help=word("command.voters.plan"))
    noticing.add_argument("--lang", choices=LANGUAGES, default=language.get())


def _add_package(add: AddAction) -> None:
    """The package for the election commission."""
    add("export", package.export, True).add_argument("folder", type=Path)
    verifying = add("verify", package.verify)
    verifying.add_argument("folder", type=Path)
    verifying.add_argument("--key", type=Path, metavar="FILE.pem", help=word("command.voters.key"))
    verifying.add_argument("--source", action="store_true", help=word("command.voters.source"))
    sending = add("send", package.send)
    sending.add_argument("folder", type=Path)
    sending.add_argument(
        "--wait", type=float, default=package.WAIT_S, metavar="SECONDS", help=word("command.voters.wait")
    )
    sending.add_argument("--replaced", type=int, metavar="N", help=word("command.voters.replaced"))
    proving = add("prove", package.prove)
    proving.add_argument("folder", type=Path)
    proving.add_argument("--document", required=True)
    proving.add_argument("--row", type=Path, metavar="FILE.csv", help=word("command.voters.row"))
    confirming = add("confirm", package.confirm)
    confirming.add_argument("proof", type=Path)
    confirming.add_argument("--root", required=True, metavar="HEX", help=word("command.voters.root"))


def _add_demo(add: AddAction) -> None:
    """A list of invented persons."""
    inventing = add("demo", lists.invent)
    inventing.add_argument("file", type=Path)
    inventing.add_argument("--scale", default="tenth")
    inventing.add_argument("--seed", type=int, default=1)
    inventing.add_argument("--voting-day", type=day, required=True, metavar="YYYY-MM-DD")
    inventing.add_argument("--answers", type=Path, metavar="FILE.csv")
