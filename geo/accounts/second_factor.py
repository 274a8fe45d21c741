"""The second factor: a code of six digits that an authenticator app makes anew every 30 seconds (TOTP, RFC
6238), and recovery codes for the day when the app is lost; or a passkey (`passkeys`).

It is begun (a secret), confirmed by a code, and asked for at every sign-in from then on. A code opens once.
Where a role requires it, whoever has none yet may do nothing but set it up. Wrong codes count like wrong
passwords (`attempts`)."""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
import time
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from sqlalchemy import Connection, Engine, ForeignKey, text
from sqlalchemy.orm import Mapped, mapped_column

from geo.accounts import notices
from geo.accounts.factor_key import FactorKey
from geo.accounts.users import find_user_id, live_user_id
from geo.audit.records import record_audit
from geo.base import Base, Now
from geo.errors import Conflict, Forbidden, NotFound, Unauthenticated

SECRET_BYTES = 20
"""160 bits, as RFC 4226 recommends; apps know no other hash than SHA-1 for certain."""
DIGITS, STEP_S = 6, 30
DRIFT = 1
"""So many steps a clock may be ahead or behind."""
RECOVERY_CODES = 10
RECOVERY_BYTES = 15
"""120 random bits each: from 112 on no slow hash is needed (OWASP ASVS 5.0, 6.5.2)."""
ISSUER = "iKOMEK109"


class SecondFactor(Base):
    """`secret` is sealed (`factor_key`). Not yet `confirmed_at`: it is being set up. `last_step`: the step of
    the last code that opened; no code of it or before it opens again."""

    __tablename__ = "second_factor"
    user_id: Mapped[int] = mapped_column(ForeignKey("app_user.id"), primary_key=True)
    secret: Mapped[bytes]
    begun_at: Mapped[Now]
    confirmed_at: Mapped[datetime | None]
    last_step: Mapped[int] = mapped_column(server_default="0")


class RecoveryCode(Base):
    """`code_hash` is SHA-256 of the code; the code itself is shown once and not kept."""

    __tablename__ = "recovery_code"
    user_id: Mapped[int] = mapped_column(
        ForeignKey("second_factor.user_id", ondelete="CASCADE"), primary_key=True
    )
    code_hash: Mapped[str] = mapped_column(primary_key=True)
    used_at: Mapped[datetime | None]


@dataclass(frozen=True)
class FactorState:
    """`begun`: a secret waits for its first code. `codes_left`: recovery codes not yet used. `passkeys`: how
    many there are. `required`: by the role."""

    begun: bool
    confirmed_at: datetime | None
    codes_left: int
    passkeys: int
    required: bool


def state_of(engine: Engine, name: str) -> FactorState:
    with engine.connect() as connection:
        row = connection.execute(
            text("""
            select f.user_id is not null and f.confirmed_at is null as begun, f.confirmed_at,
                (select count(*) from recovery_code c where c.user_id = u.id and c.used_at is null)
                    as codes_left,
                (select count(*) from passkey p where p.user_id = u.id) as passkeys,
                r.second_factor as required
            from app_user u join user_role r on r.key = u.role
            left join second_factor f on f.user_id = u.id where u.name = :name"""),
            {"name": name},
        ).mappings()
        return FactorState(**row.one())


def is_confirmed(connection: Connection, user_id: int) -> bool:
    """Whether a code or a passkey is asked for at sign-in."""
    return bool(
        connection.scalar(
            text("""
            select exists (select from second_factor where user_id = :user and confirmed_at is not null)
                or exists (select from passkey where user_id = :user)"""),
            {"user": user_id},
        )
    )


def need_one_left(connection: Connection, user_id: int) -> None:
    """Raises `Forbidden` ("factor.required") where the role requires one and none is left, after one was
    taken away in this transaction."""
    required = connection.scalar(
        text("""select r.second_factor from app_user u join user_role r on r.key = u.role
            where u.id = :user for no key update of u"""),
        {"user": user_id},
    )
    if required and not is_confirmed(connection, user_id):
        raise Forbidden("factor.required")


def begin(engine: Engine, key: FactorKey, name: str) -> None:
    """A new secret, which waits to be confirmed; one that waits already is replaced. Raises `Conflict`
    ("factor.there") where one is in use."""
    with engine.begin() as connection:
        user_id = live_user_id(connection, name)
        done = connection.execute(
            text("""
            insert into second_factor as f (user_id, secret) values (:user, :secret)
            on conflict (user_id) do update set secret = excluded.secret, begun_at = now()
                where f.confirmed_at is null"""),
            {"user": user_id, "secret": key.seal(user_id, os.urandom(SECRET_BYTES))},
        )
        if not done.rowcount:
            raise Conflict("factor.there")
        record_audit(connection, name, "factor.begun")


def waiting_secret(engine: Engine, key: FactorKey, name: str) -> str | None:
    """The secret that waits to be confirmed, in base32 as apps take it; none where there is none."""
    with engine.connect() as connection:
        row = connection.execute(
            text("""
            select f.user_id, f.secret from second_factor f join app_user u on u.id = f.user_id
            where u.name = :name and f.confirmed_at is null"""),
            {"name": name},
        ).one_or_none()
    return None if row is None else _base32(key.open(row.user_id, bytes(row.secret)))


def address_for_apps(name: str, secret: str) -> str:
    """What the QR code holds: `otpauth://totp/...`; `secret` in base32."""
    label = quote(f"{ISSUER}:{name}")
    return f"otpauth://totp/{label}?secret={secret}&issuer={ISSUER}&digits={DIGITS}&period={STEP_S}"


def confirm(engine: Engine, key: FactorKey, name: str, code: str) -> list[str]:
    """The waiting secret is asked for from now on; returns the recovery codes. Raises `Unauthenticated`
    ("factor.code"), `NotFound` ("factor.none")."""
    with engine.begin() as connection:
        user_id = live_user_id(connection, name)
        if not _take_code(connection, key, user_id, code, confirmed=False):
            raise Unauthenticated("factor.code")
        connection.execute(
            text("update second_factor set confirmed_at = now() where user_id = :user"), {"user": user_id}
        )
        codes = [_recovery_code() for _ in range(RECOVERY_CODES)]
        connection.execute(
            text("insert into recovery_code (user_id, code_hash) values (:user, :hash)"),
            [{"user": user_id, "hash": _hash(one)} for one in codes],
        )
        notices.add_notice(connection, user_id, "factor_confirmed")
        record_audit(connection, name, "factor.confirmed")
        return codes


def take(connection: Connection, key: FactorKey, user_id: int, code: str) -> str:
    """Uses up a code of the app or a recovery code; which of the two it was ("code", "recovery"). Raises
    `Unauthenticated` ("factor.code"), `NotFound` ("factor.none")."""
    if _take_code(connection, key, user_id, code, confirmed=True):
        return "code"
    used = connection.execute(
        text("""
            update recovery_code set used_at = now()
            where user_id = :user and code_hash = :hash and used_at is null"""),
        {"user": user_id, "hash": _hash(code)},
    )
    if not used.rowcount:
        raise Unauthenticated("factor.code")
    return "recovery"


def remove(engine: Engine, key: FactorKey, name: str, code: str) -> None:
    """By its owner, with a code. Raises `Unauthenticated` ("factor.code"), `NotFound` ("factor.none"),
    `Forbidden` ("factor.required") where the role requires one and there is no passkey."""
    with engine.begin() as connection:
        user_id = live_user_id(connection, name)
        take(connection, key, user_id, code)
        _forget_code(connection, user_id)
        need_one_left(connection, user_id)
        notices.add_notice(connection, user_id, "factor_removed")
        record_audit(connection, name, "factor.removed", name=name)


def reset(engine: Engine, name: str) -> None:
    """By an administrator, for somebody who has lost app, recovery codes and passkeys: all of them are taken
    away, and every session of theirs ends.
    Raises `NotFound` ("user.unknown", "factor.none")."""
    with engine.begin() as connection:
        user_id = find_user_id(connection, name)
        if not _forget(connection, user_id):
            raise NotFound("factor.none")
        connection.execute(
            text("""update user_session set revoked_at = now()
                where user_id = :user and type in ('person', 'half') and revoked_at is null"""),
            {"user": user_id},
        )
        notices.add_notice(connection, user_id, "factor_removed")
        record_audit(connection, "command", "factor.removed", name=name)


def require(engine: Engine, role: str, required: bool) -> None:
    """Whether a role needs a second factor. Raises `NotFound` ("user.role")."""
    with engine.begin() as connection:
        known = connection.scalars(text("select key from user_role order by key")).all()
        if role not in known:
            raise NotFound("user.role", role=role, known=", ".join(known))
        connection.execute(
            text("update user_role set second_factor = :required where key = :role"),
            {"required": required, "role": role},
        )
        record_audit(connection, "command", "factor.required", role=role, required=required)


def _forget(connection: Connection, user_id: int) -> bool:
    passkeys = connection.execute(text("delete from passkey where user_id = :user"), {"user": user_id})
    return _forget_code(connection, user_id) or bool(passkeys.rowcount)


def _forget_code(connection: Connection, user_id: int) -> bool:
    return bool(
        connection.execute(
            text("delete from second_factor where user_id = :user"), {"user": user_id}
        ).rowcount
    )


def _take_code(connection: Connection, key: FactorKey, user_id: int, code: str, confirmed: bool) -> bool:
    """Whether it is a code of now that has not opened before; it is used up then."""
    sealed = connection.scalar(
        text("""select secret from second_factor
            where user_id = :user and (confirmed_at is not null) = :confirmed for update"""),
        {"user": user_id, "confirmed": confirmed},
    )
    if sealed is None:
        raise NotFound("factor.none")
    step = _step_of(key.open(user_id, bytes(sealed)), code.replace(" ", ""), time.time())
    if step is None:
        return False
    used = connection.execute(
        text("update second_factor set last_step = :step where user_id = :user and last_step < :step"),
        {"user": user_id, "step": step},
    )
    return bool(used.rowcount)


def _step_of(secret: bytes, code: str, now: float) -> int | None:
    """The step whose code it is, of those around `now`."""
    totp = TOTP(secret, DIGITS, SHA1(), STEP_S, enforce_key_length=False)
    steps = range(int(now) // STEP_S - DRIFT, int(now) // STEP_S + DRIFT + 1)
    right = [step for step in steps if secrets.compare_digest(totp.generate(step * STEP_S), code.encode())]
    return right[-1] if right else None


def _recovery_code() -> str:
    """ "abcd-efgh-ijkl-mnop-qrst-uvwx"."""
    plain = _base32(os.urandom(RECOVERY_BYTES)).lower()
    return "-".join(plain[at : at + 4] for at in range(0, len(plain), 4))


def _base32(value: bytes) -> str:
    return base64.b32encode(value).decode()


def _hash(code: str) -> str:
    """The same for a recovery code however it is typed."""
    return hashlib.sha256(code.replace("-", "").replace(" ", "").casefold().encode()).hexdigest()
