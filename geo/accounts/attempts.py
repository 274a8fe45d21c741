"""Failed sign-ins and the wait they cost: kept in the database, so that it holds for every web worker and
through a restart.

A browser in which a name has signed in before is known for it, by a cookie. Its failures count for itself
alone: whatever strangers do to the name, or to the address of the proxy that they share with a whole
office, whoever works there goes on signing in. Of browsers that are not known the failures count for the
pair of name and address, the address, and the name. Each key has a threshold; above it each further
failure doubles the wait. `./ikomek user unlock` lets a person in who is locked out in a new browser.

An unknown name counts like a known one, so the answer tells nothing. Keys are hashes: a password typed as
a name is not kept.
"""

from __future__ import annotations

import hashlib
import math
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, text

from geo.audit.records import record_audit
from geo.errors import NotFound, TooMany, Unauthenticated

FREE = {"browser": 5, "pair": 5, "address": 30, "name": 50}
"""Failures before the first wait."""
LONGEST_S = 900
FORGOTTEN = "1 day"
UNLOCKED_MIN = 15
"""How long an unlocked name does not wait for others' failures: only for those of its own pairs of name and
address."""


def check(engine: Engine, name: str, client: str, browser: str | None = None) -> None:
    """Raises `TooMany` ("sign_in.locked", retry_s) while any of the caller's keys waits."""
    with engine.connect() as connection:
        keys = _keys(connection, name, client, browser)
        wait_s = connection.scalar(
            text(
                "select max(extract(epoch from locked_until - now())) from sign_in_failure where "
                "key = any(:keys) and locked_until > now()"
            ),
            {"keys": list(keys.values())},
        )
    if wait_s:
        raise TooMany("sign_in.locked", retry_s=math.ceil(wait_s))


UNKNOWN = "unknown"
"""Stands in the audit for a name that no user has: a password typed as a name is not kept there either."""


def record_failure(
    engine: Engine, name: str, client: str, browser: str | None = None, known: str | None = None
) -> None:
    """Count one failure; the wait is 2, 4, 8... seconds above the threshold, at most 15 minutes. `known`:
    the user that there is of this name."""
    with engine.begin() as connection:
        # In one order, so that two failures at once never wait for each other.
        rows = sorted(
            (
                {"key": key, "free": FREE[kind]}
                for kind, key in _keys(connection, name, client, browser).items()
            ),
            key=lambda row: str(row["key"]),
        )
        connection.execute(
            text(f"delete from sign_in_failure where last_at < now() - interval '{FORGOTTEN}'")
        )
        connection.execute(
            text(f"""
            insert into sign_in_failure as f (key, failures, last_at) values (:key, 1, now())
            on conflict (key) do update set failures = f.failures + 1, last_at = now(),
              locked_until = case when f.failures + 1 > :free
                then now() + least(power(2, least(f.failures + 1 - :free, 20)),
                    {LONGEST_S}) * interval '1 second' end"""),
            rows,
        )
        record_audit(connection, known or UNKNOWN, "sign_in.failed")


@contextmanager
def counting(engine: Engine, name: str, client: str, browser: str | None = None) -> Iterator[None]:
    """What is done for the user `name` with a password or a code: not while one of the caller's keys waits
    (`check`), and a wrong one (`Unauthenticated`) counts."""
    check(engine, name, client, browser)
    try:
        yield
    except Unauthenticated:
        record_failure(engine, name, client, browser, name)
        raise


def has_failed_lately(connection: Connection, name: str) -> bool:
    """Whether browsers that are not known have failed with this name, more than once or twice, within the
    hour."""
    return bool(
        connection.scalar(
            text("""select true from sign_in_failure
                where key = :key and failures >= :many and last_at > now() - interval '1 hour'"""),
            {"key": _key("name", _fold(name)), "many": FREE["pair"]},
        )
    )


def forgive(connection: Connection, name: str, client: str, browser: str | None = None) -> None:
    """Starts the browser, or the pair, over after a good sign-in, in its transaction."""
    keys = _keys(connection, name, client, browser)
    connection.execute(
        text("delete from sign_in_failure where key = :key"), {"key": keys.get("browser") or keys["pair"]}
    )


def remember_browser(engine: Engine, name: str, browser: str | None) -> str:
    """The token by which a browser is known for `name` from now on: the one it has, if it is ours already,
    else a new one. The name has just signed in."""
    with engine.begin() as connection:
        ours = browser and connection.scalar(
            text("select true from known_browser where token_hash = :hash limit 1"), {"hash": _hash(browser)}
        )
        token = browser if browser and ours else secrets.token_urlsafe(32)
        connection.execute(
            text("""
            insert into known_browser (token_hash, user_id, seen_at) select :hash, id, now() from app_user
                where name = :name
            on conflict (token_hash, user_id) do update set seen_at = now()"""),
            {"hash": _hash(token), "name": _fold(name)},
        )
        return token


def unlock(engine: Engine, name: str) -> int:
    """Forget the failures of a name, and let it in from any address for the minutes returned. Raises
    `NotFound` ("user.unknown")."""
    with engine.begin() as connection:
        if not connection.scalar(
            text("select true from app_user where name = :name and disabled_at is null"),
            {"name": _fold(name)},
        ):
            raise NotFound("user.unknown", name=name)
        connection.execute(
            text("delete from sign_in_failure where key = any(:keys)"), {"keys": [_key("name", _fold(name))]}
        )
        connection.execute(
            text(f"""
            insert into sign_in_failure (key, failures, last_at, locked_until) values (:key, 0, now(),
                now() + interval '{UNLOCKED_MIN} minutes')
            on conflict (key) do update set last_at = now(), locked_until = excluded.locked_until"""),
            {"key": _key("unlocked", _fold(name))},
        )
        record_audit(connection, "command", "user.unlocked", name=_fold(name))
    return UNLOCKED_MIN


def _keys(connection: Connection, name: str, client: str, browser: str | None) -> dict[str, str]:
    """Kind -> key of what this caller's failures count for."""
    folded = _fold(name)
    if browser and _knows(connection, folded, browser):
        return {"browser": _key("browser", f"{folded}\n{browser}")}
    pair = f"{folded}\n{client}"
    if until := connection.scalar(
        text("select locked_until from sign_in_failure where key = :key and locked_until > now()"),
        {"key": _key("unlocked", folded)},
    ):
        return {"pair": _key("pair", f"{pair}\n{until}")}  # counted anew for the time of the unlocking
    return {"pair": _key("pair", pair), "address": _key("address", client), "name": _key("name", folded)}


def _knows(connection: Connection, folded: str, browser: str) -> bool:
    return bool(
        connection.scalar(
            text("""
        select true from known_browser b join app_user u on u.id = b.user_id where b.token_hash = :hash
            and u.name = :name"""),
            {"hash": _hash(browser), "name": folded},
        )
    )


def _fold(name: str) -> str:
    return name.strip().casefold()


def _key(kind: str, value: str) -> str:
    return f"{kind}:{_hash(value)}"


def _hash(value: str) -> str:
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()
