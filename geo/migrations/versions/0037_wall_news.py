"""The wall: what was opened long ago takes no wall when it is loaded, and what is new goes before what came
late."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

TAKE = """
create or replace function wall_take() returns trigger language plpgsql security definer
    set search_path = public, pg_temp as $$
-- At the commit of a critical incident: it takes the wall, or queues for it. At that of one that is critical no more: it gives the wall back.
declare
  seconds int := wall_lock(new.region);
  critical boolean;
  age interval;
  came_late boolean;
  place timestamptz;
begin
  select i.priority >= 2 and i.status <> 'closed' and i.vanished_at is null, clock_timestamp() - i.opened_at
    into critical, age from incident i where i.region = new.region and i.id = new.id;
  if not coalesce(critical, false) then
    delete from wall_turn where region = new.region and incident_id = new.id;
    if not found then return null; end if;
    perform wall_tell(new.region);
    return null;
  end if;
  -- What becomes critical is news, however old it is. What comes as critical is news if it was opened lately.
  if tg_op = 'INSERT' and age > interval '1 day' then return null; end if;
  came_late := tg_op = 'INSERT' and age > interval '1 hour';
  -- A flood is one alarm, not an hour of turns: the card counts the others.
  if (select count(*) >= 10 from wall_turn where region = new.region and ends_at > clock_timestamp()
      and (came_late or not late)) then return null; end if;
  select coalesce(greatest(max(ends_at), clock_timestamp()), clock_timestamp()) into place from wall_turn
    where region = new.region and (came_late or not late or starts_at <= clock_timestamp());
  insert into wall_turn (region, incident_id, starts_at, ends_at, late)
    values (new.region, new.id, place, place + make_interval(secs => seconds), came_late)
    on conflict do nothing;
  if not found then return null; end if;
  -- Those that it goes before follow it, as many as may wait.
  update wall_turn set starts_at = starts_at + make_interval(secs => seconds),
      ends_at = ends_at + make_interval(secs => seconds)
    where region = new.region and incident_id <> new.id and starts_at >= place;
  delete from wall_turn where region = new.region and incident_id in (select incident_id from wall_turn
    where region = new.region and ends_at > clock_timestamp() order by starts_at offset 10);
  perform wall_tell(new.region);
  return null;
end $$"""  # noqa: E501


def upgrade() -> None:
    op.add_column("wall_turn", sa.Column("late", sa.Boolean(), server_default="false", nullable=False))
    op.execute(TAKE)
