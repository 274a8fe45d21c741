"""A rated milestone tells to which day its plan was moved."""

import sqlalchemy as sa
from alembic import op

revision = "0115"
down_revision = "0114"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("rating_milestone", sa.Column("moved_to", sa.Date(), nullable=True))
