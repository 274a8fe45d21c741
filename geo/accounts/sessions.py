"""Sessions and tokens: opened, looked up, ended. What is kept is SHA-256 of a random token; the token
itself is handed out once.

Six types: `person` (a cookie after signing in), `half` (after the password, until the code is given:
`half_sessions`), `device` (a wall), `token` (a program: bearer; how these two are renewed: `token_terms`),
`one_time` (a link that opens one `person` session and is then used up), `reset` (a link for a new password:
`resets`)."""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, RowMapping, TextClause, text

from geo.accounts import attempts, notices, passwords, second_factor
from geo.accounts.users import Principal, check_name, kinds_of, live_user_id
from geo.audit.callers import caller
from geo.audit.records import record_audit
from geo.database import is_away, is_read_only
from geo.errors import Conflict, NotFound, Unauthenticated, Unavailable

IDLE = timedelta(hours=12)
"""A shift: a person's session ends this long after its last use."""
ABSOLUTE = timedelta(days=7)
"""A person's cookie lives so long; the session as well, by the database's own `open_session` (migration
0116)."""
ONE_TIME = timedelta(minutes=15)
FRESH = timedelta(minutes=30)
"""So long after a sign-in somebody counts as the one who signed in, for what weighs most: whoever comes by a
session that was left open may not approve a list or look at a person. Who comes by links alone asks for
another one."""
TERM_DAYS = 365
"""How long a token of a screen or a program lives."""
BY_TOKEN = frozenset({"feed.push", "metrics.read", "incident.export"})
"""The permissions that a program's token can carry."""
ID_LENGTH = 12
"""So much of its hash names a session in lists."""
SHORTEST_ID = 8
"""So much of it is enough in a command."""
SEEN_EVERY = timedelta(minutes=1)
"""The last use is written at most this often: a map fetches hundreds of tiles a minute."""

FOUND = """with found as ( select s.token_hash, s.type, s.scope, s.label, s.user_id, s.seen_at, u.name,
u.role, u.districts, u.kinds, u.language, u.organisation, u.manager, s.type = 'person' and
s.created_at > now() - cast(:fresh as interval) as is_fresh from user_session s left join app_user u
on u.id = s.user_id where s.token_hash = :hash and s.type in ('person', 'device', 'token') and s.revoked_at
is null and u.disabled_at is null and (s.expires_at is null or s.expires_at > now()) and (s.type <> 'person'
or coalesce(s.seen_at, s.created_at) > now() - cast(:idle as interval)) )"""
SEEN = """, seen as (
        update user_session s set seen_at = now() from found f
        where s.token_hash = f.token_hash and (f.seen_at is null
            or f.seen_at < now() - cast(:seen_every as interval))
    )"""
PRINCIPAL = """
    select f.*, r.permissions, r.second_factor and f.type = 'person' and not exists (
            select from second_factor o where o.user_id = f.user_id and o.confirmed_at is not null
        ) and not exists (select from passkey k where k.user_id = f.user_id) as needs_factor
    from found f join user_role r on r.key = coalesce(f.role, 'wall')"""
LOOKUP, LOOKUP_ONLY = text(FOUND + SEEN + PRINCIPAL), text(FOUND + PRINCIPAL)


@dataclass(frozen=True)
class Whence:
    """From where a person signed in, as they know it again in the list of their sessions: the kind of browser
    ("Firefox, Windows"), and what kind of address it had: "own" is this machine, "inside" a private network,
    "outside" any other. The address itself is not kept. `known`: the token by which a browser is known."""

    browser: str | None = None
    network: str | None = None
    known: str | None = field(default=None, repr=False)


NOWHERE = Whence()


@dataclass(frozen=True)
class Device:
    """A wall's token as an administrator sees it; `id` is the beginning of its hash, enough to revoke it."""

    id: str
    scene: str
    label: str | None
    created_at: datetime
    seen_at: datetime | None
    expires_at: datetime | None


def find_principal(engine: Engine, token: str) -> Principal | None:
    """Who the token is, or none if it is unknown, ended, idle for too long, revoked, or its user is
    disabled. Marks its use, unless the database can only be read now: the screens go on. Raises
    `Unavailable`."""
    values = {"hash": hash_token(token), "idle": IDLE, "fresh": FRESH, "seen_every": SEEN_EVERY}
    try:
        row = _look_up(engine, LOOKUP, values)
    except Exception as error:
        if not is_away(error):
            raise
        if not is_read_only(error):
            raise Unavailable("database.away") from error
        row = _look_up(engine, LOOKUP_ONLY, {key: values[key] for key in ("hash", "idle", "fresh")})
    return None if row is None else _principal(row)


def read_principal(engine: Engine, token: str) -> Principal | None:
    """Like `find_principal`, for callers that only read: the use is not marked."""
    row = _look_up(engine, LOOKUP_ONLY, {"hash": hash_token(token), "idle": IDLE, "fresh": FRESH})
    return None if row is None else _principal(row)


def _principal(row: RowMapping) -> Principal:
    scope = row["scope"] or {}
    return Principal(
        name=row["name"] or f"wall:{row['label'] or scope.get('scene')}",
        role=row["role"] or "wall",
        permissions=frozenset(() if row["needs_factor"] else row["permissions"]),
        districts=_tuple(row["districts"]),
        kinds=kinds_of(row["role"], row["kinds"], row["organisation"]),
        scene=scope.get("scene"),
        type=row["type"],
        feed=scope.get("feed"),
        language=row["language"],
        organisation=row["organisation"],
        manager=row["manager"],
        session=row["token_hash"][:ID_LENGTH],
        needs_factor=row["needs_factor"],
        is_fresh=row["is_fresh"],
    )


def _look_up(engine: Engine, statement: TextClause, values: dict[str, Any]) -> RowMapping | None:
    with engine.begin() as connection:
        return connection.execute(statement, values).mappings().one_or_none()


def sign_in(
    engine: Engine,
    name: str,
    password: str,
    client: str = "",
    browser: str | None = None,
    whence: Whence = NOWHERE,
) -> str:
    """A new session's token; of one who has a second factor, that of half a session. `client`: the caller's
    address; `browser`: the token by which a browser is known (`attempts.remember_browser`).

    Raises `Unauthenticated`, after the same work and with the same code, for an unknown name, a wrong
    password, a disabled user, and a password that was changed while it was being verified; `TooMany` after
    too many failures (`attempts`)."""
    attempts.check(engine, name, client, browser)
    with engine.connect() as connection:
        row = connection.execute(
            text("select id, name, password_hash from app_user where name = :name and disabled_at is null"),
            {"name": name.strip().casefold()},
        ).one_or_none()
    known_hash: str | None = row.password_hash if row else None
    if not passwords.is_right(known_hash, password) or row is None or known_hash is None:
        attempts.record_failure(engine, name, client, browser, row.name if row else None)
        raise Unauthenticated("sign_in.refused")
    hasher = passwords.hasher
    rehashed = hasher.hash(password) if hasher.check_needs_rehash(known_hash) else known_hash
    with engine.begin() as connection:
        # Verifying takes a tenth of a second: what was read before it may be an old password by now, or that
        # of a closed account.
        still = connection.execute(
            text(
                "update app_user set password_hash = :new where id = :id and password_hash = "
                ":known and disabled_at is null"
            ),
            {"new": rehashed, "id": row.id, "known": known_hash},
        ).rowcount
        if not still:
            raise Unauthenticated("sign_in.refused")
        if second_factor.is_confirmed(connection, row.id):
            return open_half(connection, row.id, row.name)
        attempts.forgive(connection, name, client, browser)
        return open_person(connection, row.id, row.name, "password", whence)


def one_time_link(engine: Engine, name: str = "demo", role: str = "administrator") -> str:
    """The path `/sign-in/once?token=...`: signs `name` in once, within 15 minutes. The user is added,
    without a password, if there is none."""
    with engine.begin() as connection:
        connection.execute(
            text("insert into app_user (name, role) values (:name, :role) on conflict (name) do nothing"),
            {"name": name, "role": role},
        )
        user_id = live_user_id(connection, name)
        record_audit(connection, "command", "link.added", name=name)
        return f"/sign-in/once?token={open_token(connection, 'one_time', user_id, lasts=ONE_TIME)}"


def use_one_time(engine: Engine, token: str, whence: Whence = NOWHERE) -> str:
    """Trade a link's token for that of a session, or of half a session (`sign_in`). Raises `Unauthenticated`
    if it is unknown, used or too old."""
    with engine.begin() as connection:
        row = connection.execute(
            text("""
            update user_session s set revoked_at = now() from app_user u
            where s.token_hash = :hash and s.type = 'one_time' and s.revoked_at is null
                and s.expires_at > now()
              and u.id = s.user_id and u.disabled_at is null
            returning u.id, u.name"""),
            {"hash": hash_token(token)},
        ).one_or_none()
        if row is None:
            raise Unauthenticated("sign_in.link")
        if second_factor.is_confirmed(connection, row.id):
            return open_half(connection, row.id, row.name)
        return open_person(connection, row.id, row.name, "link", whence)


def end(engine: Engine, token: str) -> None:
    """Sign out. An unknown token is no error."""
    with engine.begin() as connection:
        who = connection.scalar(
            text("""update user_session s set revoked_at = now() from app_user u
                where s.token_hash = :hash and s.revoked_at is null and u.id = s.user_id returning u.name"""),
            {"hash": hash_token(token)},
        )
        if who is not None:
            record_audit(connection, who, "signed_out")


def add_device(engine: Engine, scene: str, label: str | None = None, days: int = TERM_DAYS) -> str:
    """A wall's token: shows one scene, read only, until it ends or is revoked."""
    with engine.begin() as connection:
        record_audit(connection, "command", "device.added", scene=scene, label=label)
        return open_token(connection, "device", None, timedelta(days=days), {"scene": scene}, label)


def list_devices(engine: Engine) -> list[Device]:
    """The devices that are not revoked, oldest first."""
    with engine.connect() as connection:
        rows = connection.execute(
            text("""
            select left(token_hash, 12) as id, scope->>'scene' as scene, label, created_at, seen_at,
                expires_at
            from user_session where type = 'device' and revoked_at is null order by created_at""")
        )
        return [Device(**row) for row in rows.mappings()]


def revoke_device(engine: Engine, device_id: str) -> None:
    """End a device's token by the beginning of its hash (`SHORTEST_ID`). Raises `NotFound` unless
    exactly one matches."""
    with engine.begin() as connection:
        matches = connection.scalars(
            text("""
            select token_hash from user_session where type = 'device' and revoked_at is null
                and starts_with(token_hash, :id) and length(:id) >= :shortest"""),
            {"id": device_id, "shortest": SHORTEST_ID},
        ).all()
        if len(matches) != 1:
            raise NotFound("device.unknown", id=device_id)
        connection.execute(
            text("update user_session set revoked_at = now() where token_hash = :hash"), {"hash": matches[0]}
        )
        record_audit(connection, "command", "device.revoked", id=device_id)


def add_token(engine: Engine, name: str, feed: str | None = None, days: int = TERM_DAYS) -> str:
    """A program's bearer token for the user `name`, bound to one feed or to none. It ends after its days, and
    when the user is disabled or given a new password.

    Raises `NotFound`, `Conflict` ("user.token") for a role that may do nothing with it.
    """
    with engine.begin() as connection:
        user_id = live_user_id(connection, check_name(name))
        _need_use_of_token(connection, user_id, name, frozenset({"feed.push"}) if feed else BY_TOKEN)
        record_audit(connection, "command", "token.added", name=name, feed=feed)
        return open_token(
            connection, "token", user_id, timedelta(days=days), {"feed": feed} if feed else None
        )


def hash_token(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def open_person(connection: Connection, user_id: int, name: str, way: str, whence: Whence) -> str:
    """Opens the session, which lasts `ABSOLUTE`, by the database's own function, which records it: the web
    server may make no token that lasts, and none in silence. `way`: how they signed in; "link" where one of
    theirs was used up in this transaction."""
    notices.add_sign_in_notice(
        connection,
        user_id,
        hash_token(whence.known) if whence.known else None,
        attempts.has_failed_lately(connection, name),
        browser=whence.browser,
        network=whence.network,
    )
    token = secrets.token_urlsafe(32)
    by = caller.get()
    about = json.dumps({"origin": by.origin, "page": by.page, "request_id": by.request_id})
    connection.execute(
        text("select open_session(:hash, :id, :way, cast(:caller as jsonb))"),
        {"hash": hash_token(token), "id": user_id, "way": way, "caller": about},
    )
    connection.execute(
        text("update user_session set browser = :browser, network = :network where token_hash = :hash"),
        {"hash": hash_token(token), "browser": whence.browser, "network": whence.network},
    )
    return token


def open_half(connection: Connection, user_id: int, name: str) -> str:
    """Opens nothing but the question for the second factor."""
    record_audit(connection, name, "sign_in.half")
    token = secrets.token_urlsafe(32)
    connection.execute(
        text("select open_half_session(:hash, :id)"), {"hash": hash_token(token), "id": user_id}
    )
    return token


def open_token(
    connection: Connection,
    type_: str,
    user_id: int | None,
    lasts: timedelta | None = None,
    scope: dict[str, Any] | None = None,
    label: str | None = None,
) -> str:
    token = secrets.token_urlsafe(32)
    connection.execute(
        text("""
        insert into user_session (token_hash, type, user_id, scope, label, expires_at)
        values (:hash, :type, :user_id, cast(:scope as jsonb), :label, now() + cast(:lasts as interval))"""),
        {
            "hash": hash_token(token),
            "type": type_,
            "user_id": user_id,
            "scope": json.dumps(scope) if scope else None,
            "label": label,
            "lasts": lasts,
        },
    )
    return token


def _need_use_of_token(connection: Connection, user_id: int, name: str, any_of: frozenset[str]) -> None:
    role, permissions = connection.execute(
        text(
            "select r.key, r.permissions from app_user u join user_role r on r.key = u.role where u.id = :id"
        ),
        {"id": user_id},
    ).one()
    if not any_of & set(permissions):
        raise Conflict("user.token", name=name, role=role)


def _tuple(values: list[str] | None) -> tuple[str, ...] | None:
    return None if values is None else tuple(values)
