"""Records the deliveries that runs read, and what a poll has read, in the database: a restart knows it and
any number of processes share it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from geo.storable import as_json


@dataclass(frozen=True)
class Given:
    """A source about to be read: its name, its fingerprint (none: only reading it can tell), whether it is
    one of the feed's declared sources.

    `content`: SHA-256 of a file. `news`: it is no list, and under another name it is still the same.
    """

    source: str
    fingerprint: str | None = None
    own: bool = False
    content: bytes | None = None
    news: bool = True


@dataclass(frozen=True)
class Taken:
    """The number of a delivery and when it came."""

    id: int
    at: datetime


@dataclass(frozen=True)
class Copy:
    """An earlier delivery of the same bytes under another name: that name (none: it is forgotten) and when it
    came."""

    source: str | None
    at: datetime


@dataclass(frozen=True)
class Known:
    """What is known of a declared source: the fingerprint of what was `read` whole or set aside last;
    `gone`: it is no longer listed."""

    fingerprint: str | None
    read: bool
    aside: bool
    gone: bool


SAME = """case when d.content is null or excluded.content is null then d.fingerprint = excluded.fingerprint
    else d.content = excluded.content end"""
"""SQL: the source brings what it brought last. A file is known by its content: its time alone is no news."""
TAKE = text(f"""insert into delivery as d (region, feed, source, fingerprint, content, own, id, delivered_at)
    select :region, :feed, :source, :fingerprint, cast(:content as bytea), :own,
        coalesce(k.id, nextval('delivery_id_seq')), coalesce(k.delivered_at, now())
    from (values (1)) as one left join lateral (
        select id, delivered_at from delivery where :news and region = :region and feed = :feed
            and content = cast(:content as bytea)
        union all
        select delivery_id, delivered_at from past_delivery where :news and region = :region and feed = :feed
            and digest = cast(:content as bytea)
        order by 1 limit 1) k on true
    on conflict (region, feed, source) do update set own = d.own or excluded.own, gone_at = null,
        fingerprint = excluded.fingerprint, content = excluded.content,
        id = case when {SAME} then d.id else nextval('delivery_id_seq') end,
        delivered_at = case when {SAME} then d.delivered_at else now() end,
        read_at = case when {SAME} then d.read_at end
    returning id, delivered_at""")
"""A name that is new may be that of a file which is known, renamed or copied; a known name with another
content is news, whatever was ever said in these words."""
COPY = text("""select source, delivered_at from (
        select source, delivered_at, id from delivery where region = :region and feed = :feed
            and content = cast(:content as bytea) and source <> :source
        union all
        select null, delivered_at, delivery_id from past_delivery where region = :region and feed = :feed
            and digest = cast(:content as bytea)) as earlier
    where id = :id order by source nulls last limit 1""")
OLDER_LIST = text("""select source, delivered_at from (
        select source, delivered_at, id from delivery where region = :region and feed = :feed
            and content = cast(:content as bytea) and source <> :source and read_at is not null
        union all
        select null, delivered_at, delivery_id from past_delivery where region = :region and feed = :feed
            and digest = cast(:content as bytea)) as earlier
    where id < (select max(id) from delivery where region = :region and feed = :feed and read_at is not null
        and source <> :source) order by id desc limit 1""")
NOTE_DELIVERY = text("""update run set delivery_id = :delivery, copy_of = :copy_of, copied_at = :copied_at
    where region = :region and id = :id""")
NEXT = text("select nextval('delivery_id_seq') as id, now() as at")
TOGETHER = text(
    """update delivery set id = :id, delivered_at = now() where region = :region and feed = :feed
        and source = any(:sources) and id <> :id"""
)
KNOWN = text("""select source, fingerprint, read_at is not null as read, error_code is not null as aside,
    gone_at is not null as gone
    from delivery where region = :region and feed = :feed and own""")
READ = text("""update delivery set read_at = clock_timestamp(), run_id = :run_id, error_code = null,
    error_parameters = null
    where region = :region and feed = :feed and source = any(:sources)""")
ASIDE = text("""update delivery set run_id = :run_id, error_code = :code,
    error_parameters = cast(:parameters as jsonb)
    where region = :region and feed = :feed and source = any(:sources)""")
GONE = text("""update delivery set gone_at = clock_timestamp(), error_code = null, error_parameters = null
    where region = :region and feed = :feed and own and gone_at is null and source <> all(:listed)""")
NEWEST = text(
    "select coalesce(max(id), 0) from delivery where region = :region and feed = :feed and read_at "
    "is not null"
)
OPEN = """select source_id from incident i where region = :region and source = :feed and vanished_at is null
    and source_status <> 'closed'
    and (status <> 'closed' or id in (select incident_id from decision where region = :region
        and field = 'status'))"""
STILL_OPEN = text(f"""with after as (select coalesce((select asked_after from delivery where region = :region
    and feed = :feed and source = :source), '') as id)
    select source_id from ({OPEN}) as open, after order by source_id <= after.id, source_id limit :most""")
SET_CURSOR = text(
    "update delivery set asked_after = :id where region = :region and feed = :feed and source = :source"
)
RETRY = text(
    "update delivery set error_code = null, error_parameters = null where region = :region and "
    "error_code is not null"
)
WATERMARK = text(
    "select watermark_at from delivery where region = :region and feed = :feed and source = :source"
)
SET_WATERMARK = text(
    """update delivery set watermark_at = greatest(watermark_at, :at) where region = :region and feed = :feed
        and source = :source"""
)


def take(connection: Connection, region: str, feed: str, given: Given) -> Taken:
    """The delivery of a source: the one it had when it has not changed since, else the next one. A file that
    was touched has not changed, nor one that was renamed or copied. Under the feed's lock."""
    row = connection.execute(TAKE, {"region": region, "feed": feed, **vars(given)}).one()
    return Taken(row.id, row.delivered_at)


def copy_of(connection: Connection, region: str, feed: str, given: Given, taken: Taken) -> Copy | None:
    """The earlier delivery that this one, taken just now, says over again under another name."""
    if given.content is None or not given.news:
        return None
    bound = {"region": region, "feed": feed, "id": taken.id, **vars(given)}
    row = connection.execute(COPY, bound).one_or_none()
    return None if row is None else Copy(row.source, row.delivered_at)


def older_list(connection: Connection, region: str, feed: str, given: Given) -> Copy | None:
    """The earlier list that this one says over again under another name, if another was read after it."""
    if given.content is None:
        return None
    bound = {"region": region, "feed": feed, "source": given.source, "content": given.content}
    row = connection.execute(OLDER_LIST, bound).one_or_none()
    return None if row is None else Copy(row.source, row.delivered_at)


def note_delivery(
    connection: Connection, region: str, run_id: int, delivery_id: int, copy: Copy | None = None
) -> None:
    """Records the delivery that the run reads, or the last of several: rejected rows that are resubmitted
    still belong to it. `copy`: an earlier delivery already brought everything that the run reads."""
    bound = {"region": region, "id": run_id, "delivery": delivery_id, "copy_of": None, "copied_at": None}
    if copy is not None:
        bound |= {"copy_of": copy.source, "copied_at": copy.at}
    connection.execute(NOTE_DELIVERY, bound)


def take_together(connection: Connection, region: str, feed: str, given: Sequence[Given]) -> Taken:
    """One delivery for all sources of a list: a list is one thing, whatever number of files it takes."""
    taken = [take(connection, region, feed, one) for one in given]
    last = max(taken, key=lambda one: one.id)
    if len({one.id for one in taken}) > 1:
        connection.execute(
            TOGETHER,
            {"region": region, "feed": feed, "id": last.id, "sources": [one.source for one in given]},
        )
    return last


def take_nameless(connection: Connection) -> Taken:
    """The next delivery, of something that will not be met again."""
    row = connection.execute(NEXT).one()
    return Taken(row.id, row.at)


def is_behind(connection: Connection, region: str, feed: str, taken: Taken) -> bool:
    """Whether a later delivery of the feed has been read whole."""
    return connection.execute(NEWEST, {"region": region, "feed": feed}).scalar_one() > taken.id


def known(connection: Connection, region: str, feed: str) -> Mapping[str, Known]:
    """The feed's declared sources by name."""
    return {
        row.source: Known(row.fingerprint, row.read, row.aside, row.gone)
        for row in connection.execute(KNOWN, {"region": region, "feed": feed})
    }


def mark_read(connection: Connection, region: str, feed: str, sources: Iterable[str], run_id: int) -> None:
    """Marks sources as read, in the transaction that ends the run."""
    connection.execute(READ, {"region": region, "feed": feed, "sources": list(sources), "run_id": run_id})


def set_aside(
    connection: Connection,
    region: str,
    feed: str,
    sources: Iterable[str],
    run_id: int,
    code: str,
    parameters: Mapping[str, object],
) -> None:
    """Sets aside sources that cannot be read as they are: they are not read again until they have changed, or
    somebody has released them."""
    bound = {"region": region, "feed": feed, "sources": list(sources), "run_id": run_id, "code": code}
    connection.execute(ASIDE, bound | {"parameters": as_json(parameters)})


def mark_gone(connection: Connection, region: str, feed: str, listed: Iterable[str]) -> int:
    """Declared sources that are no longer listed; returns how many went. What was wrong with them went as
    well."""
    return connection.execute(GONE, {"region": region, "feed": feed, "listed": list(listed)}).rowcount


def read_watermark(connection: Connection, region: str, feed: str, source: str) -> datetime | None:
    """The newest change at the source that a poll of it has read; of each source its own: one may lag
    behind another."""
    return connection.execute(WATERMARK, {"region": region, "feed": feed, "source": source}).scalar()


def set_watermark(connection: Connection, region: str, feed: str, source: str, at: datetime) -> None:
    """Forward only."""
    connection.execute(SET_WATERMARK, {"region": region, "feed": feed, "source": source, "at": at})


def still_open(connection: Connection, region: str, feed: str, source: str, most: int) -> tuple[str, ...]:
    """Ids of incidents of the feed that its source may have closed meanwhile, at most so many: those after
    the last that was asked for, then from the first."""
    return tuple(
        connection.execute(
            STILL_OPEN, {"region": region, "feed": feed, "source": source, "most": most}
        ).scalars()
    )


def set_cursor(connection: Connection, region: str, feed: str, source: str, source_id: str) -> None:
    connection.execute(SET_CURSOR, {"region": region, "feed": feed, "source": source, "id": source_id})


def retry(connection: Connection, region: str) -> None:
    """Look once more at everything that was set aside: its declaration may be another one now."""
    connection.execute(RETRY, {"region": region})
