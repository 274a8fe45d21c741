"""How fast the audit is sealed and read again, whether each tampering is found at its place, and what sealing
costs those who write.

* a long chain is sealed, signed and verified: `GOAL_ROWS` rows a second are to be read
* as its owner, with the rights to do anything, one thing is done to a random row of a shorter chain, a
  thousand times: each is to be named, alone, at its place; where everything behind it was computed anew,
  between the two heads around it
* pushes into the inbox from several connections, by turns with the sealer beside them and without: the peer
  is the same without it
"""

from __future__ import annotations

import argparse
import os
import random
import threading
import time
from collections import Counter

from sqlalchemy import Connection, Engine, text

from geo.audit import chain, heads, keys
from geo.audit.verify import Discrepancy, verify, verify_within
from geo.database import connect_engine
from geo.intake import runs
from geo.settings import Settings
from tests.bench._cluster import own_cluster
from tests.support.audit_town import FAULT, compute_anew, tamper

GOAL_ROWS, GOAL_PUSHES, GOAL_SHARE = 50_000, 200, 0.9
SENDERS = 8
EVERY = 100
"""Rows between two heads of the shorter chain."""
ANEW = "anew"

FILL = text("""insert into audit (who, what, parameters, caller_type, origin, page, request_id)
    select 'user' || n % 97, 'push.taken', jsonb_build_object('feed', 'police', 'run', n), 'token',
        '10.0.' || n % 7 || '.' || n % 251, '/api/v1/ingest/police', md5(n::text)
    from generate_series(1, :n) n""")
EMPTY = "truncate audit, audit_seal, audit_statement restart identity"


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./ikomek bench audit")
    parser.add_argument("--rows", type=int, default=500_000)
    parser.add_argument("--tamperings", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=8, help="of each turn of pushes")
    parser.add_argument("--seed", type=int, default=109)
    args = parser.parse_args(argv)
    with own_cluster() as settings:
        owner, sealer = (connect_engine(settings, role) for role in ("owner", "sealer"))
        try:
            met = [
                read_again(settings, owner, sealer, args.rows),
                tampered(settings, owner, sealer, args.tamperings, random.Random(args.seed)),
                pushed(settings, sealer, args.seconds),
            ]
        finally:
            owner.dispose()
            sealer.dispose()
    return 0 if all(met) else 1


def read_again(settings: Settings, owner: Engine, sealer: Engine, rows: int) -> bool:
    with owner.begin() as connection:
        connection.execute(FILL, {"n": rows})
    began = time.perf_counter()
    sealed = chain.seal(sealer)
    sealing = time.perf_counter() - began
    heads.write_head(settings, sealer)
    auditor = connect_engine(settings, "auditor")
    began = time.perf_counter()
    report = verify(auditor, heads.folders_of(settings), public(settings))
    reading = time.perf_counter() - began
    auditor.dispose()
    rate = report.rows / reading
    print(
        f"{sealed:,} rows sealed in {sealing:.1f} s ({sealed / sealing:,.0f}/s), "
        f"read again in {reading:.1f} s: {rate:,.0f} rows/s (goal {GOAL_ROWS:,}), "
        f"{len(report.faults)} faults; load {os.getloadavg()[0]:.2f}",
        flush=True,
    )
    return rate >= GOAL_ROWS and not report.faults


def public(settings: Settings) -> dict:
    return keys.read_public(heads.folders_of(settings))


def tampered(settings: Settings, owner: Engine, sealer: Engine, times: int, chance: random.Random) -> bool:
    length = begin_anew(settings, owner, sealer, 2_000)
    known, done, missed, began = public(settings), Counter(), [], time.perf_counter()
    with owner.connect() as connection:
        for _ in range(times):
            how, position = chance.choice([*FAULT, ANEW]), 1 + chance.randrange(length)
            expected = once(connection, how, position, length)
            found = verify_within(connection, heads.folders_of(settings), known).faults
            connection.rollback()
            done[how] += 1
            if not is_found(found, *expected):
                missed.append((how, position, found))
    print(
        f"{times:,} tamperings in {time.perf_counter() - began:.0f} s, "
        f"{len(missed)} not found at their place: "
        + ", ".join(f"{how} {n}" for how, n in sorted(done.items())),
        flush=True,
    )
    for how, position, found in missed[:5]:
        print(f"  {how} at {position}: {found}")
    return not missed


def begin_anew(settings: Settings, owner: Engine, sealer: Engine, rows: int) -> int:
    with owner.begin() as connection:
        connection.execute(text(EMPTY))
        connection.execute(text("update audit_chain set settled = 0"))
    for path in (heads.folder_of(settings) / heads.HEADS).glob("*.jsonl"):
        path.unlink()
    for _ in range(rows // EVERY):
        with owner.begin() as connection:
            connection.execute(FILL, {"n": EVERY})
        chain.seal(sealer)
        heads.write_head(settings, sealer)
    return rows


Expected = tuple[str, int | None, tuple[int, int] | None]


def once(connection: Connection, how: str, position: int, length: int) -> Expected:
    """Do it; returns the fault that is to be found: its code, its position, or between which two."""
    if how != ANEW:
        return (*tamper(connection, how, position), None)
    tamper(connection, "who", position)
    compute_anew(connection, position)
    first = (position - 1) // EVERY * EVERY
    return "rewritten", None, (first + 1, min(first + EVERY, length))


def is_found(
    found: list[Discrepancy], code: str, position: int | None, between: tuple[int, int] | None
) -> bool:
    if len(found) != 1 or found[0].code != code:
        return False
    given = found[0].parameters
    return (given["first"], given["last"]) == between if between else found[0].position == position


def pushed(settings: Settings, sealer: Engine, seconds: float) -> bool:
    rates: dict[bool, list[float]] = {False: [], True: []}
    for turn in range(4):
        with_seal = turn % 2 == 1
        chain.seal(sealer)
        rates[with_seal].append(push_for(settings, sealer if with_seal else None, seconds, turn))
    without, beside = (sum(rates[key]) / len(rates[key]) for key in (False, True))
    chain.seal(sealer)
    heads.write_head(settings, sealer)
    auditor = connect_engine(settings, "auditor")
    faults = verify(auditor, heads.folders_of(settings), public(settings)).faults
    auditor.dispose()
    print(
        f"pushes/s into the inbox from {SENDERS} connections: {without:,.0f} without the sealer, "
        f"{beside:,.0f} beside it ({beside / without:.2f}; goal {GOAL_SHARE} and {GOAL_PUSHES}/s), "
        f"{len(faults)} faults; load {os.getloadavg()[0]:.2f}",
        flush=True,
    )
    return beside >= GOAL_PUSHES and beside >= GOAL_SHARE * without and not faults


def push_for(settings: Settings, sealer: Engine | None, seconds: float, turn: int) -> float:
    web, end, counts = connect_engine(settings, "web", pool_size=SENDERS), time.monotonic() + seconds, []

    def send(sender: int) -> None:
        n = 0
        while time.monotonic() < end:
            with web.begin() as connection:
                key = f"{turn}-{sender}-{n}"
                runs.push(
                    connection, settings.city.region, "police", key, "exchange", "text/csv", key.encode()
                )
            n += 1
        counts.append(n)

    def seal() -> None:
        while time.monotonic() < end:
            chain.seal(sealer)
            heads.write_head(settings, sealer)
            time.sleep(min(1.0, max(0.0, end - time.monotonic())))

    threads = [threading.Thread(target=send, args=(n,)) for n in range(SENDERS)]
    threads += [threading.Thread(target=seal)] if sealer else []
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    web.dispose()
    return sum(counts) / seconds
