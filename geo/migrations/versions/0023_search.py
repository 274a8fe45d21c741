"""Incidents by the words of their titles and by the end of their numbers; landmarks beside the basemap."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_incident_title",
        "incident",
        [
            sa.text(
                "to_tsvector('russian', translate(lower(coalesce(title, '')), 'ёәғқңөұүһі', 'еагкноуухи'))"
            )
        ],
        postgresql_using="gin",
    )
    op.create_index(
        "ix_incident_number_end", "incident", ["region", sa.text("reverse(source_id) text_pattern_ops")]
    )
    op.drop_constraint(op.f("ck_basemap_feature_theme"), "basemap_feature")
    op.create_check_constraint(
        op.f("ck_basemap_feature_theme"),
        "basemap_feature",
        "theme in ('road', 'water', 'rail', 'green', 'place', 'border', 'landmark')",
    )
