"""The ledger of the feeds: each run, what it rejected, and the inbox through which others ask for a run.

Always: `read = written + unchanged + rejected`. The commands of a run itself are in `geo.loading.ledger`;
a page or a route asks for one with
`push` or `repeat` and answers at once: the run's id is reserved when it is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, BinaryIO

from psycopg2.errors import UniqueViolation
from sqlalchemy import CheckConstraint, Connection, Identity, Index, LargeBinary, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from geo.audit.records import record_audit
from geo.base import Base, Now, Region
from geo.errors import Conflict, NotFound
from geo.intake import bodies
from geo.intake.deliveries import key_digest


class FeedState(Base):
    """The state of a feed: age = now - `polled_at` (last successful poll or heartbeat), against
    `interval_s`; one without an interval comes when it comes, and is never late.

    A polled feed is due at `next_at`; each failure on end (`failures`, since `failing_since`) puts it off
    longer, and after its patience it is an alarm (`alarmed_at`) until the next good poll; so is one whose
    pushed rows wait too long (`backlog_alarmed_at`). `columns`: those that its sources usually have;
    `public`: those of `incident.attributes` that may be shown, in the order in which they are. `kinds`: those
    of the incidents that its rows may become, none = any, empty = they become none.

    `news_at`: when a run last wrote anything, `news_since` when one first did; `news_pause_s`: the longest
    time between two such runs, which fades by half in four weeks (`geo.loading.ledger.beat`).
    """

    __tablename__ = "feed"
    region: Mapped[Region]
    key: Mapped[str] = mapped_column(primary_key=True)
    layer: Mapped[str | None]
    interval_s: Mapped[int | None]
    polled_at: Mapped[datetime | None]
    newest_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    error_code: Mapped[str | None]
    error_parameters: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    next_at: Mapped[datetime | None]
    failing_since: Mapped[datetime | None]
    alarmed_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(server_default="0")
    backlog_alarmed_at: Mapped[datetime | None]
    columns: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    public: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    kinds: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    news_at: Mapped[datetime | None]
    news_since: Mapped[datetime | None]
    news_pause_s: Mapped[float | None]


class Run(Base):
    """One run of a feed. `no_coordinates` counts rows that were kept without a usable point, `placed`
    those whose point came of their address; `mended` is how many cells or rows were corrected, by code.

    `copy_of`: the name under which the same bytes were delivered before, at `copied_at`: nothing of it is
    news. Without the name where only the content is still known.
    """

    __tablename__ = "run"
    __table_args__ = (
        CheckConstraint("state in ('running', 'done', 'failed')", name="state"),
        CheckConstraint("read_rows = written + unchanged + rejected", name="ledger"),
        Index("ix_run_feed", "region", "feed", "started_at"),
        Index("ix_run_running", "region", "feed", postgresql_where=text("state = 'running'")),
    )
    region: Mapped[Region]
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    feed: Mapped[str]
    source: Mapped[str | None]
    state: Mapped[str]
    started_at: Mapped[Now]
    ended_at: Mapped[datetime | None]
    read_rows: Mapped[int] = mapped_column(server_default="0")
    written: Mapped[int] = mapped_column(server_default="0")
    unchanged: Mapped[int] = mapped_column(server_default="0")
    rejected: Mapped[int] = mapped_column(server_default="0")
    no_coordinates: Mapped[int] = mapped_column(server_default="0")
    placed: Mapped[int] = mapped_column(server_default="0")
    vanished: Mapped[int] = mapped_column(server_default="0")
    mended: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    seconds: Mapped[float | None]
    error_code: Mapped[str | None]
    error_parameters: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    delivery_id: Mapped[int | None]
    copy_of: Mapped[str | None]
    copied_at: Mapped[datetime | None]


class Reject(Base):
    """One row that a run did not take: its number in the source (1 = first row after the header), the row
    itself, and why.

    Once somebody has sent it again (`geo.intake.rejects`): who, when, the row as it was sent, and the run
    that takes it.
    """

    __tablename__ = "reject"
    __table_args__ = (Index("ix_reject_run", "region", "run_id"),)
    region: Mapped[Region]
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    run_id: Mapped[int]
    row_number: Mapped[int]
    code: Mapped[str]
    field: Mapped[str | None]
    value: Mapped[str | None]
    row: Mapped[dict[str, Any]] = mapped_column(JSONB)
    mended_row: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    mended_by: Mapped[str | None]
    mended_at: Mapped[datetime | None]
    replay_run_id: Mapped[int | None]


class Inbox(Base):
    """Work that a page or a route asks the ETL for: pushed rows (`body`) or a run to repeat (`source`). It
    waits until its run is done or has failed for good;
    `attempts` that ended in nothing put it off until `next_at` (`geo.loading.inbox`)."""

    __tablename__ = "inbox"
    __table_args__ = (
        UniqueConstraint("region", "feed", "idempotency_key"),
        CheckConstraint("state in ('waiting', 'done', 'failed')", name="state"),
        Index("ix_inbox_waiting", "region", "feed", "id", postgresql_where=text("state = 'waiting'")),
        Index("ix_inbox_run", "region", "run_id"),
        Index("ix_inbox_body", "done_at", postgresql_where=text("body is not null")),
    )
    region: Mapped[Region]
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    feed: Mapped[str]
    idempotency_key: Mapped[str]
    asked_by: Mapped[str]
    asked_at: Mapped[Now]
    state: Mapped[str] = mapped_column(server_default="waiting")
    media_type: Mapped[str | None]
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    source: Mapped[str | None]
    run_id: Mapped[int | None]
    attempts: Mapped[int] = mapped_column(server_default="0")
    next_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    """When it was done or failed for good; the body goes some days later (`geo.work.retention`)."""
    digest: Mapped[bytes | None] = mapped_column(LargeBinary)
    """SHA-256 of the body, by which a repeated push is known once the body is gone."""
    delivery_id: Mapped[int] = mapped_column(server_default=text("nextval('delivery_id_seq')"))
    """Given when it is acknowledged; a run that is repeated, and rows that are sent again, keep that of
    their first coming."""


PAST = f"""select run_id from past_delivery where region = :region and feed = :feed
    and digest = {key_digest("cast(:key as text)")}"""
"""SQL: a push whose entry is purged; its key is known all the same."""
ASK = text(f"""insert into inbox (region, feed, idempotency_key, asked_by, media_type, body, digest, source,
    run_id, delivery_id)
    select :region, :feed, :key, :asked_by, :media_type, cast(:body as bytea), :digest, null,
        nextval(pg_get_serial_sequence('run', 'id')),
        coalesce(cast(:delivery as bigint), nextval('delivery_id_seq'))
    where not exists ({PAST})
    on conflict (region, feed, idempotency_key) do nothing returning run_id""")
ASK_AGAIN = text("""insert into inbox (region, feed, idempotency_key, asked_by, media_type, body, digest,
    source, run_id, delivery_id)
    select r.region, r.feed, :key, :asked_by, i.media_type, i.body, i.digest, r.source,
        nextval(pg_get_serial_sequence('run', 'id')),
        case when i.body is null then nextval('delivery_id_seq') else i.delivery_id end
    from run r left join inbox i on i.region = r.region and i.run_id = r.id where r.region = :region
        and r.id = :run_id
    on conflict (region, feed, idempotency_key) do nothing returning run_id""")
REPEAT_KEY = text("""select coalesce(max(idempotency_key) filter (where state = 'waiting'),
        :stem || coalesce(max(substr(idempotency_key, length(:stem) + 1)::bigint) + 1, 0))
    from inbox where region = :region and feed = :feed and source is not null
        and idempotency_key ~ ('^' || :stem || '[0-9]{1,9}$')""")
"""The key of the repeat that waits; where none does, the next number after all earlier ones, some of which a
restored copy may lack."""
RESERVED = text(
    "select nextval(pg_get_serial_sequence('run', 'id')) as run_id, nextval('delivery_id_seq') as delivery_id"
)
ENTRY = text(
    "select run_id, digest is not distinct from :digest as same from inbox where region = :region "
    "and feed = :feed and idempotency_key = :key"
)

TRY_AGAIN = text("""update inbox i set state = 'waiting', attempts = 0, next_at = null, done_at = null
    from run r
    where i.region = :region and i.feed = :feed and i.idempotency_key = :key and i.state = 'failed'
        and r.region = i.region and r.id = i.run_id
        and r.error_code = 'run.gave_up' returning i.id, i.body is null as gone""")
KEEP_AGAIN = text("update inbox set body = :body where region = :region and id = :id")


def push(
    connection: Connection,
    region: str,
    feed: str,
    idempotency_key: str,
    requested_by: str,
    media_type: str,
    body: bytes | BinaryIO,
    delivery_id: int | None = None,
) -> tuple[int, bool]:
    """Put pushed rows into the inbox, in the caller's transaction: (the id of the run that will take them,
    True if they are new).

    The same key with the same body answers with the first run's id, however long ago that was, and is tried
    again if it was given up for no fault of its own; with another body it raises `Conflict`
    ("inbox.key_reused"), as long as the entry of the first is kept. `delivery_id`:
    that of the rows' first coming, if this is another (`geo.intake.deliveries`). A large body is given as
    a file, which is read in pieces.
    """
    bound = {
        "region": region,
        "feed": feed,
        "key": idempotency_key,
        "asked_by": requested_by,
        "media_type": media_type,
        "digest": bodies.digest(body),
        "delivery": delivery_id,
    }
    run_id = (
        connection.execute(ASK, bound | {"body": body}).scalar()
        if isinstance(body, bytes)
        else push_file(connection, bound, body)
    )
    if run_id is not None:
        record_audit(connection, requested_by, "push.taken", feed=feed, run=run_id)
        return run_id, True
    entry = connection.execute(ENTRY, bound).one_or_none()
    if entry is None:
        return connection.execute(text(PAST), bound).scalar_one(), False
    if not entry.same:
        raise Conflict("inbox.key_reused", feed=feed, key=idempotency_key)
    again = connection.execute(TRY_AGAIN, bound).one_or_none()
    if again is not None:
        record_audit(connection, requested_by, "push.taken", feed=feed, run=entry.run_id)
    if again is not None and again.gone:  # weeks later: what is kept of a failed one ends
        body = body if isinstance(body, bytes) else bodies.whole(body)
        connection.execute(KEEP_AGAIN, {"region": region, "id": again.id, "body": body})
    return entry.run_id, False


def push_file(connection: Connection, bound: Mapping[str, object], body: BinaryIO) -> int | None:
    """The id of the run that will take it; none where its key is known."""
    if any(connection.execute(known, bound).one_or_none() is not None for known in (ENTRY, text(PAST))):
        return None
    reserved = connection.execute(RESERVED).one()
    columns = {
        "region": bound["region"],
        "feed": bound["feed"],
        "idempotency_key": bound["key"],
        "asked_by": bound["asked_by"],
        "media_type": bound["media_type"],
        "digest": bound["digest"],
        "run_id": reserved.run_id,
        "delivery_id": reserved.delivery_id if bound["delivery"] is None else bound["delivery"],
    }
    attempt = connection.begin_nested()
    try:
        bodies.copy_in(connection, columns, body)
    except UniqueViolation:  # the same key, a moment earlier
        attempt.rollback()
        return None
    attempt.commit()
    return reserved.run_id


PUSHED = "push "
"""How the ledger begins the name of pushed rows."""
GENERATED = ("demo", "simulator")
"""The sources that the demo city names for its runs: it made their rows itself."""


def can_repeat(source: str | None) -> bool:
    """Whether a run's source may be read again; one without a source was pushed, and the inbox may have
    kept its body."""
    return source not in GENERATED


def repeat(connection: Connection, region: str, run_id: int, requested_by: str) -> int:
    """Ask for a run over the sources of an earlier one; returns the id that the new run will have. Asking
    again before it ran asks once.

    Raises `NotFound` ("run.unknown"), `Conflict` ("run.generated", "run.no_source"). A pushed run is
    repeated from the body that the inbox kept.
    """
    run = connection.execute(
        text("""select r.feed, r.source, i.body is not null as kept from run r left join inbox i
            on i.region = r.region and i.run_id = r.id
            where r.region = :region and r.id = :run_id"""),
        {"region": region, "run_id": run_id},
    ).one_or_none()
    if run is None:
        raise NotFound("run.unknown", run=run_id)
    if not can_repeat(run.source):
        raise Conflict("run.generated", run=run_id)
    if not run.kept and (run.source is None or run.source.startswith(PUSHED)):
        raise Conflict("run.no_source", run=run_id)
    bound = {
        "region": region,
        "feed": run.feed,
        "key": connection.execute(
            REPEAT_KEY, {"region": region, "feed": run.feed, "stem": f"repeat-{run_id}-"}
        ).scalar_one(),
        "asked_by": requested_by,
        "run_id": run_id,
        "digest": None,
    }
    new_id = connection.execute(ASK_AGAIN, bound).scalar()
    if new_id is None:
        return connection.execute(ENTRY, bound).one().run_id
    record_audit(connection, requested_by, "run.repeated", run=run_id, new=new_id)
    return new_id
