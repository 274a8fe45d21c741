"""`./ikomek voters`, what is printed: print (the lists of precincts for their commissions) and notices (what
the houses are told that vote elsewhere)."""

from __future__ import annotations

import errno
import glob
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
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
    """A PDF for each precinct, or for one; of the list in force, if none is named. All of them, or none."""
    args, city, meter = command.args, command.settings.city, Meter("command.voters.progress")
    wanted = PrintOrder(args.list, args.precinct, args.order, args.lang)
    files = rows = 0
    with command.engine() as engine, whole_folder(args.folder) as folder:
        for one in read_printed(engine, city, command.ring, wanted, command.who):
            path = folder / f"precinct-{one.number:04}-{wanted.by}-{wanted.lang}.pdf"
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


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """A folder beside it to write into, whose files are in `folder` once all is written; where that fails
    nothing is left of them. What a killed command left beside it, people's names, is removed. Raises
    `FileExistsError`: what is there is not written over."""
    folder = folder.resolve()
    for left in folder.parent.glob(f".{glob.escape(folder.name)}.printing.*"):
        if not Path("/proc", left.suffix[1:]).exists():
            shutil.rmtree(left)
    partial = folder.with_name(f".{folder.name}.printing.{os.getpid()}")
    partial.mkdir(mode=0o700)
    try:
        yield partial
        _give(partial, folder)
    finally:
        if partial.exists():
            shutil.rmtree(partial)


def _give(partial: Path, folder: Path) -> None:
    if not folder.exists():
        partial.rename(folder)
        return
    names = sorted(path.name for path in partial.iterdir())
    for name in names:
        if (folder / name).exists():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(folder / name))
    for name in names:
        (partial / name).rename(folder / name)


def write_closed(path: Path, body: bytes) -> None:
    """A file that its owner alone may read. Raises `FileExistsError`: what is there is not written over."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(body)
