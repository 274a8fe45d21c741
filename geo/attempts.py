"""Failed sign-ins and the wait they cost: kept in the database, so that it holds for every web worker and through a restart.

Counted for the pair of name and address, the address, and the name, each with a threshold; above it each further failure doubles the wait. An unknown name
counts like a known one, so the answer tells nothing. Keys are hashes: a password typed as a name is not kept.
"""
from __future__ import annotations

import hashlib
import math

from sqlalchemy import Engine, text

from geo.errors import TooMany

FREE = {"pair": 5, "address": 30, "name": 50}
"""Failures before the first wait. A name's is high, so that a stranger cannot lock an officer out."""
LONGEST_S = 900
FORGOTTEN = "1 day"


def check(engine: Engine, name: str, client: str) -> None:
    """Raises `TooMany` ("sign_in.locked", retry_s) while any of the three keys waits."""
    with engine.connect() as connection:
        wait_s = connection.scalar(
            text("select max(extract(epoch from locked_until - now())) from sign_in_failure where key = any(:keys) and locked_until > now()"),
            {"keys": list(_keys(name, client).values())})
    if wait_s:
        raise TooMany("sign_in.locked", retry_s=math.ceil(wait_s))


def record_failure(engine: Engine, name: str, client: str) -> None:
    """Count one failure; the wait is 2, 4, 8... seconds above the threshold, at most 15 minutes."""
    rows = [{"key": key, "free": FREE[kind]} for kind, key in _keys(name, client).items()]
    with engine.begin() as connection:
        connection.execute(text(f"delete from sign_in_failure where last_at < now() - interval '{FORGOTTEN}'"))
        connection.execute(text(f"""
            insert into sign_in_failure as f (key, failures, last_at) values (:key, 1, now())
            on conflict (key) do update set failures = f.failures + 1, last_at = now(),
              locked_until = case when f.failures + 1 > :free
                then now() + least(power(2, least(f.failures + 1 - :free, 20)), {LONGEST_S}) * interval '1 second' end"""), rows)


def forgive(engine: Engine, name: str, client: str) -> None:
    """After a good sign-in: the pair starts over."""
    with engine.begin() as connection:
        connection.execute(text("delete from sign_in_failure where key = :key"), {"key": _keys(name, client)["pair"]})


def _keys(name: str, client: str) -> dict[str, str]:
    folded = name.strip().casefold()
    said = {"pair": f"{folded}\n{client}", "address": client, "name": folded}
    return {kind: f"{kind}:{hashlib.sha256(value.encode('utf-8', 'surrogatepass')).hexdigest()}" for kind, value in said.items()}
