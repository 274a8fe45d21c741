"""Deliveries have numbers, and rows keep the one they are of; what each inquiry says of its incident is
kept; what is wrong with a feed's content."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

VERSIONED = (
    "incident",
    "inquiry",
    "calls",
    "building",
    "district",
    "basemap_feature",
    "category",
    "performer",
    "manager",
)
SAID = (
    ("title", sa.Text()),
    ("due_at", sa.DateTime(timezone=True)),
    ("address", sa.Text()),
    ("performer_id", sa.BigInteger()),
    ("named_district", sa.BigInteger()),
    ("placed_by", sa.Text()),
    ("lon", sa.Float()),
    ("lat", sa.Float()),
    ("x", sa.Float()),
    ("y", sa.Float()),
    ("source_status", sa.Text()),
    ("source_priority", sa.SmallInteger()),
    ("closed_at", sa.DateTime(timezone=True)),
)
GRANTS = """
grant select on delivery, finding to ikomek_reader, ikomek_editor, ikomek_web;
grant update on delivery, finding, feed to ikomek_web;
grant select, insert, update, delete on delivery, finding, inquiry_lead to ikomek_etl;
grant usage on sequence delivery_id_seq to ikomek_etl, ikomek_web;
"""


def moment(name: str, nullable: bool = True, **more: object) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable, **more)


def upgrade() -> None:
    op.execute("create sequence delivery_id_seq")
    for table in VERSIONED:
        op.add_column(table, sa.Column("delivery_id", sa.BigInteger(), nullable=True))
        op.add_column(table, moment("said_at"))
    op.add_column("run", sa.Column("delivery_id", sa.BigInteger(), nullable=True))
    op.add_column(
        "inbox",
        sa.Column(
            "delivery_id",
            sa.BigInteger(),
            nullable=False,
            server_default=sa.text("nextval('delivery_id_seq')"),
        ),
    )
    op.add_column("inbox", moment("done_at"))
    op.add_column("inbox", sa.Column("digest", sa.LargeBinary(), nullable=True))
    op.execute(
        "update inbox set digest = sha256(body), done_at = case when state <> 'waiting' then now() end"
    )
    op.create_index("ix_inbox_body", "inbox", ["done_at"], postgresql_where=sa.text("body is not null"))
    op.drop_column("feed", "watermark_at")
    op.add_column("feed", sa.Column("columns", sa.ARRAY(sa.Text()), nullable=True))
    op.create_table(
        "delivery",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("region", "feed", "source")),
        sa.Column(
            "id", sa.BigInteger(), nullable=False, server_default=sa.text("nextval('delivery_id_seq')")
        ),
        moment("delivered_at", nullable=False, server_default=sa.text("now()")),
        sa.Column("fingerprint", sa.Text(), nullable=True),
        sa.Column("own", sa.Boolean(), nullable=False, server_default="false"),
        moment("read_at"),
        moment("gone_at"),
        moment("watermark_at"),
        sa.Column("asked_after", sa.Text(), nullable=True),
        sa.Column("run_id", sa.BigInteger(), nullable=True),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.Column("error_parameters", JSONB(), nullable=True),
        sa.PrimaryKeyConstraint("region", "feed", "source", name=op.f("pk_delivery")),
    )
    op.create_index(
        "ix_delivery_gone", "delivery", ["region", "gone_at"], postgresql_where=sa.text("gone_at is not null")
    )
    op.create_table(
        "inquiry_lead",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("inquiry_id", sa.BigInteger(), nullable=False),
        *(sa.Column(name, type_, nullable=True) for name, type_ in SAID),
        sa.PrimaryKeyConstraint("region", "inquiry_id", name=op.f("pk_inquiry_lead")),
    )
    op.create_table(
        "finding",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("region", "feed", "code")),
        sa.Column("source", sa.Text(), nullable=False, server_default=""),
        sa.Column("parameters", JSONB(), nullable=False, server_default="{}"),
        sa.Column("run_id", sa.BigInteger(), nullable=True),
        moment("found_at", nullable=False, server_default=sa.text("now()")),
        sa.Column("accepted_by", sa.Text(), nullable=True),
        moment("accepted_at"),
        sa.PrimaryKeyConstraint("region", "feed", "code", "source", name=op.f("pk_finding")),
    )
    op.execute(GRANTS)
