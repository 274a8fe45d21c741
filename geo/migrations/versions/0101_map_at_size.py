"""Indexes of incidents from which alone the map counts and lists those of a time, an area and a house (of a
large city the job `indexes` makes them, then drops those that they replace); pages of the table are marked
as seen by all often enough that an index can answer alone."""

import sqlalchemy as sa
from alembic import op

revision = "0101"
down_revision = "0100"
branch_labels = None
depends_on = None

SMALL = "select count(*) <= 200000 from (select from incident limit 200001) few"
"""An index of more would keep everybody from writing for too long."""
SQUARE = """((floor((20037508.342789244 - st_y(point_3857)) / 152.8740565703525) * 262144
    + floor((st_x(point_3857) + 20037508.342789244) / 152.8740565703525))::bigint)"""
COVERED = [
    "id",
    "kind",
    "category_id",
    "status",
    "priority",
    "district_id",
    "performer_id",
    "group_id",
    "channel",
    "due_at",
    "vanished_at",
    "point_3857",
]
# By default a fifth of the table must change first: of 14 million incidents those of a year.
VACUUMED = """alter table incident set (autovacuum_vacuum_scale_factor = 0.005,
    autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_insert_scale_factor = 0.005,
    autovacuum_vacuum_insert_threshold = 5000)"""


def upgrade() -> None:
    op.execute(VACUUMED)
    if op.get_bind().execute(sa.text(SMALL)).scalar_one():
        _index_incidents()
        op.drop_index("ix_incident_opened_at", "incident")
        op.drop_index("ix_incident_building", "incident")


def _index_incidents() -> None:
    op.create_index(
        "ix_incident_opened",
        "incident",
        ["region", "opened_at"],
        postgresql_include=[*COVERED, "building_id"],
    )
    op.create_index(
        "ix_incident_square",
        "incident",
        ["region", sa.text(SQUARE), "opened_at"],
        postgresql_include=COVERED,
    )
    op.create_index(
        "ix_incident_open_square",
        "incident",
        ["region", sa.text(SQUARE)],
        postgresql_where=sa.text("status <> 'closed' and point_3857 is not null"),
    )
    op.create_index(
        "ix_incident_house",
        "incident",
        ["region", "building_id", "opened_at"],
        postgresql_include=COVERED,
        postgresql_where=sa.text("building_id is not null"),
    )
