"""How the database plans statements over a list that this transaction has just written.

It has no statistics of such rows yet: it takes a list of a million for twenty rows, and walks the whole of it
once for each row of the other side. Only the owner of a table may gather statistics, and nobody who loads a
list is that. So statements over whole lists are told to sort and to hash, which is right whatever the list is
like.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, text

WORK_MEM = "128MB"
"""Memory for the joins of whole lists: a million hashes fit."""


@contextmanager
def whole_lists(connection: Connection) -> Iterator[None]:
    """Settings for statements that join whole lists, in the caller's transaction."""
    for setting in (f"work_mem = '{WORK_MEM}'", "enable_nestloop = off"):
        connection.execute(text(f"set local {setting}"))
    yield
    for name in ("work_mem", "enable_nestloop"):
        connection.execute(text(f"set local {name} to default"))
