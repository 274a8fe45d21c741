"""Jobs that are due by themselves, what their daily purge looks things up by, ids of references from
sequences, and tiles of precincts that a draft's edits leave warm."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

TOUCH_TILES = """
create or replace function touch_tiles() returns trigger language plpgsql security definer
    set search_path = public, pg_temp as $$
-- The z10 tiles (Web Mercator, y down) under the rows of transition table `changed`: argument 1 the layer, 2 the geometry in EPSG:3857,
-- 3 which of the rows count (none = all).
declare
  half constant float := 20037508.342789244;
  side constant float := 2 * half / 1024;
begin
  execute format('insert into tile_touch (region, layer, x10, y10)
    select distinct region, %L, x, y
    from (select region, %s as g from changed where %s) as c,
      generate_series(floor((ST_XMin(g) + %s) / %s)::int, floor((ST_XMax(g) + %s) / %s)::int) as x,
      generate_series(floor((%s - ST_YMax(g)) / %s)::int, floor((%s - ST_YMin(g)) / %s)::int) as y
    where g is not null', tg_argv[0], tg_argv[1], coalesce(tg_argv[2], 'true'), half, side, half, side, half, side, half, side);
  return null;
end $$"""  # noqa: E501
MAY_BE_IN_FORCE = """exists (select from plan p where p.region = changed.region and p.id = changed.plan_id
    and p.state in ('approved', 'published'))"""
CHANGED = {"insert": ("new",), "delete": ("old",), "update": ("new", "old")}


def upgrade() -> None:
    op.create_table(
        "job",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        *(
            sa.Column(name, sa.DateTime(timezone=True), nullable=True)
            for name in ("due_at", "begun_at", "done_at", "failed_at")
        ),
        sa.Column("failures", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.Column("error_parameters", postgresql.JSONB(), nullable=True),
        sa.PrimaryKeyConstraint("region", "key", name=op.f("pk_job")),
    )
    op.execute("grant select on job to ikomek_reader, ikomek_web")
    op.execute("create index ix_reject_content on reject (region, code, md5(row::text))")
    for table in ("category", "performer", "manager"):
        op.execute(f"select setval('{table}_id_seq', coalesce((select max(id) from {table}), 0) + 1, false)")
        op.execute(f"grant usage on sequence {table}_id_seq to ikomek_etl, ikomek_web")
    op.execute(TOUCH_TILES)
    for event, sides in CHANGED.items():
        for side in sides:
            op.execute(f"drop trigger touch_{event}_{side} on precinct")
            condition = MAY_BE_IN_FORCE.replace("'", "''")
            op.execute(f"""create trigger touch_{event}_{side} after {event}
                on precinct referencing {side} table as changed
                for each statement execute function touch_tiles('precincts', 'geom_3857', '{condition}')""")
