"""Statistics: what the teams of a day have of each figure, as bytes, of closed and of open incidents; of the
open ones what was changed since, and until when a day holds. Days that were counted before are taken over. A
roll-up of the release before goes on with `statistic_closed`, and days that it counts wait to be counted
anew: `has_teams` is then false."""

import sqlalchemy as sa
from alembic import op

revision = "0102"
down_revision = "0101"
branch_labels = None
depends_on = None

FACETS = "'classified', 'escalated', 'on_time', 'returned', 'service'"
TAKEN_OVER = f"""insert into statistic_closed_team (region, facet, day, counts)
    select d.region, f.facet, d.day, coalesce(string_agg(int8send(c.value::bigint) || int8send(c.part)
        || int8send(c.whole) || int8send(c.missed), ''::bytea order by c.value::bigint), ''::bytea)
    from statistic_closed_day d cross join unnest(array[{FACETS}]) f (facet)
        left join statistic_closed c on c.region = d.region and c.facet = f.facet and c.kind = ''
            and c.day = d.day
    group by 1, 2, 3"""
INSERT = "insert into statistic_open_change (region, at)"
OPEN = "(status <> 'closed' or closed_at is null)"
QUARTER = "date_bin('15 minutes', {}opened_at, timestamptz '2000-01-01 00:00+00')"
QUARTERS = f"select region, {QUARTER.format('')} from {{rows}} where {OPEN}"
NEW, OLD = QUARTERS.format(rows="new_rows"), QUARTERS.format(rows="old_rows")
CHANGES = {
    "insert": (f"{INSERT} {NEW} group by 1, 2", "new table as new_rows"),
    "delete": (f"{INSERT} {OLD} group by 1, 2", "old table as old_rows"),
    "update": (f"{INSERT} {NEW} union {OLD}", "new table as new_rows old table as old_rows"),
}
CHECKED = f"""{INSERT} select i.region, {QUARTER.format("i.")} from new_rows n
    join incident i on i.region = n.region and i.id = n.incident_id where n.field is not null group by 1, 2"""
ANOTHER_PERFORMER = f"""{INSERT} select i.region, {QUARTER.format("i.")} from incident i
    where {OPEN.replace("status", "i.status").replace("closed_at", "i.closed_at")}
        and i.performer_id is null and i.category_id in (select n.id from new_rows n
        join old_rows o on o.id = n.id where n.performer_id is distinct from o.performer_id) group by 1, 2"""


def upgrade() -> None:
    op.add_column(
        "statistic_closed_day",
        sa.Column("has_teams", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    for name in ("closed", "open"):
        op.create_table(
            f"statistic_{name}_team",
            sa.Column("region", sa.Text(), nullable=False),
            sa.Column("facet", sa.Text(), nullable=False),
            sa.Column("day", sa.Date(), nullable=False),
            sa.Column("counts", sa.LargeBinary(), nullable=False),
            sa.PrimaryKeyConstraint("region", "facet", "day", name=op.f(f"pk_statistic_{name}_team")),
        )
    op.create_table(
        "statistic_open_day",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("region", "day", name=op.f("pk_statistic_open_day")),
    )
    op.create_table(
        "statistic_open_change",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_statistic_open_change")),
    )
    op.create_index("ix_statistic_open_change_at", "statistic_open_change", ["region", "at"])
    op.execute(TAKEN_OVER)
    op.execute("update statistic_closed_day set has_teams = true")
    _triggers()


def _triggers() -> None:
    for event, (statement, tables) in CHANGES.items():
        _trigger(f"open_{event}", event, "incident", statement, f"referencing {tables}")
    _trigger("open_check", "insert", "case_check", CHECKED, "referencing new table as new_rows")
    tables = "referencing new table as new_rows old table as old_rows"
    _trigger("open_category", "update", "category", ANOTHER_PERFORMER, tables)
    emptied = "delete from statistic_open_day; delete from statistic_open_change"
    _trigger("open_truncate", "truncate", "incident", emptied)


def _trigger(name: str, event: str, table: str, statement: str, referencing: str = "") -> None:
    """Whoever may change a row may write down that it was changed, and nothing else in these tables."""
    op.execute(f"""create function note_{name} () returns trigger language plpgsql security definer
        set search_path = public, pg_temp as $$ begin {statement}; return null; end $$""")
    op.execute(
        f"create trigger note_{name} after {event} on {table} {referencing} for each statement "
        f"execute function note_{name} ()"
    )
