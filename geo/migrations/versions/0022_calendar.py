"""The city's calendar: days off and days moved by the government, by year, and the hours of work."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "calendar_day",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("working", sa.Boolean(), nullable=False),
        sa.Column("name_kk", sa.Text(), nullable=True),
        sa.Column("name_ru", sa.Text(), nullable=True),
        sa.Column("name_en", sa.Text(), nullable=True),
        sa.Column("set_by", sa.Text(), nullable=True),
        sa.Column("set_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("region", "day", name=op.f("pk_calendar_day")),
    )
    op.create_table(
        "calendar_year",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("region", "year", name=op.f("pk_calendar_year")),
    )
    op.create_table(
        "working_hours",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("weekday", sa.SmallInteger(), nullable=False),
        sa.Column("begins", sa.SmallInteger(), nullable=False),
        sa.Column("ends", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint("weekday between 1 and 7", name=op.f("ck_working_hours_weekday")),
        sa.CheckConstraint(
            "begins >= 0 and begins < ends and ends <= 1440", name=op.f("ck_working_hours_span")
        ),
        sa.PrimaryKeyConstraint("region", "weekday", "begins", name=op.f("pk_working_hours")),
    )
