"""A duty desk on a database of the test's own: a few incidents, and officers who act on them."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Engine, text

from geo.accounts.users import Principal
from geo.database import connect_engine, transact
from geo.incidents.cases.act import act
from geo.incidents.cases.undo import undo
from geo.incidents.cases.verbs import VERBS
from geo.incidents.cases.write import Performed
from geo.settings import Settings

OPENED = """insert into incident (region, source, source_id, kind, title, source_status, status, opened_at,
        due_at, performer_id, point_4326, point_3857)
    select '71', 'inquiries', 'i' || n, 'service', 'Нет отопления', 'open', 'open', now() - interval '1 hour',
        now() + interval '4 hours', 1, st_point(71.43, 51.13, 4326),
        st_transform(st_point(71.43, 51.13, 4326), 3857)
    from generate_series(1, :n) n returning id"""


def officer(name: str, **scope: Any) -> Principal:
    return Principal(name, "duty", frozenset({"incident.decide"}), **scope)


class Desk:
    """`owner` reads what a test wants to see; `editor` acts, as the server does."""

    def __init__(self, settings: Settings, incidents: int = 3) -> None:
        self.settings, self.city = settings, settings.city
        self.owner = connect_engine(settings, "owner")
        self.editor = connect_engine(settings, "editor", pool_size=4)
        with self.owner.begin() as connection:
            connection.execute(
                text("""insert into performer (id, key, type, name_kk, name_ru, name_en)
                overriding system value values (1, 'heat', 'utility', 'Жылу', 'Тепло', 'Heat'),
                (2, 'lift', 'utility', 'Лифт', 'Лифт', 'Lift') on conflict do nothing""")
            )
            self.incidents = list(connection.execute(text(OPENED), {"n": incidents}).scalars())

    def close(self) -> None:
        self.owner.dispose()
        self.editor.dispose()

    def act(
        self,
        who: str | Principal,
        verb: str,
        incident: int | None = None,
        seen: int | None = None,
        key: UUID | None = None,
        engine: Engine | None = None,
        **wish: Any,
    ) -> Performed:
        """By default on the first incident, as it is now, by a click of its own."""
        chosen = self.incidents[0] if incident is None else incident
        principal = officer(who) if isinstance(who, str) else who
        version = self.version(chosen) if seen is None else seen
        wanted = VERBS[verb].wish(**wish)
        return transact(
            engine or self.editor,
            lambda connection: act(
                connection, self.city, principal, chosen, verb, wanted, version, key or uuid4()
            ),
        )

    def undo(self, who: str | Principal, done: Performed, key: UUID | None = None) -> Performed:
        principal = officer(who) if isinstance(who, str) else who
        return transact(
            self.editor,
            lambda connection: undo(connection, self.city, principal, done.action, key or uuid4()),
        )

    def version(self, incident: int | None = None) -> int:
        return self.incident(incident)["version"]

    def incident(self, incident: int | None = None) -> dict[str, Any]:
        chosen = self.incidents[0] if incident is None else incident
        return self.row("select * from incident where id = :id", id=chosen)

    def case(self, incident: int | None = None) -> dict[str, Any]:
        chosen = self.incidents[0] if incident is None else incident
        return self.row("select * from incident_case where incident_id = :id", id=chosen)

    def row(self, statement: str, **bound: Any) -> dict[str, Any]:
        with self.owner.connect() as connection:
            return dict(connection.execute(text(statement), bound).mappings().one())

    def rows(self, statement: str, **bound: Any) -> list[tuple]:
        """What a statement gives; what it writes is committed."""
        with self.owner.begin() as connection:
            return [tuple(row) for row in connection.execute(text(statement), bound)]

    def execute(self, statement: str, **bound: Any) -> None:
        with self.owner.begin() as connection:
            connection.execute(text(statement), bound)
