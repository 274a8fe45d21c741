"""How many of those who were there are gone is a figure of a flag too. Lists that wait are compared anew at
their approval: until then nobody asked whether their persons are others."""

import sqlalchemy as sa
from alembic import op

revision = "0087"
down_revision = "0084"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "flag", sa.Column("gone", sa.Integer(), server_default="0", nullable=False), schema="voters"
    )
    op.execute("update voters.list_version set compared = false where state = 'checked'")
