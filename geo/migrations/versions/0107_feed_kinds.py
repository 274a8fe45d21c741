"""Of which kinds the rows of a feed may be, which says who may see them; a response to an alarm is known by
its click and by the version that it made; who has ended a preventive measure and retired an answer."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0107"
down_revision = "0106"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("feed", sa.Column("kinds", postgresql.ARRAY(sa.Text()), nullable=True))
    op.add_column("alarm_event", sa.Column("version", sa.BigInteger(), nullable=True))
    op.add_column("alarm_event", sa.Column("key", sa.Uuid(), nullable=True))
    op.add_column("answer_article", sa.Column("retired_by", sa.Text(), nullable=True))
    op.add_column("prevention", sa.Column("ended_by", sa.Text(), nullable=True))
    op.add_column("prevention", sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True))
