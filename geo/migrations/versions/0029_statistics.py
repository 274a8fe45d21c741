"""Statistics: inquiries and incidents by the city's day, counted as they are written; who sees the page."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

KEYS = "region, subject, at, district_id, category_id, channel"
INSERT = f"insert into statistic_delta ({KEYS}, n, one_take, tenge)"
ROWS = {
    "incident": """select region, kind as subject, opened_at as at, district_id, category_id, channel,
        {sign}1 as n, 0 as one_take, {sign}coalesce(fine_tenge, 0) as tenge
        from {rows} where vanished_at is null""",
    "inquiry": """select region, 'inquiry' as subject, received_at as at, null::bigint as district_id,
        topic_id as category_id, channel, {sign}1 as n, {sign}one_take::int as one_take, 0::numeric as tenge
        from {rows}""",
}
SUMMED = f"""{INSERT} select {KEYS}, sum(n), sum(one_take), sum(tenge) from ({{rows}}) changed
    group by {KEYS} having (sum(n), sum(one_take), sum(tenge)) is distinct from (0, 0, 0)"""
SUBJECTS = {"incident": "subject <> 'inquiry'", "inquiry": "subject = 'inquiry'"}
READERS = (
    "operator",
    "duty",
    "inspector",
    "executive",
    "auditor",
    "administrator",
)


def upgrade() -> None:
    _make_tables()
    for table, rows in ROWS.items():
        new, old = rows.format(sign="", rows="new_rows"), rows.format(sign="-", rows="old_rows")
        # What is there already is counted once, by the roll-up.
        op.execute(SUMMED.format(rows=rows.format(sign="", rows=table)))
        _count(table, "insert", new, "new table as new_rows")
        _count(table, "delete", old, "old table as old_rows")
        _count(table, "update", f"{new} union all {old}", "new table as new_rows old table as old_rows")
        _forget(table)
    op.drop_table("inquiry_count")
    op.execute(
        sa.text(
            "update user_role set permissions = array_append(permissions, 'page.statistics') where key = "
            "any(:roles)"
        ).bindparams(roles=list(READERS))
    )


def _make_tables() -> None:
    op.create_table(
        "statistic_delta",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=True),
        sa.Column("category_id", sa.BigInteger(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("one_take", sa.Integer(), nullable=False),
        sa.Column("tenge", sa.Numeric(16, 2), nullable=False),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_statistic_delta")),
    )
    op.create_table(
        "statistic_day",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("facet", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("district_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("one_take", sa.BigInteger(), nullable=False),
        sa.Column("tenge", sa.Numeric(16, 2), nullable=False),
        sa.PrimaryKeyConstraint(
            "region", "facet", "subject", "day", "district_id", "value", name=op.f("pk_statistic_day")
        ),
    )
    op.create_table(
        "statistic_kept",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("figure", sa.Text(), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("kept_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_statistic_kept")),
    )


def _count(table: str, event: str, rows: str, tables: str) -> None:
    """Whoever may write a row may count it, and nothing else in these tables."""
    op.execute(f"""create function count_{table}_{event} () returns trigger language plpgsql security definer
        set search_path = public, pg_temp as $$ begin {SUMMED.format(rows=rows)}; return null; end $$""")
    op.execute(
        f"create trigger count_{event} after {event} on {table} referencing {tables} for each statement "
        f"execute function count_{table}_{event} ()"
    )


def _forget(table: str) -> None:
    op.execute(f"""create function count_{table}_truncate () returns trigger language plpgsql
        security definer set search_path = public, pg_temp as $$ begin
        delete from statistic_delta where {SUBJECTS[table]};
        delete from statistic_day where {SUBJECTS[table]}; return null; end $$""")
    op.execute(
        f"create trigger count_truncate after truncate on {table} for each statement "
        f"execute function count_{table}_truncate ()"
    )
