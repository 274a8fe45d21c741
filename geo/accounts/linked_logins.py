"""Users who sign in with a provider of OpenID Connect: the person there (issuer and subject, which never
change) is linked to the user of the name that the provider gave when they first came. From then on the link
decides: who is given that name there later is somebody else, and is refused. Nothing here gives rights or
makes users."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine, ForeignKey, Row, text
from sqlalchemy.orm import Mapped, mapped_column

from geo.accounts import notices, second_factor
from geo.accounts.sessions import NOWHERE, Whence, open_half, open_person
from geo.accounts.users import find_user_id
from geo.audit.records import record_audit
from geo.base import Base, Now
from geo.errors import NotFound, Unauthenticated

LONGEST = 255
"""Characters of a subject (OpenID Connect Core, 2)."""


class LinkedLogin(Base):
    """One a user and issuer."""

    __tablename__ = "linked_login"
    issuer: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("app_user.id"), index=True)
    created_at: Mapped[Now]
    used_at: Mapped[Now]


def sign_in(
    engine: Engine,
    provider: str,
    issuer: str,
    subject: str,
    login: str,
    whence: Whence = NOWHERE,
    roles: frozenset[str] | None = None,
) -> tuple[str, str]:
    """The token of a session, or of half a one (`sessions.sign_in`), and whose it is. `provider`: the key of
    its settings, for the audit; `roles`: those that their groups there give, none = groups are not asked for.
    Raises `Unauthenticated` ("oidc.nobody" where there is no such user, "oidc.other" where the user belongs
    to another person there, "oidc.group" where no group gives the role that they have)."""
    if not subject or len(subject) > LONGEST or not subject.isprintable():
        raise Unauthenticated("oidc.token")
    if not login.isprintable():
        raise Unauthenticated("oidc.nobody")
    with engine.begin() as connection:
        user = _linked(connection, issuer, subject) or _link(connection, provider, issuer, subject, login)
        if roles is not None and user.role not in roles:
            raise Unauthenticated("oidc.group")
        if second_factor.is_confirmed(connection, user.id):
            return open_half(connection, user.id, user.name), user.name
        return open_person(connection, user.id, user.name, "oidc", whence), user.name


def unlink(engine: Engine, name: str) -> int:
    """Forget whom a user is at providers, so that the next who comes with that name is linked; how many links
    there were. Their sessions end. Raises `NotFound` ("user.unknown", "oidc.no_link")."""
    with engine.begin() as connection:
        user_id = find_user_id(connection, name)
        gone = connection.execute(
            text("delete from linked_login where user_id = :user"), {"user": user_id}
        ).rowcount
        if not gone:
            raise NotFound("oidc.no_link", name=name)
        connection.execute(
            text("""update user_session set revoked_at = now()
                where user_id = :user and type in ('person', 'half') and revoked_at is null"""),
            {"user": user_id},
        )
        notices.add_notice(connection, user_id, "unlinked")
        record_audit(connection, "command", "login.unlinked", name=name)
        return gone


def _linked(connection: Connection, issuer: str, subject: str) -> Row[Any] | None:
    """The user whom they are linked to. One who is disabled comes in as nobody."""
    row = connection.execute(
        text("""
        update linked_login l set used_at = now() from app_user u
        where l.issuer = :issuer and l.subject = :subject and u.id = l.user_id
        returning u.id, u.name, u.role, u.disabled_at"""),
        {"issuer": issuer, "subject": subject},
    ).one_or_none()
    if row is not None and row.disabled_at is not None:
        raise Unauthenticated("oidc.nobody")
    return row


def _link(connection: Connection, provider: str, issuer: str, subject: str, login: str) -> Row[Any]:
    user = connection.execute(
        text("""select id, name, role from app_user where name = :name and disabled_at is null
            for no key update"""),
        {"name": login.strip().casefold()},
    ).one_or_none()
    if user is None:
        raise Unauthenticated("oidc.nobody")
    taken = connection.scalar(
        text("select true from linked_login where user_id = :user and issuer = :issuer"),
        {"user": user.id, "issuer": issuer},
    )
    if taken:
        raise Unauthenticated("oidc.other")
    connection.execute(
        text("insert into linked_login (issuer, subject, user_id) values (:issuer, :subject, :user)"),
        {"issuer": issuer, "subject": subject, "user": user.id},
    )
    notices.add_notice(connection, user.id, "linked")
    record_audit(connection, user.name, "login.linked", name=provider)
    return user
