"""What duty officers do with incidents: their actions, the case that an incident becomes, and beside each
decision what its source says now."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, UUID

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.execute("create sequence incident_action_id_seq")
    op.create_table(
        "incident_action",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column(
            "id",
            sa.BigInteger(),
            server_default=sa.text("nextval('incident_action_id_seq')"),
            nullable=False,
        ),
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("key", UUID(), nullable=False),
        sa.Column("batch", UUID(), nullable=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("parameters", JSONB(), nullable=False),
        sa.Column("before", JSONB(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("undoes", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_incident_action")),
        sa.UniqueConstraint("region", "who", "key", name=op.f("uq_incident_action_region_who_key")),
    )
    op.create_index(
        "ix_incident_action_incident", "incident_action", ["region", "incident_id", "id"], unique=False
    )
    op.create_index(
        "ix_incident_action_undoes",
        "incident_action",
        ["region", "undoes"],
        unique=True,
        postgresql_where=sa.text("undoes is not null"),
    )
    op.create_index(
        "ix_incident_action_batch",
        "incident_action",
        ["region", "batch"],
        unique=False,
        postgresql_where=sa.text("batch is not null"),
    )
    op.create_table(
        "incident_case",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("incident_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("acknowledged_by", sa.Text(), nullable=True),
        sa.Column("acknowledged_at", MOMENT, nullable=True),
        sa.Column("escalation", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("shelved_until", MOMENT, nullable=True),
        sa.Column("paused_at", MOMENT, nullable=True),
        sa.Column("left_s", sa.BigInteger(), nullable=True),
        sa.Column("returned", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("reopened", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("duplicate_of", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("escalation between 0 and 3", name=op.f("ck_incident_case_escalation")),
        sa.CheckConstraint(
            "outcome in ('done', 'not_confirmed', 'refused', 'not_ours', 'duplicate')",
            name=op.f("ck_incident_case_outcome"),
        ),
        sa.CheckConstraint("(paused_at is null) = (left_s is null)", name=op.f("ck_incident_case_paused")),
        sa.PrimaryKeyConstraint("region", "incident_id", name=op.f("pk_incident_case")),
    )
    op.add_column("incident_event", sa.Column("version", sa.BigInteger(), nullable=True))
    op.add_column("incident_event", sa.Column("action_id", sa.BigInteger(), nullable=True))
    op.add_column("decision", sa.Column("source_value_now", sa.Text(), nullable=True))
    op.add_column("decision", sa.Column("source_closed_at", MOMENT, nullable=True))
    op.execute("update decision set source_value_now = coalesce(conflict_value, source_value)")
