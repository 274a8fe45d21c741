"""The outbox: what a change carries, and that it is written with the change itself or not at all."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, text

from geo.changes.outbox import announce_reset, new_epoch, record, record_many
from geo.incidents.payload import RECORD_INCIDENTS
from geo.loading import ledger

REGION = "71"


def changes(connection: Connection) -> list[tuple]:
    return [
        tuple(row)
        for row in connection.execute(
            text("select noun, noun_id, version, payload, position from change order by id")
        )
    ]


def add_incident(connection: Connection, **values: object) -> int:
    """One open police incident at 71.43 E, 51.13 N unless `values` say otherwise."""
    row = {
        "source_id": "1",
        "kind": "police",
        "status": "open",
        "title": "Шу",
        "point": "point(71.43 51.13)",
        "opened": "2026-03-01T09:00:00Z",
        "vanished": None,
        "closed": None,
        **values,
    }
    return connection.execute(
        text("""
        insert into incident (region, source, source_id, kind, title, source_status, status, opened_at,
            closed_at, vanished_at, address, point_4326)
        values ('71', 'test', :source_id, :kind, :title, :status, :status, :opened, :closed, :vanished,
            'Қабанбай батыр 1',
                st_setsrid(cast(cast(:point as text) as geometry), 4326)) returning id"""),
        row,
    ).scalar_one()


def test_a_change_commits_or_vanishes_with_its_transaction(connection: Connection) -> None:
    record(connection, REGION, "mode", None, 1, {"mode": "drill", "demo": False})
    connection.rollback()
    assert changes(connection) == []
    record(connection, REGION, "mode", None, 1, {"mode": "drill", "demo": False})
    connection.commit()
    assert changes(connection) == [("mode", None, 1, {"mode": "drill", "demo": False}, None)]


def test_an_incident_tells_what_a_map_and_its_filters_need(connection: Connection) -> None:
    incident = add_incident(connection)
    connection.execute(text(f"{RECORD_INCIDENTS} where i.id = :id"), {"id": incident})
    [(entity, noun_id, version, payload, _)] = changes(connection)
    assert (entity, noun_id, version) == ("incident", incident, 1)
    assert payload == {
        "id": incident,
        "version": 1,
        "kind": "police",
        "category": None,
        "priority": 0,
        "status": "open",
        "district": None,
        "opened": 1772355600,
        "due": None,
        "presses": None,
        "case": None,
        "group": None,
        "closed": None,
        "inquiries": 0,
        "title": "Шу",
        "address": "Қабанбай батыр 1",
        "vanished": False,
        "feed": "test",
        "channel": None,
        "performer": None,
        "point": [71.43, 51.13],
    }


def test_an_incident_without_a_point_is_told_too(connection: Connection) -> None:
    incident = add_incident(connection, point=None)
    connection.execute(text(f"{RECORD_INCIDENTS} where i.id = :id"), {"id": incident})
    assert changes(connection)[0][3]["point"] is None


def test_a_reset_names_its_layer_and_no_noun(connection: Connection) -> None:
    announce_reset(connection, REGION, "incidents")
    assert changes(connection) == [("layer", None, 0, {"reset": "incidents"}, None)]


@pytest.mark.parametrize("rows", [0, 3])
def test_many_changes_are_counted(connection: Connection, rows: int) -> None:
    assert record_many(connection, REGION, "feed", [(None, 1, {"key": str(n)}) for n in range(rows)]) == rows
    assert len(changes(connection)) == rows


def test_a_new_epoch_is_another_one(connection: Connection) -> None:
    before = connection.execute(text("select epoch from change_position")).scalar_one()
    assert new_epoch(connection) != before


def test_a_heartbeat_is_no_change_a_failure_and_the_recovery_are(connection: Connection) -> None:
    ledger.declare_feed(connection, REGION, "police", "incidents", 60)
    for _ in range(3):
        ledger.beat(connection, REGION, "police")
    assert changes(connection) == []
    ledger.fail_feed(connection, REGION, "police", "source.away", {"source": "police.csv"})
    ledger.beat(connection, REGION, "police")
    ledger.beat(connection, REGION, "police")
    assert [(entity, payload["error"]) for entity, _, _, payload, _ in changes(connection)] == [
        ("feed", "source.away"),
        ("feed", None),
    ]
