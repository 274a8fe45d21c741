"""Packages of the electoral list on their way to the election commission, and the receipts for them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "transfer",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("list_id", sa.BigInteger(), nullable=False),
        sa.Column("manifest", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("voters", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="sending", nullable=False),
        sa.Column("sent", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.Column("error_parameters", JSONB(), nullable=True),
        sa.Column("retry_at", MOMENT, nullable=True),
        sa.Column("sent_by", sa.Text(), nullable=False),
        sa.Column("begun_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("noted_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("delivered_at", MOMENT, nullable=True),
        sa.Column("received_at", MOMENT, nullable=True),
        sa.Column("receipt_number", sa.Text(), nullable=True),
        sa.Column("receipt", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("state in ('sending', 'delivered', 'received')", name=op.f("ck_transfer_state")),
        sa.CheckConstraint(
            "(state = 'received') = (received_at is not null)", name=op.f("ck_transfer_received")
        ),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_transfer")),
        schema="voters",
    )
    op.create_index(
        "ix_transfer_package",
        "transfer",
        ["region", "manifest", "address"],
        unique=True,
        schema="voters",
    )
