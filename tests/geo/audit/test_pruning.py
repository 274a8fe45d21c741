"""What is over its time leaves, a restored copy goes on, and the chain can still be read from end to end."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from geo.audit import chain, heads, pruning
from geo.errors import Conflict
from geo.settings import Settings
from tests.support.audit_town import report, tamper, write

NOW = datetime.now(UTC)


@pytest.fixture
def aged(settings: Settings, web: Engine, sealer: Engine, owner: Engine) -> Settings:
    """Ten rows, the first six of them from long ago, sealed; kept for 100 days."""
    write(web, map(str, range(10)))
    with owner.begin() as connection:
        connection.execute(text("update audit set at = at - interval '200 days' where id <= 6"))
    chain.seal(sealer)
    heads.write_head(settings, sealer)
    return replace(settings, city=replace(settings.city, retention={pruning.RULE: 100}))


@pytest.mark.parametrize("batch", [50_000, 4])
def test_what_is_over_leaves_and_the_chain_goes_on_from_a_signed_checkpoint(
    aged: Settings, web: Engine, sealer: Engine, auditor: Engine, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr(pruning, "BATCH", batch)
    assert pruning.prune(aged, sealer, NOW) == 6
    write(web, ("later",))
    chain.seal(sealer)
    heads.write_head(aged, sealer)
    found = report(aged, auditor)
    assert (found.first, found.faults) == (7, [])
    assert pruning.prune(aged, sealer, NOW) == 0
    with auditor.connect() as connection:
        pruned = connection.execute(
            text("select who, parameters ->> 'position' from audit where what = 'audit.pruned' order by id")
        ).all()
    assert pruned == ([("jobs", "6")] if batch > 6 else [("jobs", "4"), ("jobs", "6")])


def test_a_chain_that_has_lost_all_its_rows_goes_on(
    aged: Settings, web: Engine, sealer: Engine, auditor: Engine
) -> None:
    later = NOW + timedelta(days=200)
    assert [pruning.prune(aged, sealer, later) for _ in range(2)] == [6, 4], "a month of the record a night"
    write(web, ("later",))
    chain.seal(sealer)
    found = report(aged, auditor)
    assert (found.first, found.last, found.faults) == (11, 13, []), "the prunings and what came later"


@pytest.mark.parametrize("how", ["who", "remove", "remove_whole"])
def test_what_was_tampered_with_stays_as_evidence(
    aged: Settings, sealer: Engine, auditor: Engine, owner: Engine, how: str
) -> None:
    with owner.begin() as connection:
        tamper(connection, how, 3)
    with pytest.raises(Conflict, match="audit.tampered"):
        pruning.prune(aged, sealer, NOW)
    assert [fault.position for fault in report(aged, auditor).faults] == [3]


def test_whoever_takes_the_beginning_away_without_the_key_is_found(
    aged: Settings, sealer: Engine, auditor: Engine, owner: Engine
) -> None:
    pruning.prune(aged, sealer, NOW)
    with owner.begin() as connection:
        connection.execute(
            text("""insert into audit_statement (kind, body, key, signature)
            select kind, jsonb_set(body::jsonb, '{position}', '8')::text, key, signature
                from audit_statement""")
        )
        connection.execute(text("select audit_forget(8)"))
    codes = [fault.code for fault in report(aged, auditor).faults]
    assert codes == ["forged", "removed_seals"]


def test_the_sealer_cannot_take_rows_away_but_by_a_stated_checkpoint(sealer: Engine) -> None:
    with sealer.connect() as connection, pytest.raises(DBAPIError, match="no checkpoint is stated"):
        connection.execute(text("select audit_forget(1)"))
