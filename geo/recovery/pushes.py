"""Pushes and runs to repeat that were acknowledged and that a restored copy lacks: those that still wait are
taken over into it, for whoever asked was promised that they will be done; pushes that were loaded are
counted."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg

from geo.database import for_driver, role_dsn
from geo.intake.deliveries import key_digest
from geo.settings import Settings

EARLIER = """copy (select id, region, feed, idempotency_key, asked_by, asked_at, state, media_type,
        case when state = 'waiting' then body end, source, run_id, digest, delivery_id
    from inbox) to stdout (format binary)"""
"""A run to repeat has a source, a push has none."""
PUSHED = """create temporary table pushed (id bigint, region text, feed text, idempotency_key text,
    asked_by text, asked_at timestamptz, state text, media_type text, body bytea, source text, run_id bigint,
    digest bytea, delivery_id bigint) on commit drop"""
AS_THEY_ARE = "alter table pushed alter body set storage external"
FILL = "copy pushed from stdin (format binary)"
SAME = "(i.region, i.feed, i.idempotency_key) = (p.region, p.feed, p.idempotency_key)"
OF_ANOTHER_PAST = """update pushed set idempotency_key =
    idempotency_key || '-' || extract(epoch from asked_at) where source is not null"""
"""The key of a run to repeat has the number of that run, which means another one here."""
AGAIN = f"""update inbox i set state = 'waiting', attempts = 0, next_at = null, done_at = null, body = p.body
    from pushed p where {SAME} and p.state = 'waiting' and i.state = 'failed'"""
"""It was given up before the backup, and pushed again after it."""
FORGET_KNOWN = f"""delete from pushed p where exists (select from inbox i where {SAME})
    or exists (select from past_delivery d where (d.region, d.feed) = (p.region, p.feed)
        and d.digest = {key_digest("p.idempotency_key")})"""
COUNT = """select count(*) filter (where state = 'done'), count(*) filter (where state = 'failed'),
    coalesce(array_agg(distinct feed order by feed) filter (where state <> 'waiting'), '{}') from pushed
    where source is null"""
LAST_RUN = "select region, id, started_at from run order by id desc limit 1"
KNOWN_RUN = for_driver(
    "select count(*) from run where region = :region and id = :id and started_at = :started_at"
)
SEQUENCES = ("pg_get_serial_sequence('run', 'id')", "'delivery_id_seq'")
NEW_NUMBERS = f"""update pushed p set run_id = n.run_id, delivery_id = n.delivery_id
    from (select id, nextval({SEQUENCES[0]}) as run_id, nextval({SEQUENCES[1]}) as delivery_id
        from (select id from pushed where state = 'waiting' order by id) as oldest) as n where n.id = p.id"""
TAKE = """insert into inbox (region, feed, idempotency_key, asked_by, asked_at, media_type, body, source,
        run_id, digest, delivery_id)
    select region, feed, idempotency_key, asked_by, asked_at, media_type, body, source, run_id, digest,
        delivery_id from pushed where state = 'waiting' order by id"""
REPEATS = "select count(*) from pushed where state = 'waiting' and source is not null"

Cursor = psycopg.Cursor[tuple[object, ...]]


@dataclass(frozen=True)
class PushesSince:
    """What the restored copy lacked: how many pushes and how many runs to repeat it has taken over, for they
    waited, and how many pushes were loaded or failed for good in the database that it replaces, which alone
    holds them; of which feeds those are."""

    taken_over: int
    repeats: int
    loaded: int
    failed: int
    feeds: tuple[str, ...]


def take_over(current: Settings, restored: Settings) -> PushesSince:
    """Copy what waits in `current`'s inbox and is not known in `restored`, bodies included, in one
    transaction of `restored`. Nobody writes into either (`geo.recovery.read_only`).

    Each keeps the run and the place among deliveries that it was given, and no such number is given twice;
    only where `current` does not go on from what the backup holds do they get new ones, in the order in which
    they came.
    """
    with (
        psycopg.connect(role_dsn(current, "owner")) as replaced,
        psycopg.connect(role_dsn(restored, "owner")) as copy,
        replaced.cursor() as earlier,
        copy.cursor() as ours,
    ):
        ours.execute(PUSHED)
        ours.execute(AS_THEY_ARE)
        with earlier.copy(EARLIER) as rows, ours.copy(FILL) as filling:
            for piece in rows:
                filling.write(piece)
        goes_on = _goes_on(earlier, ours)
        if not goes_on:
            ours.execute(OF_ANOTHER_PAST)
        again = ours.execute(AGAIN).rowcount
        ours.execute(FORGET_KNOWN)
        _skip_given_numbers(earlier, ours)
        if not goes_on:
            ours.execute(NEW_NUMBERS)
        ((repeats,),) = ours.execute(REPEATS).fetchall()
        taken_over = again + ours.execute(TAKE).rowcount - repeats
        ours.execute(COUNT)
        loaded, failed, feeds = ours.fetchall()[0]
    return PushesSince(taken_over, repeats, loaded, failed, tuple(feeds))


def _skip_given_numbers(earlier: Cursor, ours: Cursor) -> None:
    """Skips the numbers of runs and deliveries that somebody was told since the backup: none comes back with
    another meaning."""
    for sequence in SEQUENCES:
        last = f"pg_sequence_last_value({sequence}::regclass)"
        earlier.execute(f"select {last}")
        (given,) = earlier.fetchall()[0]
        skip = for_driver(f"select setval({sequence}, greatest({last}, cast(:given as bigint)))")
        ours.execute(skip, {"given": given})


def _goes_on(earlier: Cursor, ours: Cursor) -> bool:
    """Whether the earlier database knows the last run that the backup holds."""
    last = ours.execute(LAST_RUN).fetchone()
    if last is None:
        return True
    known = earlier.execute(KNOWN_RUN, dict(zip(("region", "id", "started_at"), last, strict=True)))
    return known.fetchone() == (1,)
