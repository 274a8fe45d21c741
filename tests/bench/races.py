"""`./ikomek bench races [--pairs N] [--seed N]`: pairs of commands that step through each other statement
by statement, on a small town of its own cluster.

Passed when after each pair the plan is a coverage, its counts are those of its houses, and its events
replay to it; in the plan in force every house votes.
"""

from __future__ import annotations

import argparse
import random
import time

from geo.database import connect_engine
from tests.bench._cluster import own_cluster
from tests.support.plan_races import COMMANDS, races
from tests.support.plan_town import Town


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./ikomek bench races", description=__doc__)
    parser.add_argument("--pairs", type=int, default=500)
    parser.add_argument("--seed", type=int, default=109)
    args = parser.parse_args(argv)
    chance, start = random.Random(args.seed), time.monotonic()
    town = Town(columns=2, rows=2, blocks=2, houses=2)
    with own_cluster() as settings:
        owner = connect_engine(settings, "owner")
        with owner.connect() as connection:
            source = town.build(connection, settings.city)
        owner.dispose()
        with races(settings, source, town) as ready:
            for n in range(args.pairs):
                pair = [(chance.choice(COMMANDS), chance.randrange(2**32)) for _ in range(2)]
                try:
                    ready.race(*pair, [chance.randrange(2) for _ in range(80)])
                except AssertionError as wrong:
                    print(f"pair {n}, {pair}: {wrong}")
                    return 1
                if n % 50 == 49:
                    print(f"{n + 1} pairs are sound so far", flush=True)
            print(f"{args.pairs} pairs in {time.monotonic() - start:.0f} s, all sound")
            for (name, outcome), times in sorted(ready.done.items()):
                print(f"  {name:10} {outcome:24} {times}")
    return 0
