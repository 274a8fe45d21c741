"""The feeds as the page /feeds and the push route read them: state, runs with their ledger, rejects with
the row and the reason.

Times come as aware datetimes (UTC). `engine` is the reader's, but for `rejects` and `pushed_run`: a
rejected row may hold personal data and the inbox bodies do, so only the web role may read those, for a
caller whom the page has asked for the permission 'feed.rejects' and whose scope holds all that the feed may
bring (`kinds`: those of the incidents that its rows may become, none = any).
"""

from __future__ import annotations

from sqlalchemy import Engine, text

from geo.accounts.users import Principal
from geo.errors import NotFound
from geo.intake.rejects import CAN_BE_CORRECTED
from geo.intake.seeing import need_whole

RUN_COLUMNS = """r.id, r.feed, r.source, r.state, r.started_at, r.ended_at, r.read_rows, r.written,
    r.unchanged, r.rejected, r.no_coordinates, r.vanished, r.placed, r.mended, r.seconds, r.error_code,
    r.error_parameters, r.copy_of, r.copied_at"""
KINDS = "(select f.kinds from feed f where f.region = r.region and f.key = r.feed) as kinds"
QUIET_TIMES, WATCHED_DAYS = 1.5, 7
"""A feed is quiet after so many times the longest pause that is usual with it, once it has been watched for
so long: nights and weekends are then known."""

FEEDS = text(f"""
    select f.key, f.layer, f.kinds, f.interval_s, f.polled_at, f.newest_at, f.failed_at, f.alarmed_at,
        f.backlog_alarmed_at, w.waiting, w.waiting_since, f.news_pause_s,
      case when f.news_at - f.news_since >= make_interval(days => :watched)
          and clock_timestamp() - f.news_at > make_interval(secs => greatest(:times * f.news_pause_s,
              2 * f.interval_s)) then f.news_at end as quiet_since,
      f.error_code as feed_error_code, f.error_parameters as feed_error_parameters, {RUN_COLUMNS}
    from feed f
    left join lateral (
      select count(*) as waiting, min(asked_at) as waiting_since from inbox where region = f.region
          and feed = f.key and state = 'waiting') w on true
    left join lateral (
      select * from run where region = f.region and feed = f.key order by started_at desc, id desc limit 1) r
          on true
    where f.region = :region order by f.interval_s, f.key""")

RUNS = text(f"""
    select {RUN_COLUMNS}, {KINDS} from run r where r.region = :region
      and (cast(:feed as text) is null or r.feed = :feed) and (cast(:before as bigint) is null
          or r.id < :before)
    order by r.id desc limit :limit""")

REJECTS = text(f"""
    select id, row_number, code, field, value, row, mended_row, mended_by, mended_at, replay_run_id,
        {CAN_BE_CORRECTED} as can_be_corrected
        from reject
    where region = :region and run_id = :run_id and (cast(:code as text) is null or code = :code)
        and row_number > :after
    order by row_number, id limit :limit""")

FINDINGS = text("""
    select code, source, parameters, found_at, accepted_by from finding where region = :region
        and feed = :feed order by found_at, code, source""")

PUSHED_REJECTS = text("""
    select row_number as row, left(coalesce(row ->> 'source_id', row ->> 'id'), 100) as id, field, code
        from reject where region = :region and run_id = :run_id order by row_number, id limit :most""")
"""The rejects that a program is told of after it sent rows itself; of their content the id alone."""
MOST_SHOWN = 100

REASONS = text(
    "select code, count(*) as n from reject where region = :region and run_id = :run_id group by "
    "code order by n desc, code"
)


def all_feeds(engine: Engine, region: str) -> list[dict]:
    """Every declared feed with its latest run (`run` none if it never ran), those that come most often
    first. `waiting`: how many pushed batches and runs to repeat wait for it, the oldest since
    `waiting_since`. `quiet_since`: nothing has come for longer than usual, which is `news_pause_s` at
    most."""
    with engine.connect() as connection:
        bound = {"region": region, "times": QUIET_TIMES, "watched": WATCHED_DAYS}
        rows = connection.execute(FEEDS, bound).mappings().all()
    return [_feed(dict(row)) for row in rows]


def need_feed(engine: Engine, region: str, principal: Principal, key: str) -> None:
    """Raises `NotFound` ("feed.unknown") with the keys that there are, `Forbidden` ("feed.outside")."""
    known = declared(engine, region)
    if key not in known:
        raise NotFound("feed.unknown", feed=key, known=", ".join(known))
    with engine.connect() as connection:
        need_whole(connection, region, principal, "feed", key)


def declared(engine: Engine, region: str) -> list[str]:
    """The keys of the feeds with which the system was last started."""
    with engine.connect() as connection:
        return list(
            connection.scalars(
                text("select key from feed where region = :region order by key"), {"region": region}
            )
        )


def findings(engine: Engine, region: str, feed: str) -> list[dict]:
    """The findings about the content of a feed, oldest first: code, parameters, found_at, accepted_by (none:
    it waits for a person)."""
    with engine.connect() as connection:
        return [
            dict(row) for row in connection.execute(FINDINGS, {"region": region, "feed": feed}).mappings()
        ]


def latest_runs(
    engine: Engine, region: str, feed: str | None = None, limit: int = 20, before: int | None = None
) -> list[dict]:
    """The latest runs of a feed, or of all, newest first; `before` a run's id gives those before it."""
    with engine.connect() as connection:
        rows = connection.execute(
            RUNS, {"region": region, "feed": feed, "before": before, "limit": limit}
        ).mappings()
        return [dict(row) for row in rows]


def one_run(engine: Engine, region: str, run_id: int) -> dict:
    """Raises `NotFound` ("run.unknown")."""
    with engine.connect() as connection:
        row = (
            connection.execute(
                text(f"select {RUN_COLUMNS}, {KINDS} from run r where r.region = :region and r.id = :id"),
                {"region": region, "id": run_id},
            )
            .mappings()
            .one_or_none()
        )
    if row is None:
        raise NotFound("run.unknown", run=run_id)
    return dict(row)


def reject_reasons(engine: Engine, region: str, run_id: int) -> dict[str, int]:
    """How many rows of a run were rejected, by code, most first."""
    with engine.connect() as connection:
        return dict(connection.execute(REASONS, {"region": region, "run_id": run_id}).all())


def rejects(
    engine: Engine,
    region: str,
    principal: Principal,
    run_id: int,
    code: str | None = None,
    after: int = 0,
    limit: int = 50,
) -> list[dict]:
    """Rejected rows in the order of the source, from the row after `after`: id, row_number, code, field,
    value, row (column -> value as read), can_be_corrected (here, by hand); and, once it was sent again,
    mended_by, mended_at, replay_run_id and, if it was changed by itself, mended_row. Raises `Forbidden`
    ("feed.outside")."""
    with engine.connect() as connection:
        need_whole(connection, region, principal, "run", run_id)
        rows = connection.execute(
            REJECTS, {"region": region, "run_id": run_id, "code": code, "after": after, "limit": limit}
        ).mappings()
        return [dict(row) for row in rows]


def pushed_run(engine: Engine, region: str, feed: str, run_id: int) -> dict:
    """How far a pushed run is, with its first rejected rows. Raises `NotFound` ("run.unknown")."""
    with engine.connect() as connection:
        row = (
            connection.execute(
                text("""
            select i.run_id as run, case when i.state = 'waiting' and r.state is distinct from 'running'
                then 'waiting' else coalesce(r.state, i.state) end as state, coalesce(r.read_rows, 0) as read,
                coalesce(r.written, 0) as written,
              coalesce(r.unchanged, 0) as unchanged, coalesce(r.rejected, 0) as rejected,
                  coalesce(r.no_coordinates, 0) as no_coordinates,
              r.error_code as error, r.error_parameters as parameters
            from inbox i left join run r on r.region = i.region and r.id = i.run_id
            where i.region = :region and i.feed = :feed and i.run_id = :run_id"""),
                {"region": region, "feed": feed, "run_id": run_id},
            )
            .mappings()
            .one_or_none()
        )
        if row is None:
            raise NotFound("run.unknown", run=run_id)
        rejected = connection.execute(
            PUSHED_REJECTS, {"region": region, "run_id": run_id, "most": MOST_SHOWN}
        )
        return {**row, "rejects": [dict(one) for one in rejected.mappings()]}


def _feed(row: dict) -> dict:
    """The row of a feed with its latest run apart."""
    own = (
        "key",
        "layer",
        "kinds",
        "interval_s",
        "polled_at",
        "newest_at",
        "failed_at",
        "alarmed_at",
        "backlog_alarmed_at",
        "waiting",
        "waiting_since",
        "quiet_since",
        "news_pause_s",
    )
    feed = {name: row.pop(name) for name in own}
    feed["error_code"], feed["error_parameters"] = (
        row.pop("feed_error_code"),
        row.pop("feed_error_parameters"),
    )
    return feed | {"run": row if row["id"] is not None else None}
