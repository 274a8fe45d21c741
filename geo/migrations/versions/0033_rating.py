"""Rating: versions of the strategy, months, and the cases of closed ones; who sees the page."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
READERS = ("inspector", "executive", "auditor", "administrator")


def upgrade() -> None:
    op.create_table(
        "rating_strategy",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("adopted_by", sa.Text(), nullable=False),
        sa.Column("adopted_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("region", "version", name=op.f("pk_rating_strategy")),
    )
    op.create_table(
        "rating_month",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("strategy", sa.BigInteger(), nullable=False),
        sa.Column("as_of", MOMENT, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("proposed_at", MOMENT, nullable=False),
        sa.Column("closed_by", sa.Text(), nullable=True),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("signature", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("closed_by <> proposed_by", name=op.f("ck_rating_month_two_people")),
        sa.CheckConstraint(
            "(closed_by is null) = (closed_at is null) and (closed_at is null) = (signature is null)",
            name=op.f("ck_rating_month_closed"),
        ),
        sa.PrimaryKeyConstraint("region", "month", name=op.f("pk_rating_month")),
    )
    op.create_table(
        "rating_case",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("incident_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("manager", sa.Text(), nullable=False),
        sa.Column("performer", sa.Text(), nullable=False),
        sa.Column("pattern", sa.BigInteger(), nullable=False),
        sa.Column("marks", ARRAY(sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("region", "month", "incident_id", name=op.f("pk_rating_case")),
    )
    op.create_index("ix_rating_case_manager", "rating_case", ["region", "month", "manager"], unique=False)
    op.create_table(
        "rating_objection",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("manager", sa.Text(), nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("accepted", sa.Boolean(), nullable=True),
        sa.Column("performer", sa.Text(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.CheckConstraint("decided_by <> made_by", name=op.f("ck_rating_objection_two_people")),
        sa.CheckConstraint(
            "(decided_by is null) = (decided_at is null) and (decided_at is null) = (accepted is null)",
            name=op.f("ck_rating_objection_decided"),
        ),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_rating_objection")),
    )
    op.create_index(
        "ix_rating_objection_incident",
        "rating_objection",
        ["region", "month", "incident_id"],
        unique=False,
    )
    # What two people have closed and signed stands as it is, whoever connects.
    op.execute("""create function keep_rating_month () returns trigger language plpgsql as $$ begin
        if old.closed_at is not null then raise exception 'a closed month is frozen'; end if;
        return case tg_op when 'DELETE' then old else new end; end $$""")
    op.execute("""create trigger keep_closed before update or delete on rating_month for each row
        execute function keep_rating_month ()""")
    op.execute(
        sa.text(
            "update user_role set permissions = array_append(permissions, 'page.rating') where key = "
            "any(:roles)"
        ).bindparams(roles=list(READERS))
    )
