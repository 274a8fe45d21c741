"""Administrators see the users on a page and end their sessions there."""

from alembic import op

revision = "0081"
down_revision = "0078"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "update user_role set permissions = array_append(permissions, 'page.users') "
        "where key = 'administrator' and 'page.users' <> all(permissions)"
    )


def downgrade() -> None:
    op.execute("update user_role set permissions = array_remove(permissions, 'page.users')")
