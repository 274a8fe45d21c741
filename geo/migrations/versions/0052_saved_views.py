"""Saved views of the duty desk, of a person or of a post."""

import sqlalchemy as sa
from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "saved_view",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("post", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("(owner is null) <> (post is null)", "one_owner"),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_saved_view")),
    )
    op.create_index(
        "ix_saved_view_name",
        "saved_view",
        ["region", sa.text("coalesce(owner, '')"), sa.text("coalesce(post, '')"), "name"],
        unique=True,
    )
