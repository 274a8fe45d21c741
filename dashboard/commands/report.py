"""`./ikomek report keep|list|verify`: figures that are published, and counted again byte for byte. `./ikomek
report note SUBJECT YEAR [TEXT]`: what is to be known of a year in the statistics. `./ikomek report shift
[NUMBER] [--out FILE.pdf]`: a hand-over on paper. The other subcommands are of `report_papers`."""

from __future__ import annotations

import argparse
import sys
from datetime import datetime
from pathlib import Path

from dashboard.commands import report_papers
from dashboard.commands.given_times import day
from dashboard.commands.table import print_table
from dashboard.paper.shift import shift_pdf
from dashboard.wording.shift import ShownShift
from dashboard.words import language, word
from geo.audit.records import record_audit
from geo.audit.terminal import terminal_person
from geo.database import connected_engine
from geo.errors import NotFound
from geo.settings import Settings
from geo.shifts.post import DutyPost
from geo.statistics import kept
from geo.statistics.day_counts import SUBJECTS
from geo.statistics.definitions import BY_KEY
from geo.statistics.year_notes import in_each_language, write_year_note
from layers.reading import snapshot
from layers.shifts import read_handover, read_kept

TIMEOUT_S = 600
"""Years of rows are counted one by one."""


def main(settings: Settings, argv: list[str]) -> int:
    args = parse(argv)
    return args.run(settings, args)


def parse(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./ikomek report", description=word("command.report"))
    commands = parser.add_subparsers(required=True, metavar="morning|week|month|shift|kept|open|...")
    adding = commands.add_parser("keep", help=word("command.report.keep"))
    adding.add_argument("figure", metavar="FIGURE", help=", ".join(BY_KEY))
    adding.add_argument("first", type=day, metavar="YYYY-MM-DD")
    adding.add_argument("last", type=day, metavar="YYYY-MM-DD")
    adding.set_defaults(run=run_keep)
    listing = commands.add_parser("list", help=word("command.report.list"))
    listing.set_defaults(run=run_list)
    verifying = commands.add_parser("verify", help=word("command.report.verify"))
    verifying.add_argument("number", type=int, metavar="NUMBER")
    verifying.set_defaults(run=run_verify)
    printing = commands.add_parser("shift", help=word("command.report.shift"))
    printing.add_argument("number", type=int, metavar="NUMBER", nargs="?")
    printing.add_argument("--out", type=Path, metavar="FILE.pdf")
    printing.set_defaults(run=run_shift)
    noting = commands.add_parser("note", help=word("command.report.note"))
    noting.add_argument("subject", metavar="SUBJECT", help=", ".join(SUBJECTS))
    noting.add_argument("year", type=int, metavar="YEAR")
    noting.add_argument("text", metavar="TEXT", nargs="?", default="", help=word("command.report.note_text"))
    for language_key in ("kk", "en"):
        noting.add_argument(f"--{language_key}", metavar="TEXT", help=word("command.report.note_other"))
    noting.set_defaults(run=run_note)
    report_papers.add(commands)
    return parser.parse_args(argv[1:])


def run_keep(settings: Settings, args: argparse.Namespace) -> int:
    with connected_engine(settings, "reader") as reader, connected_engine(settings, "accounts") as writer:
        with snapshot(reader, TIMEOUT_S) as connection:
            published = kept.publish(connection, settings.city, args.figure, args.first, args.last)
        with writer.begin() as connection:
            number = kept.keep(connection, settings.city, published, terminal_person())
    print(word("command.report.kept", number=number, body=published.body))
    return 0


def run_list(settings: Settings, args: argparse.Namespace) -> int:
    with connected_engine(settings, "reader") as reader, snapshot(reader) as connection:
        found = kept.kept_rows(connection, settings.city.region)
    print_table(found)
    return 0


def run_verify(settings: Settings, args: argparse.Namespace) -> int:
    """Exit code 1 where anything differs."""
    with connected_engine(settings, "reader") as reader, snapshot(reader, TIMEOUT_S) as connection:
        found = kept.verify(connection, settings.city, args.number)
    for mismatch in found:
        print(
            word("command.report.differs", what=mismatch.key, kept=mismatch.kept, now=mismatch.now),
            file=sys.stderr,
        )
    print(word("command.report.changed" if found else "command.report.same", number=args.number))
    return 1 if found else 0


def run_note(settings: Settings, args: argparse.Namespace) -> int:
    texts = in_each_language({"ru": args.text, "kk": args.kk or "", "en": args.en or ""})
    with connected_engine(settings, "accounts") as writer, writer.begin() as connection:
        write_year_note(connection, settings.city, args.subject, args.year, texts, terminal_person())
    key = "command.report.noted" if any(texts.values()) else "command.report.note_removed"
    print(word(key, subject=args.subject, year=args.year))
    return 0


def run_shift(settings: Settings, args: argparse.Namespace) -> int:
    """The one of that number, else the newest; a file that is there stays. Raises `NotFound`
    ("shift.unknown", "shift.none")."""
    city, whole = settings.city, DutyPost(None, None)
    with connected_engine(settings, "reader") as reader, connected_engine(settings, "accounts") as writer:
        kept = [] if args.number else read_kept(reader, city, whole)
        if not args.number and not kept:
            raise NotFound("shift.none")
        one = read_handover(reader, city, whole, args.number or kept[0].id)
        shown = ShownShift(one.contents, language.get(), city.time_zone)
        path = args.out or Path(f"ikomek-shift-{one.id}.pdf")
        body = shift_pdf(one, shown, datetime.now(city.time_zone))
        with writer.begin() as connection:
            record_audit(connection, terminal_person(), "shift.exported", handover=one.id, form="pdf")
        with path.open("xb") as file:
            file.write(body)
    print(path)
    return 0
