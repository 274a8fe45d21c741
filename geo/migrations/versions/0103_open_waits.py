"""Statistics: what open incidents wait for, by the day on which they were opened. Days that were counted
before are counted anew."""

import sqlalchemy as sa
from alembic import op

revision = "0103"
down_revision = "0102"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "statistic_open_wait",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("facet", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("ended", sa.LargeBinary(), nullable=False),
        sa.Column("waiting", sa.LargeBinary(), nullable=False),
        sa.Column("unknown", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("region", "facet", "kind", "day", name=op.f("pk_statistic_open_wait")),
    )
    op.execute("delete from statistic_open_day")
