"""What is older than its time leaves the audit, from the beginning of the chain, and the chain goes on from a
signed checkpoint.

What leaves is verified first: rows that were tampered with stay as evidence, and so does everything behind
them. One night takes at most `NIGHT` of the record, so that a clock that jumped ahead by years does not
empty it before anybody has seen the time.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, text

from geo.audit import heads
from geo.audit.chain import DIGEST, GENESIS, Link, epoch_of, next_hash
from geo.audit.heads import ChainStatement
from geo.audit.keys import Signer, open_signer
from geo.audit.records import record_audit
from geo.errors import Conflict
from geo.settings import Settings

RULE, DAYS = "audit", 1_826
"""The rule's name in the city's `[retention]`, and how long rows are kept where it says nothing: five
years."""
NIGHT = timedelta(days=31)
BATCH = 50_000
"""Rows that leave in one transaction."""

BEGIN = text("""select (body::jsonb ->> 'position')::bigint as position, body::jsonb ->> 'hash' as hash
    from audit_statement where kind = 'checkpoint' order by id desc limit 1""")
OLDEST = text("""select a.at from audit_seal s join audit a on a.id = s.audit_id
    where s.position > :after order by s.position limit 1""")
NEXT = text(f"""select s.position, s.hash, a.at, {DIGEST} as digest from audit_seal s
    left join audit a on a.id = s.audit_id where s.position > :after order by s.position limit :most""")


def prune(settings: Settings, engine: Engine, now: datetime) -> int:
    """Let go of what was recorded too long ago; returns how many rows. `engine` connects as "sealer".
    Raises `Conflict` ("audit.tampered") at the first row that does not agree with its seal."""
    signer, gone = open_signer(heads.folder_of(settings)), 0
    before = now - timedelta(days=settings.city.retention.get(RULE, DAYS))
    with engine.connect() as connection:
        oldest = connection.scalar(OLDEST, {"after": begin_of(connection).position})
    before = min(before, oldest + NIGHT) if oldest else before
    while True:
        with engine.begin() as connection:
            statement, rows = _prune_batch(connection, signer, before)
        gone += rows
        if statement is None:
            break
        heads.write_outside(settings, signer, statement)
    heads.forget(heads.folder_of(settings), before)
    return gone


def _prune_batch(
    connection: Connection, signer: Signer, before: datetime
) -> tuple[ChainStatement | None, int]:
    begin = begin_of(connection)
    end = _end(connection, begin, before)
    if end == begin:
        return None, 0
    now = connection.execute(text("select now()")).scalar_one()
    statement = ChainStatement("checkpoint", epoch_of(connection), end, now, before=before)
    heads.state(connection, signer, statement)
    rows = connection.execute(text("select audit_forget(:through)"), {"through": end.position}).scalar_one()
    record_audit(
        connection, "jobs", "audit.pruned", position=end.position, rows=rows, before=before.isoformat()
    )
    return statement, rows


def begin_of(connection: Connection) -> Link:
    """The last checkpoint, or the very beginning."""
    row = connection.execute(BEGIN).one_or_none()
    return Link(row.position, bytes.fromhex(row.hash)) if row else Link(0, GENESIS)


def _end(connection: Connection, begin: Link, before: datetime) -> Link:
    """How far a batch may go: the last position before the first row that is young enough to stay."""
    link = begin
    for row in connection.execute(NEXT, {"after": begin.position, "most": BATCH}):
        if row.at is not None and row.at >= before:
            break
        stored = bytes(row.hash)
        follows = row.at is not None and row.position == link.position + 1
        if not follows or next_hash(link.hash, row.position, row.digest) != stored:
            code = "removed" if row.at is None else "changed" if follows else "removed_seals"
            raise Conflict("audit.tampered", n=1, fault=code, position=row.position)
        link = Link(row.position, stored)
    return link
