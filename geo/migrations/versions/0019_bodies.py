"""Pushed bodies are stored as they are, so that a slice of a large one is cut without unpacking what
stands before it."""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("alter table inbox alter column body set storage external")
