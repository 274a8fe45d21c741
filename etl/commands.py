"""`./ikomek etl ...`: feeds, keys, try, run, release, watch, runs, rejects. Output is plain columns named
as the tables' columns; errors are raised as codes."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from sqlalchemy import text
from tqdm import tqdm

from etl import readers, sources
from etl.columns import print_columns
from etl.declarations import keys
from etl.declarations.files import load_feeds
from etl.entities.registry import ENTITIES
from etl.preview import geocoding, inference, trial
from etl.registry import Feed, find
from etl.runs import watch
from etl.runs.each import RunOf, run_each
from etl.runs.engine import RunResult
from etl.runs.opening import named
from geo import logs
from geo.audit.terminal import terminal_person
from geo.database import connected
from geo.errors import IkomekError, NotFound, Unavailable
from geo.intake.findings import release
from geo.loading.ledger import RunCounts
from geo.settings import Settings
from geo.signals import stop_event

PLAIN_EVERY_S = 5


def main(settings: Settings, argv: Sequence[str], in_words: Callable[[IkomekError], str] = str) -> int:
    """`argv` begins with "etl". Exit codes: 0 done, 1 failed (raised) or not well, 2 wrong usage.
    `in_words`: an error as a person reads it, where several are told."""
    args = parser().parse_args(list(argv[1:]))
    args.in_words = in_words
    return args.do(settings, load_feeds(args.feeds), args) or 0


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="./ikomek etl")
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--feeds", type=Path, metavar="FILE")
    commands = top.add_subparsers(
        required=True, metavar="feeds|keys|try|run|release|watch|runs|rejects|geocode"
    )

    def add(name: str, do) -> argparse.ArgumentParser:
        command = commands.add_parser(name, parents=[shared])
        command.set_defaults(do=do)
        return command

    add("feeds", show_feeds)
    tried = add("try", try_feed)
    tried.add_argument("feed")
    tried.add_argument("file")
    tried.add_argument("--picture", type=Path, metavar="FILE")
    run = add("run", run_feed)
    run.add_argument("feed")
    run.add_argument("source", nargs="*")
    add("release", release_feed).add_argument("feed")
    add("keys", show_keys)
    add("watch", watch_feeds)
    add("geocode", check_geocoding)
    runs = add("runs", show_runs)
    runs.add_argument("--last", type=how_many, default=20)
    rejects = add("rejects", show_rejects)
    rejects.add_argument("run", type=int)
    rejects.add_argument("--last", type=how_many, default=1000)
    return top


def how_many(text: str) -> int:
    """A count of rows to show; what is none is wrong usage."""
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise argparse.ArgumentTypeError(text)
    return int(text)


def show_feeds(settings: Settings, feeds: tuple[Feed, ...], args: argparse.Namespace) -> None:
    rows = [
        (
            f.key,
            f.noun,
            f.mode,
            f.interval_s or "-",
            f.layer or "-",
            f.format or "-",
            " ".join(f.sources) or "-",
        )
        for f in feeds
    ]
    print_columns(("feed", "noun", "mode", "interval_s", "layer", "format", "sources"), rows)


def show_keys(settings: Settings, feeds: tuple[Feed, ...], args: argparse.Namespace) -> None:
    print(keys.page())


def try_feed(settings: Settings, feeds: tuple[Feed, ...], args: argparse.Namespace) -> None:
    """Read and clean a file, write nothing into the tables, and show what would become of it; a noun in
    place of a feed proposes a declaration."""
    proposed = args.feed in ENTITIES and all(feed.key != args.feed for feed in feeds)
    feed = trial.feed_of_entity(args.feed, settings.city, args.file) if proposed else find(feeds, args.feed)
    with connected(settings, "reader") as connection:
        feed = (
            trial.with_reading(feed, settings.city, connection, args.file)
            if proposed and is_whole(feed)
            else feed
        )
        tried = trial.Trial(feed, settings.city, connection)
        if proposed:
            print(inference.declaration(feed, ENTITIES[feed.noun]), end="\n\n")
        tried.read(args.file)
        tried.show()
        tried.draw(args.picture or settings.data / "try" / f"{feed.key}.html", args.file)


def is_whole(feed: Feed) -> bool:
    """Whether a proposal has all fields that must be: else its rows cannot be tried."""
    given = {*feed.fields, *feed.constants, *(("source_id",) if feed.content_id else ())}
    return not feed.fields or all(
        field.name in given for field in ENTITIES[feed.noun].fields if field.required
    )


def run_feed(settings: Settings, feeds: tuple[Feed, ...], args: argparse.Namespace) -> int:
    """1 where a file could not be read, or what was loaded is yet not what the feed usually brings. Of
    several files each is told; what is wrong with a single one is raised, and what ended the work early,
    once all that was done is told."""
    feed = find(feeds, args.feed)
    found = list(sources.resolve(feed, args.source))
    done: list[RunOf] = []
    try:
        with Progress(readers.count_rows(found, feed)) as shown:
            for one in run_each(settings, feed, found, shown):
                done.append(one)
                shown.end(one.result)
    except (Exception, KeyboardInterrupt):
        if len(found) > 1:
            print_runs(done, args.in_words)
            read = {source.key for one in done for source in one.sources}
            left = named([source for source in found if source.key not in read])
            print(args.in_words(Unavailable("run.not_read", files=left)), file=sys.stderr)
        raise
    if len(done) == 1 and done[0].error is not None:
        raise done[0].error
    return print_runs(done, args.in_words)


def print_runs(done: Sequence[RunOf], in_words: Callable[[IkomekError], str]) -> int:
    """Print what each run did, and what is wrong with it; 1 where anything is."""
    failed = [one.error for one in done if one.error is not None]
    print_columns(*ledger_of(done))
    for error in failed:
        words, name = in_words(error), error.parameters["source"]
        print(words if name in words else f"{name}: {words}", file=sys.stderr)
    strange = [(one, *about) for one in done if one.result is not None for about in one.result.found]
    for one, code, parameters in strange:
        name = [f"{named(one.sources)}:"] if len(done) > 1 else []
        print(*name, code, *(f"{key}={value}" for key, value in parameters.items()), file=sys.stderr)
    return 1 if failed or strange else 0


COUNTS = ("run_id", "read", "written", "unchanged", "rejected", "no_coordinates", "vanished", "seconds")


def ledger_of(done: Sequence[RunOf]) -> tuple[tuple[str, ...], list[tuple[object, ...]]]:
    """Columns and rows of what each run did; of several with their files, in place of counts the code of
    what is wrong."""
    rows: list[tuple[object, ...]] = []
    for one in done:
        code = one.error.code if one.error is not None else ""
        counts = [getattr(one.result, name, "-") for name in COUNTS]
        rows.append((*(round(f, 1) if isinstance(f, float) else f for f in counts), code, named(one.sources)))
    return ((*COUNTS, "error", "source"), rows) if len(done) > 1 else (COUNTS, [row[:-2] for row in rows])


def release_feed(settings: Settings, feeds: tuple[Feed, ...], args: argparse.Namespace) -> int:
    """Accept what was found of a feed: what it held back, or set aside, is done by its next run. Raises
    `NotFound` ("finding.none")."""
    with connected(settings, "etl") as connection:
        codes = release(
            connection, settings.city, find(feeds, args.feed).key, f"command line: {terminal_person()}"
        )
    print_columns(("accepted",), [(code,) for code in codes])
    return 0


class Progress:
    """Progress: a bar with rows, rate and time left on a terminal; a plain line every few seconds
    elsewhere."""

    def __init__(self, total: int | None) -> None:
        self.bar = tqdm(total=total, unit=" rows", unit_scale=True, disable=not sys.stderr.isatty())
        self.total, self.started, self.printed_at = total, time.monotonic(), time.monotonic()
        self.before = RunCounts()
        """The counts of the runs that have ended."""

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        self.bar.close()

    def end(self, result: RunResult | None) -> None:
        """The next call is of another run."""
        if result is not None:
            self.before += RunCounts(result.read, result.written, rejected=result.rejected)

    def __call__(self, of_run: RunCounts) -> None:
        counts = self.before + of_run
        self.bar.update(counts.read - self.bar.n)
        if not self.bar.disable or time.monotonic() - self.printed_at < PLAIN_EVERY_S:
            return
        self.printed_at = time.monotonic()
        rate = counts.read / (self.printed_at - self.started)
        left = f" left_s={max(0, self.total - counts.read) / rate:.0f}" if self.total and rate else ""
        print(
            f"read={counts.read} written={counts.written} rejected={counts.rejected} "
            f"rows_per_s={rate:.0f}{left}",
            file=sys.stderr,
            flush=True,
        )


def watch_feeds(settings: Settings, feeds: tuple[Feed, ...], args: argparse.Namespace) -> None:
    logs.configure()
    stop = stop_event()
    watch.watch(settings, stop, feeds)


def check_geocoding(settings: Settings, feeds: tuple[Feed, ...], args: argparse.Namespace) -> None:
    with connected(settings, "reader") as connection:
        print_columns(geocoding.COLUMNS, geocoding.check(connection, settings.city))


RUNS = """select id, feed, state, to_char(started_at at time zone :zone, 'YYYY-MM-DD HH24:MI:SS') as started,
    read_rows, written, unchanged, rejected,
    no_coordinates, vanished, round(seconds::numeric, 1) as seconds, error_code, source from run
        where region = :region order by id desc limit :last"""


def show_runs(settings: Settings, feeds: tuple[Feed, ...], args: argparse.Namespace) -> None:
    show(settings, RUNS, last=args.last, zone=settings.city.time_zone.key)


REJECTS = """select row_number, code, field, value, row::text as row from reject where region = :region
    and run_id = :run order by row_number limit :last"""


def show_rejects(settings: Settings, feeds: tuple[Feed, ...], args: argparse.Namespace) -> None:
    """Raises `NotFound` ("run.unknown")."""
    show(
        settings,
        REJECTS,
        known="select 1 from run where region = :region and id = :run",
        run=args.run,
        last=args.last,
    )


def show(settings: Settings, statement: str, known: str | None = None, **bound: object) -> None:
    with connected(settings, "etl") as connection:
        bound |= {"region": settings.city.region}
        if known is not None and connection.execute(text(known), bound).first() is None:
            raise NotFound("run.unknown", run=bound["run"])
        result = connection.execute(text(statement), bound)
        print_columns(tuple(result.keys()), result.all())
