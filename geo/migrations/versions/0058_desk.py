"""The three levels at work: checks, more time, marks and messages of citizens, whom a performer works for."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
ROLES = {
    "page.desk": ("operator", "duty", "inspector", "performer", "auditor", "administrator"),
    "case.check": ("duty", "inspector", "administrator"),
    "case.work": ("performer",),
    "case.citizen": ("operator", "duty", "inspector", "administrator"),
    "incident.attach": ("duty", "performer", "administrator"),
}


def upgrade() -> None:
    op.add_column("app_user", sa.Column("organisation", sa.Text(), nullable=True))
    op.create_table(
        "case_check",
        *_own(),
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=True),
        sa.Column("action_id", sa.BigInteger(), nullable=True),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "queue in ('time', 'reopened', 'escalated', 'new', 'sample')", name=op.f("ck_case_check_queue")
        ),
        sa.CheckConstraint(
            "field in ('category', 'performer', 'outcome', 'work')", name=op.f("ck_case_check_field")
        ),
        sa.CheckConstraint("field is null or action_id is not null", name=op.f("ck_case_check_corrected")),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_case_check")),
    )
    op.create_index("ix_case_check_incident", "case_check", ["region", "incident_id", "recorded_at"])
    op.create_index("ix_case_check_at", "case_check", ["region", "recorded_at"])
    op.create_table(
        "time_extension",
        *_own(),
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("requested_at", MOMENT, nullable=False),
        sa.Column("granted", sa.Boolean(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "(decided_at is null) = (granted is null)", name=op.f("ck_time_extension_decided")
        ),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_time_extension")),
    )
    op.create_index(
        "uq_time_extension_waiting",
        "time_extension",
        ["region", "incident_id"],
        unique=True,
        postgresql_where=sa.text("decided_at is null"),
    )
    op.create_index("ix_time_extension_incident", "time_extension", ["region", "incident_id", "id"])
    _citizens()
    for permission, roles in ROLES.items():
        named = ", ".join(f"'{role}'" for role in roles)
        op.execute(
            f"""update user_role set permissions = array_append(permissions, '{permission}')
            where key in ({named}) and not '{permission}' = any(permissions)"""
        )


def _own() -> tuple[sa.Column, sa.Column]:
    return (
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
    )


def _citizens() -> None:
    op.create_table(
        "citizen_mark",
        *_own(),
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("mark", sa.SmallInteger(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("mark between 1 and 5", name=op.f("ck_citizen_mark_mark")),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_citizen_mark")),
    )
    op.create_index("ix_citizen_mark_incident", "citizen_mark", ["region", "incident_id", "id"])
    op.create_table(
        "citizen_notice",
        *_own(),
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("inquiry_id", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("about", JSONB(), nullable=False),
        sa.Column("happened_at", MOMENT, nullable=False),
        sa.Column("tries", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("next_at", MOMENT, nullable=True),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_citizen_notice")),
    )
    op.create_index(
        "uq_citizen_notice_event", "citizen_notice", ["region", "inquiry_id", "event_id"], unique=True
    )
    op.create_index(
        "ix_citizen_notice_due",
        "citizen_notice",
        ["region", "next_at"],
        postgresql_where=sa.text("next_at is not null"),
    )
    op.create_index("ix_citizen_notice_incident", "citizen_notice", ["region", "incident_id"])
