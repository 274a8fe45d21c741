"""The wall: what is critical and new has it at once. What came late, or is held by an operator, goes on after
it."""

from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

TAKE = """
create or replace function wall_take() returns trigger language plpgsql security definer
    set search_path = public, pg_temp as $$
-- At the commit of a critical incident: it takes the wall, or queues for it. At that of one that is critical no more: it gives the wall back.
declare
  seconds int := wall_lock(new.region);
  turn interval := make_interval(secs => seconds);
  moment timestamptz := clock_timestamp();
  critical boolean;
  age interval;
  came_late boolean;
  place timestamptz;
begin
  select i.priority >= 2 and i.status <> 'closed' and i.vanished_at is null, moment - i.opened_at
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
  -- A flood is one alarm, not an hour of turns: the card counts the others. What is held is never let go for one.
  if (select count(*) >= 10 from wall_turn where region = new.region and ends_at > moment
      and (came_late or not late or held_by is not null)) then return null; end if;
  -- News goes before what came late and what is held, also where that has the wall; among news the first that came is the first.
  select greatest(moment, coalesce(min(starts_at) filter (where not came_late and (late or held_by is not null)),
      max(ends_at))) into place from wall_turn where region = new.region and ends_at > moment;
  insert into wall_turn (region, incident_id, starts_at, ends_at, late)
    values (new.region, new.id, place, place + turn, came_late)
    on conflict do nothing;
  if not found then return null; end if;
  -- Those that it goes before follow it, as many as may wait. The one that it interrupts has a whole turn after it, or what is left of its hold.
  update wall_turn set starts_at = starts_at + turn, ends_at = ends_at + turn
    where region = new.region and incident_id <> new.id and starts_at >= place;
  update wall_turn set starts_at = place + turn, ends_at = place + turn + greatest(ends_at - place, turn)
    where region = new.region and incident_id <> new.id and starts_at < place and ends_at > place;
  delete from wall_turn where region = new.region and incident_id in (select incident_id from wall_turn
    where region = new.region and ends_at > moment order by held_by is null, starts_at offset 10);
  perform wall_tell(new.region);
  return null;
end $$"""  # noqa: E501


def upgrade() -> None:
    op.execute(TAKE)
