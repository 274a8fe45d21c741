"""Two times: when a thing happened and when we heard of it. What is asked for, what is refused, what is never
brought back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text

from geo.accounts.users import Principal
from geo.database import connect_engine
from geo.errors import InvalidInput, NotFound
from geo.incidents.spans import fill_spans
from geo.settings import Settings
from layers.incidents import moment
from layers.incidents.card import read_past_card
from layers.incidents.filters import IncidentFilter
from layers.incidents.listing import read_page
from layers.incidents.moment import Moment
from layers.incidents.points import read_points
from layers.scope import Scope
from tests.support.past_city import PastCity

NOON = datetime(2026, 3, 10, 12, 0)
"""By the city's clock."""


@pytest.fixture
def city(settings: Settings) -> Iterator[PastCity]:
    made = PastCity(settings)
    yield made
    made.close()


@pytest.fixture
def reader(settings: Settings) -> Iterator[Engine]:
    engine = connect_engine(settings, "reader")
    yield engine
    engine.dispose()


def history(city: PastCity, *events: tuple[str, str | None, str | None, int, int], **row: Any) -> int:
    """An incident of noon with its events: what, from, to, minutes after noon when it happened, and when it
    was recorded; the row as it is now. Its id."""
    values: dict[str, Any] = {
        "kind": "service",
        "status": "open",
        "closed": None,
        "opened": 0,
        "address": "Абая 1",
    } | row
    noon = NOON.replace(tzinfo=city.settings.city.time_zone)
    at = {name: None if values[name] is None else noon + timedelta(minutes=values[name]) for name in
          ("opened", "closed")}  # fmt: skip
    [(incident,)] = city.desk.rows(
        """insert into incident (region, source, source_id, kind, title, source_status, status, opened_at,
            closed_at, address, version) values ('71', 'police', 'h' || random(), :kind, 'Сегодня', :status,
            :status, :opened, :closed, :address, 9) returning id""",
        kind=values["kind"], status=values["status"], address=values["address"], **at,
    )  # fmt: skip
    for what, was, becomes, happened, recorded in events:
        city.desk.execute(
            """insert into incident_event (region, incident_id, happened_at, recorded_at, who, what,
                from_value, to_value) values ('71', :id, :happened, :recorded, 'feed:police', :what, :was,
                :becomes)""",
            id=incident, what=what, was=was, becomes=becomes, happened=noon + timedelta(minutes=happened),
            recorded=noon + timedelta(minutes=recorded),
        )  # fmt: skip
    city.desk.execute("delete from incident_span")
    with city.desk.owner.begin() as connection:
        fill_spans(connection)
    return incident


def shown(reader: Engine, city: PastCity, minutes: int, then: bool, **query: str) -> dict[int, dict]:
    moment = Moment(NOON + timedelta(minutes=minutes), then)
    wanted = IncidentFilter.parse(query | moment.write())
    return {row["id"]: row for row in read_page(reader, city.settings.city, wanted, "ru").rows}


def test_what_came_late_was_there_and_was_not_known(city: PastCity, reader: Engine) -> None:
    late = history(city, ("opened", None, "open", 0, 30))
    assert late in shown(reader, city, 10, then=False)
    assert late not in shown(reader, city, 10, then=True)
    assert late in shown(reader, city, 31, then=True)
    assert late not in shown(reader, city, -1, then=False)


def test_what_was_closed_before_we_heard_was_open_to_us(city: PastCity, reader: Engine) -> None:
    closed = history(
        city, ("opened", None, "open", 0, 1), ("status", "open", "closed", 20, 60), status="closed", closed=20
    )
    assert closed in shown(reader, city, 40, then=True)
    assert closed not in shown(reader, city, 40, then=False)
    assert closed in shown(reader, city, 19, then=False)
    assert closed not in shown(reader, city, 61, then=True)


def test_a_correction_holds_from_the_start_but_was_not_known_then(city: PastCity, reader: Engine) -> None:
    """The kind is what a thing is, the priority what is done with it."""
    one = history(
        city,
        ("opened", None, "open", 0, 1),
        ("kind", "police", "service", 50, 50),
        ("priority", "2", "0", 50, 50),
    )
    then, now = (shown(reader, city, 40, known)[one] for known in (True, False))
    assert (then["kind"], then["priority"]) == ("police", 2)
    assert (now["kind"], now["priority"]) == ("service", 2)
    assert one in shown(reader, city, 40, True, kind="police")
    assert one not in shown(reader, city, 40, False, kind="police")


def test_what_was_taken_out_of_a_record_stays_out(city: PastCity, reader: Engine) -> None:
    opened = ("opened", None, "open", 0, 1)
    gone = history(city, opened, ("title", "Звонила Иванова", "Сегодня", 50, 50),
                   ("address", "Абая 1, Иванова", None, 50, 50), address=None)  # fmt: skip
    moved = history(city, opened, ("address", "Кенесары 2", "Абая 1", 50, 50))
    rows = shown(reader, city, 40, then=True)
    assert (rows[gone]["title"], rows[gone]["address"]) == ("Сегодня", None)
    assert rows[moved]["address"] == "Кенесары 2"


def test_the_words_of_an_action_that_was_undone_are_not_on_a_past_card(
    city: PastCity, reader: Engine, settings: Settings
) -> None:
    incident = history(city, ("opened", None, "open", 0, 1))
    kept = city.desk.act("aidos", "note", incident, text="слесарь выехал")
    undone = city.desk.act("aidos", "note", incident, text="ИИН 900101300123")
    with city.desk.owner.connect() as connection:
        between = connection.execute(text("select clock_timestamp()")).scalar_one()
    city.desk.undo("aidos", undone)
    clock = between.astimezone(settings.city.time_zone).replace(tzinfo=None)
    card = read_past_card(reader, settings.city, Scope(), incident, "ru", Moment(clock, True))
    words = {event["action"]: event["parameters"].get("text") for event in card.events if event["action"]}
    assert words == {kept.action: "слесарь выехал", undone.action: None}
    assert "900101300123" not in str([event["parameters"] for event in card.events])


def test_who_may_not_see_it_today_does_not_see_what_it_was(
    city: PastCity, reader: Engine, settings: Settings
) -> None:
    one = history(city, ("opened", None, "open", 0, 1), ("kind", "service", "police", 50, 50), kind="police")
    moment = Moment(NOON + timedelta(minutes=40), True)
    for kinds, seen in ((None, True), (("service",), False), (("police",), False)):
        principal = Principal("x", "duty", frozenset(), kinds=kinds)
        wanted = IncidentFilter.parse(moment.write()).within(principal)
        rows = read_page(reader, settings.city, wanted, "ru").rows
        assert (one in [row["id"] for row in rows]) is seen, kinds
    with pytest.raises(NotFound):
        scope = Scope(kinds=frozenset({"service"}))
        read_past_card(reader, settings.city, scope, one, "ru", moment)


def test_moments_that_cannot_be_shown_are_refused_in_words(
    city: PastCity, reader: Engine, settings: Settings
) -> None:
    for query, code in (
        ({"moment": "2026-13-01T10:00"}, "filter.value"),
        ({"moment": "2026-03-10 10:00"}, "filter.value"),
        ({"moment": "2026-03-10T10:00", "known": "maybe"}, "filter.value"),
        ({"moment": "2199-03-10T10:00"}, "moment.future"),
        ({"moment": "2026-03-10T10:00", "window": "dates"}, "moment.window"),
    ):
        with pytest.raises(InvalidInput) as refused:
            read_page(reader, settings.city, IncidentFilter.parse(query), "ru")
        assert refused.value.code == code
    city.desk.execute("insert into setting (key, value) values ('keep_incident_event_months', '2')")
    with pytest.raises(InvalidInput) as refused:
        read_page(reader, settings.city, IncidentFilter.parse({"moment": "2020-03-10T10:00"}), "ru")
    assert refused.value.code == "moment.forgotten"


def test_a_moment_in_the_address_is_the_one_that_was_asked() -> None:
    for query in ({"moment": "2026-03-10T10:00"}, {"moment": "2026-03-10T10:00:05", "known": "then"}):
        assert IncidentFilter.parse(query).as_query() == query


def test_no_more_incidents_are_taken_back_than_a_page_can_wait_for(
    city: PastCity, reader: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The refusal names the first day that can be asked for; from before the first row is from the first."""
    for day in range(6):
        minutes = -day * 24 * 60
        history(city, ("opened", None, "open", minutes, minutes), opened=minutes)
    at = {"moment": Moment(NOON + timedelta(hours=1)).write()["moment"], "window": "dates"}
    whole = {**at, "from": "1900-01-01"}
    n = read_page(reader, settings.city, IncidentFilter.parse(whole), "ru").total
    assert n == read_points(reader, settings.city, IncidentFilter.parse(whole)).total >= 6
    monkeypatch.setattr(moment, "MOST", 3)
    for read in (
        lambda wanted: read_page(reader, settings.city, wanted, "ru").total,
        lambda wanted: read_points(reader, settings.city, wanted).total,
    ):
        with pytest.raises(InvalidInput) as refused:
            read(IncidentFilter.parse(whole))
        assert refused.value.code == "moment.many"
        assert 0 < read(IncidentFilter.parse({**at, "from": refused.value.parameters["since"]})) <= 3
