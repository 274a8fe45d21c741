"""The hash chain over the audit, sealed behind its writers.

Each sealed row has a position, without gaps, and a hash: SHA-256 of the hash before it, of the position (8
bytes, most significant first) and of the SHA-256 of the row's canonical bytes. Those are the UTF-8 of a
JSON array as PostgreSQL writes jsonb: id, microseconds since 1970, who, what, parameters, caller_type,
origin, page, request_id and, where the row has one, written_by.

Ids are given before a commit, so a lower one may become visible later. The sealer asks for what has no seal
among the rows of transactions that had not all ended when it last looked (`settled`): nothing is missed,
however long a transaction takes, and a long one does not hold up the others. It writes to no row of the
audit and takes no lock that a writer waits for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from geo.base import Base

GENESIS = bytes(32)
"""The hash before the first position, which is 1."""
BATCH = 5_000
CANONICAL = """((pg_catalog.jsonb_build_array(a.id,
    case when a.at > '-infinity' and a.at < '290000-01-01 00:00Z'
        then (extract(epoch from a.at) * 1000000)::bigint end,
    a.who, a.what, a.parameters, a.caller_type, a.origin, a.page, a.request_id)
    || case when a.written_by is null then '[]'::jsonb
        else pg_catalog.jsonb_build_array(a.written_by) end)::text)"""
"""The canonical text of a row "a". A time that no clock shows has no microseconds: it agrees with no seal."""
DIGEST = f"pg_catalog.sha256(pg_catalog.convert_to({CANONICAL}, 'UTF8'))"
"""SHA-256 of the canonical bytes of a row "a", by the database: of a sealer the rows themselves need not
travel. A verification computes its own."""


class AuditSeal(Base):
    """One row of the chain: only the role "sealer" adds one."""

    __tablename__ = "audit_seal"
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    audit_id: Mapped[int] = mapped_column(unique=True)
    hash: Mapped[bytes] = mapped_column(LargeBinary)


class AuditChain(Base):
    """One row. `settled`: every row of a transaction before this one has been sealed. `epoch` counts the
    restores: what was sealed after a backup was made is not in its copy, which continues otherwise."""

    __tablename__ = "audit_chain"
    only: Mapped[bool] = mapped_column(primary_key=True, server_default=text("true"))
    epoch: Mapped[int] = mapped_column(server_default="0")
    settled: Mapped[int] = mapped_column(server_default="0")


@dataclass(frozen=True, slots=True)
class Link:
    """The chain up to a position; 0 and `GENESIS` before the first."""

    position: int
    hash: bytes


HOLD = text("select settled from audit_chain for update skip locked")
EPOCH = text("""select coalesce(max((body::jsonb ->> 'epoch')::bigint), 0) from audit_statement
    where kind = 'restore' and body::jsonb ->> 'kind' = 'restore'""")
STATE = text("""select c.settled, pg_snapshot_xmin(pg_current_snapshot())::text::bigint as horizon,
    pg_snapshot_xmax(pg_current_snapshot())::text::bigint as next from audit_chain c""")
LAST = text("""select position, hash from (
        (select position, hash from audit_seal order by position desc limit 1)
        union all (select (body::jsonb ->> 'position')::bigint, decode(body::jsonb ->> 'hash', 'hex')
            from audit_statement where kind = 'checkpoint' order by id desc limit 1)) as ends
    order by position desc limit 1""")
"""A chain whose rows have all left goes on from its checkpoint."""
UNSEALED = text(f"""select a.id, a.transaction, {DIGEST} as digest from audit a
    where (a.transaction, a.id) > (:transaction, :id)
        and not exists (select from audit_seal s where s.audit_id = a.id)
    order by a.transaction, a.id limit :most""")
SEAL = text("""insert into audit_seal (position, audit_id, hash)
    select * from unnest(cast(:positions as bigint[]), cast(:ids as bigint[]), cast(:hashes as bytea[]))""")


def next_hash(before: bytes, position: int, digest: bytes) -> bytes:
    return hashlib.sha256(before + position.to_bytes(8, "big") + digest).digest()


def last_link(connection: Connection) -> Link:
    row = connection.execute(LAST).one_or_none()
    return Link(row.position, bytes(row.hash)) if row else Link(0, GENESIS)


def epoch_of(connection: Connection) -> int:
    """By the restores that are stated, never by what a cell says: who owns the database writes any number
    there. A restore that is not signed is found by `verify`."""
    return connection.execute(EPOCH).scalar_one()


def seal(engine: Engine) -> int:
    """Chain every committed row that is not yet; returns how many. `engine` connects as "sealer". Where
    another process seals, it does nothing: one chain has one writer, who holds the row of `audit_chain`,
    which no other role of ours can lock."""
    with engine.connect() as connection:
        try:
            return _seal(connection)
        finally:
            connection.rollback()


def _seal(connection: Connection) -> int:
    # The horizon is read before the rows are: what had ended by then is visible to every later statement.
    state = connection.execute(STATE).one()
    # A database that was moved to another server by hand counts its transactions anew.
    settled, sealed = state.settled if state.settled <= state.next else 0, 0
    after = {"transaction": settled - 1, "id": 2**62}
    rows = connection.execute(UNSEALED, after | {"most": 1}).all()
    if not rows and state.horizon - settled <= BATCH:  # a database at rest is not written to each second
        return 0
    while _holds(connection):
        rows = connection.execute(UNSEALED, after | {"most": BATCH}).all()
        if rows:
            _seal_rows(connection, last_link(connection), [(row.id, row.digest) for row in rows])
            after = {"transaction": rows[-1].transaction, "id": rows[-1].id}
            sealed += len(rows)
        if len(rows) < BATCH:
            connection.execute(text("update audit_chain set settled = :horizon"), {"horizon": state.horizon})
            connection.commit()
            break
        connection.commit()
    return sealed


def _holds(connection: Connection) -> bool:
    """Takes the chain until the end of the transaction; false = another one has it."""
    return connection.execute(HOLD).one_or_none() is not None


def _seal_rows(connection: Connection, link: Link, rows: Sequence[tuple[int, bytes]]) -> Link:
    position, hash_, hashes = link.position, link.hash, []
    for _, digest in rows:
        position += 1
        hash_ = next_hash(hash_, position, digest)
        hashes.append(hash_)
    connection.execute(
        SEAL,
        {
            "positions": list(range(link.position + 1, position + 1)),
            "ids": [id_ for id_, _ in rows],
            "hashes": hashes,
        },
    )
    return Link(position, hash_)
