"""What was taken from somebody stays taken: a restored backup revives no session, no token, no passkey, no
link to a provider and no account that was ended after it was made."""

from __future__ import annotations

from psycopg2.extras import execute_values

from geo.database import for_driver
from geo.recovery.backup import owner
from geo.settings import Settings

VALID = (
    "select token_hash from user_session where revoked_at is null and (expires_at is null or "
    "expires_at > now())"
)
END_OTHERS = (
    "update user_session set revoked_at = now() where revoked_at is null and token_hash <> all(:valid)"
)
END_PEOPLE = """update user_session set revoked_at = now() where revoked_at is null and type in ('person',
    'half', 'one_time')"""
VALID_KEYS = "select key_hash from api_key where revoked_at is null and expires_at > now()"
END_OTHER_KEYS = (
    "update api_key set revoked_at = now() where revoked_at is null and key_hash <> all(:valid_keys)"
)
VALID_PASSKEYS = "select encode(credential_id, 'hex') from passkey"
END_OTHER_PASSKEYS = "delete from passkey where encode(credential_id, 'hex') <> all(:valid_passkeys)"
VALID_LINKS = (
    "select issuer || ' ' || subject || ' ' || u.name from linked_login join app_user u on u.id = user_id"
)
END_OTHER_LINKS = """delete from linked_login l using app_user u
    where u.id = l.user_id and l.issuer || ' ' || l.subject || ' ' || u.name <> all(:valid_links)"""
ACCOUNTS = "select name, role, password_hash, districts, kinds, organisation, disabled_at from app_user"
KEEP_ACCOUNTS = """update app_user u set role = coalesce((select key from user_role where key = c.role),
    u.role),
        password_hash = c.password_hash, districts = c.districts::text[], kinds = c.kinds::text[],
            organisation = c.organisation, disabled_at = c.disabled_at::timestamptz
    from (values %s) as c (name, role, password_hash, districts, kinds, organisation,
        disabled_at) where u.name = c.name"""


def carry_over(current: Settings, restored: Settings) -> None:
    """Give the restored copy the rights of the database that it replaces: only sessions, tokens, API keys,
    passkeys and links that are valid there stay valid, and an account that both know has the role, scope,
    password and state of now."""
    with owner(current) as connection, connection.cursor() as cursor:
        cursor.execute(VALID)
        valid = [token for (token,) in cursor.fetchall()]
        cursor.execute(VALID_KEYS)
        valid_keys = [key for (key,) in cursor.fetchall()]
        cursor.execute(VALID_PASSKEYS)
        valid_passkeys = [passkey for (passkey,) in cursor.fetchall()]
        cursor.execute(VALID_LINKS)
        valid_links = [link for (link,) in cursor.fetchall()]
        cursor.execute(ACCOUNTS)
        accounts = cursor.fetchall()
    with owner(restored) as connection, connection.cursor() as cursor:
        cursor.execute(for_driver(END_OTHERS), {"valid": valid})
        cursor.execute(for_driver(END_OTHER_KEYS), {"valid_keys": valid_keys})
        cursor.execute(for_driver(END_OTHER_PASSKEYS), {"valid_passkeys": valid_passkeys})
        cursor.execute(for_driver(END_OTHER_LINKS), {"valid_links": valid_links})
        if accounts:
            execute_values(cursor, KEEP_ACCOUNTS, accounts)


def end_people(restored: Settings) -> None:
    """End every person's session and unused link, where nobody can tell any more which of them were ended
    since."""
    with owner(restored) as connection, connection.cursor() as cursor:
        cursor.execute(END_PEOPLE)
