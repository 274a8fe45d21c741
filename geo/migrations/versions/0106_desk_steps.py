"""Steps of the desk are done once for a click; duplicates are found by their original."""

import sqlalchemy as sa
from alembic import op

revision = "0106"
down_revision = "0104"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "desk_step",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "step in ('agree', 'decide', 'extension', 'mark')", name=op.f("ck_desk_step_step")
        ),
        sa.PrimaryKeyConstraint("region", "who", "key", name=op.f("pk_desk_step")),
    )
    op.create_index(
        "ix_incident_case_duplicate_of",
        "incident_case",
        ["region", "duplicate_of"],
        postgresql_where=sa.text("duplicate_of is not null"),
    )
