"""What a role may do only in this one way: functions that act with the owner's rights. Rights themselves are
no longer granted by migrations: `geo/migrations/rights.toml` states them."""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

OPEN_SESSION = """
create function open_session(hash text, who bigint) returns void language plpgsql security definer
    set search_path = public, pg_temp as $$
-- A person's, for a week at most: the web server can make no token that lasts, and none of a device.
begin
  insert into user_session (token_hash, type, user_id, expires_at)
    select hash, 'person', u.id, now() + interval '7 days' from app_user u
    where u.id = who and u.disabled_at is null;
  if not found then raise exception 'there is no such user' using errcode = 'no_data_found'; end if;
end $$"""

SET_MODE = """
create function set_mode(mode jsonb) returns void language plpgsql security definer
    set search_path = public, pg_temp as $$
-- The one setting that is switched from a page; the others say where backups go, and what is kept.
begin
  insert into setting (key, value) values ('mode', mode)
    on conflict (key) do update set value = excluded.value;
end $$"""

STAYS_ENDED = """
create function session_stays_ended() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  raise exception 'a session that was ended stays ended' using errcode = 'restrict_violation';
end $$"""


def upgrade() -> None:
    for statement in (OPEN_SESSION, SET_MODE, STAYS_ENDED):
        op.execute(statement)
    op.execute("""create trigger session_stays_ended before update of revoked_at on user_session
        for each row when (old.revoked_at is not null and new.revoked_at is distinct from old.revoked_at)
        execute function session_stays_ended()""")
