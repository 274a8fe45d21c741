"""A database that refuses to commit what leaves no trace: a transaction of the web server, of its editor or
of the command line in which anything was written, and nothing recorded in the audit. Every database of the
tests is one."""

from __future__ import annotations

from sqlalchemy import Connection, text

ROLES = ("ikomek_web", "ikomek_editor", "ikomek_accounts", "ikomek_voters")
EXEMPT = (
    *("audit", "audit_seal", "audit_chain", "audit_statement", "alembic_version"),
    *("change", "change_position", "tile_touch", "tile_version", "density_delta"),  # follow what was written
    *(
        "plan_presence",
        "incident_viewer",
        "known_browser",
        "sign_in_failure",
        "passkey_challenge",
        "access_notice",
    ),  # gone by themselves; sign-in records itself
)
WATCH = """
create schema watched;
grant usage on schema watched to public;
create function watched.leaves_trace() returns trigger language plpgsql security definer as $$
begin
  if not exists (select from public.audit where transaction = pg_current_xact_id()::text::bigint) then
    raise exception '% of % leaves no trace', tg_op, tg_table_name;
  end if;
  return null;
end $$"""
TABLES = """select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname in ('public', 'personal', 'voters') and c.relkind = 'r' and not c.relispartition
      and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')"""


def watch(connection: Connection) -> None:
    """From the next transaction on. The last use of a session or a key is no act of anybody's, nor
    is how far a package has come."""
    connection.execute(text(WATCH))
    theirs = ", ".join(f"'{role}'" for role in ROLES)
    for table in connection.scalars(text(TABLES)).all():
        if table in EXEMPT:
            continue
        event = "insert or delete or update"
        if table in ("user_session", "api_key"):
            event = "insert or delete or update of revoked_at"
        if table == "voters.transfer":  # bytes and attempts follow from what is recorded
            event = "insert or delete or update of state"
        connection.execute(
            text(f"""create constraint trigger leaves_trace after {event} on {table}
            deferrable initially deferred for each row when (session_user in ({theirs}))
            execute function watched.leaves_trace()""")
        )
