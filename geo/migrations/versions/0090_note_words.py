"""Notes of officers are found by their words."""

import sqlalchemy as sa
from alembic import op

revision = "0090"
down_revision = "0089"
branch_labels = None
depends_on = None

WORDS = """to_tsvector('russian', translate(lower(coalesce(parameters ->> 'text', '')), 'ёәғқңөұүһі',
    'еагкноуухи'))"""


def upgrade() -> None:
    op.create_index(
        "ix_incident_action_note",
        "incident_action",
        [sa.text(WORDS)],
        postgresql_using="gin",
        postgresql_where=sa.text("verb = 'note'"),
    )
