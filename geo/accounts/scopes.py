"""The scope of a user, set anew: districts, kinds and organisation."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Engine, text

from geo.accounts.users import check_name, find_user_id, need_narrow, need_organisation, role_of
from geo.audit.records import record_audit
from geo.errors import NotFound


def set_scope(
    engine: Engine,
    name: str,
    districts: list[str] | None,
    kinds: list[str] | None,
    organisation: str | None,
) -> None:
    """None = what the role has by itself. Their sessions end, for a stream that is open goes on with the
    scope that it began with. Raises `NotFound` ("user.unknown", "user.organisation"), `Conflict`
    ("user.whole_city")."""
    with engine.begin() as connection:
        user_id = find_user_id(connection, name)
        need_narrow(role_of(connection, check_name(name)), districts, kinds, organisation)
        if organisation is not None:
            need_organisation(connection, organisation)
        connection.execute(
            text("""
            update app_user set districts = :districts, kinds = :kinds, organisation = :organisation
            where id = :id"""),
            {"districts": districts, "kinds": kinds, "organisation": organisation, "id": user_id},
        )
        connection.execute(
            text("""update user_session set revoked_at = now()
                where user_id = :id and type in ('person', 'half') and revoked_at is null"""),
            {"id": user_id},
        )
        record_audit(connection, "command", "user.scope", name=name)


def need_districts(engine: Engine, region: str, keys: Collection[str]) -> None:
    """Raises `NotFound` ("user.district") for a key that no district has, where districts are loaded: a
    user of it would see nothing, and not know why."""
    with engine.connect() as connection:
        known = connection.scalars(
            text("select distinct key from district where region = :region order by key"), {"region": region}
        ).all()
    for key in keys:
        if known and key not in known:
            raise NotFound("user.district", district=key, known=", ".join(known))
