"""A desk with the three levels: incidents of an organisation, and people who check, work and answer."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from geo.accounts.users import Principal
from geo.database import transact
from geo.desk import check, extensions, organisation
from geo.incidents.cases.verbs import VERBS, Until
from geo.incidents.cases.write import Performed
from geo.settings import Settings
from tests.support.desk import Desk

INSPECTOR = Principal("aigul", "inspector", frozenset({"case.check"}))
OPERATOR = Principal("dana", "operator", frozenset({"case.citizen"}))
CATEGORIES = """insert into category (id, key, kind, name_kk, name_ru, name_en, performer_id)
    overriding system value values (1, 'heat', 'service', 'Жылу', 'Отопление', 'Heating', 1),
    (2, 'lift', 'service', 'Лифт', 'Лифт', 'Lift', 2), (3, 'fire', 'emergency', 'Өрт', 'Пожар', 'Fire',
    null)"""


def performer(key: str | None) -> Principal:
    """Who works for an organisation."""
    return Principal(f"crew {key}", "performer", frozenset({"case.work"}), organisation=key)


class LevelsDesk(Desk):
    """Incidents of organisation "heat" (1), of category 1; the last one is of "lift" (2) by its category
    alone."""

    def __init__(self, settings: Settings, incidents: int = 3) -> None:
        super().__init__(settings, incidents)
        self.execute(CATEGORIES)
        self.execute("update incident set category_id = 1, address = 'Сарайшық 7'")
        self.execute(
            "update incident set category_id = 2, performer_id = null where id = :id", id=self.incidents[-1]
        )

    def agree(
        self,
        queue: str,
        incident: int | None = None,
        who: Principal = INSPECTOR,
        key: UUID | None = None,
    ) -> int:
        chosen = self.incidents[0] if incident is None else incident
        version, click = self.version(chosen), key or uuid4()
        return transact(
            self.editor,
            lambda connection: check.agree(connection, self.city, who, chosen, queue, version, click),
        )

    def correct(
        self, queue: str, verb: str, incident: int | None = None, key: UUID | None = None, **wish: Any
    ) -> Performed:
        chosen = self.incidents[0] if incident is None else incident
        version, wanted, click = self.version(chosen), VERBS[verb].wish(**wish), key or uuid4()
        return transact(
            self.editor,
            lambda connection: check.correct(
                connection, self.city, INSPECTOR, chosen, queue, verb, wanted, version, click
            ),
        )

    def work(self, who: Principal, verb: str, incident: int | None = None, **wish: Any) -> Performed:
        chosen = self.incidents[0] if incident is None else incident
        version, wanted, click = self.version(chosen), organisation.WORK[verb](**wish), uuid4()
        return transact(
            self.editor,
            lambda connection: organisation.work(
                connection, self.city, who, chosen, verb, wanted, version, click
            ),
        )

    def ask(self, who: Principal, until: Any, incident: int | None = None, key: UUID | None = None) -> int:
        """For more time."""
        chosen = self.incidents[0] if incident is None else incident
        version, click = self.version(chosen), key or uuid4()
        return transact(
            self.editor,
            lambda connection: extensions.request(
                connection, self.city, who, chosen, Until(until, "нет деталей"), version, click
            ),
        )

    def decide(
        self,
        granted: bool,
        answer: str | None = None,
        incident: int | None = None,
        key: UUID | None = None,
    ) -> int:
        chosen = self.incidents[0] if incident is None else incident
        version, click = self.version(chosen), key or uuid4()
        return transact(
            self.editor,
            lambda connection: extensions.decide(
                connection, self.city, INSPECTOR, chosen, granted, answer, version, click
            ),
        )
