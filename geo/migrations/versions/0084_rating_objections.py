"""Rating: who may object to how a case is counted, and who may decide that."""

from alembic import op

revision = "0084"
down_revision = "0081"
branch_labels = None
depends_on = None

ROLES = ("executive", "administrator")
PERMISSIONS = ("rating.object", "rating.decide")


def upgrade() -> None:
    named = ", ".join(f"'{role}'" for role in ROLES)
    for permission in PERMISSIONS:
        op.execute(
            f"""update user_role set permissions = array_append(permissions, '{permission}')
            where key in ({named}) and not '{permission}' = any(permissions)"""
        )
