"""Looks at the voters of one house are found in the audit by the house."""

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_audit_house",
        "audit",
        [sa.text("((parameters ->> 'building')::bigint)")],
        unique=False,
        postgresql_where=sa.text("what = 'voters.house_seen'"),
    )
