"""Incidents counted as they are written: the counts of all time without a look at all rows."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

KEYS = "region, kind, status, priority, district_id, category_id, performer_id, channel"
INSERT = f"insert into incident_tally ({KEYS}, placed, n)"
OF_ROWS = (
    f"select {KEYS}, point_4326 is not null as placed, {{sign}}1 as n from {{rows}} where vanished_at is null"
)
CHANGES = {
    "insert": (OF_ROWS.format(sign="", rows="new_rows"), "new table as new_rows"),
    "delete": (OF_ROWS.format(sign="-", rows="old_rows"), "old table as old_rows"),
    "update": (
        f"{OF_ROWS.format(sign='', rows='new_rows')} union all {OF_ROWS.format(sign='-', rows='old_rows')}",
        "new table as new_rows old table as old_rows",
    ),
}


def upgrade() -> None:
    op.create_table(
        "incident_tally",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        *(
            sa.Column(name, sa.BigInteger(), nullable=True)
            for name in ("district_id", "category_id", "performer_id")
        ),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.Column("placed", sa.Boolean(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_incident_tally")),
    )
    grouped = "group by 1, 2, 3, 4, 5, 6, 7, 8, 9"
    op.execute(
        f"{INSERT} select {KEYS}, point_4326 is not null, count(*) from incident where vanished_at "
        f"is null {grouped}"
    )
    for event, (rows, tables) in CHANGES.items():
        # Whoever may write an incident may count it, and nothing else in this table.
        op.execute(f"""create function tally_{event} () returns trigger language plpgsql security definer
            set search_path = public, pg_temp as $$ begin
            {INSERT} select {KEYS}, placed, sum(n) from ({rows}) as changed {grouped} having sum(n) <> 0;
                return null; end $$""")
        op.execute(
            f"create trigger tally_{event} after {event} on incident referencing {tables} for each "
            f"statement execute function tally_{event} ()"
        )
    op.execute("""create function tally_truncate () returns trigger language plpgsql security definer
        set search_path = public, pg_temp
        as $$ begin delete from incident_tally; return null; end $$""")
    op.execute(
        "create trigger tally_truncate after truncate on incident for each statement execute "
        "function tally_truncate ()"
    )
    op.execute("grant select on incident_tally to ikomek_reader, ikomek_editor, ikomek_web")
    op.execute("grant select, insert, delete on incident_tally to ikomek_etl")
