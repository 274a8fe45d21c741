"""API keys of programs: which client, what it sees and may do, how often it may ask, until when.

What is kept is SHA-256 of a random key; the key itself is shown once. A client may hold several, so that one
can take the place of another without a gap. What a client did keeps its name, whichever key it used.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import CheckConstraint, Engine, Identity, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from geo.accounts.sessions import hash_token
from geo.accounts.users import Principal
from geo.audit.records import record_audit
from geo.base import Base, Now
from geo.errors import InvalidInput, NotFound
from geo.incidents.model import KINDS

PREFIX = "ik_"
"""By which a scanner of leaked secrets knows one."""
CLIENT = re.compile(r"[a-z0-9][a-z0-9_.-]{1,39}")
DEFAULT_KINDS = ("service",)
"""Police, emergency and offences only where whoever issues the key names them."""
DEFAULT_DAYS, LONGEST_DAYS = 365, 3660
DEFAULT_PER_MINUTE, MOST_PER_MINUTE = 120, 6000
SEEN_EVERY = timedelta(minutes=1)
ROLE = "program"


class ApiKey(Base):
    """`client` is whom it was issued to; `kinds` those of the incidents that it sees and may create.
    `may_create`: it may send requests too. `per_minute`: so many requests it may make."""

    __tablename__ = "api_key"
    __table_args__ = (CheckConstraint("per_minute > 0", name="per_minute"),)
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    client: Mapped[str]
    key_hash: Mapped[str] = mapped_column(unique=True)
    kinds: Mapped[list[str]] = mapped_column(ARRAY(Text))
    may_create: Mapped[bool]
    per_minute: Mapped[int] = mapped_column(SmallInteger)
    created_by: Mapped[str]
    created_at: Mapped[Now]
    expires_at: Mapped[datetime]
    seen_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


@dataclass(frozen=True)
class ApiClient:
    """Whoever shows a key that is valid now."""

    key_id: int
    name: str
    kinds: tuple[str, ...]
    may_create: bool
    per_minute: int

    @property
    def principal(self) -> Principal:
        """The caller that actions and the audit name: no person has such a name."""
        permissions = frozenset({"incident.read", *(["incident.send"] if self.may_create else [])})
        return Principal(f"api:{self.name}", ROLE, permissions, kinds=self.kinds, type="token")


@dataclass(frozen=True)
class IssuedKey:
    """A key for the administrator's list; `id` is enough to revoke it."""

    id: int
    client: str
    kinds: list[str]
    may_create: bool
    per_minute: int
    created_by: str
    created_at: datetime
    expires_at: datetime
    seen_at: datetime | None
    revoked_at: datetime | None


LOOKUP = text("""
    with found as (select id, client, kinds, may_create, per_minute, seen_at from api_key
        where key_hash = :hash and revoked_at is null and expires_at > now()),
    seen as (update api_key k set seen_at = now() from found f
        where k.id = f.id and (f.seen_at is null or f.seen_at < now() - cast(:seen_every as interval)))
    select id, client, kinds, may_create, per_minute from found""")
ISSUE = text("""
    insert into api_key (client, key_hash, kinds, may_create, per_minute, created_by, expires_at)
    values (:client, :hash, :kinds, :may_create, :per_minute, :who, now() + make_interval(days => :days))
    returning id""")
REVOKE = text("""
    update api_key set revoked_at = now() where id = :id and revoked_at is null returning client""")
LIST = text("""
    select id, client, kinds, may_create, per_minute, created_by, created_at, expires_at, seen_at, revoked_at
    from api_key order by client, id""")


def find_client(engine: Engine, key: str) -> ApiClient | None:
    """Whose key it is; none for one that is unknown, revoked or over its time. Marks its use."""
    with engine.begin() as connection:
        bound = {"hash": hash_token(key), "seen_every": SEEN_EVERY}
        row = connection.execute(LOOKUP, bound).one_or_none()
    if row is None:
        return None
    return ApiClient(row.id, row.client, tuple(row.kinds), row.may_create, row.per_minute)


def issue_key(
    engine: Engine,
    who: str,
    client: str,
    kinds: Sequence[str] = DEFAULT_KINDS,
    may_create: bool = False,
    days: int = DEFAULT_DAYS,
    per_minute: int = DEFAULT_PER_MINUTE,
) -> tuple[int, str]:
    """Its number and the key, which is not to be had again. Raises `InvalidInput` ("api_key.client",
    "api_key.kind", "api_key.number")."""
    if not CLIENT.fullmatch(client):
        raise InvalidInput("api_key.client", client=client[:60])
    need_kinds(kinds)
    for value, most in ((days, LONGEST_DAYS), (per_minute, MOST_PER_MINUTE)):
        if not 0 < value <= most:
            raise InvalidInput("api_key.number", number=value, most=most)
    key = PREFIX + secrets.token_urlsafe(32)
    bound = {"client": client, "hash": hash_token(key), "kinds": list(dict.fromkeys(kinds)), "who": who}
    limits = {"may_create": may_create, "per_minute": per_minute, "days": days}
    with engine.begin() as connection:
        key_id = connection.execute(ISSUE, bound | limits).scalar_one()
        record_audit(connection, who, "api_key.issued", number=key_id, name=client, days=days)
    return key_id, key


def list_keys(engine: Engine) -> list[IssuedKey]:
    with engine.connect() as connection:
        return [IssuedKey(**row) for row in connection.execute(LIST).mappings()]


def revoke_key(engine: Engine, who: str, key_id: int) -> str:
    """Whose it was; it is refused from the next request on. Raises `NotFound` ("api_key.unknown")."""
    with engine.begin() as connection:
        client = connection.execute(REVOKE, {"id": key_id}).scalar_one_or_none()
        if client is None:
            raise NotFound("api_key.unknown", key=key_id)
        record_audit(connection, who, "api_key.revoked", number=key_id, name=client)
    return client


def need_kinds(kinds: Sequence[str]) -> None:
    """Raises `InvalidInput` ("api_key.kind")."""
    if unknown := set(kinds) - set(KINDS):
        raise InvalidInput("api_key.kind", kind=", ".join(sorted(unknown))[:80], known=", ".join(KINDS))
