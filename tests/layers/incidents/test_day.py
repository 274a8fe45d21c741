"""The day of the time machine: a mass event stands where the first of its incidents was opened, for whoever
may see it, until it is taken apart."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from geo.errors import InvalidInput
from geo.settings import Settings
from layers.incidents.day import MassFlag, read_day
from layers.incidents.filters import IncidentFilter
from layers.scope import Scope
from tests.support.mass_desk import MassDesk


@pytest.fixture
def desk(settings: Settings) -> Iterator[MassDesk]:
    made = MassDesk(settings)
    yield made
    made.close()


def test_a_mass_event_stands_where_it_began(desk: MassDesk) -> None:
    incidents = [*desk.opened(0, 10, minutes=90), *desk.opened(20, minutes=30)]
    event = desk.confirm(incidents).event
    number = desk.event(event)["number"]
    began = min(desk.incident(incident)["opened_at"] for incident in incidents)
    local = began.astimezone(desk.city.time_zone)
    flag = MassFlag(local.hour * 60 + local.minute, number, "heat", 3)

    def flags(days: int = 0, scope: Scope = Scope()) -> list[MassFlag]:
        shown = local.date() + timedelta(days=days)
        return read_day(desk.reader, desk.city, IncidentFilter(scope=scope), shown, "ru").mass

    assert flags() == [flag]
    assert flags(-1) == flags(1) == []
    assert flags(scope=Scope(kinds=frozenset({"police"}))) == []
    desk.step(event, "dissolve")
    assert flags() == []
    with pytest.raises(InvalidInput):
        read_day(desk.reader, desk.city, IncidentFilter(), None, "de")
