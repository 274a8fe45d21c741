"""The database itself says how a session was opened, and records that it was: whoever rules the web server
opens none in silence, and none by a link that was not used up for it."""

from alembic import op

revision = "0116"
down_revision = "0115"
branch_labels = None
depends_on = None

OPEN_SESSION = """
create function open_session(hash text, who bigint, how text, caller jsonb) returns void language plpgsql
    security definer set search_path = pg_catalog, public, pg_temp as $$
-- A person's, for a week at most: the web server can make no token that lasts, and none of a device.
declare
  named text;
begin
  if how is null or how not in ('password', 'code', 'recovery', 'passkey', 'oidc', 'link') then
    raise exception 'there is no such way to sign in' using errcode = 'invalid_parameter_value';
  end if;
  if how = 'link' and not exists (select from user_session s where s.user_id = who and s.type = 'one_time'
      and s.revoked_at = now() and s.expires_at > now()) then
    raise exception 'no link was used for it' using errcode = 'insufficient_privilege';
  end if;
  insert into user_session (token_hash, type, user_id, expires_at, way)
    select hash, 'person', u.id, now() + interval '7 days', how from app_user u
    where u.id = who and u.disabled_at is null;
  if not found then raise exception 'there is no such user' using errcode = 'no_data_found'; end if;
  select u.name into named from app_user u where u.id = who;
  insert into audit (who, what, parameters, caller_type, origin, page, request_id)
    values (named, 'signed_in', jsonb_build_object('way', how), 'person', caller ->> 'origin',
      caller ->> 'page', caller ->> 'request_id');
end $$"""


def upgrade() -> None:
    op.execute("drop function open_session(text, bigint)")
    op.execute(OPEN_SESSION)
