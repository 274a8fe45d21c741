"""Addresses that people make before a register knows them."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("alter table building_tag drop constraint ck_building_tag_action")
    op.create_check_constraint(
        "action", "building_tag", "action in ('loaded', 'moved', 'confirmed', 'imported', 'undone', 'made')"
    )
    op.execute("grant insert on building to ikomek_editor")
