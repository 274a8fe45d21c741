"""The second factor: secrets, recovery codes, which roles require it, and sessions that wait for a code."""

import sqlalchemy as sa
from alembic import op

revision = "0069"
down_revision = "0068"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
OPEN_HALF_SESSION = """
create function open_half_session(hash text, who bigint) returns void language plpgsql security definer
    set search_path = public, pg_temp as $$
-- After the password: opens nothing but the question for the code, for ten minutes.
begin
  insert into user_session (token_hash, type, user_id, expires_at)
    select hash, 'half', u.id, now() + interval '10 minutes' from app_user u
    where u.id = who and u.disabled_at is null;
  if not found then raise exception 'there is no such user' using errcode = 'no_data_found'; end if;
end $$"""


def upgrade() -> None:
    op.create_table(
        "second_factor",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("begun_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("confirmed_at", MOMENT, nullable=True),
        sa.Column("last_step", sa.BigInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_second_factor_user_id")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_second_factor")),
    )
    op.create_table(
        "recovery_code",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["second_factor.user_id"],
            name=op.f("fk_recovery_code_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", "code_hash", name=op.f("pk_recovery_code")),
    )
    op.add_column(
        "user_role", sa.Column("second_factor", sa.Boolean(), server_default="false", nullable=False)
    )
    op.drop_constraint(op.f("ck_user_session_type"), "user_session")
    op.create_check_constraint(
        op.f("ck_user_session_type"),
        "user_session",
        "type in ('person', 'half', 'device', 'token', 'one_time')",
    )
    op.execute(OPEN_HALF_SESSION)
