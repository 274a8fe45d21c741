"""A duty desk with incidents of one category near one another, and what officers do with them as one."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text

from geo.accounts.users import Principal
from geo.database import connect_engine, transact
from geo.incidents.mass_events.commands import EVENT_VERBS, act_on_event
from geo.incidents.mass_events.confirm import confirm, dismiss
from geo.incidents.mass_events.members import StepDone
from geo.incidents.mass_events.undo import undo_step
from geo.settings import Settings
from layers.incidents.mass_events import read_mass_events
from layers.scope import Scope
from tests.support.desk import Desk, officer

CATEGORY = """insert into category (id, key, kind, name_kk, name_ru, name_en, duplicate_radius_m,
        duplicate_window_h)
    values (:id, :key, 'service', :key, :key, :key, :radius_m, :window_h)"""
OPENED = """insert into incident (region, source, source_id, kind, category_id, title, source_status, status,
        opened_at, due_at, inquiries, point_4326, point_3857)
    select '71', 'inquiries', gen_random_uuid()::text, 'service', :category, 'Нет отопления', 'open', 'open',
        now() - make_interval(mins => :minutes), now() + interval '4 hours', 2, p, st_transform(p, 3857)
    from st_point(:lon, :lat, 4326) p returning id"""
DEGREE_M = 111_320.0


class MassDesk(Desk):
    """`heat` is a category with 300 m and 6 h. Offsets are metres north of one point."""

    LON, LAT = 71.43, 51.13

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings, incidents=0)
        self.reader = connect_engine(settings, "reader")
        self.heat = self.category("heat")

    def close(self) -> None:
        self.reader.dispose()
        super().close()

    def category(self, key: str, radius_m: float = 300, window_h: float = 6) -> int:
        with self.owner.begin() as connection:
            number = connection.scalar(text("select coalesce(max(id), 0) + 1 from category"))
            bound = {"id": number, "key": key, "radius_m": radius_m, "window_h": window_h}
            connection.execute(text(CATEGORY), bound)
        return int(number)

    def opened(self, *offsets_m: float, category: int | None = None, minutes: int = 60) -> list[int]:
        with self.owner.begin() as connection:
            return [
                connection.execute(
                    text(OPENED),
                    {
                        "category": category or self.heat,
                        "minutes": minutes,
                        "lon": self.LON,
                        "lat": self.LAT + offset / DEGREE_M,
                    },
                ).scalar_one()
                for offset in offsets_m
            ]

    def confirm(self, incidents: list[int], who: str = "aidos", key: UUID | None = None) -> StepDone:
        return transact(
            self.editor,
            lambda connection: confirm(connection, self.city, officer(who), incidents, key or uuid4()),
        )

    def step(
        self,
        event: int,
        verb: str,
        who: str | Principal = "aidos",
        seen: int | None = None,
        key: UUID | None = None,
        **wish: Any,
    ) -> StepDone:
        version = self.event(event)["version"] if seen is None else seen
        wanted = EVENT_VERBS[verb].wish(**wish)
        principal = officer(who) if isinstance(who, str) else who
        return transact(
            self.editor,
            lambda connection: act_on_event(
                connection, self.city, principal, event, verb, wanted, version, key or uuid4()
            ),
        )

    def undo_step(self, done: StepDone, who: str | Principal = "aidos", key: UUID | None = None) -> StepDone:
        principal = officer(who) if isinstance(who, str) else who
        return transact(
            self.editor,
            lambda connection: undo_step(connection, self.city, principal, done.step, key or uuid4()),
        )

    def dismiss(self, incidents: list[int]) -> None:
        transact(self.editor, lambda connection: dismiss(connection, self.city, officer("aidos"), incidents))

    def event(self, event: int) -> dict[str, Any]:
        return self.row("select * from mass_event where id = :id", id=event)

    def members(self, event: int) -> list[int]:
        return [
            row[0] for row in self.rows("select id from incident where group_id = :id order by id", id=event)
        ]

    def statuses(self, incidents: list[int]) -> list[str]:
        return [self.incident(incident)["status"] for incident in incidents]

    def suggestions(self, scope: Scope | None = None) -> list[dict[str, Any]]:
        return read_mass_events(self.reader, self.city, scope or Scope(), "en")["suggestions"]
