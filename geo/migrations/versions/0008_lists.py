"""The duty officer's list: the channel an incident came by, and the order by urgency."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("incident", sa.Column("channel", sa.Text(), nullable=True))
    op.execute("""
        update incident i set channel = q.channel
        from (select distinct on (region, incident_id) region, incident_id, channel from inquiry
            where incident_id is not null
              order by region, incident_id, received_at, id) q
        where i.region = q.region and i.id = q.incident_id""")
    op.create_index(
        "ix_incident_urgent",
        "incident",
        [
            "region",
            sa.text("(status = 'closed')"),
            sa.text("(-priority)"),
            sa.text("coalesce(due_at, 'infinity'::timestamptz)"),
            "id",
        ],
    )
