"""Files of people: a feed may come when it comes, without an interval; a time may be known to the month
alone."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column("feed", "interval_s", nullable=True)
    op.add_column("incident", sa.Column("opened_precision", sa.Text(), nullable=True))
    op.create_check_constraint("opened_precision", "incident", "opened_precision in ('month')")
