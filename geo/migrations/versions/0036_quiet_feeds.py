"""Feeds: when each last brought anything new, and which file was delivered before under another name."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("feed", sa.Column("news_at", MOMENT, nullable=True))
    op.add_column("feed", sa.Column("news_since", MOMENT, nullable=True))
    op.add_column("feed", sa.Column("news_pause_s", sa.Float(), nullable=True))
    op.add_column("run", sa.Column("copy_of", sa.Text(), nullable=True))
    op.add_column("run", sa.Column("copied_at", MOMENT, nullable=True))
