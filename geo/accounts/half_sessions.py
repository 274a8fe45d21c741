"""Half a session: the password was right, the code of the second factor is still to come. It opens nothing,
lasts ten minutes, and is traded for a whole one by a code."""

from __future__ import annotations

from sqlalchemy import Engine, text

from geo.accounts import attempts, second_factor
from geo.accounts.factor_key import FactorKey
from geo.accounts.sessions import NOWHERE, Whence, hash_token, open_person
from geo.errors import NotFound, Unauthenticated

LIVE = "s.token_hash = :hash and s.type = 'half' and s.revoked_at is null and s.expires_at > now()"


def is_half(engine: Engine, token: str) -> bool:
    """Whether what `sessions.sign_in` gave is one."""
    with engine.connect() as connection:
        return bool(
            connection.scalar(
                text(f"select true from user_session s where {LIVE}"), {"hash": hash_token(token)}
            )
        )


def finish(
    engine: Engine,
    key: FactorKey,
    token: str,
    code: str,
    client: str = "",
    browser: str | None = None,
    whence: Whence = NOWHERE,
) -> tuple[str, str]:
    """The token of a whole session, and whose it is. `client`, `browser`: as `sessions.sign_in` has them.

    Raises `Unauthenticated` ("factor.code" for a code that is wrong or has been used, "sign_in.half" for half
    a session that is over), `TooMany` ("sign_in.locked")."""
    with engine.connect() as connection:
        row = connection.execute(
            text(f"""select u.id, u.name from user_session s join app_user u on u.id = s.user_id
                where {LIVE} and u.disabled_at is null"""),
            {"hash": hash_token(token)},
        ).one_or_none()
    if row is None:
        raise Unauthenticated("sign_in.half")
    with attempts.counting(engine, row.name, client, browser), engine.begin() as connection:
        try:
            way = second_factor.take(connection, key, row.id, code)
        except NotFound:  # taken away meanwhile
            raise Unauthenticated("sign_in.half") from None
        ended = connection.execute(
            text(f"update user_session s set revoked_at = now() where {LIVE}"), {"hash": hash_token(token)}
        )
        if not ended.rowcount:
            raise Unauthenticated("sign_in.half")
        attempts.forgive(connection, row.name, client, browser)
        return open_person(connection, row.id, row.name, way, whence), row.name
