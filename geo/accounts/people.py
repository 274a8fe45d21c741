"""The users as an administrator sees them: who they are, how they come in, how many of their sessions are
open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, text

from geo.accounts.open_sessions import LIVE
from geo.accounts.sessions import IDLE

PEOPLE = text(f"""
    select u.name, u.role, u.organisation, u.disabled_at, u.password_hash is not null as has_password,
        exists (select from second_factor f where f.user_id = u.id and f.confirmed_at is not null)
            or exists (select from passkey k where k.user_id = u.id) as has_factor, r.second_factor as needs,
        exists (select from linked_login l where l.user_id = u.id) as is_linked,
        (select count(*) from user_session s where {LIVE.replace(":user", "u.id")}) as open,
        (select count(*) from user_session s where s.user_id = u.id and s.type = 'token'
            and s.revoked_at is null and s.expires_at > now()) as tokens,
        (select max(s.seen_at) from user_session s where s.user_id = u.id) as seen_at
    from app_user u join user_role r on r.key = u.role order by u.disabled_at is not null, u.name""")


@dataclass(frozen=True)
class UserState:
    """`open`: sessions that would let them in now; `tokens`: those of programs. `needs_factor`: their role
    requires a second factor. `is_linked`: to a person at a provider of OpenID Connect."""

    name: str
    role: str
    organisation: str | None
    disabled_at: datetime | None
    has_password: bool
    has_factor: bool
    needs_factor: bool
    is_linked: bool
    open: int
    tokens: int
    seen_at: datetime | None


def list_people(engine: Engine) -> list[UserState]:
    """Those who may come in first, then the disabled, by name."""
    with engine.connect() as connection:
        return [UserState(*row) for row in connection.execute(PEOPLE, {"idle": IDLE})]
