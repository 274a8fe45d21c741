"""Versions of tiles: what a client was told of is never answered with something older, and another
database has other versions."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from geo.changes.outbox import new_epoch
from layers.tiles import versions
from layers.tiles.versions import VersionsSnapshot, code_revision, versions_by_layer
from tests.layers.conftest import Tiles
from tests.support.city_rows import fold_all

BASEMAP = "/tiles/basemap/12/2860/1400.mvt"


def touch(owner: Engine) -> None:
    with owner.begin() as connection:
        connection.execute(
            text("insert into tile_touch (region, layer, x10, y10) values ('71', 'basemap', 715, 350)")
        )


def test_a_restored_database_is_not_answered_with_what_was_there_before(
    tiles: Tiles, owner: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(versions, "FRESH_S", 0.0)
    etag = tiles.get(BASEMAP).headers["etag"]
    assert tiles.get(BASEMAP, **{"If-None-Match": etag}).status_code == 304
    with owner.begin() as connection:
        new_epoch(connection)
    assert tiles.get(BASEMAP, **{"If-None-Match": etag}).status_code == 200


def test_a_tile_is_not_older_than_the_version_in_its_address(
    tiles: Tiles, owner: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The versions that the process holds are old."""
    monkeypatch.setattr(versions, "FRESH_S", 3600.0)
    old = tiles.ask(BASEMAP).headers["etag"]
    touch(owner)
    fold_all(tiles.settings)
    assert tiles.ask(BASEMAP).headers["etag"] == old
    epoch = tiles.app.state.servers.versions.snapshot.epoch
    fresh = tiles.ask(f"{BASEMAP}?v={epoch}-1")
    assert fresh.status_code == 200 and fresh.headers["etag"] != old
    assert tiles.ask(f"{BASEMAP}?v=nonsense").status_code == 200


@pytest.mark.parametrize(
    "wanted, behind",
    [
        (None, False),
        ("", False),
        ("e-3", False),
        ("e-4", True),
        ("e-4.20261128", True),
        ("e-3.20261128", False),
        ("f-1", True),
        ("e-x", False),
        ("e-" + "9" * 40, False),
    ],
)
def test_a_client_that_was_told_more_makes_it_read_again(wanted: str | None, behind: bool) -> None:
    assert VersionsSnapshot({}, {"precincts": 3}, (), "e").is_behind("precincts", wanted) is behind


def test_a_statement_in_any_room_of_the_layers_is_a_part_of_the_code_revision(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(versions, "PACKAGE", tmp_path)
    module = tmp_path / "tiles" / "density.py"
    module.parent.mkdir()
    revisions = []
    for statement in ("select 1", "select 2", "select 1"):
        module.write_text(statement)
        revisions.append(code_revision.__wrapped__())
    assert revisions[0] == revisions[2] != revisions[1]


def test_a_layer_that_shows_a_day_has_another_version_every_day() -> None:
    by_day = [versions_by_layer("e", {"precincts": 3, "basemap": 9}, date(2026, 11, day)) for day in (28, 29)]
    assert (
        by_day[0]["precincts"] != by_day[1]["precincts"]
        and by_day[0]["basemap"] == by_day[1]["basemap"] == "e-9"
    )
