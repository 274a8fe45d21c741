"""Users and roles as data; who a caller is (`Principal`); the commands of `./ikomek user`. Reference
tables: no region.

To add a permission, "SUBJECT.VERB" (or "page.NAME"):

1. `geo/migrations/versions/NNNN_SUBJECT.py`: `array_append` it to `user_role.permissions` of the roles that
   shall have it, the administrator's too
2. if it is no page's PERMISSION, `dashboard/security/rules.py`: the paths that it opens; or
   `request_context.current().may(...)` where a page shows a part to some alone
3. a test of what it opens: who has it comes in, who has it not is refused

Sessions and tokens are opened and looked up in `geo.accounts.sessions`; a token is kept as SHA-256 of its
value.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Connection, Engine, ForeignKey, Identity, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from geo.accounts import notices
from geo.accounts.passwords import hash_password
from geo.audit.callers import CallerType
from geo.audit.records import record_audit
from geo.base import Base, Now
from geo.errors import Conflict, InvalidInput, NotFound

NAME_MAX = 64

KINDS_BY_DEFAULT = {
    "performer": (),
    "electoral_editor": ("service", "emergency"),
    "electoral_approver": ("service", "emergency"),
    "answers_editor": (),
}
"""Role -> the kinds of incidents that its users see unless they are given others: electoral staff see no
police and no offences, editors of answers see none, nor do contractors of whom nobody has said for whom they
work."""
OF_ORGANISATION = ("service", "emergency")
"""What contractors see whose organisation is known: no police and no offences, and of these what is theirs
(`geo.desk.organisation`)."""


OF_WHOLE_CITY = ("electoral_editor", "electoral_approver", "auditor")
"""Roles whose main work knows no districts and no organisations: plans, precincts, voters and the audit are
those of the whole city. A scope that narrowed a part of what they see would be taken for all of it."""


class UserRole(Base):
    """`permissions` are what routes and pages ask for, such as 'page.map', 'feed.run', 'incident.decide'."""

    __tablename__ = "user_role"
    key: Mapped[str] = mapped_column(primary_key=True)
    permissions: Mapped[list[str]] = mapped_column(ARRAY(Text))
    second_factor: Mapped[bool] = mapped_column(server_default="false")
    """Whether its users need one (`geo.accounts.second_factor`)."""


class User(Base):
    """The scope: `districts` none = all, `kinds` none = those of the role (`KINDS_BY_DEFAULT`)."""

    __tablename__ = "app_user"
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    role: Mapped[str] = mapped_column(ForeignKey("user_role.key"))
    password_hash: Mapped[str | None]
    districts: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    kinds: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    organisation: Mapped[str | None]
    """The key of the performer that they work for: its cases alone are theirs (`geo.desk.organisation`)."""
    manager: Mapped[str | None]
    """The key of the manager of the rating that they are (`geo.accounts.managers`)."""
    language: Mapped[str | None]
    mail: Mapped[str | None]
    """Where they are told of their access (`geo.accounts.notices`)."""
    created_at: Mapped[Now]
    disabled_at: Mapped[datetime | None]


class UserSession(Base):
    """`token_hash` is SHA-256 of the cookie's value; the value itself is not kept. A wall's device token
    is a session of type 'device'."""

    __tablename__ = "user_session"
    __table_args__ = (
        CheckConstraint("type in ('person', 'half', 'device', 'token', 'one_time', 'reset')", name="type"),
    )
    token_hash: Mapped[str] = mapped_column(primary_key=True)
    type: Mapped[str]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))
    scope: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """What the token opens: a scene for a device ({"scene": "operations"}), a feed for a push token ({"feed":
    "inquiries"})."""
    label: Mapped[str | None]
    browser: Mapped[str | None]
    network: Mapped[str | None]
    """What `geo.accounts.sessions.Whence` says of a person's session."""
    way: Mapped[str | None]
    """How it was opened, as the audit says of it ("password", "code", "link")."""
    created_at: Mapped[Now]
    seen_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    renewed_at: Mapped[datetime | None]
    """Since when there is another in its place (`geo.accounts.token_terms`)."""
    revoked_at: Mapped[datetime | None]


class SignInFailure(Base):
    """Failed sign-ins by key (an address, a name, or both, as SHA-256), whether or not such a user exists."""

    __tablename__ = "sign_in_failure"
    key: Mapped[str] = mapped_column(primary_key=True)
    failures: Mapped[int]
    last_at: Mapped[datetime]
    locked_until: Mapped[datetime | None]


class KnownBrowser(Base):
    """A browser in which a user has signed in with a password; `token_hash` is SHA-256 of its cookie."""

    __tablename__ = "known_browser"
    token_hash: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("app_user.id"), primary_key=True)
    seen_at: Mapped[datetime]


class Setting(Base):
    """A setting that an administrator switches while the system runs: `mode` (normal, drill, hotline), `demo`
    (true while demo data is loaded)."""

    __tablename__ = "setting"
    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[dict[str, Any] | str | bool | None] = mapped_column(JSONB)


@dataclass(frozen=True)
class Shown:
    """What a screen shows, and may therefore ask for: the `layers` of its maps, and of the live incidents
    those of `kinds` in `districts` (keys; none = all). A critical incident comes to every screen."""

    layers: frozenset[str] = frozenset()
    kinds: frozenset[str] | None = frozenset()
    districts: frozenset[str] | None = frozenset()


@dataclass(frozen=True)
class Principal:
    """Who asks. `districts` / `kinds` none = all. `type`: 'person' signed in, 'device' is a wall, 'token'
    a program; `scene` is the one a wall may show, `shown` what is to be seen there, `feed` the one a token
    may push to (none = any that its permissions allow)."""

    name: str
    role: str
    permissions: frozenset[str]
    districts: tuple[str, ...] | None = None
    kinds: tuple[str, ...] | None = None
    scene: str | None = None
    type: CallerType = "person"
    feed: str | None = None
    language: str | None = None
    shown: Shown | None = None
    organisation: str | None = None
    """The key of the performer that they work for."""
    manager: str | None = None
    """The key of the manager of the rating that they are."""
    session: str = ""
    """The id of the session or token by which they came: the beginning of its hash."""
    needs_factor: bool = False
    """Their role requires a second factor and they have none yet: they may nothing but set it up."""
    is_fresh: bool = False
    """They have just proved who they are (`geo.accounts.sessions.FRESH`): what weighs most asks for that."""

    def may(self, permission: str) -> bool:
        return permission in self.permissions

    def sees(self, kind: str, district: str | None) -> bool:
        """Whether an incident of this kind in this district (its key) is within the scope. One without a
        district is seen only by those who see every district."""
        return (self.kinds is None or kind in self.kinds) and (
            self.districts is None or district in self.districts
        )

    def sees_all_of(self, kinds: Collection[str] | None) -> bool:
        """Whether everything that may become an incident of one of these kinds (none = of any) is within the
        scope, wherever it will lie and whoever must act: of a row that is no incident yet neither is known.
        What becomes no incident is in every scope."""
        if kinds is not None and not kinds:
            return True
        whole = self.districts is None and self.acts_for is None
        return whole and (self.kinds is None or kinds is not None and set(kinds) <= set(self.kinds))

    @property
    def acts_for(self) -> str | None:
        """The key of the performer whose incidents alone they see, whatever their role; none = those of
        everybody."""
        return self.organisation


def add_user(
    engine: Engine,
    name: str,
    role: str,
    password: str | None,
    districts: list[str] | None = None,
    kinds: list[str] | None = None,
    organisation: str | None = None,
) -> None:
    """A new user; without a password only a one-time link or a token signs them in. Raises `InvalidInput`,
    `NotFound` (role, organisation), `Conflict` (name taken; "user.whole_city")."""
    name = check_name(name)
    hashed = None if password is None else hash_password(password, name)
    with engine.begin() as connection:
        _need_role(connection, role)
        need_narrow(role, districts, kinds, organisation)
        if organisation is not None:
            need_organisation(connection, organisation)
        added = connection.execute(
            text("""
            insert into app_user (name, role, password_hash, districts, kinds, organisation)
            values (:name, :role, :hash, :districts, :kinds, :organisation)
            on conflict (name) do nothing"""),
            {
                "name": name,
                "role": role,
                "hash": hashed,
                "districts": districts,
                "kinds": kinds,
                "organisation": organisation,
            },
        )
        if not added.rowcount:
            raise Conflict("user.exists", name=name)
        record_audit(connection, "command", "user.added", name=name, role=role)


def permissions_by_role(connection: Connection) -> dict[str, frozenset[str]]:
    rows = connection.execute(text("select key, permissions from user_role order by key"))
    return {row.key: frozenset(row.permissions) for row in rows}


def role_of(connection: Connection, name: str) -> str | None:
    """None for a name that nobody has."""
    return connection.scalar(text("select role from app_user where name = :name"), {"name": name})


def list_users(engine: Engine) -> list[dict[str, Any]]:
    """Every user by name: name, role, districts, kinds, organisation, manager, language, created_at,
    disabled_at, seen_at (last use of a session)."""
    with engine.connect() as connection:
        rows = connection.execute(
            text("""
            select u.name, u.role, u.districts, u.kinds, u.organisation, u.manager, u.language,
                u.created_at, u.disabled_at, max(s.seen_at) as seen_at
            from app_user u left join user_session s on s.user_id = u.id group by u.id order by u.name""")
        )
        return [dict(row) for row in rows.mappings()]


def disable_user(engine: Engine, name: str) -> None:
    """Close the account and end every session and token of it. Raises `NotFound`."""
    with engine.begin() as connection:
        user_id = find_user_id(connection, name)
        connection.execute(
            text("update app_user set disabled_at = coalesce(disabled_at, now()) where id = :id"),
            {"id": user_id},
        )
        _end_sessions(connection, user_id)
        record_audit(connection, "command", "user.disabled", name=name)


def set_password(engine: Engine, name: str, password: str) -> None:
    """A new password; every session opened with the old one ends. Raises `NotFound`, `InvalidInput`."""
    hashed = hash_password(password, check_name(name))
    with engine.begin() as connection:
        user_id = find_user_id(connection, name)
        connection.execute(
            text("update app_user set password_hash = :hash where id = :id"), {"hash": hashed, "id": user_id}
        )
        _end_sessions(connection, user_id)
        notices.add_notice(connection, user_id, "password")
        record_audit(connection, "command", "user.password", name=name)


def kinds_of(
    role: str | None, kinds: list[str] | None, organisation: str | None = None
) -> tuple[str, ...] | None:
    """The kinds that a user sees: their own, else those of the role or of its organisation; none = all."""
    if kinds is not None:
        return tuple(kinds)
    if role == "performer" and organisation is not None:
        return OF_ORGANISATION
    return None if role is None else KINDS_BY_DEFAULT.get(role)


def set_language(engine: Engine, name: str, language: str) -> None:
    """Remember the language a user chose."""
    with engine.begin() as connection:
        connection.execute(
            text("update app_user set language = :language where name = :name"),
            {"language": language, "name": name},
        )
        record_audit(connection, name, "user.language", language=language)


def check_name(name: str) -> str:
    """The name as it is kept: trimmed, lower case. Raises `InvalidInput`."""
    folded = name.strip().casefold()
    if not folded or len(folded) > NAME_MAX or not folded.isprintable():
        raise InvalidInput("user.name", name=name[:NAME_MAX], longest=NAME_MAX)
    return folded


def _need_role(connection: Connection, role: str) -> None:
    known = connection.scalars(text("select key from user_role order by key")).all()
    if role not in known:
        raise NotFound("user.role", role=role, known=", ".join(known))


def need_narrow(
    role: str | None, districts: list[str] | None, kinds: list[str] | None, organisation: str | None
) -> None:
    """Raises `Conflict` ("user.whole_city") for a scope that would not narrow what the role is for."""
    if role in OF_WHOLE_CITY and (districts or organisation or role == "auditor" and kinds):
        raise Conflict("user.whole_city", role=role)


def need_organisation(connection: Connection, key: str) -> None:
    """Raises `NotFound` ("user.organisation")."""
    if not connection.scalar(text("select true from performer where key = :key"), {"key": key}):
        raise NotFound("user.organisation", organisation=key)


def find_user_id(connection: Connection, name: str) -> int:
    """The id of a user who may be disabled. Raises `NotFound` ("user.unknown")."""
    user_id = connection.scalar(
        text("select id from app_user where name = :name"), {"name": check_name(name)}
    )
    if user_id is None:
        raise NotFound("user.unknown", name=name)
    return user_id


def live_user_id(connection: Connection, name: str) -> int:
    """Raises `NotFound` ("user.unknown"), also for one who is disabled."""
    user_id = connection.scalar(
        text("select id from app_user where name = :name and disabled_at is null"), {"name": name}
    )
    if user_id is None:
        raise NotFound("user.unknown", name=name)
    return user_id


def _end_sessions(connection: Connection, user_id: int) -> None:
    connection.execute(
        text("update user_session set revoked_at = now() where user_id = :id and revoked_at is null"),
        {"id": user_id},
    )
