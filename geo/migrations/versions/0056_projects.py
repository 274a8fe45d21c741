"""Projects of the city, with the files of the project office."""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
NAMES = ("name_kk", "name_ru", "name_en")


def upgrade() -> None:
    op.create_table(
        "project_file",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("adopted_by", sa.Text(), nullable=False),
        sa.Column("adopted_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_project_file")),
    )
    op.create_table(
        "project",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in NAMES),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("point_4326", Geometry("POINT", srid=4326, spatial_index=False), nullable=False),
        sa.Column("point_3857", Geometry("POINT", srid=3857, spatial_index=False), nullable=False),
        sa.PrimaryKeyConstraint("region", "key", name=op.f("pk_project")),
    )
    for srid in (4326, 3857):
        op.create_index(f"idx_project_point_{srid}", "project", [f"point_{srid}"], postgresql_using="gist")
    op.create_table(
        "project_milestone",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in NAMES),
        sa.Column("planned_on", sa.Date(), nullable=False),
        sa.Column("planned_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_project_milestone")),
        sa.UniqueConstraint("region", "project", "key", name=op.f("uq_project_milestone_region_project_key")),
    )
