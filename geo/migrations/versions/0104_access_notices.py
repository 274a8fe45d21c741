"""What people are told of their access, how a session was opened, and links for a new password."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0104"
down_revision = "0103"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
OPEN_RESET_SESSION = """
create function open_reset_session(hash text, who bigint) returns void language plpgsql security definer
    set search_path = public, pg_temp as $$
-- A link for a new password: opens nothing but that question, for two hours. The one before it ends.
begin
  update user_session set revoked_at = now() where user_id = who and type = 'reset' and revoked_at is null;
  insert into user_session (token_hash, type, user_id, expires_at)
    select hash, 'reset', u.id, now() + interval '2 hours' from app_user u
    where u.id = who and u.disabled_at is null;
  if not found then raise exception 'there is no such user' using errcode = 'no_data_found'; end if;
end $$"""


def upgrade() -> None:
    op.add_column("app_user", sa.Column("mail", sa.Text(), nullable=True))
    op.add_column("user_session", sa.Column("way", sa.Text(), nullable=True))
    op.drop_constraint(op.f("ck_user_session_type"), "user_session")
    op.create_check_constraint(
        op.f("ck_user_session_type"),
        "user_session",
        "type in ('person', 'half', 'device', 'token', 'one_time', 'reset')",
    )
    op.create_table(
        "access_notice",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("parameters", postgresql.JSONB(), nullable=False),
        sa.Column("at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("next_at", MOMENT, nullable=True),
        sa.Column("tries", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_access_notice_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_notice")),
    )
    op.create_index(op.f("ix_access_notice_user_id_at"), "access_notice", ["user_id", "at"])
    op.create_index(
        op.f("ix_access_notice_next_at"),
        "access_notice",
        ["next_at"],
        postgresql_where=sa.text("next_at is not null"),
    )
    op.execute(OPEN_RESET_SESSION)
