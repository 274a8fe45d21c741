"""`./ikomek etl ...`: feeds, try, run, watch, runs, rejects. Output is plain columns named as the tables' columns; errors are raised as codes."""
from __future__ import annotations

import argparse
import logging
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timezone
from pathlib import Path

from sqlalchemy import text
from tqdm import tqdm

from etl import engine, readers, sources, watch
from etl.cleaning import Cleaned, Cleaner
from etl.declarations import load_feeds
from etl.nouns import NOUNS
from etl.references import read_catalogue
from etl.registry import Feed, find
from geo.database import connect_engine
from geo.errors import NotFound
from geo.loading.ledger import Figures
from geo.settings import Settings

PLAIN_EVERY_S = 5
FIRST_REJECTS = 10


def main(settings: Settings, argv: Sequence[str]) -> int:
    """`argv` begins with "etl". Exit codes: 0 done, 1 failed (raised), 2 wrong usage."""
    asked = parser().parse_args(list(argv[1:]))
    asked.do(settings, load_feeds(asked.feeds), asked)
    return 0


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="ikomek etl")
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--feeds", type=Path, metavar="FILE")
    commands = top.add_subparsers(required=True, metavar="feeds|try|run|watch|runs|rejects")

    def add(name: str, do) -> argparse.ArgumentParser:
        command = commands.add_parser(name, parents=[shared])
        command.set_defaults(do=do)
        return command

    add("feeds", show_feeds)
    tried = add("try", try_feed)
    tried.add_argument("feed")
    tried.add_argument("file")
    run = add("run", run_feed)
    run.add_argument("feed")
    run.add_argument("source", nargs="*")
    add("watch", watch_feeds)
    runs = add("runs", show_runs)
    runs.add_argument("--last", type=int, default=20)
    rejects = add("rejects", show_rejects)
    rejects.add_argument("run", type=int)
    rejects.add_argument("--last", type=int, default=1000)
    return top


def show_feeds(settings: Settings, feeds: tuple[Feed, ...], asked: argparse.Namespace) -> None:
    rows = [(f.key, f.noun, f.mode, f.interval_s, f.layer or "-", f.format or "-", " ".join(f.sources) or "-") for f in feeds]
    print_columns(("feed", "noun", "mode", "interval_s", "layer", "format", "sources"), rows)


def try_feed(settings: Settings, feeds: tuple[Feed, ...], asked: argparse.Namespace) -> None:
    """Read and clean a file, write nothing, and show what would become of it."""
    feed = find(feeds, asked.feed)
    database = connect_engine(settings, "reader", pool_size=1)
    try:
        with database.connect() as connection:
            catalogue = read_catalogue(connection, settings.city.region)
    finally:
        database.dispose()
    new: dict[str, int] = {}
    cleaner = Cleaner(feed, NOUNS[feed.noun], settings.city, datetime.now(timezone.utc), catalogue, lambda word: new.setdefault(word, -1 - len(new)))
    tried = Trial(feed)
    for source in sources.resolve(feed, [asked.file]):
        for chunk in readers.read(source, feed):
            tried.add(cleaner.clean(chunk))
    tried.show(list(new))


class Trial:
    """The figures of a try, chunk by chunk, and what its first chunk looks like."""

    def __init__(self, feed: Feed) -> None:
        self.feed = feed
        self.figures = Figures()
        self.first: Cleaned | None = None
        self.reasons: Counter[tuple[str, str | None]] = Counter()
        self.mended: Counter[str] = Counter()
        self.examples: list[dict] = []

    def add(self, cleaned: Cleaned) -> None:
        self.first = self.first or cleaned
        self.figures += Figures(cleaned.read, 0, cleaned.staged.num_rows, cleaned.rejected, cleaned.no_coordinates)
        self.mended.update(cleaned.shaping.mended)
        rejects = cleaned.rejects()
        self.reasons.update((reject["code"], reject["field"]) for reject in rejects)
        self.examples += rejects[:max(0, FIRST_REJECTS - len(self.examples))]

    def show(self, new_categories: list[str]) -> None:
        if self.first is not None:
            print_columns(("field", "type", "from", "first value"), self.mapping(self.first))
        print()
        print_columns(("read", "good", "rejected", "no_coordinates"), [(
            self.figures.read, self.figures.unchanged, self.figures.rejected, self.figures.no_coordinates)])
        for title, counts in (("mended", self.mended), ("rejects", self.reasons)):
            found = [(number, *((name,) if isinstance(name, str) else name)) for name, number in counts.most_common() if number]
            if found:
                print()
                print_columns(("rows", title, "field")[:len(found[0]) if found else 2], found)
        if new_categories:
            print("\nnew_categories:", ", ".join(new_categories[:50]))
        if self.examples:
            print()
            print_columns(("row_number", "code", "field", "value"), [tuple(reject[name] for name in ("row_number", "code", "field", "value"))
                                                                     for reject in self.examples])

    def mapping(self, cleaned: Cleaned) -> Iterable[tuple]:
        for field in cleaned.noun.fields:
            if field.name in self.feed.constants:
                yield field.name, field.type, "=", self.feed.constants[field.name]
            elif field.name in cleaned.raw:
                column = self.feed.fields.get(field.name, field.name)
                values = cleaned.shaping.columns[field.name].drop_null()
                shown = "***" if field.type == "personal" else values[0].as_py() if len(values) else None
                yield field.name, field.type, column if isinstance(column, str) else " + ".join(column), shown
            else:
                yield field.name + (" !" if field.required else ""), field.type, "-", None


def run_feed(settings: Settings, feeds: tuple[Feed, ...], asked: argparse.Namespace) -> None:
    feed = find(feeds, asked.feed)
    found = list(sources.resolve(feed, asked.source))
    with Shown(readers.count_rows(found, feed)) as shown:
        result = engine.run(settings, feed, found, shown)
    names = ("run_id", "read", "written", "unchanged", "rejected", "no_coordinates", "vanished", "seconds")
    print_columns(names, [tuple(round(value, 1) if isinstance(value := getattr(result, name), float) else value for name in names)])


class Shown:
    """Progress: a bar with rows, rate and time left on a terminal; a plain line every few seconds elsewhere."""

    def __init__(self, total: int | None) -> None:
        self.bar = tqdm(total=total, unit=" rows", unit_scale=True, disable=not sys.stderr.isatty())
        self.total, self.started, self.said_at = total, time.monotonic(), time.monotonic()

    def __enter__(self) -> Shown:
        return self

    def __exit__(self, *_: object) -> None:
        self.bar.close()

    def __call__(self, figures: Figures) -> None:
        self.bar.update(figures.read - self.bar.n)
        if not self.bar.disable or time.monotonic() - self.said_at < PLAIN_EVERY_S:
            return
        self.said_at = time.monotonic()
        rate = figures.read / (self.said_at - self.started)
        left = f" left_s={max(0, self.total - figures.read) / rate:.0f}" if self.total and rate else ""
        print(f"read={figures.read} written={figures.written} rejected={figures.rejected} rows_per_s={rate:.0f}{left}", file=sys.stderr, flush=True)


def watch_feeds(settings: Settings, feeds: tuple[Feed, ...], asked: argparse.Namespace) -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    watch.watch(settings, stop, feeds)


RUNS = """select id, feed, state, to_char(started_at at time zone :zone, 'YYYY-MM-DD HH24:MI:SS') as started, read_rows, written, unchanged, rejected,
    no_coordinates, vanished, round(seconds::numeric, 1) as seconds, error_code, source from run where region = :region order by id desc limit :last"""


def show_runs(settings: Settings, feeds: tuple[Feed, ...], asked: argparse.Namespace) -> None:
    show(settings, RUNS, last=asked.last, zone=settings.city.time_zone.key)


REJECTS = """select row_number, code, field, value, row::text as row from reject where region = :region and run_id = :run order by row_number limit :last"""


def show_rejects(settings: Settings, feeds: tuple[Feed, ...], asked: argparse.Namespace) -> None:
    """Raises `NotFound` ("run.unknown")."""
    show(settings, REJECTS, known="select 1 from run where region = :region and id = :run", run=asked.run, last=asked.last)


def show(settings: Settings, statement: str, known: str | None = None, **bound: object) -> None:
    database = connect_engine(settings, "etl", pool_size=1)
    try:
        with database.connect() as connection:
            bound |= {"region": settings.city.region}
            if known is not None and connection.execute(text(known), bound).first() is None:
                raise NotFound("run.unknown", run=bound["run"])
            result = connection.execute(text(statement), bound)
            print_columns(tuple(result.keys()), result.all())
    finally:
        database.dispose()


def print_columns(names: Sequence[str], rows: Iterable[Sequence]) -> None:
    """Left-aligned columns under their names; the last one runs on."""
    table = [tuple(names), *(tuple("-" if value is None else str(value) for value in row) for row in rows)]
    widths = [max(len(row[i]) for row in table) for i in range(len(names) - 1)]
    for row in table:
        print("  ".join([cell.ljust(width) for cell, width in zip(row, widths)] + [row[-1]]).rstrip())
