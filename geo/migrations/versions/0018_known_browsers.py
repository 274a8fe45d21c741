"""Browsers in which a person has signed in: strangers' failures do not count against them."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "known_browser",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("token_hash", "user_id", name="pk_known_browser"),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name="fk_known_browser_user_id_app_user"),
    )
    op.execute("grant select, insert, update, delete on known_browser to ikomek_web")
    op.execute("revoke select on known_browser from ikomek_etl, ikomek_reader, ikomek_editor")
