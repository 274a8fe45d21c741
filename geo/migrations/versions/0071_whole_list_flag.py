"""A change of a whole list is a flag too, beside those of houses and precincts."""

from alembic import op

revision = "0071"
down_revision = "0070"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_constraint(op.f("ck_flag_level"), "flag", schema="voters", type_="check")
    op.create_check_constraint(
        op.f("ck_flag_level"), "flag", "level in ('house', 'precinct', 'list')", schema="voters"
    )
