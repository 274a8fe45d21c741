"""`./ikomek report morning|week|month`, `kept`, `open`, `reprint`, `schedule`, `share`, `links`, `unshare`:
reports that are made, kept, opened and shared."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from dashboard import reports
from dashboard.api.reports import SHARED
from dashboard.commands.given_times import day
from dashboard.commands.table import print_table
from dashboard.paper.report import file_name
from dashboard.words import language, word
from geo.audit.records import record_audit
from geo.audit.terminal import terminal_person
from geo.database import Engine, connected_engine, transact
from geo.errors import InvalidInput
from geo.reports import keep, links, schedule
from geo.settings import Settings

MADE = ("morning", "week", "month")


def add(commands: Any) -> None:
    """The subcommands of `./ikomek report`."""
    for kind in MADE:
        making = commands.add_parser(kind, help=word(f"command.report.{kind}"))
        making.add_argument("--day", type=day, metavar="YYYY-MM-DD")
        making.add_argument("--language")
        making.add_argument("--out", type=Path, metavar="FILE.pdf")
        making.add_argument("--mail", action="append", default=[], metavar="ADDRESS")
        making.set_defaults(run=run_make, kind=kind)
    listing = commands.add_parser("kept", help=word("command.report.list_kept"))
    listing.set_defaults(run=run_kept)
    for name, run in (("open", run_open), ("reprint", run_reprint), ("share", run_share)):
        one = commands.add_parser(name, help=word(f"command.report.{name}"))
        one.add_argument("number", type=int, metavar="NUMBER")
        if name != "reprint":
            one.add_argument("--language")
        if name == "open":
            one.add_argument("--out", type=Path, metavar="FILE.pdf")
        if name == "share":
            one.add_argument("--days", type=int, default=7)
        one.set_defaults(run=run)
    planning = commands.add_parser("schedule", help=word("command.report.schedule"))
    planning.add_argument("file", type=Path, metavar="FILE", nargs="?")
    planning.set_defaults(run=run_schedule)
    linking = commands.add_parser("links", help=word("command.report.links"))
    linking.set_defaults(run=run_links)
    revoking = commands.add_parser("unshare", help=word("command.report.unshare"))
    revoking.add_argument("link", type=int, metavar="LINK")
    revoking.set_defaults(run=run_unshare)


def run_make(settings: Settings, args: argparse.Namespace) -> int:
    """`--day`: the last day that it is of; the report is of the morning, week or month that holds it. A file
    that is there stays."""
    city = settings.city
    lang = _language(settings, args)
    day = args.day or city.today() - timedelta(1)
    if day >= city.today():
        raise InvalidInput("report.day", day=day.isoformat())
    first, last = _days(args.kind, day)
    with _engines(settings) as (reader, writer):
        made = reports.make(reader, city, args.kind, first, last, city.languages)
        assert made is not None, "only a shift can be missing"
        number = reports.store(writer, city, terminal_person(), made, None, args.mail)
    path = args.out or Path(file_name(made.content, lang))
    with path.open("xb") as file:
        file.write(made.papers[lang])
    print(word("command.report.made", number=number, path=path))
    return 0


def run_kept(settings: Settings, args: argparse.Namespace) -> int:
    with _engines(settings) as (reader, _), reader.connect() as connection:
        found = keep.kept_reports(connection, settings.city.region)
    print_table(
        [
            {
                "id": one.id,
                "kind": one.kind,
                "from": one.first,
                "to": one.last,
                "name": one.made_by,
                "languages": " ".join(one.languages),
                "digest": one.digest[:16],
            }
            for one in found
        ]
    )
    return 0


def run_open(settings: Settings, args: argparse.Namespace) -> int:
    lang, region = _language(settings, args), settings.city.region
    with _engines(settings) as (reader, writer):
        with reader.connect() as connection:
            one = keep.find_report(connection, region, args.number)
            pdf = keep.find_paper(connection, region, args.number, lang)
        with writer.begin() as connection:
            record_audit(connection, terminal_person(), "report.exported", number=one.id, name=lang)
    path = args.out or Path(file_name(one.content, lang))
    with path.open("xb") as file:
        file.write(pdf)
    print(path)
    return 0


def run_reprint(settings: Settings, args: argparse.Namespace) -> int:
    """Print it again of its kept line, and compare the bytes; exit code 1 where they differ."""
    region = settings.city.region
    with _engines(settings) as (reader, _), reader.connect() as connection:
        one = keep.find_report(connection, region, args.number)
        if one.kind == "shift":
            raise InvalidInput("report.shift", number=one.id)
        kept = {lang: keep.find_paper(connection, region, one.id, lang) for lang in one.languages}
    same = one.is_intact and reports.papers_of(one.content, one.languages) == kept
    print(word("command.report.same" if same else "command.report.changed", number=one.id))
    return 0 if same else 1


def run_schedule(settings: Settings, args: argparse.Namespace) -> int:
    entries, now = schedule.read_schedule(settings.city, args.file), datetime.now(UTC)
    zone = settings.city.time_zone
    print_table(
        [
            {
                "key": entry.key,
                "kind": entry.kind,
                "next": entry.next(settings.city, now).astimezone(zone).strftime("%Y-%m-%d %H:%M"),
                "languages": " ".join(entry.languages or settings.city.languages),
                "mail": " ".join(entry.mail),
            }
            for entry in entries
        ]
    )
    return 0


def run_share(settings: Settings, args: argparse.Namespace) -> int:
    lang = _language(settings, args)
    with _engines(settings) as (_, writer):
        token = transact(
            writer,
            lambda connection: links.share(
                connection, settings.city, terminal_person(), args.number, lang, args.days
            ),
        )
    print(f"{SHARED}?token={token}")
    return 0


def run_links(settings: Settings, args: argparse.Namespace) -> int:
    with _engines(settings) as (reader, _), reader.connect() as connection:
        found = links.open_links(connection, settings.city.region)
    zone = settings.city.time_zone
    print_table(
        [
            {
                "id": one.id,
                "report": one.report_id,
                "language": one.language,
                "name": one.made_by,
                "to": one.expires_at.astimezone(zone).strftime("%Y-%m-%d %H:%M"),
                "opened": one.opened,
            }
            for one in found
        ]
    )
    return 0


def run_unshare(settings: Settings, args: argparse.Namespace) -> int:
    with _engines(settings) as (_, writer):
        transact(
            writer,
            lambda connection: links.revoke(connection, settings.city, terminal_person(), args.link),
        )
    print(word("report.done.revoke"))
    return 0


def _days(kind: str, day: date) -> tuple[date, date]:
    """The morning, week or month that holds a day, up to that day where it has not ended."""
    if kind == "morning":
        return day, day
    if kind == "week":
        return day - timedelta(day.weekday()), day
    return day.replace(day=1), day


def _language(settings: Settings, args: argparse.Namespace) -> str:
    lang = args.language or language.get()
    if lang not in settings.city.languages:
        raise InvalidInput("report.language", language=lang[:20], known=", ".join(settings.city.languages))
    return lang


@contextmanager
def _engines(settings: Settings) -> Iterator[tuple[Engine, Engine]]:
    """Who reads, and who keeps."""
    with connected_engine(settings, "reader") as reader, connected_engine(settings, "editor") as writer:
        yield reader, writer
