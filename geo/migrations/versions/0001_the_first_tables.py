"""The first tables"""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("create extension if not exists postgis")
    op.execute("create schema if not exists personal")
    op.execute("create sequence change_id_seq")
    op.execute("create sequence incident_event_id_seq")
    op.create_table(
        "assignment",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("plan_id", sa.BigInteger(), nullable=False),
        sa.Column("building_id", sa.BigInteger(), nullable=False),
        sa.Column("precinct_id", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), server_default="geometry", nullable=False),
        sa.CheckConstraint("source in ('geometry', 'hand', 'text')", name=op.f("ck_assignment_source")),
        sa.PrimaryKeyConstraint("region", "plan_id", "building_id", name=op.f("pk_assignment")),
    )
    op.create_index(
        "ix_assignment_precinct", "assignment", ["region", "plan_id", "precinct_id"], unique=False
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("parameters", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_table(
        "basemap_feature",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("theme", sa.Text(), nullable=False),
        sa.Column("class", sa.Text(), nullable=False),
        sa.Column("min_zoom", sa.SmallInteger(), server_default="12", nullable=False),
        sa.Column("name_kk", sa.Text(), nullable=True),
        sa.Column("name_ru", sa.Text(), nullable=True),
        sa.Column("name_en", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("geom_4326", Geometry(srid=4326, dimension=2, spatial_index=False), nullable=False),
        sa.Column("geom_3857", Geometry(srid=3857, dimension=2, spatial_index=False), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "theme in ('road', 'water', 'rail', 'green', 'place')", name=op.f("ck_basemap_feature_theme")
        ),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_basemap_feature")),
        sa.UniqueConstraint(
            "region", "source", "source_id", name=op.f("uq_basemap_feature_region_source_source_id")
        ),
    )
    op.create_index(
        "idx_basemap_feature_geom_3857",
        "basemap_feature",
        ["geom_3857"],
        unique=False,
        postgresql_using="gist",
    )
    op.create_index(
        "ix_basemap_feature_low",
        "basemap_feature",
        ["geom_3857"],
        unique=False,
        postgresql_using="gist",
        postgresql_where=sa.text("min_zoom < 12"),
    )
    op.create_table(
        "building",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("street_kk", sa.Text(), nullable=True),
        sa.Column("street_ru", sa.Text(), nullable=True),
        sa.Column("house", sa.Text(), nullable=True),
        sa.Column("street_norm", sa.Text(), nullable=True),
        sa.Column("house_norm", sa.Text(), nullable=True),
        sa.Column("register_code", sa.Text(), nullable=True),
        sa.Column("use", sa.Text(), nullable=True),
        sa.Column("floors", sa.BigInteger(), nullable=True),
        sa.Column("voters", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=True),
        sa.Column("tag_quality", sa.Text(), server_default="register", nullable=False),
        sa.Column("tagged_by", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column(
            "point_4326",
            Geometry(geometry_type="POINT", srid=4326, dimension=2, spatial_index=False),
            nullable=True,
        ),
        sa.Column(
            "point_3857",
            Geometry(geometry_type="POINT", srid=3857, dimension=2, spatial_index=False),
            nullable=True,
        ),
        sa.Column(
            "footprint_4326",
            Geometry(geometry_type="MULTIPOLYGON", srid=4326, dimension=2, spatial_index=False),
            nullable=True,
        ),
        sa.Column(
            "footprint_3857",
            Geometry(geometry_type="MULTIPOLYGON", srid=3857, dimension=2, spatial_index=False),
            nullable=True,
        ),
        sa.CheckConstraint(
            "tag_quality in ('register', 'footprint', 'hand', 'geocoded', 'untagged')",
            name=op.f("ck_building_tag_quality"),
        ),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_building")),
        sa.UniqueConstraint(
            "region", "source", "source_id", name=op.f("uq_building_region_source_source_id")
        ),
    )
    op.create_index(
        "idx_building_footprint_3857", "building", ["footprint_3857"], unique=False, postgresql_using="gist"
    )
    op.create_index(
        "idx_building_point_3857", "building", ["point_3857"], unique=False, postgresql_using="gist"
    )
    op.create_index("ix_building_address", "building", ["region", "street_norm", "house_norm"], unique=False)
    op.create_index(op.f("ix_building_district_id"), "building", ["district_id"], unique=False)
    op.create_table(
        "building_tag",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("building_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "point_4326",
            Geometry(geometry_type="POINT", srid=4326, dimension=2, spatial_index=False),
            nullable=True,
        ),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("quality", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_building_tag")),
    )
    op.create_index(op.f("ix_building_tag_building_id"), "building_tag", ["building_id"], unique=False)
    op.create_table(
        "calls",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("offered", sa.BigInteger(), nullable=False),
        sa.Column("answered", sa.BigInteger(), nullable=False),
        sa.Column("lost", sa.BigInteger(), nullable=False),
        sa.Column("answer_s", sa.Double(), nullable=True),
        sa.Column("run_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("region", "source", "hour", name=op.f("pk_calls")),
    )
    op.create_table(
        "change",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), server_default=sa.text("nextval('change_id_seq')"), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=True),
        sa.Column("noun", sa.Text(), nullable=False),
        sa.Column("noun_id", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("region", "id", "recorded_at", name=op.f("pk_change")),
        postgresql_partition_by="RANGE (recorded_at)",
    )
    op.create_index("ix_change_position", "change", ["position"], unique=False)
    op.create_index(
        "ix_change_unstamped", "change", ["id"], unique=False, postgresql_where=sa.text("position is null")
    )
    op.create_table(
        "change_position",
        sa.Column("only", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("epoch", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("only", name=op.f("pk_change_position")),
    )
    op.create_table(
        "decision",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("source_value", sa.Text(), nullable=True),
        sa.Column("conflict_value", sa.Text(), nullable=True),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_decision")),
        sa.UniqueConstraint(
            "region", "incident_id", "field", name=op.f("uq_decision_region_incident_id_field")
        ),
    )
    op.create_table(
        "density_cell",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("z", sa.SmallInteger(), nullable=False),
        sa.Column("x", sa.Integer(), nullable=False),
        sa.Column("y", sa.Integer(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("sub", sa.SmallInteger(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("keys", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("sums", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.PrimaryKeyConstraint("region", "z", "x", "y", "part", "sub", name=op.f("pk_density_cell")),
    )
    op.create_table(
        "density_day",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("x15", sa.Integer(), nullable=False),
        sa.Column("y15", sa.Integer(), nullable=False),
        sa.Column("x22", sa.Integer(), nullable=False),
        sa.Column("y22", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("series", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "region", "x15", "y15", "x22", "y22", "day", "series", name=op.f("pk_density_day")
        ),
    )
    op.create_index(
        "ix_density_day_day",
        "density_day",
        ["region", "day", "x22", "y22"],
        unique=False,
        postgresql_include=["series", "n"],
    )
    op.create_table(
        "density_series",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("series", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("category_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("region", "series", name=op.f("pk_density_series")),
    )
    op.create_table(
        "density_delta",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("x22", sa.Integer(), nullable=False),
        sa.Column("y22", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("category_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_density_delta")),
    )
    op.create_table(
        "district",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kato", sa.Text(), nullable=True),
        sa.Column("parent_key", sa.Text(), nullable=True),
        sa.Column("name_kk", sa.Text(), nullable=False),
        sa.Column("name_ru", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column(
            "geom_4326",
            Geometry(geometry_type="MULTIPOLYGON", srid=4326, dimension=2, spatial_index=False),
            nullable=False,
        ),
        sa.Column(
            "geom_3857",
            Geometry(geometry_type="MULTIPOLYGON", srid=3857, dimension=2, spatial_index=False),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_district")),
        sa.UniqueConstraint("region", "key", "valid_from", name=op.f("uq_district_region_key_valid_from")),
    )
    op.create_index(
        "idx_district_geom_3857", "district", ["geom_3857"], unique=False, postgresql_using="gist"
    )
    op.create_index(
        "idx_district_geom_4326", "district", ["geom_4326"], unique=False, postgresql_using="gist"
    )
    op.create_table(
        "edge",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("plan_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("from_node", sa.BigInteger(), nullable=False),
        sa.Column("to_node", sa.BigInteger(), nullable=False),
        sa.Column("left_precinct", sa.BigInteger(), nullable=True),
        sa.Column("right_precinct", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column(
            "geom",
            Geometry(geometry_type="LINESTRING", srid=0, dimension=2, spatial_index=False),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("region", "plan_id", "id", name=op.f("pk_edge")),
    )
    op.create_index("idx_edge_geom", "edge", ["geom"], unique=False, postgresql_using="gist")
    op.create_index("ix_edge_left", "edge", ["region", "plan_id", "left_precinct"], unique=False)
    op.create_index("ix_edge_right", "edge", ["region", "plan_id", "right_precinct"], unique=False)
    op.create_table(
        "feed",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("layer", sa.Text(), nullable=True),
        sa.Column("interval_s", sa.BigInteger(), nullable=False),
        sa.Column("polled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("newest_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.Column("error_parameters", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.PrimaryKeyConstraint("region", "key", name=op.f("pk_feed")),
    )
    op.create_table(
        "inbox",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("media_type", sa.Text(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("run_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("state in ('waiting', 'taken', 'done', 'failed')", name=op.f("ck_inbox_state")),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_inbox")),
        sa.UniqueConstraint(
            "region", "feed", "idempotency_key", name=op.f("uq_inbox_region_feed_idempotency_key")
        ),
    )
    op.create_table(
        "incident",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("category_id", sa.BigInteger(), nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("source_status", sa.Text(), nullable=False),
        sa.Column("source_priority", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("priority", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("district_id", sa.BigInteger(), nullable=True),
        sa.Column("building_id", sa.BigInteger(), nullable=True),
        sa.Column("performer_id", sa.BigInteger(), nullable=True),
        sa.Column("group_id", sa.BigInteger(), nullable=True),
        sa.Column("inquiries", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("fine_tenge", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("attributes", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("vanished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "point_4326",
            Geometry(geometry_type="POINT", srid=4326, dimension=2, spatial_index=False),
            nullable=True,
        ),
        sa.Column(
            "point_3857",
            Geometry(geometry_type="POINT", srid=3857, dimension=2, spatial_index=False),
            nullable=True,
        ),
        sa.CheckConstraint(
            "kind in ('service', 'police', 'emergency', 'offence')", name=op.f("ck_incident_kind")
        ),
        sa.CheckConstraint("status in ('open', 'in_progress', 'closed')", name=op.f("ck_incident_status")),
        sa.CheckConstraint("priority between 0 and 2", name=op.f("ck_incident_priority")),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_incident")),
        sa.UniqueConstraint(
            "region", "source", "source_id", name=op.f("uq_incident_region_source_source_id")
        ),
    )
    op.create_index(
        "idx_incident_point_3857", "incident", ["point_3857"], unique=False, postgresql_using="gist"
    )
    op.create_index(
        "ix_incident_building",
        "incident",
        ["region", "building_id"],
        unique=False,
        postgresql_where=sa.text("building_id is not null"),
    )
    op.create_index("ix_incident_category", "incident", ["region", "category_id", "opened_at"], unique=False)
    op.create_index("ix_incident_district", "incident", ["region", "district_id", "opened_at"], unique=False)
    op.create_index(
        "ix_incident_open",
        "incident",
        ["region", "kind", "opened_at"],
        unique=False,
        postgresql_where=sa.text("status <> 'closed'"),
    )
    op.create_index("ix_incident_opened_at", "incident", ["region", "opened_at"], unique=False)
    op.create_table(
        "incident_event",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('incident_event_id_seq')"), nullable=False
        ),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("from_value", sa.Text(), nullable=True),
        sa.Column("to_value", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("region", "id", "recorded_at", name=op.f("pk_incident_event")),
        postgresql_partition_by="RANGE (recorded_at)",
    )
    op.create_index(
        "ix_incident_event_incident", "incident_event", ["region", "incident_id", "happened_at"], unique=False
    )
    op.create_table(
        "inquiry",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("topic_id", sa.BigInteger(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer_s", sa.BigInteger(), nullable=True),
        sa.Column("one_take", sa.Boolean(), nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_inquiry")),
        sa.UniqueConstraint("region", "source", "source_id", name=op.f("uq_inquiry_region_source_source_id")),
    )
    op.create_index(
        "ix_inquiry_incident",
        "inquiry",
        ["region", "incident_id"],
        unique=False,
        postgresql_where="incident_id is not null",
    )
    op.create_index("ix_inquiry_received_at", "inquiry", ["region", "received_at"], unique=False)
    op.create_table(
        "inquiry_count",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("topic_id", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("one_take", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("region", "day", "topic_id", "channel", name=op.f("pk_inquiry_count")),
    )
    op.create_table(
        "manager",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("post_kk", sa.Text(), nullable=False),
        sa.Column("post_ru", sa.Text(), nullable=False),
        sa.Column("post_en", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_manager")),
        sa.UniqueConstraint("key", name=op.f("uq_manager_key")),
    )
    op.create_table(
        "node",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("plan_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column(
            "point", Geometry(geometry_type="POINT", srid=0, dimension=2, spatial_index=False), nullable=False
        ),
        sa.PrimaryKeyConstraint("region", "plan_id", "id", name=op.f("pk_node")),
    )
    op.create_index("idx_node_point", "node", ["point"], unique=False, postgresql_using="gist")
    op.create_table(
        "inquiry_text",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("inquiry_id", sa.BigInteger(), nullable=False),
        sa.Column("caller_name", sa.Text(), nullable=True),
        sa.Column("caller_phone", sa.Text(), nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("region", "inquiry_id", name=op.f("pk_inquiry_text")),
        schema="personal",
    )
    op.create_table(
        "plan",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="draft", nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("in_force_from", sa.Date(), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "state in ('draft', 'checked', 'agreed', 'approved', 'published')", name=op.f("ck_plan_state")
        ),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_plan")),
    )
    op.create_table(
        "plan_event",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("plan_id", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_plan_event")),
    )
    op.create_index(op.f("ix_plan_event_plan_id"), "plan_event", ["plan_id"], unique=False)
    op.create_table(
        "precinct",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("plan_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), server_default="open", nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=True),
        sa.Column("voters", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("buildings", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column(
            "geom",
            Geometry(geometry_type="MULTIPOLYGON", srid=0, dimension=2, spatial_index=False),
            nullable=True,
        ),
        sa.Column(
            "geom_4326",
            Geometry(geometry_type="MULTIPOLYGON", srid=4326, dimension=2, spatial_index=False),
            nullable=True,
        ),
        sa.Column(
            "geom_3857",
            Geometry(geometry_type="MULTIPOLYGON", srid=3857, dimension=2, spatial_index=False),
            nullable=True,
        ),
        sa.Column("station_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("kind in ('open', 'closed', 'abroad')", name=op.f("ck_precinct_kind")),
        sa.PrimaryKeyConstraint("region", "plan_id", "id", name=op.f("pk_precinct")),
        sa.UniqueConstraint("region", "plan_id", "number", name=op.f("uq_precinct_region_plan_id_number")),
    )
    op.create_index("idx_precinct_geom", "precinct", ["geom"], unique=False, postgresql_using="gist")
    op.create_index(
        "idx_precinct_geom_3857", "precinct", ["geom_3857"], unique=False, postgresql_using="gist"
    )
    op.create_table(
        "reject",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("row_number", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=True),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("row", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_reject")),
    )
    op.create_index("ix_reject_run", "reject", ["region", "run_id"], unique=False)
    op.create_table(
        "run",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_rows", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("written", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("unchanged", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("rejected", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("no_coordinates", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("vanished", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("seconds", sa.Double(), nullable=True),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.Column("error_parameters", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.CheckConstraint("state in ('running', 'done', 'failed')", name=op.f("ck_run_state")),
        sa.CheckConstraint("read_rows = written + unchanged + rejected", name=op.f("ck_run_ledger")),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_run")),
    )
    op.create_index("ix_run_feed", "run", ["region", "feed", "started_at"], unique=False)
    op.create_table(
        "setting",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_setting")),
    )
    op.create_table(
        "station",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name_kk", sa.Text(), nullable=False),
        sa.Column("name_ru", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("building_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "point_4326",
            Geometry(geometry_type="POINT", srid=4326, dimension=2, spatial_index=False),
            nullable=True,
        ),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_station")),
    )
    op.create_table(
        "tile_touch",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("layer", sa.Text(), nullable=False),
        sa.Column("x10", sa.Integer(), nullable=False),
        sa.Column("y10", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_tile_touch")),
    )
    op.create_table(
        "tile_version",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("layer", sa.Text(), nullable=False),
        sa.Column("x10", sa.Integer(), nullable=False),
        sa.Column("y10", sa.Integer(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("region", "layer", "x10", "y10", name=op.f("pk_tile_version")),
    )
    op.create_table(
        "user_role",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("permissions", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_user_role")),
    )
    op.create_table(
        "app_user",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("districts", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column("kinds", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["role"], ["user_role.key"], name=op.f("fk_app_user_role")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_app_user")),
        sa.UniqueConstraint("name", name=op.f("uq_app_user_name")),
    )
    op.create_table(
        "performer",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("name_kk", sa.Text(), nullable=False),
        sa.Column("name_ru", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("manager_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "type in ('department', 'akimat', 'utility', 'lift', 'condominium', 'service', 'other')",
            name=op.f("ck_performer_type"),
        ),
        sa.ForeignKeyConstraint(["manager_id"], ["manager.id"], name=op.f("fk_performer_manager_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_performer")),
        sa.UniqueConstraint("key", name=op.f("uq_performer_key")),
    )
    op.create_table(
        "category",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name_kk", sa.Text(), nullable=False),
        sa.Column("name_ru", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("due_hours", sa.Double(), nullable=True),
        sa.Column("calendar", sa.Text(), server_default="around_the_clock", nullable=False),
        sa.Column("performer_id", sa.BigInteger(), nullable=True),
        sa.Column("duplicate_radius_m", sa.Double(), server_default="100", nullable=False),
        sa.Column("duplicate_window_h", sa.Double(), server_default="24", nullable=False),
        sa.CheckConstraint("calendar in ('working', 'around_the_clock')", name=op.f("ck_category_calendar")),
        sa.CheckConstraint(
            "kind in ('service', 'police', 'emergency', 'offence')", name=op.f("ck_category_kind")
        ),
        sa.ForeignKeyConstraint(["parent_id"], ["category.id"], name=op.f("fk_category_parent_id")),
        sa.ForeignKeyConstraint(["performer_id"], ["performer.id"], name=op.f("fk_category_performer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_category")),
        sa.UniqueConstraint("key", name=op.f("uq_category_key")),
    )
    op.create_table(
        "user_session",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("scope", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("label", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "type in ('person', 'device', 'push', 'one_time')", name=op.f("ck_user_session_type")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_user_session_user_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_user_session")),
    )
    for table in ("change", "incident_event"):
        # What no month's partition holds yet still finds a place: a missing partition must never stop a
        # write.
        op.execute(f"create table {table}_default partition of {table} default")
    op.execute(
        "insert into change_position (epoch, position) values (substr(md5(random()::text || "
        "clock_timestamp()::text), 1, 8), 0)"
    )
    # Counters that are updated every two seconds stay on their page.
    op.execute("alter table density_cell set (fillfactor = 70)")
    # The relay's bell: PostgreSQL rings it at commit, once a transaction however many rows it recorded.
    op.execute(
        "create function ring_change_bell() returns trigger language plpgsql as $$ begin perform "
        "pg_notify('ikomek_change', ''); return null; end $$"
    )
    op.execute(
        "create trigger change_bell after insert on change for each statement execute function "
        "ring_change_bell()"
    )
