"""Tiles against tipg: the same rows, the same columns, the same tiles, in turns, from one client on the
same machine.

Cold: no Redis, no HTTP cache, the database warm. Density for every zoom 6-16, unfiltered, with five
categories, with a window of days; the basemap for every zoom; buildings from the zoom they are shown.
Rates are medians of the runs, percentiles and sizes are over all our tiles of all runs. Warm: the same
tiles from Redis with the session checked, against a route that does nothing.
"""

from __future__ import annotations

import argparse
import math
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from statistics import median
from urllib.parse import quote

import psycopg2

from geo.changes.rollup import fold
from geo.settings import City, Settings
from layers.tiles.tile import HALF_M
from tests.bench import _tiles_city
from tests.bench._cluster import own_cluster
from tests.bench._http_client import Round, ask
from tests.bench._tiles_peer import VIEWS, tipg
from tests.support.web import Server

CONNECTIONS = 2
PEER_TILES = 4
OUR_TILES = 40
WARM_REQUESTS = 3000
LARGEST = 250_000
SELECTIONS = {
    "density": ("", ""),
    "density, 5 categories": (
        "?category=1,2,3,12,16",
        "&filter-lang=cql2-text&filter=" + quote("category_id IN (1,2,3,12,16)"),
    ),
    "density, 30 months": (
        "?from=2022-03-05&to=2024-09-17",
        "&filter-lang=cql2-text&filter="
        + quote("opened_on BETWEEN DATE('2022-03-05') AND DATE('2024-09-17')"),
    ),
}


@dataclass(frozen=True)
class Case:
    """One layer in one zoom, with the goals that hold for it. `ours` and `peer` are addresses with the
    tile left open."""

    name: str
    zoom: int
    table: str
    ours: str
    peer: str
    p99_ms: float
    times_peer: float


@dataclass
class Result:
    case: Case
    ratios: list[float]
    ours: list[Round]
    peer: list[Round]

    def line(self) -> str:
        rate, peer = median(r.rate for r in self.ours), median(r.rate for r in self.peer)
        return (
            f"{self.case.name:<24} z{self.case.zoom:<3} {rate:>7.0f}/s {peer:>9.2f}/s "
            f"{median(self.ratios):>9.1f} x "
            f"{self.p50():>7.1f} {self.p99():>7.1f} ms {self.largest() / 1000:>7.0f} kB   "
            f"{'' if self.good() else 'MISSED'}"
        )

    def times(self) -> list[float]:
        return sorted(answer.seconds * 1000 for one in self.ours for answer in one.answers)

    def p50(self) -> float:
        return median(self.times())

    def p99(self) -> float:
        times = self.times()
        return times[min(len(times) - 1, int(0.99 * len(times)))]

    def largest(self) -> int:
        return max(one.largest for one in self.ours)

    def good(self) -> bool:
        return (
            self.p99() <= self.case.p99_ms
            and self.largest() <= LARGEST
            and median(self.ratios) >= self.case.times_peer
        )


def cases() -> Iterator[Case]:
    collection = "/collections/bench.{}/tiles/WebMercatorQuad/{{}}/{{}}/{{}}?"
    for name, (ours, peer) in SELECTIONS.items():
        for zoom in range(6, 17):
            yield Case(
                name,
                zoom,
                "bench.density",
                "/tiles/density/{}/{}/{}.mvt" + ours,
                collection.format("density") + "properties=category_id" + peer,
                50,
                15,
            )
    for zoom in range(6, 17):
        shown = quote(f"min_zoom <= {zoom}")
        yield Case(
            "basemap",
            zoom,
            "bench.basemap",
            "/tiles/basemap/{}/{}/{}.mvt",
            collection.format("basemap")
            + f"properties=theme,class,name_kk,name_ru,name_en&filter-lang=cql2-text&filter={shown}",
            150,
            1,
        )
    for zoom in range(13, 17):
        table, columns = ("tags", "voters,tag_quality")
        if zoom >= 15:
            table, columns = ("footprints", "house,street_ru,street_kk,voters,tag_quality,use,floors")
        yield Case(
            "buildings",
            zoom,
            f"bench.{table}",
            "/tiles/buildings/{}/{}/{}.mvt",
            collection.format(table) + f"properties={columns}",
            150,
            1,
        )


def tiles_of(settings: Settings, case: Case) -> list[tuple[int, int, int]]:
    """Every tile of the zoom that holds a row's first corner, the fullest first, the others in a random
    order that is the same each time."""
    geometry = {"bench.basemap": "geom_3857", "bench.footprints": "footprint_3857"}.get(
        case.table, "point_3857"
    )
    side = 2 * HALF_M / (1 << case.zoom)
    with closing(_connect(settings)) as connection, connection.cursor() as cursor:
        cursor.execute(f"""
            select floor((ST_XMin({geometry}) + {HALF_M}) / {side})::int,
                floor(({HALF_M} - ST_YMax({geometry})) / {side})::int, count(*)
            from {case.table} group by 1, 2 order by 3 desc, 1, 2""")
        fullest, *others = [(case.zoom, x, y) for x, y, _ in cursor]
    random.Random(109).shuffle(others)
    return [fullest, *others]


def measure(case: Case, settings: Settings, ports: tuple[int, int], cookie: str, runs: int) -> Result:
    tiles = tiles_of(settings, case)
    shared, more = tiles[:PEER_TILES], tiles[:OUR_TILES]
    ours = [case.ours.format(*tile) for tile in shared]
    peer = [case.peer.format(*tile) for tile in shared]
    ours *= max(1, OUR_TILES // len(ours))
    result = Result(case, [], [], [])
    ask(ports[0], [case.ours.format(*tile) for tile in more], CONNECTIONS, cookie)
    for _ in range(runs):
        result.peer.append(ask(ports[1], peer, CONNECTIONS))
        same = ask(ports[0], ours, CONNECTIONS, cookie)
        result.ratios.append(same.rate / result.peer[-1].rate)
        result.ours += [same, ask(ports[0], [case.ours.format(*tile) for tile in more], CONNECTIONS, cookie)]
    return result


def measure_warm(settings: Settings, runs: int) -> bool:
    """Tiles from Redis, compressed as for a browser, through the doors, and a route that does nothing
    through the same doors."""
    with served(settings) as (server, cookie):
        cookie += "Accept-Encoding: gzip\r\n"
        case = next(case for case in cases() if case.zoom == 13)
        tiles = [case.ours.format(*tile) for tile in tiles_of(settings, case)[:OUR_TILES]]
        ask(server.port, tiles, CONNECTIONS, cookie)
        paths, rates, nothing = (tiles * WARM_REQUESTS)[:WARM_REQUESTS], [], []
        for _ in range(runs):
            nothing.append(ask(server.port, ["/healthz"] * WARM_REQUESTS, CONNECTIONS, cookie).rate)
            rates.append(ask(server.port, paths, CONNECTIONS, cookie).rate)
    ratio = median(rate / bare for rate, bare in zip(rates, nothing))
    print(
        f"warm: {median(rates):.0f} tiles/s, a route that does nothing {median(nothing):.0f}/s: "
        f"{ratio:.2f} x (goal 0.3)"
        f"   {'' if ratio >= 0.3 else 'MISSED'}"
    )
    return ratio >= 0.3


@contextmanager
def served(settings: Settings) -> Iterator[tuple[Server, str]]:
    """Our server, and the header line of a signed-in officer."""
    server = Server(settings)
    try:
        with closing(server.client("duty")) as client:
            cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
        yield server, f"Cookie: {cookie}\r\n"
    finally:
        server.close()


def fill(settings: Settings, rows: int) -> None:
    started = time.perf_counter()
    with closing(_connect(settings)) as connection:
        _tiles_city.build(
            connection, settings.city.region, settings.city.time_zone.key, centre_3857(settings.city), rows
        )
        made, started = time.perf_counter() - started, time.perf_counter()
        while fold(connection, settings.city.region):
            pass
        folded = time.perf_counter() - started
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(VIEWS.format(zone=settings.city.time_zone.key))
            cursor.execute("vacuum analyze")
    print(f"{rows:,} incidents made in {made:.0f} s, rolled up in {folded:.0f} s", flush=True)


@contextmanager
def given(database: str, redis_url: str) -> Iterator[Settings]:
    yield Settings.load(
        {"IKOMEK_DATABASE_URL": database, "IKOMEK_REDIS_URL": redis_url, "IKOMEK_DATA": tempfile.gettempdir()}
    )


def centre_3857(city: City) -> tuple[float, float]:
    lon, lat = city.centre
    return lon * HALF_M / 180, math.log(math.tan((90 + lat) * math.pi / 360)) / math.pi * HALF_M


def _connect(settings: Settings) -> psycopg2.extensions.connection:
    return psycopg2.connect(settings.database_url.replace("+psycopg2", ""))


def totals(results: list[Result]) -> None:
    """Over all zooms of a layer: how many tiles a second when every tile of every zoom is asked once, ours
    against the peer's."""
    for name in dict.fromkeys(result.case.name for result in results):
        mine = [result for result in results if result.case.name == name]
        ours = len(mine) / sum(1 / median(r.rate for r in result.ours) for result in mine)
        peer = len(mine) / sum(1 / median(r.rate for r in result.peer) for result in mine)
        print(f"{name:<24} all   {ours:>7.0f}/s {peer:>9.2f}/s {ours / peer:>9.1f} x")


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./ikomek bench tiles", description=__doc__)
    parser.add_argument("--rows", type=int, default=2_000_000, help="incidents")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--layer", help="only cases whose name begins so")
    parser.add_argument(
        "--database",
        help="address of a database that an earlier run filled; with --redis, instead of a cluster of "
        "its own",
    )
    parser.add_argument("--redis", default="unix:///nowhere/redis.sock")
    args = parser.parse_args(argv)
    with given(args.database, args.redis) if args.database else own_cluster() as settings:
        if not args.database:
            fill(settings, args.rows)
        results = []
        with (
            tipg(settings) as peer,
            served(replace(settings, redis_url="unix:///nowhere/redis.sock")) as (server, cookie),
        ):
            print(
                f"{'':<24}      {'ours':>9} {'tipg':>11} {'ratio':>11} {'p50':>7} {'p99':>7}    "
                f"{'largest':>10}"
            )
            for case in cases():
                if case.name.startswith(args.layer or ""):
                    results.append(measure(case, settings, (server.port, peer), cookie, args.runs))
                    print(results[-1].line(), flush=True)
        totals(results)
        good = measure_warm(settings, args.runs) and all(result.good() for result in results)
    print("machine load " + " ".join(f"{load:.2f}" for load in os.getloadavg()))
    print("goals reached" if good else "goals missed")
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
