"""Messages of public alerts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0062"
down_revision = "0061"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "public_alert",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("identifier", "subject", "kind")),
        sa.Column("category_id", sa.BigInteger(), nullable=True),
        sa.Column("message", sa.Text(), nullable=False),
        *(sa.Column(name, MOMENT, nullable=False) for name in ("sent_at", "expires_at")),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("severity", "urgency", "certainty")),
        *(sa.Column(name, JSONB(), nullable=False) for name in ("texts", "area")),
        sa.Column("refers_to", sa.Text(), nullable=True),
        sa.Column("declared_by", sa.Text(), nullable=False),
        sa.CheckConstraint("message in ('Alert', 'Update', 'Cancel')", name=op.f("ck_public_alert_message")),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_public_alert")),
        sa.UniqueConstraint("identifier", name=op.f("uq_public_alert_identifier")),
    )
    op.create_index("ix_public_alert_subject", "public_alert", ["region", "subject", "id"])
    op.create_index("ix_public_alert_sent_at", "public_alert", ["region", "sent_at"])
