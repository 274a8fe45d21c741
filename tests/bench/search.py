"""`./ikomek bench search`: the first answer of the search box to each spelling of the golden list, against
150 ms, and how many find what they mean among the first five, against 97 %.

The city of the list among 3,000 other streets, 120,000 other houses and `--incidents` (2,000,000) incidents
with titles. Each spelling is asked once, in an order of chance, by one connection, after one query that reads
the names; how long that one takes is told apart.
"""

from __future__ import annotations

import argparse
import random
import time

import numpy as np
from sqlalchemy import Engine, text

from geo.addresses.folding import fold_house, fold_street
from geo.database import connect_engine
from geo.settings import Settings
from layers.scope import Scope
from layers.search.search import search
from tests.bench._cluster import own_cluster
from tests.support import spellings_city
from tests.support.spellings import answers_it, spellings

STREETS, HOUSES_EACH = 3_000, 40
MOST_MS, AT_LEAST = 150, 0.97
SYLLABLES = "ақ бал қар жан мыр тас сар нұр ай кел бек тоғ ал шы ман ер қой дос сай таң".split()
SUBJECTS = (
    "лифт|свет|вода|отопление|мусор|дорога|шум|собака|крыша|подъезд|фонарь|труба|канализация|снег".split("|")
)
WRONG = "не работает|нет во дворе|прорыв у дома|жалоба на|яма возле|сломан|не вывозят|затопило".split("|")
OTHER_HOUSES = text("""
    insert into building (region, source, source_id, street_kk, street_ru, house, street_norm, house_norm,
        point_4326)
    select '71', 'bench', s.n || '-' || h, s.kk, s.ru, h::text, s.norm, h::text,
        st_setsrid(st_makepoint(71.3 + s.n % 60 * 0.005, 51.0 + s.n / 60 * 0.004 + h * 0.00005), 4326)
    from unnest(cast(:n as int[]), cast(:kk as text[]), cast(:ru as text[]), cast(:norm as text[]))
        as s (n, kk, ru, norm), generate_series(1, :houses) h""")
OTHER_INCIDENTS = text("""
    insert into incident (region, source, source_id, kind, title, source_status, status, opened_at)
    select '71', 'bench', '108-26-' || lpad(n::text, 8, '0'), 'service',
        initcap((cast(:subjects as text[]))[1 + n % cardinality(cast(:subjects as text[]))]) || ' '
            || (cast(:wrong as text[]))[1 + n / 7 % cardinality(cast(:wrong as text[]))] || ' ' || n % 900,
        'closed', case when n % 100 = 0 then 'open' else 'closed' end,
        now() - n * interval '40 seconds'
    from generate_series(1, :incidents) n""")


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./ikomek bench search", description=__doc__)
    parser.add_argument("--incidents", type=int, default=2_000_000)
    args = parser.parse_args(argv)
    with own_cluster() as settings:
        answers = build(settings, args.incidents)
        engine = connect_engine(settings, "reader")
        try:
            return measure(engine, settings, answers)
        finally:
            engine.dispose()


def build(settings: Settings, incidents: int) -> dict[str, object]:
    chance = random.Random(109)
    names = sorted(
        {"".join(chance.choices(SYLLABLES, k=chance.choice((2, 3, 3, 4)))) for _ in range(STREETS)}
    )
    titled = [name.capitalize() for name in names]
    bound = {
        "n": list(range(len(titled))),
        "kk": [f"{name} көшесі" for name in titled],
        "ru": [f"улица {name}" for name in titled],
        "norm": [fold_street(name) for name in titled],
        "houses": HOUSES_EACH,
    }
    engine = connect_engine(settings, "owner")
    with engine.begin() as connection:
        connection.execute(OTHER_HOUSES, bound)
        words = {"subjects": SUBJECTS, "wrong": WRONG, "incidents": incidents}
        connection.execute(OTHER_INCIDENTS, words)
        answers = spellings_city.build(connection, fold_street, fold_house)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("vacuum analyze"))
    engine.dispose()
    return answers


def measure(engine: Engine, settings: Settings, answers: dict[str, object]) -> int:
    wanted = spellings()
    random.Random(109).shuffle(wanted)
    first = answered(engine, settings, "Кабанбай")[0]
    taken, right, slowest = [], 0, (0.0, "")
    for query, answer in wanted:
        ms, results = answered(engine, settings, query)
        taken.append(ms)
        slowest = max(slowest, (ms, query))
        right += any(answers_it(found, answer, answers) for found in results[:5])
    p50, p95, p99 = np.percentile(taken, (50, 95, 99))
    print(
        f"the names are read in {first:.0f} ms\n{len(wanted)} spellings: {p50:.0f} ms median, {p95:.0f} ms "
        f"p95, {p99:.0f} ms p99, {slowest[0]:.0f} ms the slowest ({slowest[1]}); recall at 5: "
        f"{right / len(wanted):.1%}"
    )
    return int(p99 > MOST_MS or right < AT_LEAST * len(wanted))


def answered(engine: Engine, settings: Settings, query: str) -> tuple[float, list]:
    """Milliseconds, and the results."""
    began = time.perf_counter()
    results = search(engine, settings.city, Scope(), "ru", query)
    return 1000 * (time.perf_counter() - began), results
