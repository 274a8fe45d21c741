"""A link by which somebody gives themselves a new password: made by an administrator, who learns none. It
opens nothing else, once, within two hours; the second factor is asked for at the sign-in that follows."""

from __future__ import annotations

import secrets

from sqlalchemy import Connection, Engine, text

from geo.accounts import notices, passwords
from geo.accounts.sessions import hash_token
from geo.accounts.users import check_name, live_user_id
from geo.audit.records import record_audit
from geo.errors import Unauthenticated

LASTS_H = 2
"""The hours of the database's own `open_reset_session` (migration 0104)."""
LIVE = """select u.id, u.name from user_session s join app_user u on u.id = s.user_id
    where s.token_hash = :hash and s.type = 'reset' and s.revoked_at is null and s.expires_at > now()
        and u.disabled_at is null"""


def reset_link(engine: Engine, name: str, by: str) -> str:
    """The path `/sign-in/reset?token=...`; an earlier one of theirs ends. `by`: who made it, for the audit.
    Raises `NotFound` ("user.unknown") also for one who is disabled."""
    token = secrets.token_urlsafe(32)
    with engine.begin() as connection:
        user_id = live_user_id(connection, check_name(name))
        connection.execute(
            text("select open_reset_session(:hash, :id)"), {"hash": hash_token(token), "id": user_id}
        )
        notices.add_notice(connection, user_id, "reset_link")
        record_audit(connection, by, "reset.added", name=check_name(name))
    return f"/sign-in/reset?token={token}"


def whose(engine: Engine, token: str) -> str:
    """Raises `Unauthenticated` ("reset.link") for one that is unknown, used or too old."""
    with engine.connect() as connection:
        return _live(connection, token)[1]


def reset_password(engine: Engine, token: str, new: str) -> str:
    """Sets it; everything that was opened with the old one ends, tokens of programs too. Whose it is.
    `Unauthenticated` ("reset.link"), `InvalidInput` ("user.password", "user.password_common"), after which
    the link still holds."""
    name = whose(engine, token)
    hashed = passwords.hash_password(new, name)
    with engine.begin() as connection:
        user_id, name = _live(connection, token, " for update of s")
        connection.execute(
            text("update app_user set password_hash = :hash where id = :id"), {"hash": hashed, "id": user_id}
        )
        connection.execute(
            text("update user_session set revoked_at = now() where user_id = :id and revoked_at is null"),
            {"id": user_id},
        )
        notices.add_notice(connection, user_id, "password")
        record_audit(connection, name, "user.password", name=name)
        return name


def _live(connection: Connection, token: str, locked: str = "") -> tuple[int, str]:
    row = connection.execute(text(LIVE + locked), {"hash": hash_token(token)}).one_or_none()
    if row is None:
        raise Unauthenticated("reset.link")
    return row.id, row.name
