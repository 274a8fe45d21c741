"""`./ikomek bench exports`: the rows of a filter as a file in each form and language, against 10 s for
100,000 of them, 20 s for XLSX.

`--incidents` (100,000) of a year with titles, addresses, points and all that a row has; `--times` (3) each,
the slowest counts. The memory that a form takes on top is told beside it.
"""

from __future__ import annotations

import argparse
import resource
import time

from sqlalchemy import Engine, text
from tqdm import tqdm

from geo.database import connect_engine
from geo.settings import Settings
from layers.incidents.export import FORMS, discard, export
from layers.incidents.filters import IncidentFilter
from tests.bench._cluster import own_cluster

ROWS, MOST_S = 100_000, {"xlsx": 20.0}
"""Seconds for so many rows, where 10 are not the goal."""
USUAL_S = 10.0
LANGUAGES = ("kk", "ru", "en")
NAMES = text("""
    insert into category (id, key, kind, name_kk, name_ru, name_en)
    select n, 'bench-' || n, 'service', 'Жылу жоқ ' || n, 'Нет отопления ' || n, 'No heat ' || n
    from generate_series(1, 40) n""")
INCIDENTS = text("""
    insert into incident (region, source, source_id, kind, category_id, title, address, source_status, status,
        priority, opened_at, due_at, closed_at, inquiries, fine_tenge, point_4326)
    select '71', 'bench', lpad(n::text, 14, '0'), 'service', 1 + n % 40, 'Нет отопления в подъезде ' || n,
        'проспект Кабанбай батыра, ' || n % 300, 'closed', case when n % 50 = 0 then 'open' else 'closed' end,
        n % 3, now() - n * interval '5 minutes', now() - n * interval '5 minutes' + interval '3 days',
        case when n % 50 > 0 then now() - n * interval '5 minutes' + interval '1 day' end, n % 7,
        case when n % 9 = 0 then n * 1.5 end,
        case when n % 5 > 0 then st_point(71.3 + n % 997 * 0.0002, 51.0 + n % 991 * 0.0002, 4326) end
    from generate_series(1, :incidents) n""")


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./ikomek bench exports", description=__doc__)
    parser.add_argument("--incidents", type=int, default=ROWS)
    parser.add_argument("--times", type=int, default=3)
    args = parser.parse_args(argv)
    with own_cluster() as settings:
        owner = connect_engine(settings, "owner")
        with owner.begin() as connection:
            connection.execute(NAMES)
            connection.execute(INCIDENTS, {"incidents": args.incidents})
        owner.dispose()
        engine = connect_engine(settings, "reader")
        try:
            return measure(engine, settings, args.incidents, args.times)
        finally:
            engine.dispose()


def measure(engine: Engine, settings: Settings, incidents: int, times: int) -> int:
    late = []
    with tqdm(total=len(FORMS) * times * incidents, unit=" rows", unit_scale=True) as progress:
        for form in FORMS:
            slowest, size = 0.0, 0
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            for number in range(times):
                progress.set_description(form)
                seconds, size = make(engine, settings, form, LANGUAGES[number % 3], incidents)
                slowest = max(slowest, seconds)
                progress.update(incidents)
            more = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
            goal = MOST_S.get(form, USUAL_S) * incidents / ROWS
            progress.write(
                f"{form}: {slowest:.1f} s of {goal:.0f} s, {incidents / slowest:,.0f} rows/s, "
                f"{size / 1e6:.1f} MB, {more:.0f} MB of memory more"
            )
            if slowest > goal:
                late.append(form)
    return int(bool(late))


def make(engine: Engine, settings: Settings, form: str, lang: str, incidents: int) -> tuple[float, int]:
    """Seconds, and bytes of the file."""
    began = time.perf_counter()
    made = export(engine, settings.city, IncidentFilter(window="dates"), lang, form)
    seconds, size = time.perf_counter() - began, made.path.stat().st_size
    discard(made.path)
    assert made.rows == incidents
    return seconds, size
