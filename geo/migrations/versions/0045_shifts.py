"""Hand-overs of shifts, the notes for the next officer, and who reads and signs them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, UUID

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
PERMISSIONS = {
    "page.shift": ("duty", "executive", "auditor", "administrator"),
    "shift.sign": ("duty", "administrator"),
}


def upgrade() -> None:
    op.create_table(
        "shift_handover",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("post", sa.Text(), nullable=False),
        sa.Column("kinds", ARRAY(sa.Text()), nullable=True),
        sa.Column("districts", ARRAY(sa.Text()), nullable=True),
        sa.Column("key", UUID(), nullable=False),
        sa.Column("begins_at", MOMENT, nullable=False),
        sa.Column("left_by", sa.Text(), nullable=False),
        sa.Column("left_at", MOMENT, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("withdrawn_at", MOMENT, nullable=True),
        sa.Column("taken_by", sa.Text(), nullable=True),
        sa.Column("taken_at", MOMENT, nullable=True),
        sa.CheckConstraint("taken_by <> left_by", name=op.f("ck_shift_handover_two_persons")),
        sa.CheckConstraint("(taken_by is null) = (taken_at is null)", name=op.f("ck_shift_handover_taken")),
        sa.CheckConstraint(
            "taken_at is null or withdrawn_at is null", name=op.f("ck_shift_handover_ended_once")
        ),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_shift_handover")),
        sa.UniqueConstraint("region", "left_by", "key", name=op.f("uq_shift_handover_region_left_by_key")),
    )
    op.create_index(
        "ix_shift_handover_waiting",
        "shift_handover",
        ["region", "post"],
        unique=True,
        postgresql_where=sa.text("taken_at is null and withdrawn_at is null"),
    )
    op.create_index("ix_shift_handover_left_at", "shift_handover", ["region", "left_at"])
    op.create_table(
        "shift_notes",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("post", sa.Text(), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("region", "post", name=op.f("pk_shift_notes")),
    )
    op.create_table(
        "shift_amendment",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("handover_id", sa.BigInteger(), nullable=False),
        sa.Column("key", UUID(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_shift_amendment")),
        sa.UniqueConstraint("region", "who", "key", name=op.f("uq_shift_amendment_region_who_key")),
    )
    op.create_index("ix_shift_amendment_handover", "shift_amendment", ["region", "handover_id", "id"])
    op.create_index("ix_incident_action_at", "incident_action", ["region", "at"])
    for permission, roles in PERMISSIONS.items():
        named = ", ".join(f"'{role}'" for role in roles)
        op.execute(
            f"""update user_role set permissions = array_append(permissions, '{permission}')
            where key in ({named}) and not '{permission}' = any(permissions)"""
        )
