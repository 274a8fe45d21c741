"""The voters' list: the persons of an address that is decided are found at once."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_person_address",
        "person",
        ["list_id", "address_id"],
        postgresql_where=sa.text("address_id is not null"),
        schema="voters",
    )
