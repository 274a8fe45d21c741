"""The wall's turns and holds: which critical incident takes every wall from when to when, and what an
operator holds."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

STATE = """
create function wall_payload(asked text) returns jsonb language sql stable as $$
-- What every screen is told, of one region: its version, the turns in their order, the holds. Times in seconds since 1970.
  select jsonb_build_object('version', coalesce((select s.version from wall_state s where s.region = asked),
      0),
    'silent_until', (select extract(epoch from s.silent_until)::float8 from wall_state s
        where s.region = asked),
    'turns', coalesce((select jsonb_agg(jsonb_build_object('incident', t.incident_id, 'from', extract(epoch
        from t.starts_at)::float8,
        'until', extract(epoch from t.ends_at)::float8, 'held_by', t.held_by) order by t.starts_at,
            t.incident_id)
      from wall_turn t where t.region = asked and t.ends_at > now()), '[]'),
    'holds', coalesce((select jsonb_object_agg(h.show, jsonb_build_object('scene', h.scene, 'who', h.who,
        'until', extract(epoch from h.ends_at)::float8))
      from wall_hold h where h.region = asked and h.ends_at > now()), '{}'))
$$"""  # noqa: E501

LOCK = """
create function wall_lock(asked text) returns int language plpgsql security definer set search_path = public,
    pg_temp as $$
-- One writer at a time; returns the seconds of a turn. Taken as late as possible: a transaction that holds it keeps the next alarm waiting.
declare seconds int;
begin
  insert into wall_state (region) values (asked) on conflict do nothing;
  select turn_s into seconds from wall_state where region = asked for update;
  return seconds;
end $$"""  # noqa: E501

TELL = """
create function wall_tell(asked text) returns void language plpgsql security definer set search_path = public,
    pg_temp as $$
-- Drop what is over, let those that wait follow one another without a gap, and announce the whole state. The caller holds the lock.
declare
  moment timestamptz := clock_timestamp();
  free timestamptz := moment;
  turn record;
begin
  delete from wall_turn where region = asked and ends_at <= moment;
  delete from wall_hold where region = asked and ends_at <= moment;
  for turn in select * from wall_turn where region = asked order by starts_at, incident_id loop
    if turn.starts_at > moment then
      update wall_turn set starts_at = free, ends_at = free + (turn.ends_at - turn.starts_at)
          where region = asked and incident_id = turn.incident_id;
      free := free + (turn.ends_at - turn.starts_at);
    else
      free := turn.ends_at;
    end if;
  end loop;
  update wall_state set version = version + 1 where region = asked;
  insert into change (region, noun, noun_id, version, payload)
    select asked, 'wall', null, s.version, wall_payload(asked) from wall_state s where s.region = asked;
end $$"""  # noqa: E501

TAKE = """
create function wall_take() returns trigger language plpgsql security definer set search_path = public,
    pg_temp as $$
-- At the commit of a critical incident: it takes the wall, or queues for it. At that of one that is critical no more: it gives the wall back.
declare
  seconds int := wall_lock(new.region);
  critical boolean;
  last timestamptz;
begin
  select i.priority >= 2 and i.status <> 'closed' and i.vanished_at is null into critical from incident i
      where i.region = new.region and i.id = new.id;
  if not coalesce(critical, false) then
    delete from wall_turn where region = new.region and incident_id = new.id;
    if not found then return null; end if;
  else
    -- A flood is one alarm, not an hour of turns: the card counts the others.
    if (select count(*) >= 10 from wall_turn where region = new.region and ends_at > clock_timestamp())
        then return null; end if;
    select greatest(max(ends_at), clock_timestamp()) into last from wall_turn where region = new.region;
    insert into wall_turn (region, incident_id, starts_at, ends_at)
      values (new.region, new.id, coalesce(last, clock_timestamp()), coalesce(last,
          clock_timestamp()) + make_interval(secs => seconds))
      on conflict do nothing;
    if not found then return null; end if;
  end if;
  perform wall_tell(new.region);
  return null;
end $$"""  # noqa: E501

CRITICAL = "({0}.priority >= 2 and {0}.status <> 'closed' and {0}.vanished_at is null)"
# Deferred to the commit: a long batch must not hold the lock, and the turn begins when the screens can know
# of it.
TRIGGERS = (
    f"""create constraint trigger wall_take_new after insert on incident deferrable initially deferred
        for each row when {CRITICAL.format("new")} execute function wall_take()""",
    f"""create constraint trigger wall_take_changed after update of priority, status, vanished_at
        on incident deferrable initially deferred
        for each row when ({CRITICAL.format("new")} is distinct
            from {CRITICAL.format("old")}) execute function wall_take()""",
)


def upgrade() -> None:
    op.create_table(
        "wall_state",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("turn_s", sa.Integer(), server_default="60", nullable=False),
        sa.Column("silent_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("turn_s between 1 and 3600", name="turn_s"),
        sa.PrimaryKeyConstraint("region", name="pk_wall_state"),
    )
    op.create_table(
        "wall_turn",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("held_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("region", "incident_id", name="pk_wall_turn"),
    )
    op.create_table(
        "wall_hold",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("show", sa.Text(), nullable=False),
        sa.Column("scene", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("region", "show", name="pk_wall_hold"),
    )
    for statement in (STATE, LOCK, TELL, TAKE, *TRIGGERS):
        op.execute(statement)
    op.execute(
        "grant select on wall_state, wall_turn, wall_hold to ikomek_web, ikomek_reader, ikomek_etl,"
        " ikomek_editor"
    )
    op.execute("grant insert, update, delete on wall_state, wall_turn, wall_hold to ikomek_web")
    op.execute(
        "update user_role set permissions = permissions || '{wall.hold}' where key in ('operator', "
        "'duty', 'administrator')"
    )
