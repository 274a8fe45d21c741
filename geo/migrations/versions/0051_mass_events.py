"""Mass events: many incidents that are one; their steps, the owner's radius and window by category, and
suggestions that were turned down."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, UUID

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "mass_event",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("category_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("radius_m", sa.Double(), nullable=False),
        sa.Column("window_h", sa.Double(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("confirmed_by", sa.Text(), nullable=False),
        sa.Column("confirmed_at", MOMENT, nullable=False),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("status in ('open', 'in_progress', 'closed', 'dissolved')", "status"),
        sa.CheckConstraint("outcome in ('done', 'not_confirmed', 'refused', 'not_ours')", "outcome"),
        sa.CheckConstraint("(status = 'closed') = (closed_at is not null)", "closed"),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_mass_event")),
        sa.UniqueConstraint("region", "number", name=op.f("uq_mass_event_region")),
    )
    op.create_index("ix_mass_event_status", "mass_event", ["region", "status"])
    op.create_table(
        "mass_event_step",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("key", UUID(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("parameters", JSONB(), nullable=False),
        sa.Column("before", JSONB(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("undoes", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_mass_event_step")),
        sa.UniqueConstraint("region", "who", "key", name=op.f("uq_mass_event_step_region")),
    )
    op.create_index("ix_mass_event_step_event", "mass_event_step", ["region", "event_id", "id"])
    op.create_table(
        "mass_rule",
        sa.Column("category_id", sa.BigInteger(), nullable=False),
        sa.Column("radius_m", sa.Double(), nullable=False),
        sa.Column("window_h", sa.Double(), nullable=False),
        sa.Column("least", sa.BigInteger(), nullable=False),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.Column("set_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("radius_m > 0 and window_h > 0 and least >= 2", "positive"),
        sa.ForeignKeyConstraint(["category_id"], ["category.id"], name=op.f("fk_mass_rule_category_id")),
        sa.PrimaryKeyConstraint("category_id", name=op.f("pk_mass_rule")),
    )
    op.create_table(
        "mass_dismissal",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("region", "incident_id", name=op.f("pk_mass_dismissal")),
    )
    op.create_index(
        "ix_incident_group",
        "incident",
        ["region", "group_id"],
        postgresql_where=sa.text("group_id is not null"),
    )
