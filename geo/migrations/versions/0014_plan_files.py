"""What a file calls its precincts beside their number, and holes of a plan that are lawful."""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "precinct_label",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("plan_id", sa.BigInteger(), nullable=False),
        sa.Column("precinct_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("attributes", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.PrimaryKeyConstraint("region", "plan_id", "precinct_id", name="pk_precinct_label"),
    )
    op.create_table(
        "plan_hole",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("plan_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("geom", Geometry("POLYGON", srid=0, spatial_index=False), nullable=False),
        sa.PrimaryKeyConstraint("region", "id", name="pk_plan_hole"),
    )
    op.create_index("ix_plan_hole_plan", "plan_hole", ["region", "plan_id"])
    op.execute("grant select on precinct_label, plan_hole to ikomek_web, ikomek_reader")
    op.execute(
        "grant select, insert, update, delete on precinct_label, plan_hole to ikomek_etl, ikomek_editor"
    )
    op.execute("grant usage on sequence plan_hole_id_seq to ikomek_etl, ikomek_editor")
