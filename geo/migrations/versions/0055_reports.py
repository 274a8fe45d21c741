"""Reports that are made by themselves, their papers, their mails, and links to them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0055"
down_revision = "0046"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
SHARERS = ("executive", "administrator")


def upgrade() -> None:
    op.create_table(
        "report",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("schedule", sa.Text(), nullable=True),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.CheckConstraint("kind in ('morning', 'week', 'month', 'shift')", name=op.f("ck_report_kind")),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_report")),
    )
    op.create_index(
        "ix_report_schedule",
        "report",
        ["region", "schedule", "last"],
        unique=True,
        postgresql_where=sa.text("schedule is not null"),
    )
    op.create_table(
        "report_paper",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("report_id", sa.BigInteger(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("pdf", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("region", "report_id", "language", name=op.f("pk_report_paper")),
    )
    op.create_table(
        "report_mail",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("report_id", sa.BigInteger(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("languages", ARRAY(sa.Text()), nullable=False),
        sa.Column("tries", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("next_at", MOMENT, nullable=True),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_report_mail")),
    )
    op.create_index(
        "ix_report_mail_due",
        "report_mail",
        ["region", "next_at"],
        postgresql_where=sa.text("next_at is not null"),
    )
    op.create_table(
        "report_link",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("report_id", sa.BigInteger(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("revoked_at", MOMENT, nullable=True),
        sa.Column("revoked_by", sa.Text(), nullable=True),
        sa.Column("opened", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("opened_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_report_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_report_link_token_hash")),
    )
    op.create_index("ix_report_link_report", "report_link", ["region", "report_id"])
    named = ", ".join(f"'{role}'" for role in SHARERS)
    op.execute(
        f"""update user_role set permissions = array_append(permissions, 'report.share')
        where key in ({named}) and not 'report.share' = any(permissions)"""
    )
