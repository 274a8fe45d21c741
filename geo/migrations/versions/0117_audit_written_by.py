"""Which role wrote a row of the audit, by the database: who may insert says who acted, and this says who said
so. Rows of before have none, and their seals stay as they are."""

import sqlalchemy as sa
from alembic import op

revision = "0117"
down_revision = "0116"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("audit", sa.Column("written_by", sa.Text(), nullable=True))
    op.alter_column("audit", "written_by", server_default=sa.text("session_user"))
