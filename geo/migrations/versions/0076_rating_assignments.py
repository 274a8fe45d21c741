"""Rating: what each case of a closed month is of the dimensions that its strategy adjusts for; indicators
assigned to managers, by whom and why; who may propose and who may accept that."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0076"
down_revision = "0075"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
ROLES = ("executive", "administrator")
PERMISSIONS = ("rating.assign", "rating.accept")


def upgrade() -> None:
    op.add_column("rating_case", sa.Column("strata", ARRAY(sa.Text()), server_default="{}", nullable=False))
    op.create_table(
        "rating_assignment",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("manager", sa.Text(), nullable=False),
        sa.Column("indicator", sa.Text(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("strategy", sa.BigInteger(), nullable=False),
        sa.Column("weight", sa.BigInteger(), nullable=False),
        sa.Column("plan", sa.Float(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("proposed_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("weight between 0 and 100", name=op.f("ck_rating_assignment_weight")),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_rating_assignment")),
        sa.UniqueConstraint("region", "id", "proposed_by", name=op.f("uq_rating_assignment_region")),
    )
    op.create_table(
        "rating_assignment_answer",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("assignment", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("accepted", sa.Boolean(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("decided_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("decided_by <> proposed_by", name=op.f("ck_rating_assignment_answer_two_people")),
        sa.ForeignKeyConstraint(
            ["region", "assignment", "proposed_by"],
            ["rating_assignment.region", "rating_assignment.id", "rating_assignment.proposed_by"],
            name=op.f("fk_rating_assignment_answer_region"),
        ),
        sa.PrimaryKeyConstraint("region", "assignment", name=op.f("pk_rating_assignment_answer")),
    )
    named = ", ".join(f"'{role}'" for role in ROLES)
    for permission in PERMISSIONS:
        op.execute(
            f"""update user_role set permissions = array_append(permissions, '{permission}')
            where key in ({named}) and not '{permission}' = any(permissions)"""
        )
