"""Who may write notes to a year of the statistics on the page."""

from alembic import op

revision = "0095"
down_revision = "0090"
branch_labels = None
depends_on = None

WRITERS = ("auditor", "administrator")


def upgrade() -> None:
    named = ", ".join(f"'{role}'" for role in WRITERS)
    op.execute(
        f"""update user_role set permissions = array_append(permissions, 'statistics.note')
        where key in ({named}) and not 'statistics.note' = any(permissions)"""
    )
