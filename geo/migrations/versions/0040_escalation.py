"""What escalation by rules has to tell."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "escalation_notice",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("action_id", sa.BigInteger(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("about", JSONB(), nullable=False),
        sa.Column("escalated_at", MOMENT, nullable=False),
        sa.Column("tries", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("next_at", MOMENT, nullable=True),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.CheckConstraint("channel in ('mail', 'webhook')", name=op.f("ck_escalation_notice_channel")),
        sa.CheckConstraint("level between 1 and 3", name=op.f("ck_escalation_notice_level")),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_escalation_notice")),
    )
    op.create_index(
        "ix_escalation_notice_due",
        "escalation_notice",
        ["region", "next_at"],
        postgresql_where=sa.text("next_at is not null"),
    )
    op.create_index("ix_escalation_notice_incident", "escalation_notice", ["region", "incident_id"])
