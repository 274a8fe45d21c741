"""Incidents: pictures that people attach as proof. They are compressed already."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "incident_proof",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("action_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("taken_at", MOMENT, nullable=True),
        sa.Column("lon", sa.Float(), nullable=True),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("width", sa.BigInteger(), nullable=False),
        sa.Column("height", sa.BigInteger(), nullable=False),
        sa.Column("picture", sa.LargeBinary(), nullable=False),
        sa.Column("thumbnail", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("stage in ('before', 'after')", name=op.f("ck_incident_proof_stage")),
        sa.CheckConstraint("(lon is null) = (lat is null)", name=op.f("ck_incident_proof_taken_where")),
        sa.PrimaryKeyConstraint("region", "action_id", name=op.f("pk_incident_proof")),
    )
    op.create_index(
        "ix_incident_proof_incident", "incident_proof", ["region", "incident_id", "action_id"], unique=False
    )
    op.execute(
        "alter table incident_proof alter picture set storage external, alter thumbnail set storage external"
    )
