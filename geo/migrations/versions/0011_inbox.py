"""What was acknowledged is kept: an entry of the inbox waits until its run is done; attempts are counted,
and what waits has an index."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("inbox", sa.Column("attempts", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("inbox", sa.Column("next_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("update inbox set state = 'waiting' where state = 'taken'")
    op.drop_constraint("state", "inbox", type_="check")
    op.create_check_constraint("state", "inbox", "state in ('waiting', 'done', 'failed')")
    op.create_index(
        "ix_inbox_waiting", "inbox", ["region", "feed", "id"], postgresql_where=sa.text("state = 'waiting'")
    )
    op.create_index("ix_inbox_run", "inbox", ["region", "run_id"])
    op.create_index(
        "ix_run_running", "run", ["region", "feed"], postgresql_where=sa.text("state = 'running'")
    )
    op.add_column("feed", sa.Column("backlog_alarmed_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("grant select (region, id, feed, state, asked_at) on inbox to ikomek_reader")
