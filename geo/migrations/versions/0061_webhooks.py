"""Programs that are told of each change of an incident."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "webhook",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("client", "address", "secret")),
        sa.Column("kinds", ARRAY(sa.Text()), nullable=False),
        sa.Column("epoch", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("next_at", MOMENT, nullable=True),
        sa.Column("failures", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("failing_since", MOMENT, nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        *(sa.Column(name, MOMENT, nullable=True) for name in ("answered_at", "dead_at", "removed_at")),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_webhook")),
    )
    op.create_index("ix_webhook_due", "webhook", ["region", "next_at"])
