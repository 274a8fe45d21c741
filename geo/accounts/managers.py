"""An account that is a manager of the rating: the deputy akim or the head of department who signs in with
it."""

from __future__ import annotations

from sqlalchemy import Connection, Engine, text

from geo.accounts.users import find_user_id
from geo.audit.records import record_audit
from geo.errors import Conflict, NotFound

ALONE = text("select pg_advisory_xact_lock(hashtextextended('user.manager', 0))")
"""One at a time: a manager is one account."""
MANAGERS = text("select key from manager order by key")
TAKEN = text("select name from app_user where manager = :manager and id <> :id and disabled_at is null")
OF = text("select manager from app_user where name = :name and disabled_at is null")
LINK = text("update app_user set manager = :manager where id = :id")


def link_manager(engine: Engine, name: str, manager: str | None) -> None:
    """None = nobody's any longer. Raises `NotFound` ("user.unknown", "user.manager"), `Conflict`
    ("user.manager_taken")."""
    with engine.begin() as connection:
        connection.execute(ALONE)
        user_id = find_user_id(connection, name)
        if manager is not None:
            known = connection.scalars(MANAGERS).all()
            if manager not in known:
                raise NotFound("user.manager", manager=manager[:40], known=", ".join(known) or "–")
            other = connection.execute(TAKEN, {"manager": manager, "id": user_id}).scalar()
            if other is not None:
                raise Conflict("user.manager_taken", manager=manager, name=other)
        connection.execute(LINK, {"manager": manager, "id": user_id})
        record_audit(connection, "command", "user.manager", name=name)


def manager_of(connection: Connection, who: str) -> str | None:
    """The manager that a person is, in the browser or at the terminal."""
    return connection.scalar(OF, {"name": who.removeprefix("cli:")})
