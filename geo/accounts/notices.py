"""What people are told of their own access: a sign-in that may not be theirs, and each change of password,
second factor, address or link. It stands on their page /account, and goes by mail to whoever has an address
(`geo.work.access_mails`), in the transaction of what it tells of.

What a stranger can bring about is told once an hour at most."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, ForeignKey, Identity, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from geo.base import Base, Now

SHOWN_DAYS = 30
MOST_SHOWN = 20
PAUSE_DAYS = 60
"""After so long without a sign-in the next one is told of."""
OF_SIGN_IN = ("after_failures", "new_browser", "after_pause", "half_refused")
OF_CHANGE = (
    *("password", "reset_link", "factor_confirmed", "factor_removed", "passkey_added", "passkey_removed"),
    *("linked", "unlinked", "mail"),
)
CODES = (*OF_SIGN_IN, *OF_CHANGE)
"""Each has its words: "access.notice.CODE"."""
INSERT = text("""
    insert into access_notice (user_id, what, parameters, address, language, next_at)
    select u.id, :what, cast(:parameters as jsonb), u.mail, u.language,
        case when u.mail is not null then now() end
    from app_user u where u.id = :user and not (:seldom and exists (select from access_notice n
        where n.user_id = u.id and n.what = :what and n.at > now() - interval '1 hour'))""")
KNOWN = text(f"""
    select count(*) > 0 as has_known, coalesce(bool_or(token_hash = :known), false) as is_known,
        max(seen_at) < now() - interval '{PAUSE_DAYS} days' as paused
    from known_browser where user_id = :user""")


class AccessNotice(Base):
    """`parameters`: the kind of browser and of address, for a sign-in. `address`, `language`: as they were
    then; the other columns as `geo.work.outbox` has them."""

    __tablename__ = "access_notice"
    __table_args__ = (
        Index("ix_access_notice_user_id_at", "user_id", "at"),
        Index("ix_access_notice_next_at", "next_at", postgresql_where=text("next_at is not null")),
    )
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("app_user.id"))
    what: Mapped[str]
    parameters: Mapped[dict[str, Any]] = mapped_column(JSONB)
    at: Mapped[Now]
    address: Mapped[str | None]
    language: Mapped[str | None]
    next_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(server_default="0")
    sent_at: Mapped[datetime | None]
    error: Mapped[str | None]


@dataclass(frozen=True)
class ShownNotice:
    what: str
    parameters: dict[str, Any]
    at: datetime


def add_notice(connection: Connection, user_id: int, what: str, **parameters: str | None) -> None:
    """`what`: of `CODES`."""
    given = json.dumps({name: value for name, value in parameters.items() if value is not None})
    connection.execute(
        INSERT, {"user": user_id, "what": what, "parameters": given, "seldom": what in OF_SIGN_IN}
    )


def add_sign_in_notice(
    connection: Connection, user_id: int, known: str | None, has_failed: bool, **parameters: str | None
) -> None:
    """Before the browser is known for them. `known`: SHA-256 of the cookie by which a browser is known; the
    first sign-in of all is nothing that anybody could be warned of."""
    row = connection.execute(KNOWN, {"user": user_id, "known": known}).one()
    if has_failed:
        add_notice(connection, user_id, "after_failures", **parameters)
    elif row.has_known and not row.is_known:
        add_notice(connection, user_id, "new_browser", **parameters)
    elif row.paused:
        add_notice(connection, user_id, "after_pause", **parameters)


def list_notices(engine: Engine, name: str) -> list[ShownNotice]:
    """Those of the last `SHOWN_DAYS`, the newest first."""
    with engine.connect() as connection:
        rows = connection.execute(
            text(f"""
            select n.what, n.parameters, n.at from access_notice n join app_user u on u.id = n.user_id
            where u.name = :name and n.at > now() - interval '{SHOWN_DAYS} days'
            order by n.at desc, n.id desc limit {MOST_SHOWN}"""),
            {"name": name},
        )
        return [ShownNotice(*row) for row in rows]
