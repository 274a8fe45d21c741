"""How long the tokens of screens and programs live, which of them end soon, and how one is renewed: the new
one works at once, the old one for `OVERLAP` more, so that nothing goes dark while it is taken over.

The term in days is `IKOMEK_TOKEN_DAYS`, else `sessions.TERM_DAYS`; one that has been handed out keeps its
own.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Engine, text

from geo.accounts.sessions import ID_LENGTH, SHORTEST_ID, TERM_DAYS, open_token
from geo.audit.records import record_audit
from geo.errors import InvalidInput, NotFound
from geo.ranges import whole

VARIABLE = "IKOMEK_TOKEN_DAYS"
LONGEST_DAYS = 3650
WARNED = timedelta(days=30)
"""So long before its end a token is told of, and so long after it."""
OVERLAP = timedelta(days=14)
STILL_USED = timedelta(hours=1)
"""A renewed token that is used this long afterwards has not been taken over yet."""

COLUMNS = f"""left(s.token_hash, {ID_LENGTH}) as id, s.type, u.name, s.scope ->> 'scene' as scene,
    s.scope ->> 'feed' as feed, s.label, s.created_at, s.seen_at, s.expires_at, s.renewed_at"""
KEPT = "s.type in ('device', 'token') and s.revoked_at is null and u.disabled_at is null"

TokenType = Literal["device", "token"]


@dataclass(frozen=True)
class Token:
    """That of a screen (`type` "device", with its `scene`) or a program ("token": its user's `name`, the one
    `feed` that it may push to)."""

    id: str
    type: TokenType
    name: str | None
    scene: str | None
    feed: str | None
    label: str | None
    created_at: datetime
    seen_at: datetime | None
    expires_at: datetime | None
    renewed_at: datetime | None


def term_days() -> int:
    """For a new token. Raises `InvalidInput` ("token.days")."""
    given = os.environ.get(VARIABLE, str(TERM_DAYS))
    if (days := whole(given, 1, LONGEST_DAYS)) is None:
        raise InvalidInput("token.days", variable=VARIABLE, value=given[:20], longest=LONGEST_DAYS)
    return days


def list_tokens(engine: Engine, name: str) -> list[Token]:
    """The tokens of a user's programs that are not revoked, oldest first; also those that have ended."""
    return _read(engine, "u.name = :name and s.type = 'token' order by s.created_at", {"name": name})


def ending(engine: Engine) -> list[Token]:
    """The tokens that end soon or have just ended, the first to end first. One that was renewed is among them
    only while it is still used in place of the new one."""
    return _read(
        engine,
        """s.expires_at between now() - cast(:warned as interval) and now() + cast(:warned as interval)
            and (s.renewed_at is null or s.seen_at > s.renewed_at + cast(:used as interval))
        order by s.expires_at, s.token_hash""",
        {"warned": WARNED, "used": STILL_USED},
    )


def _read(engine: Engine, which: str, values: dict[str, Any]) -> list[Token]:
    with engine.connect() as connection:
        rows = connection.execute(
            text(f"""select {COLUMNS} from user_session s left join app_user u on u.id = s.user_id
                where {KEPT} and {which}"""),
            values,
        )
        return [Token(**row) for row in rows.mappings()]


def renew(engine: Engine, type_: TokenType, token_id: str, days: int = TERM_DAYS) -> str:
    """A new token for the same screen or program; the old one (by the beginning of its hash) works for
    `OVERLAP` more at most. One that has ended can be renewed too. Raises `NotFound` ("device.unknown",
    "token.unknown") unless exactly one matches."""
    with engine.begin() as connection:
        found = connection.execute(
            text(f"""
            select s.token_hash, s.user_id, s.scope, s.label, u.name
            from user_session s left join app_user u on u.id = s.user_id
            where {KEPT} and s.type = :type and length(:id) >= {SHORTEST_ID}
                and starts_with(s.token_hash, :id) for update of s"""),
            {"type": type_, "id": token_id},
        ).all()
        if len(found) != 1:
            raise NotFound(f"{type_}.unknown", id=token_id)
        old = found[0]
        connection.execute(
            text("""
                update user_session set renewed_at = now(),
                    expires_at = least(expires_at, now() + cast(:overlap as interval))
                where token_hash = :hash"""),
            {"overlap": OVERLAP, "hash": old.token_hash},
        )
        if type_ == "device":
            record_audit(connection, "command", "device.renewed", id=token_id)
        else:
            record_audit(connection, "command", "token.renewed", id=token_id, name=old.name)
        return open_token(
            connection, type_, old.user_id, lasts=timedelta(days=days), scope=old.scope, label=old.label
        )
