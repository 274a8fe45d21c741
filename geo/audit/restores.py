"""A restored copy goes on with the chain that it holds, and says so: what was signed since the backup was
made is of the chain that it takes the place of. So does a database that was made anew, whose chain begins
at its first position."""

from __future__ import annotations

from sqlalchemy import Connection, Engine, text

from geo.audit import heads
from geo.audit.chain import Link, epoch_of, last_link
from geo.audit.heads import ChainStatement
from geo.audit.keys import Signer, open_signer
from geo.audit.records import record_audit
from geo.database import connected
from geo.settings import Settings


def record_restore(
    current: Settings, restored: Settings, file: str, made_at: str, taken_over: int
) -> ChainStatement:
    """State it, signed, in the copy that is about to take the place of `current`. Transactions are counted
    anew there: what the copy holds is of before them. Once it has taken its place, the statement goes to
    every place of heads (`heads.write_outside`). `taken_over`: pushes and runs to repeat that the copy
    lacked."""
    signer = open_signer(heads.folder_of(current))
    with connected(current, "owner") as connection:
        replaced, epoch = last_link(connection), epoch_of(connection)
    with connected(restored, "owner") as connection:
        connection.execute(text("update audit set transaction = 0 where transaction <> 0"))
        statement = _state(connection, signer, max(epoch, epoch_of(connection)) + 1, replaced)
        record_audit(
            connection,
            "command",
            "backup.restored",
            file=file,
            made_at=made_at,
            position=statement.link.position,
            replaced=replaced.position,
            taken_over=taken_over,
        )
    return statement


def end_of(engine: Engine) -> tuple[int, Link]:
    """The epoch of the chain, and where it ends."""
    with engine.connect() as connection:
        return epoch_of(connection), last_link(connection)


def record_new_database(settings: Settings, engine: Engine, epoch: int, replaced: Link) -> None:
    """State it in a database that was erased and made anew; `epoch` and `replaced` are of the erased one.
    One in which nothing had been sealed had no chain."""
    if replaced.position == 0:
        return
    signer = open_signer(heads.folder_of(settings))
    with engine.begin() as connection:
        statement = _state(connection, signer, epoch + 1, replaced)
        record_audit(connection, "command", "audit.begun", replaced=replaced.position)
    heads.write_outside(settings, signer, statement)


def _state(connection: Connection, signer: Signer, epoch: int, replaced: Link) -> ChainStatement:
    now = connection.execute(text("select now()")).scalar_one()
    statement = ChainStatement("restore", epoch, last_link(connection), now, replaced)
    connection.execute(text("update audit_chain set epoch = :epoch, settled = 0"), {"epoch": epoch})
    heads.state(connection, signer, statement)
    return statement
