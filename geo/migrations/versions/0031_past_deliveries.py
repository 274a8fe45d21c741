"""Files are known by their content, and deliveries whose rows are purged are known all the same."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("delivery", sa.Column("content", sa.LargeBinary(), nullable=True))
    op.create_index("ix_delivery_content", "delivery", ["region", "feed", "content"])
    op.create_table(
        "past_delivery",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("delivery_id", sa.BigInteger(), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("region", "feed", "digest", name=op.f("pk_past_delivery")),
    )
