"""Users, roles as data, sessions and device tokens. Reference tables: no region."""
from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Identity
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from geo.base import Base, Now


class UserRole(Base):
    """`permissions` are what doors ask for, such as 'page.map', 'feed.run', 'incident.decide'."""

    __tablename__ = "user_role"
    key: Mapped[str] = mapped_column(primary_key=True)
    permissions: Mapped[list[str]] = mapped_column(ARRAY(Text))


class User(Base):
    """`districts` / `kinds` none = all: the scope."""

    __tablename__ = "app_user"
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    role: Mapped[str] = mapped_column(ForeignKey("user_role.key"))
    password_hash: Mapped[str | None]
    districts: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    kinds: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    language: Mapped[str | None]
    created_at: Mapped[Now]
    disabled_at: Mapped[datetime | None]


class UserSession(Base):
    """`token_hash` is SHA-256 of the cookie's value; the value itself is not kept. A wall's device token is a session of type 'device'."""

    __tablename__ = "user_session"
    __table_args__ = (CheckConstraint("type in ('person', 'device', 'push', 'one_time')", name="type"),)
    token_hash: Mapped[str] = mapped_column(primary_key=True)
    type: Mapped[str]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))
    scope: Mapped[dict | None] = mapped_column(JSONB)
    """Of a device: {"scene": "operations"}; of a push token: {"feed": "inquiries"}."""
    label: Mapped[str | None]
    created_at: Mapped[Now]
    seen_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class Audit(Base):
    """Who signed in, changed the mode, decided, exported: append-only."""

    __tablename__ = "audit"
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    at: Mapped[Now]
    who: Mapped[str]
    what: Mapped[str]
    parameters: Mapped[dict | None] = mapped_column(JSONB)


class Setting(Base):
    """What an administrator switches while it runs: `mode` (normal, drill, hotline), `demo` (true while demo data is loaded)."""

    __tablename__ = "setting"
    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[dict | str | bool | None] = mapped_column(JSONB)
