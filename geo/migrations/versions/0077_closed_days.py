"""Statistics: figures of closed incidents by the day on which they were opened, counted ahead by the roll-up,
and what was changed of them since; indexes of what is left to be counted from its rows (of a large city the
job `indexes` makes these)."""

import sqlalchemy as sa
from alembic import op

revision = "0077"
down_revision = "0076"
branch_labels = None
depends_on = None

INSERT = "insert into statistic_closed_change (region, at)"
CLOSED = "status = 'closed' and closed_at is not null"
# Each day of a city begins with a quarter of an hour of UTC, not with an hour.
QUARTER = "date_bin('15 minutes', {}opened_at, timestamptz '2000-01-01 00:00+00')"
QUARTERS = f"select region, {QUARTER.format('')} from {{rows}} where {CLOSED}"
NEW, OLD = QUARTERS.format(rows="new_rows"), QUARTERS.format(rows="old_rows")
CHANGES = {
    "insert": (f"{INSERT} {NEW} group by 1, 2", "new table as new_rows"),
    "delete": (f"{INSERT} {OLD} group by 1, 2", "old table as old_rows"),
    "update": (f"{INSERT} {NEW} union {OLD}", "new table as new_rows old table as old_rows"),
}
CHECKED = f"""{INSERT} select i.region, {QUARTER.format("i.")} from new_rows n
    join incident i on i.region = n.region and i.id = n.incident_id where n.field is not null group by 1, 2"""
ANOTHER_PERFORMER = f"""{INSERT} select i.region, {QUARTER.format("i.")} from incident i
    where i.performer_id is null and i.category_id in (select n.id from new_rows n
        join old_rows o on o.id = n.id where n.performer_id is distinct from o.performer_id) group by 1, 2"""
SMALL = "select count(*) <= 200000 from (select from incident limit 200001) few"
"""An index of more would keep everybody from writing for too long."""
TABLES = ("statistic_closed", "statistic_closed_day", "statistic_closed_change")


def upgrade() -> None:
    op.create_table(
        "statistic_closed",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("facet", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("part", sa.BigInteger(), nullable=False),
        sa.Column("whole", sa.BigInteger(), nullable=False),
        sa.Column("missed", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("region", "facet", "kind", "day", "value", name=op.f("pk_statistic_closed")),
    )
    op.create_table(
        "statistic_closed_day",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("region", "day", name=op.f("pk_statistic_closed_day")),
    )
    op.create_table(
        "statistic_closed_change",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_statistic_closed_change")),
    )
    op.create_index("ix_statistic_closed_change_at", "statistic_closed_change", ["region", "at"])
    if op.get_bind().execute(sa.text(SMALL)).scalar_one():
        _index_incidents()
    for event, (statement, tables) in CHANGES.items():
        _trigger(f"closed_{event}", event, "incident", statement, f"referencing {tables}")
    _trigger("closed_check", "insert", "case_check", CHECKED, "referencing new table as new_rows")
    tables = "referencing new table as new_rows old table as old_rows"
    _trigger("closed_category", "update", "category", ANOTHER_PERFORMER, tables)
    _trigger("closed_truncate", "truncate", "incident", "; ".join(f"delete from {one}" for one in TABLES))


def _index_incidents() -> None:
    op.create_index(
        "ix_incident_unsettled",
        "incident",
        ["region", "opened_at"],
        postgresql_where=sa.text("status <> 'closed' or closed_at is null"),
    )
    # Where requests of 109 return is asked of a year of them at once: from the index alone.
    op.create_index(
        "ix_incident_service_house",
        "incident",
        ["region", "opened_at", "id"],
        postgresql_include=["building_id", "category_id", "district_id"],
        postgresql_where=sa.text("kind = 'service' and vanished_at is null and building_id is not null"),
    )


def _trigger(name: str, event: str, table: str, statement: str, referencing: str = "") -> None:
    """Whoever may change a row may write down that it was changed, and nothing else in these tables."""
    op.execute(f"""create function note_{name} () returns trigger language plpgsql security definer
        set search_path = public, pg_temp as $$ begin {statement}; return null; end $$""")
    op.execute(
        f"create trigger note_{name} after {event} on {table} {referencing} for each statement "
        f"execute function note_{name} ()"
    )
