"""Comparisons of the list with those of other regions, and the persons who are in both."""

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "comparison",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("session", sa.LargeBinary(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("other", sa.Text(), nullable=False),
        sa.Column("list_id", sa.BigInteger(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=True),
        sa.Column("own_rows", sa.BigInteger(), nullable=False),
        sa.Column("other_rows", sa.BigInteger(), nullable=True),
        sa.Column("sent", sa.LargeBinary(), nullable=False),
        sa.Column("begun_by", sa.Text(), nullable=False),
        sa.Column("begun_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("finished_by", sa.Text(), nullable=True),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.CheckConstraint("role in ('begins', 'answers')", name=op.f("ck_comparison_role")),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_comparison")),
        schema="voters",
    )
    op.create_index(
        "ix_comparison_session", "comparison", ["region", "session"], unique=True, schema="voters"
    )
    op.create_table(
        "region_double",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("comparison_id", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("lasting", sa.LargeBinary(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.CheckConstraint("decision in ('stays', 'struck')", name=op.f("ck_region_double_decision")),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_region_double")),
        schema="voters",
    )
