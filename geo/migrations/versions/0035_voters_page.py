"""Who may open the page of the electoral list, decide on its flags and addresses, approve it, and look at a
person; the voters of one house are seen by a door of their own, under the same limit of a day."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

STAFF = ("electoral_editor", "electoral_approver", "administrator")
PERMISSIONS = {
    "page.voters": (*STAFF, "auditor"),
    "voters.decide": STAFF,
    "voters.approve": ("electoral_approver", "administrator"),
    "voters.look": ("electoral_editor", "electoral_approver"),
}
LIMIT = """
create function voters.check_looks(of_whom text) returns void language plpgsql security definer
    set search_path = voters, public, pg_temp as $$
-- Twenty looks in a day, by whichever door. The one that is being done is recorded already.
declare
  wait_s bigint;
begin
  select ceil(extract(epoch from max(a.at) + interval '1 day' - now())) into wait_s
    from (select a.at, row_number() over (order by a.at desc, a.id desc) as nth from public.audit a
      where a.who = of_whom and a.what in ('voter.seen', 'voters.house_seen')
        and a.at > now() - interval '1 day') a
    where a.nth = 21;
  if wait_s > 0 then
    raise exception '%', wait_s using errcode = 'VL001';
  end if;
end $$"""
DOOR = """
create or replace function voters.{name}(of_region text, {given}, who text)
    returns table (hash bytea, iin bytea, name bytea, residence bytea, building_id bigint)
    language plpgsql security definer set search_path = voters, public, pg_temp as $$
-- It opens in a transaction that has recorded the look, and twenty times a day.
begin
  perform pg_advisory_xact_lock(hashtextextended('voters.look ' || {name}.who, 0));
  if not exists (select from public.audit a where a.transaction = pg_current_xact_id()::text::bigint
      and a.what = '{act}' and a.who = {name}.who and {recorded}) then
    raise exception 'the look is not recorded' using errcode = 'VL002';
  end if;
  perform voters.check_looks({name}.who);
  return query select p.hash, p.iin, p.name, p.residence, p.building_id from voters.list_version l
    join voters.person p on p.region = l.region and p.list_id = l.id
    where l.region = of_region and l.state = 'current' and {which};
end $$"""
DOORS = (
    {
        "name": "look",
        "given": "iin_hash bytea",
        "act": "voter.seen",
        "recorded": "a.parameters ->> 'person' = encode(iin_hash, 'hex')",
        "which": "p.hash = iin_hash",
    },
    {
        "name": "look_at_house",
        "given": "house bigint",
        "act": "voters.house_seen",
        "recorded": "a.parameters ->> 'building' = house::text",
        "which": "p.building_id = house",
    },
)


def upgrade() -> None:
    op.execute(LIMIT)
    for door in DOORS:
        op.execute(DOOR.format(**door))
    for permission, roles in PERMISSIONS.items():
        op.execute(
            sa.text(
                "update user_role set permissions = array_append(permissions, :permission) where "
                "key = any(:roles)"
            ).bindparams(permission=permission, roles=list(roles))
        )
