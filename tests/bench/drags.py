"""`./ikomek bench drags [--drags N] [--precincts FILE --voters COLUMN --srid EPSG] [--seed N]`: random
corners of borders dragged by 5 to 50 m.

Without a file: the demo city's ground, 500 precincts and 20,000 houses. With one: its precincts as
`tests.support.plan_soak` loads them. Passed when each drag that is a coverage as drawn is saved (or has no
way around a house, or would leave houses in no precinct), and each refusal says where.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from pathlib import Path

from geo.database import connect_engine
from geo.settings import Settings
from tests.bench._cluster import own_cluster
from tests.support.plan_drags import LAWFUL, Drags
from tests.support.plan_soak import drafted

PART = 200
"""Told one after another: a run that is cut short has said what it found."""


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./ikomek bench drags", description=__doc__)
    parser.add_argument("--drags", type=int, default=2000)
    parser.add_argument("--precincts", type=Path)
    parser.add_argument("--voters", default="voters")
    parser.add_argument("--srid", type=int, default=32642)
    parser.add_argument("--seed", type=int, default=109)
    args = parser.parse_args(argv)
    with own_cluster() as settings:
        return measure(settings, args)


def measure(settings: Settings, args: argparse.Namespace) -> int:
    city = replace(settings.city, metric_srid=args.srid)
    plan, owner = (
        drafted(settings, city, args.precincts, args.voters, args.seed, "drags"),
        connect_engine(settings, "owner"),
    )
    start = time.monotonic()
    with owner.connect() as connection:
        drags = Drags(connection, city, plan)
        for done in range(0, args.drags, PART):
            drags.run(min(PART, args.drags - done), args.seed + done)
            print(
                f"  {drags.seen.total()} drags after {time.monotonic() - start:.0f} s, not as they "
                f"must be: {len(drags.wrong)}",
                flush=True,
            )
    owner.dispose()
    print(f"{args.drags} drags in {time.monotonic() - start:.0f} s; not as they must be: {len(drags.wrong)}")
    for (drawn, outcome), times in sorted(drags.seen.items()):
        print(f"  {drawn + ' as drawn':20} {outcome:24} {times}{'  (lawful)' if outcome in LAWFUL else ''}")
    for edge, outcome, corner, point in drags.wrong[:10]:
        print(f"  edge {edge}, corner {corner} to {point[0]:.3f} {point[1]:.3f}: {outcome}")
    return 1 if drags.wrong else 0
