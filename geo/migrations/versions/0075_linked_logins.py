"""Users who sign in with a provider of OpenID Connect: whom they are there."""

import sqlalchemy as sa
from alembic import op

revision = "0075"
down_revision = "0074"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "linked_login",
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("used_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_linked_login_user_id")),
        sa.PrimaryKeyConstraint("issuer", "subject", name=op.f("pk_linked_login")),
    )
    op.create_index(op.f("ix_linked_login_user_id"), "linked_login", ["user_id"])
