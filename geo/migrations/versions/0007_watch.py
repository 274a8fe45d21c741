"""When a feed is due, how long it has been failing, how far it has read; borders on the basemap."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name, type_ in (
        ("watermark_at", sa.DateTime(timezone=True)),
        ("next_at", sa.DateTime(timezone=True)),
        ("failing_since", sa.DateTime(timezone=True)),
        ("alarmed_at", sa.DateTime(timezone=True)),
    ):
        op.add_column("feed", sa.Column(name, type_, nullable=True))
    op.add_column("feed", sa.Column("failures", sa.BigInteger(), nullable=False, server_default="0"))
    op.drop_constraint("theme", "basemap_feature", type_="check")
    op.create_check_constraint(
        "theme", "basemap_feature", "theme in ('road', 'water', 'rail', 'green', 'place', 'border')"
    )
