"""Who may open the page of the electoral list, decide on its flags and addresses, and approve it."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

STAFF = ("electoral_editor", "electoral_approver", "administrator")
PERMISSIONS = {
    "page.voters": (*STAFF, "auditor"),
    "voters.decide": STAFF,
    "voters.approve": ("electoral_approver", "administrator"),
}


def upgrade() -> None:
    for permission, roles in PERMISSIONS.items():
        op.execute(
            sa.text(
                "update user_role set permissions = array_append(permissions, :permission) where "
                "key = any(:roles)"
            ).bindparams(permission=permission, roles=list(roles))
        )
