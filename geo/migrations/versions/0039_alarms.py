"""Alarms with their events, and who sees and answers them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
PERMISSIONS = {
    "page.alarms": ("duty", "inspector", "operator", "executive", "auditor", "administrator"),
    "alarm.respond": ("duty", "administrator"),
}


def upgrade() -> None:
    op.create_table(
        "alarm",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("district", sa.Text(), nullable=True),
        sa.Column("parameters", JSONB(), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("raised_at", MOMENT, nullable=False),
        sa.Column("normal_at", MOMENT, nullable=True),
        sa.Column("chatter", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("acknowledged_at", MOMENT, nullable=True),
        sa.Column("acknowledged_by", sa.Text(), nullable=True),
        sa.Column("shelved_until", MOMENT, nullable=True),
        sa.Column("shelved_by", sa.Text(), nullable=True),
        sa.Column("shelved_reason", sa.Text(), nullable=True),
        sa.Column("cleared_at", MOMENT, nullable=True),
        sa.Column("cleared_by", sa.Text(), nullable=True),
        sa.CheckConstraint("priority between 0 and 2", name=op.f("ck_alarm_priority")),
        sa.CheckConstraint("(shelved_until is null) = (shelved_by is null)", name=op.f("ck_alarm_shelved")),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_alarm")),
    )
    op.create_index(
        "ix_alarm_active",
        "alarm",
        ["region", "rule", "subject"],
        unique=True,
        postgresql_where=sa.text("cleared_at is null"),
    )
    op.create_index("ix_alarm_raised", "alarm", ["region", "raised_at"], unique=False)
    op.create_index(
        "ix_alarm_held",
        "alarm",
        ["region", "rule"],
        postgresql_where=sa.text("cleared_by is not null and normal_at is null"),
    )
    op.create_table(
        "alarm_event",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("alarm_id", sa.BigInteger(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("who", sa.Text(), nullable=True),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_alarm_event")),
    )
    op.create_index("ix_alarm_event_alarm", "alarm_event", ["region", "alarm_id", "id"], unique=False)
    op.create_index("ix_decision_decided_at", "decision", ["region", "decided_at"])
    for permission, roles in PERMISSIONS.items():
        named = ", ".join(f"'{role}'" for role in roles)
        op.execute(
            f"""update user_role set permissions = array_append(permissions, '{permission}')
            where key in ({named}) and not '{permission}' = any(permissions)"""
        )
