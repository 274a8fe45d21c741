"""A click of a person is done once: `hold_click` comes before everything that a command reads."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Connection, text

HOLD = text("select pg_advisory_xact_lock(hashtextextended(:who || :key, 0))")


def hold_click(connection: Connection, who: str, key: UUID) -> None:
    """The same click twice at once: the second waits until the transaction of the first has ended, and what
    it then reads is what the first did."""
    connection.execute(HOLD, {"who": who, "key": str(key)})
