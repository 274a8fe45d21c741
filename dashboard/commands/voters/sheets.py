"""`./ikomek voters`, what is printed: print (the lists of precincts for their commissions) and notices (what
the houses are told that vote elsewhere)."""

from __future__ import annotations

import os
from pathlib import Path

from dashboard.commands.meter import Meter
from dashboard.commands.voters.command import VotersCommand
from dashboard.paper.notices import notices_pdf
from dashboard.paper.voters import voters_pdf
from dashboard.words import language, word
from geo.audit.records import record_audit
from geo.plans.compare import read_notices
from geo.voters.printed import PrintOrder, read_printed


def print_lists(command: VotersCommand) -> None:
    """A PDF for each precinct, or for one; of the list in force, if none is named."""
    args, city, meter = command.args, command.settings.city, Meter("command.voters.progress")
    wanted = PrintOrder(args.list, args.precinct, args.order, args.lang)
    args.folder.mkdir(mode=0o700, exist_ok=True)
    files = rows = 0
    with command.engine() as engine:
        for one in read_printed(engine, city, command.ring, wanted, command.who):
            path = args.folder / f"precinct-{one.number:04}-{wanted.by}-{wanted.lang}.pdf"
            write_closed(path, voters_pdf(one, wanted.by, wanted.lang, city.time_zone))
            files, rows = files + 1, rows + len(one.voters)
            meter(word("command.voters.step.printing"), rows, 0)
    print(word("command.voters.printed", files=files, n=rows, folder=args.folder))


def print_notices(command: VotersCommand) -> None:
    """One PDF: there is nothing of a person in it."""
    args, city = command.args, command.settings.city
    language.set(args.lang)
    with command.connected("reader") as connection:
        found = read_notices(connection, city, args.plan)
    body = notices_pdf(found, city)
    with command.connected() as connection:
        record_audit(connection, command.who, "plan.exported", plan=found.plan, form="notices")
    write_closed(args.file, body)
    print(word("command.voters.noticed", n=len(found.houses), plan=found.plan, file=args.file))


def write_closed(path: Path, body: bytes) -> None:
    """A file that its owner alone may read. Raises `FileExistsError`: what is there is not written over."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(body)
