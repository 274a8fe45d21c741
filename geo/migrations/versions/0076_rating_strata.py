"""What each case of a closed month of the rating is of the dimensions that its strategy adjusts for."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0076"
down_revision = "0075"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("rating_case", sa.Column("strata", ARRAY(sa.Text()), server_default="{}", nullable=False))
