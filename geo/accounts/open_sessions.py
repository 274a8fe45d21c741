"""The open sessions of one person, for them and for an administrator: listed, ended; and the password that a
person changes, with which every other session ends.

`by` stands in the audit as who ended them. A session's id is the beginning of its hash.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, text

from geo.accounts import attempts, notices, passwords
from geo.accounts.sessions import ID_LENGTH, IDLE
from geo.accounts.users import Principal, find_user_id, live_user_id
from geo.audit.records import record_audit
from geo.errors import Forbidden, InvalidInput, NotFound, Unauthenticated

LIVE = """s.user_id = :user and s.type = 'person' and s.revoked_at is null and s.expires_at > now()
    and coalesce(s.seen_at, s.created_at) > now() - cast(:idle as interval)"""
END = "update user_session s set revoked_at = now() where s.user_id = :user and s.revoked_at is null"


@dataclass(frozen=True)
class OpenSession:
    """`browser` and `network` as `sessions.Whence` has them; none for one that was opened before they were
    kept."""

    id: str
    browser: str | None
    network: str | None
    created_at: datetime
    seen_at: datetime


def list_sessions(engine: Engine, name: str) -> list[OpenSession]:
    """What would let somebody in as `name` now, the last used first. Raises `NotFound` ("user.unknown")."""
    with engine.connect() as connection:
        rows = connection.execute(
            text(f"""
            select left(s.token_hash, {ID_LENGTH}) as id, s.browser, s.network, s.created_at,
                coalesce(s.seen_at, s.created_at) as seen_at
            from user_session s where {LIVE} order by 5 desc, 1"""),
            {"user": find_user_id(connection, name), "idle": IDLE},
        )
        return [OpenSession(**row) for row in rows.mappings()]


def end_session(engine: Engine, name: str, session: str, by: str) -> None:
    """End one by its id. Raises `NotFound` ("user.unknown", "user.session") if it is none of theirs."""
    with engine.begin() as connection:
        ended = connection.execute(
            text(f"{END} and s.type = 'person' and left(s.token_hash, {ID_LENGTH}) = :session"),
            {"user": find_user_id(connection, name), "session": session},
        )
        if not ended.rowcount:
            raise NotFound("user.session", id=session)
        record_audit(connection, by, "session.ended", name=name, count=ended.rowcount)


def end_sessions(engine: Engine, name: str, by: str, but: str | None = None) -> int:
    """End all but the one with the id `but`; how many there were. Tokens of programs stay. Raises `NotFound`
    ("user.unknown")."""
    with engine.begin() as connection:
        ended = connection.execute(
            text(f"""{END} and s.type in ('person', 'half', 'one_time')
                and left(s.token_hash, {ID_LENGTH}) <> coalesce(:but, '')"""),
            {"user": find_user_id(connection, name), "but": but},
        )
        record_audit(connection, by, "session.ended", name=name, count=ended.rowcount)
        return ended.rowcount


def has_password(engine: Engine, name: str) -> bool:
    """Or comes by links and tokens alone."""
    return _known_hash(engine, name) is not None


def need_password(
    engine: Engine, who: Principal, password: str, client: str = "", browser: str | None = None
) -> None:
    """Asks for the password of who is signed in before something that lasts; of whoever has none, that they
    have just signed in. Raises `Unauthenticated` ("account.old_password"), `TooMany` ("sign_in.locked"),
    `Forbidden` ("account.again")."""
    known_hash = _known_hash(engine, who.name)
    if known_hash is None:
        need_fresh(who)
    else:
        with attempts.counting(engine, who.name, client, browser):
            _need_right(known_hash, password)


def need_fresh(who: Principal) -> None:
    """Raises `Forbidden` ("account.again") unless they have just signed in."""
    if not who.is_fresh:
        raise Forbidden("account.again")


def change_password(
    engine: Engine, name: str, old: str, new: str, session: str, client: str = "", browser: str | None = None
) -> None:
    """A new password by its owner, in the session with the id `session`: everything else that was opened with
    the old one ends, tokens of programs too. `client`, `browser`: as `sessions.sign_in` has them.

    Raises `TooMany` ("sign_in.locked") after too many wrong ones, `Unauthenticated` ("account.old_password"),
    `InvalidInput` ("account.same_password", "user.password", "user.password_common")."""
    known_hash = _known_hash(engine, name)
    with attempts.counting(engine, name, client, browser):
        _need_right(known_hash, old)
    if old == new:
        raise InvalidInput("account.same_password")
    hashed = passwords.hash_password(new, name)
    with engine.begin() as connection:
        user_id = live_user_id(connection, name)
        # Verifying takes a tenth of a second: an administrator may have set another one meanwhile.
        changed = connection.execute(
            text("update app_user set password_hash = :new where id = :id and password_hash = :known"),
            {"new": hashed, "id": user_id, "known": known_hash},
        )
        if not changed.rowcount:
            raise Unauthenticated("account.old_password")
        attempts.forgive(connection, name, client, browser)
        connection.execute(
            text(f"{END} and left(s.token_hash, {ID_LENGTH}) <> :session"),
            {"user": user_id, "session": session},
        )
        notices.add_notice(connection, user_id, "password")
        record_audit(connection, name, "user.password", name=name)


def _known_hash(engine: Engine, name: str) -> str | None:
    with engine.connect() as connection:
        return connection.scalar(
            text("select password_hash from app_user where name = :name and disabled_at is null"),
            {"name": name},
        )


def _need_right(known_hash: str | None, password: str) -> None:
    if not passwords.is_right(known_hash, password):
        raise Unauthenticated("account.old_password")
