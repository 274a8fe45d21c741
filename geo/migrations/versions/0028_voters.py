"""The electoral list, in a schema of its own: its versions, their persons (sealed), what was refused, how
addresses were matched, how each house's count changes, and the one door to a person."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

LOOK = """
create function voters.look(of_region text, iin_hash bytea, who text)
    returns table (hash bytea, iin bytea, name bytea, residence bytea, building_id bigint)
    language plpgsql security definer set search_path = voters, public, pg_temp as $$
-- The only way to one person: it opens in a transaction that has recorded the look, and twenty times a day.
declare
  wait_s bigint;
begin
  perform pg_advisory_xact_lock(hashtextextended('voters.look ' || look.who, 0));
  if not exists (select from public.audit a where a.transaction = pg_current_xact_id()::text::bigint
      and a.what = 'voter.seen' and a.who = look.who
      and a.parameters ->> 'person' = encode(iin_hash, 'hex')) then
    raise exception 'the look is not recorded' using errcode = 'VL002';
  end if;
  select ceil(extract(epoch from max(a.at) + interval '1 day' - now())) into wait_s
    from (select a.at, row_number() over (order by a.at desc, a.id desc) as nth from public.audit a
      where a.who = look.who and a.what = 'voter.seen' and a.at > now() - interval '1 day') a
    where a.nth = 21;
  if wait_s > 0 then
    raise exception '%', wait_s using errcode = 'VL001';
  end if;
  return query select p.hash, p.iin, p.name, p.residence, p.building_id from voters.list_version l
    join voters.person p on p.region = l.region and p.list_id = l.id
    where l.region = of_region and l.state = 'current' and p.hash = iin_hash;
end $$"""
CURRENT_KEY = """
create function voters.current_key(of_region text) returns text language sql security definer stable
    set search_path = voters, public, pg_temp as $$
  select key_id from voters.list_version where region = of_region and state = 'current' $$"""


def upgrade() -> None:
    op.execute("create schema voters")
    op.add_column(
        "building", sa.Column("voters_by_list", sa.Boolean(), nullable=False, server_default=sa.text("false"))
    )
    _list_version()
    _person()
    _refusal()
    _address()
    _differences()
    op.execute(CURRENT_KEY)
    op.execute(LOOK)


def _list_version() -> None:
    counts = ("rows_read", "unchanged", "corrected", "moved", "added", "refused", "kept", "removed", "before")
    op.create_table(
        "list_version",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=True),
        sa.Column("base_id", sa.BigInteger(), nullable=True),
        sa.Column("file_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("voting_day", sa.Date(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False, server_default="0") for name in counts),
        sa.Column("checks", JSONB(), nullable=False, server_default="{}"),
        sa.Column("matching", JSONB(), nullable=False, server_default="{}"),
        sa.Column("compared", sa.Boolean(), nullable=False, server_default=sa.text("false")),
        sa.Column("loaded_by", sa.Text(), nullable=False),
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.text("now()")),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state in ('checked', 'current', 'superseded', 'rejected', 'erased')",
            name=op.f("ck_list_version_state"),
        ),
        sa.CheckConstraint("approved_by <> loaded_by", name=op.f("ck_list_version_second_person")),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_list_version")),
        schema="voters",
    )
    op.create_index(
        "ix_list_version_current",
        "list_version",
        ["region"],
        unique=True,
        postgresql_where=sa.text("state = 'current'"),
        schema="voters",
    )


def _person() -> None:
    op.create_table(
        "person",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("list_id", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.LargeBinary(), nullable=False) for name in ("hash", "content", "twin")),
        *(sa.Column(name, sa.LargeBinary(), nullable=True) for name in ("base_hash", "base_content")),
        *(sa.Column(name, sa.LargeBinary(), nullable=False) for name in ("iin", "name", "residence")),
        sa.Column("building_id", sa.BigInteger(), nullable=True),
        sa.Column("address_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("region", "list_id", "line", name=op.f("pk_person")),
        schema="voters",
    )
    op.create_index("ix_person_hash", "person", ["list_id", "hash"], schema="voters")


def _refusal() -> None:
    op.create_table(
        "refusal",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("list_id", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("parameters", JSONB(), nullable=False),
        *(sa.Column(name, sa.LargeBinary(), nullable=True) for name in ("hash", "base_hash")),
        *(sa.Column(name, sa.LargeBinary(), nullable=False) for name in ("iin", "name", "residence")),
        sa.Column("building_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("region", "list_id", "line", name=op.f("pk_refusal")),
        schema="voters",
    )


def _address() -> None:
    op.create_table(
        "address",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("list_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("line", sa.LargeBinary(), nullable=False),
        sa.Column("building_id", sa.BigInteger(), nullable=True),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("candidates", JSONB(), nullable=False),
        sa.Column("persons", sa.BigInteger(), nullable=False),
        sa.Column("rule_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("region", "list_id", "id", name=op.f("pk_address")),
        schema="voters",
    )
    op.create_table(
        "address_rule",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("line", sa.LargeBinary(), nullable=False),
        sa.Column("building_id", sa.BigInteger(), nullable=True),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.text("now()")),
        sa.Column("undone_by", sa.Text(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_address_rule")),
        schema="voters",
    )
    op.create_index(
        "ix_address_rule_hash",
        "address_rule",
        ["region", "hash"],
        unique=True,
        postgresql_where=sa.text("undone_at is null"),
        schema="voters",
    )


def _differences() -> None:
    counts = ("before", "added", "moved_in", "moved_out", "removed", "corrected", "after")
    op.create_table(
        "house_difference",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("list_id", sa.BigInteger(), nullable=False),
        sa.Column("building_id", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in counts),
        sa.PrimaryKeyConstraint("region", "list_id", "building_id", name=op.f("pk_house_difference")),
        schema="voters",
    )
    op.create_table(
        "flag",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("list_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("of_id", sa.BigInteger(), nullable=False),
        sa.Column("before", sa.BigInteger(), nullable=False),
        sa.Column("after", sa.BigInteger(), nullable=False),
        sa.Column("accepted_by", sa.Text(), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("level in ('house', 'precinct')", name=op.f("ck_flag_level")),
        sa.PrimaryKeyConstraint("region", "list_id", "level", "of_id", "code", name=op.f("pk_flag")),
        schema="voters",
    )
