"""Incidents: when a deadline in working time begins to press."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("incident", sa.Column("presses_at", sa.DateTime(timezone=True), nullable=True))
