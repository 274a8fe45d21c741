"""Who may tell everybody of an incident: duty officers and administrators."""

from alembic import op

revision = "0070"
down_revision = "0069"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """update user_role set permissions = array_append(permissions, 'alert.publish')
        where key in ('duty', 'administrator') and not 'alert.publish' = any(permissions)"""
    )
