"""Rejects mended, places found: what a run mended of its own accord, what a person mended and sent again,
and how an incident came by its point."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("run", sa.Column("mended", JSONB(), nullable=False, server_default="{}"))
    op.add_column("run", sa.Column("placed", sa.BigInteger(), nullable=False, server_default="0"))
    for name, type_ in (
        ("mended_row", JSONB()),
        ("mended_by", sa.Text()),
        ("mended_at", sa.DateTime(timezone=True)),
        ("replay_run_id", sa.BigInteger()),
    ):
        op.add_column("reject", sa.Column(name, type_, nullable=True))
    op.add_column("incident", sa.Column("placed_by", sa.Text(), nullable=True))
    op.create_check_constraint(
        "placed_by",
        "incident",
        "placed_by in ('building', 'neighbour', 'interpolated', 'crossing', 'street')",
    )
    op.execute("grant update (mended_row, mended_by, mended_at, replay_run_id) on reject to ikomek_web")
