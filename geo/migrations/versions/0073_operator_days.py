"""Inquiries by the operator who answered and by how long that took are counted ahead like the rest: what has
been counted of inquiries is counted once more, by the roll-up. The events that figures look for have an index
of their own."""

import sqlalchemy as sa
from alembic import op

revision = "0073"
down_revision = "0071"
branch_labels = None
depends_on = None

KEYS = "region, subject, at, category_id, channel, operator, answer_s"
ROWS = """select region, 'inquiry' as subject, received_at as at, topic_id as category_id, channel, operator,
    answer_s, {sign}1 as n, {sign}one_take::int as one_take from {rows}"""
SUMMED = f"""insert into statistic_delta ({KEYS}, n, one_take, tenge)
    select {KEYS}, sum(n), sum(one_take), 0 from ({{rows}}) changed
    group by {KEYS} having (sum(n), sum(one_take)) is distinct from (0, 0)"""
NEW, OLD = ROWS.format(sign="", rows="new_rows"), ROWS.format(sign="-", rows="old_rows")
CHANGES = {"insert": NEW, "delete": OLD, "update": f"{NEW} union all {OLD}"}
RARE_EVENTS = "what in ('category', 'priority') or what = 'status' and from_value = 'closed'"
MEASURES = ("answered", "answer_s", "within_15", "within_20")


def upgrade() -> None:
    # Whoever writes an inquiry waits before it, and is counted by the new functions.
    op.execute("lock table inquiry in share row exclusive mode")
    op.add_column("statistic_delta", sa.Column("operator", sa.Text(), nullable=True))
    op.add_column("statistic_delta", sa.Column("answer_s", sa.BigInteger(), nullable=True))
    for measure in MEASURES:
        column = sa.Column(measure, sa.BigInteger(), nullable=False, server_default="0")
        op.add_column("statistic_day", column)
        op.alter_column("statistic_day", measure, server_default=None)
    for event, rows in CHANGES.items():
        op.execute(f"""create or replace function count_inquiry_{event} () returns trigger language plpgsql
            security definer set search_path = public, pg_temp as $$
            begin {SUMMED.format(rows=rows)}; return null; end $$""")
    op.execute("delete from statistic_day where subject = 'inquiry'")
    op.execute("delete from statistic_delta where subject = 'inquiry'")
    op.execute(SUMMED.format(rows=ROWS.format(sign="", rows="inquiry")))
    op.create_index(
        "ix_incident_event_rare",
        "incident_event",
        ["region", "what", "recorded_at"],
        postgresql_include=["incident_id"],
        postgresql_where=sa.text(RARE_EVENTS),
    )
