"""To which address of mail a user is told of their access: set by an administrator, and told to the one that
was before it."""

from __future__ import annotations

import re

from sqlalchemy import Engine, text

from geo.accounts import notices
from geo.accounts.users import find_user_id
from geo.audit.records import record_audit
from geo.errors import InvalidInput

LONGEST = 254
PLAIN = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
"""What browsers take in a field of mail: nothing that a header of a mail could be made of."""


def set_mail(engine: Engine, name: str, mail: str | None) -> None:
    """None = nobody is written to. Raises `NotFound` ("user.unknown"), `InvalidInput` ("user.mail")."""
    if mail is not None and (len(mail) > LONGEST or not PLAIN.fullmatch(mail)):
        raise InvalidInput("user.mail", mail=mail[:LONGEST])
    with engine.begin() as connection:
        user_id = find_user_id(connection, name)
        notices.add_notice(connection, user_id, "mail")
        connection.execute(
            text("update app_user set mail = :mail where id = :id"), {"mail": mail, "id": user_id}
        )
        record_audit(connection, "command", "user.mail", name=name)


def mail_of(engine: Engine, name: str) -> str | None:
    with engine.connect() as connection:
        return connection.scalar(text("select mail from app_user where name = :name"), {"name": name})
