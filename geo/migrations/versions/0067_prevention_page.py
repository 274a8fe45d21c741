"""Who may propose preventive measures on the page."""

from alembic import op

revision = "0067"
down_revision = "0066"
branch_labels = None
depends_on = None

PLANNERS = ("executive", "inspector", "administrator")


def upgrade() -> None:
    named = ", ".join(f"'{role}'" for role in PLANNERS)
    op.execute(
        f"""update user_role set permissions = array_append(permissions, 'prevention.plan')
        where key in ({named}) and not 'prevention.plan' = any(permissions)"""
    )
