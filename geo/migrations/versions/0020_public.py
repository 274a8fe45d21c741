"""Which of the columns that a feed keeps may be shown: on the card of an incident, and in exports."""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("alter table feed add column public text[] not null default '{}'")
