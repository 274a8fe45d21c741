"""Whom a list changes in one house is seen by a door of its own, so many houses a day."""

from alembic import op

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None

CHECK = """
create function voters.check_house_changes(of_whom text) returns void language plpgsql security definer
    set search_path = voters, public, pg_temp as $$
-- Three hundred houses in a day. The one that is being seen is recorded already, in this transaction.
declare
  wait_s bigint;
begin
  perform pg_advisory_xact_lock(hashtextextended('voters.house_changes ' || of_whom, 0));
  if not exists (select from public.audit a where a.transaction = pg_current_xact_id()::text::bigint
      and a.what = 'voters.house_changes_seen' and a.who = of_whom) then
    raise exception 'the look is not recorded' using errcode = 'VL002';
  end if;
  select ceil(extract(epoch from max(a.at) + interval '1 day' - now())) into wait_s
    from (select a.at, row_number() over (order by a.at desc, a.id desc) as nth from public.audit a
      where a.who = of_whom and a.what = 'voters.house_changes_seen'
        and a.at > now() - interval '1 day') a
    where a.nth = 301;
  if wait_s > 0 then
    raise exception '%', wait_s using errcode = 'VL001';
  end if;
end $$"""


def upgrade() -> None:
    op.execute(CHECK)
