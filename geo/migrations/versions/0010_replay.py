"""Months counted from 1900, so that those before 2000 stay with their own kind; words that a source
withdraws may be erased."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

SHIFT = 1200
"""Months between January 1900 and January 2000."""
COUNT_AGAIN = """
    insert into density_delta (region, x22, y22, kind, category_id, day, n)
      select d.region, d.x22, d.y22, s.kind, s.category_id, d.day, d.n
      from density_day d join density_series s on s.region = d.region and s.series = d.series;
    delete from density_day;
    delete from density_cell;"""


def upgrade() -> None:
    # A month before 2000 was a key of the series below it, and of the wrong kind in the sums: only counting
    # again mends those.
    op.execute(f"""do $$ begin
        if exists (select from density_day where day < '2000-01-01') then {COUNT_AGAIN}
        else update density_cell set keys = (select array_agg(key + {SHIFT} order by key)
            from unnest(keys) key);
        end if; end $$""")
    op.execute("grant delete on personal.inquiry_text to ikomek_etl")
