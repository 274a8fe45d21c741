"""Looks at one person are found in the audit by the keyed hash of the person."""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_audit_subject",
        "audit",
        [sa.text("(parameters ->> 'subject')")],
        unique=False,
        postgresql_where=sa.text("parameters ? 'subject'"),
    )
