"""Very many rows for a measurement: written in slices by as many connections as there are processors, into
tables whose indexes are made when all rows are there. 14 million incidents take minutes and not hours."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from sqlalchemy import Engine, TextClause, text
from tqdm import tqdm

Given, Made = TypeVar("Given"), TypeVar("Made")
SLICE = 200_000
AT_ONCE = max(2, os.cpu_count() or 2)
MEMORY = "1GB"
"""For one index, and for one statement over all rows."""
INDEXES = text("""select c.relname as name, replace(pg_get_indexdef(c.oid), ' ON ONLY ', ' ON ') as made
    from pg_index i join pg_class c on c.oid = i.indexrelid
    where i.indrelid = cast(:table as regclass)
        and not exists (select from pg_constraint k where k.conindid = i.indexrelid)
    order by c.relname""")


def write_rows(engine: Engine, statements: list[TextClause], last: int, what: str) -> None:
    """Rows 1 to `last`: each statement writes those from `:first` to `:last`. What `random()` gives depends
    on the slice alone."""
    began = time.perf_counter()

    def write(first: int) -> int:
        end = min(last, first + SLICE - 1)
        with engine.begin() as connection:
            connection.execute(text("set local synchronous_commit to off"))
            connection.execute(text("select setseed(:seed)"), {"seed": first % 999_983 / 999_983})
            for statement in statements:
                connection.execute(statement, {"first": first, "last": end})
        return end - first + 1

    with tqdm(total=last, unit=" rows", unit_scale=True, desc=what, mininterval=5) as progress:
        for n in _each(write, list(range(1, last + 1, SLICE))):
            progress.update(n)
    progress.write(f"{last:,} {what} written in {time.perf_counter() - began:.0f} s")


@contextmanager
def made_afterwards(engine: Engine, *tables: str) -> Iterator[None]:
    """The tables without their indexes, but for those of keys, which are made again in the end."""
    with engine.begin() as connection:
        made = []
        for table in tables:
            for index in connection.execute(INDEXES, {"table": table}).all():
                connection.execute(text(f'drop index "{index.name}"'))
                made.append((index.name, index.made))
    yield
    began = time.perf_counter()

    def make(statement: str) -> None:
        with engine.begin() as connection:
            connection.execute(text(f"set local maintenance_work_mem to '{MEMORY}'"))
            connection.execute(text(statement))

    # What lasts longest is begun first.
    ordered = sorted(made, key=lambda index: ("gist" not in index[1], "gin" not in index[1]))
    for _ in _each(make, [statement for _, statement in ordered]):
        pass
    print(f"{len(made)} indexes made in {time.perf_counter() - began:.0f} s", flush=True)


def _each(work: Callable[[Given], Made], all_of_them: list[Given]) -> Iterator[Made]:
    with ThreadPoolExecutor(AT_ONCE) as workers:
        yield from workers.map(work, all_of_them)


def settle(engine: Engine) -> None:
    """What the server would do by and by, done: statistics, visibility, what is still to be written."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"set maintenance_work_mem to '{MEMORY}'"))
        connection.execute(text("vacuum analyze"))
        connection.execute(text("checkpoint"))
        size = connection.execute(text("select pg_database_size(current_database())")).scalar_one()
    print(f"a database of {size / 1e9:.1f} GB", flush=True)
