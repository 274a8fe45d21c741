"""The voters' list: each version's persons in a table of their own, filled before its indexes are made; those
of one house are found at once."""

from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

MAKE = """
create function voters.make_person_table(list bigint) returns void language plpgsql security definer
    set search_path = voters, public, pg_temp as $$
-- Beside the list until it is filled: nobody who reads persons waits for it, or sees it.
begin
  execute format('create table voters.person_%s (like voters.person including defaults including constraints,
      constraint ck_person_%s_list check (list_id = %s))', list, list, list);
  execute format('grant insert on voters.person_%s to ikomek_voters', list);
end $$"""
ATTACH = """
create function voters.attach_person_table(list bigint) returns void language plpgsql security definer
    set search_path = voters, public, pg_temp as $$
-- Indexes like those of the whole: they become its parts. Rights are those of the whole alone.
begin
  execute format('revoke insert on voters.person_%s from ikomek_voters', list);
  execute format('alter table voters.person_%s add primary key (region, list_id, line)', list);
  execute format('create index on voters.person_%s (hash)', list);
  execute format('create index on voters.person_%s (building_id)', list);
  execute format('create index on voters.person_%s (address_id) where address_id is not null', list);
  execute format('alter table voters.person attach partition voters.person_%s for values in (%s)', list,
      list);
end $$"""
MOVE = """
do $$
declare list bigint;
begin
  for list in select distinct list_id from voters.person_together order by 1 loop
    perform voters.make_person_table(list);
    execute format('insert into voters.person_%s select * from voters.person_together where list_id = %s',
        list, list);
    perform voters.attach_person_table(list);
  end loop;
end $$"""


def upgrade() -> None:
    op.execute("alter table voters.person rename to person_together")
    op.execute("alter table voters.person_together drop constraint pk_person")
    op.execute("drop index voters.ix_person_hash")
    op.execute("drop index voters.ix_person_address")
    op.execute(
        "create table voters.person (like voters.person_together including defaults) "
        "partition by list (list_id)"
    )
    op.execute("alter table voters.person add constraint pk_person primary key (region, list_id, line)")
    op.execute("create index ix_person_hash on voters.person (hash)")
    op.execute("create index ix_person_building on voters.person (building_id)")
    op.execute("create index ix_person_address on voters.person (address_id) where address_id is not null")
    op.execute(MAKE)
    op.execute(ATTACH)
    op.execute(MOVE)
    op.execute("drop table voters.person_together")
