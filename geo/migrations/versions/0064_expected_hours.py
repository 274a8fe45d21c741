"""What an hour is expected to bring, and early warnings, for the alarms."""

import sqlalchemy as sa
from alembic import op

revision = "0064"
down_revision = "0063"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "expected_hour",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("category_id", sa.BigInteger(), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("mean", sa.Double(), nullable=False),
        sa.Column("most_90", sa.BigInteger(), nullable=False),
        sa.Column("most_99", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "region", "category_id", "district_id", "hour", name=op.f("pk_expected_hour")
        ),
    )
    op.create_table(
        "early_warning",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("category_id", sa.BigInteger(), nullable=False),
        sa.Column("district", sa.Text(), nullable=True),
        sa.Column("lon", sa.Double(), nullable=False),
        sa.Column("lat", sa.Double(), nullable=False),
        sa.Column("radius_m", sa.Double(), nullable=True),
        sa.Column("performer_id", sa.BigInteger(), nullable=True),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("minutes", sa.BigInteger(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("expected", sa.Double(), nullable=False),
        sa.Column("surprise", sa.Double(), nullable=False),
        sa.Column("incidents", sa.ARRAY(sa.BigInteger()), nullable=False),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_early_warning")),
    )
    op.create_index("ix_early_warning_seen_at", "early_warning", ["region", "seen_at"])
