"""Who may print the list of a precinct, and who may load a list by the page."""

from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

GRANT = """update user_role set permissions = array_append(permissions, '{permission}')
    where key in ('electoral_editor', 'electoral_approver'{more})"""


def upgrade() -> None:
    op.execute(GRANT.format(permission="voters.print", more=""))
    op.execute(GRANT.format(permission="voters.load", more=", 'administrator'"))
