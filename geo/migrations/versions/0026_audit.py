"""The audit as a chain: who acts from where, the seals, the signed statements, and the one way in which old
rows leave."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

TYPES = ("person", "device", "token", "stranger", "command", "process", "unknown")
FORGET = """
create function audit_forget(through bigint) returns bigint language plpgsql security definer
    set search_path = public, pg_temp as $$
-- Rows leave only from the beginning of the chain, and only up to a checkpoint that is stated.
declare
  gone bigint;
begin
  if not exists (select from audit_statement where kind = 'checkpoint'
      and (body::jsonb ->> 'position')::bigint = through) then
    raise exception 'no checkpoint is stated at %', through using errcode = 'restrict_violation';
  end if;
  delete from audit a using audit_seal s where s.audit_id = a.id and s.position <= through;
  delete from audit_seal where position <= through;
  get diagnostics gone = row_count;
  return gone;
end $$"""


def upgrade() -> None:
    op.add_column("audit", sa.Column("caller_type", sa.Text(), nullable=False, server_default="unknown"))
    op.alter_column("audit", "caller_type", server_default=None)
    for name in ("origin", "page", "request_id"):
        op.add_column("audit", sa.Column(name, sa.Text(), nullable=True))
    op.add_column("audit", sa.Column("transaction", sa.BigInteger(), nullable=False, server_default="0"))
    op.alter_column("audit", "transaction", server_default=sa.text("(pg_current_xact_id()::text)::bigint"))
    types = ", ".join(f"'{type_}'" for type_ in TYPES)
    op.create_check_constraint(op.f("ck_audit_caller_type"), "audit", f"caller_type in ({types})")
    for columns in (["transaction", "id"], ["who", "id"], ["what", "id"], ["at"]):
        op.create_index(f"ix_audit_{'_'.join(columns)}", "audit", columns)
    op.create_table(
        "audit_seal",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("audit_id", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_audit_seal")),
        sa.UniqueConstraint("audit_id", name=op.f("uq_audit_seal_audit_id")),
    )
    op.create_table(
        "audit_chain",
        sa.Column("only", sa.Boolean(), nullable=False, server_default=sa.text("true")),
        sa.Column("epoch", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("settled", sa.BigInteger(), nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("only", name=op.f("pk_audit_chain")),
    )
    op.execute("insert into audit_chain default values")
    op.create_table(
        "audit_statement",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("kind in ('checkpoint', 'restore')", name=op.f("ck_audit_statement_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_statement")),
    )
    op.execute(FORGET)
