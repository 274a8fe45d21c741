"""Whether somebody is in the list in force: a function for the contact centre, which gives the house and what
the birth date is compared with, and no more."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

LISTED = """
create function voters.listed(of_region text, iin_hash bytea, who text)
    returns table (hash bytea, name bytea, building_id bigint)
    language plpgsql security definer set search_path = voters, public, pg_temp as $$
-- It opens in a transaction that has recorded the question, and three hundred times a day.
declare
  wait_s bigint;
begin
  perform pg_advisory_xact_lock(hashtextextended('voters.listed ' || listed.who, 0));
  if not exists (select from public.audit a where a.transaction = pg_current_xact_id()::text::bigint
      and a.what = 'voter.listed' and a.who = listed.who
      and a.parameters ->> 'person' = encode(iin_hash, 'hex')) then
    raise exception 'the question is not recorded' using errcode = 'VL002';
  end if;
  select ceil(extract(epoch from max(a.at) + interval '1 day' - now())) into wait_s
    from (select a.at, row_number() over (order by a.at desc, a.id desc) as nth from public.audit a
      where a.who = listed.who and a.what = 'voter.listed' and a.at > now() - interval '1 day') a
    where a.nth = 301;
  if wait_s > 0 then
    raise exception '%', wait_s using errcode = 'VL001';
  end if;
  return query select p.hash, p.name, p.building_id from voters.list_version l
    join voters.person p on p.region = l.region and p.list_id = l.id
    where l.region = of_region and l.state = 'current' and p.hash = iin_hash;
end $$"""
WHO = ("operator", "duty", "electoral_editor", "electoral_approver")


def upgrade() -> None:
    op.execute(LISTED)
    op.execute(
        sa.text(
            "update user_role set permissions = array_append(permissions, 'voters.listed') where "
            "key = any(:roles)"
        ).bindparams(roles=list(WHO))
    )
