"""Incidents: when a deadline in working time begins to press; the open ones by the words of their titles."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("incident", sa.Column("presses_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_incident_open_title",
        "incident",
        [
            sa.text(
                "to_tsvector('russian', translate(lower(coalesce(title, '')), 'ёәғқңөұүһі', 'еагкноуухи'))"
            )
        ],
        postgresql_using="gin",
        postgresql_where=sa.text("status <> 'closed'"),
    )
