"""Half a session: the password was right, the second factor is still to come. It opens nothing, lasts ten
minutes, and is traded for a whole one by a code or a passkey."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, text

from geo.accounts import attempts, notices, passkeys, second_factor
from geo.accounts.factor_key import FactorKey
from geo.accounts.sessions import NOWHERE, Whence, hash_token, open_person
from geo.database import AnyRow
from geo.errors import NotFound, Unauthenticated

LIVE = "s.token_hash = :hash and s.type = 'half' and s.revoked_at is null and s.expires_at > now()"
Take = Callable[[Connection, int], str]
"""Uses up a second factor of the user of that id; which it was, for the audit."""


@dataclass(frozen=True)
class Ways:
    """By what half a session can be finished: a code of the app, a passkey for this host; `elsewhere`: the
    hosts of their other passkeys."""

    code: bool
    passkey: bool
    elsewhere: tuple[str, ...] = ()


def is_half(engine: Engine, token: str) -> bool:
    """Whether what `sessions.sign_in` gave is one."""
    with engine.connect() as connection:
        return bool(
            connection.scalar(
                text(f"select true from user_session s where {LIVE}"), {"hash": hash_token(token)}
            )
        )


def ways_of(engine: Engine, token: str, host: str) -> Ways | None:
    """None for half a session that is over."""
    with engine.connect() as connection:
        row = connection.execute(
            text(f"""
            select exists (
                    select from second_factor f where f.user_id = s.user_id and f.confirmed_at is not null
                ) as code,
                array(select distinct p.host from passkey p where p.user_id = s.user_id order by 1) as hosts
            from user_session s where {LIVE}"""),
            {"hash": hash_token(token)},
        ).one_or_none()
    if row is None:
        return None
    return Ways(row.code, host in row.hosts, tuple(other for other in row.hosts if other != host))


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
    return _finish(
        engine,
        token,
        lambda connection, user_id: second_factor.take(connection, key, user_id, code),
        client,
        browser,
        whence,
    )


def finish_with_passkey(
    engine: Engine,
    site: passkeys.RelyingParty,
    token: str,
    answer: str,
    client: str = "",
    browser: str | None = None,
    whence: Whence = NOWHERE,
) -> tuple[str, str]:
    """The same with what a passkey signed (`answer`, JSON). Raises `Unauthenticated` ("passkey.refused",
    "sign_in.half"), `TooMany` ("sign_in.locked")."""
    return _finish(
        engine,
        token,
        lambda connection, user_id: passkeys.take(connection, user_id, token, site, answer),
        client,
        browser,
        whence,
    )


def _finish(
    engine: Engine, token: str, take: Take, client: str, browser: str | None, whence: Whence
) -> tuple[str, str]:
    with engine.connect() as connection:
        row = connection.execute(
            text(f"""select u.id, u.name from user_session s join app_user u on u.id = s.user_id
                where {LIVE} and u.disabled_at is null"""),
            {"hash": hash_token(token)},
        ).one_or_none()
    if row is None:
        raise Unauthenticated("sign_in.half")
    try:
        return _trade(engine, token, row, take, client, browser, whence)
    except Unauthenticated as error:
        if error.code != "sign_in.half":  # the password was right, and whoever typed it has not the factor
            with engine.begin() as connection:
                notices.add_notice(
                    connection, row.id, "half_refused", browser=whence.browser, network=whence.network
                )
        raise


def _trade(
    engine: Engine,
    token: str,
    row: AnyRow,
    take: Take,
    client: str,
    browser: str | None,
    whence: Whence,
) -> tuple[str, str]:
    with attempts.counting(engine, row.name, client, browser), engine.begin() as connection:
        try:
            way = take(connection, row.id)
        except NotFound:  # there is no code, or it was taken away meanwhile
            other = second_factor.is_confirmed(connection, row.id)
            raise Unauthenticated("factor.code" if other else "sign_in.half") from None
        ended = connection.execute(
            text(f"update user_session s set revoked_at = now() where {LIVE}"), {"hash": hash_token(token)}
        )
        if not ended.rowcount:
            raise Unauthenticated("sign_in.half")
        attempts.forgive(connection, row.name, client, browser)
        return open_person(connection, row.id, row.name, way, whence), row.name
