"""From where a session was opened, for the list that its owner sees; tokens of screens and programs end:
those that are there a year from now."""

import sqlalchemy as sa
from alembic import op

revision = "0068"
down_revision = "0067"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("user_session", sa.Column("browser", sa.Text(), nullable=True))
    op.add_column("user_session", sa.Column("network", sa.Text(), nullable=True))
    op.add_column("user_session", sa.Column("renewed_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(
        "update user_session set expires_at = now() + interval '365 days' "
        "where type in ('device', 'token') and expires_at is null and revoked_at is null"
    )
