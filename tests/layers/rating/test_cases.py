"""The share of what was closed, which stands beside the strict one."""

from __future__ import annotations

import tomllib
from pathlib import Path

from sqlalchemy import Connection, text

from geo.audit.keys import open_signer
from geo.rating import months, versions
from geo.rating.strategy import strategy_of
from geo.settings import Settings
from geo.toml import TomlFile
from layers.rating.cases import closed_in_time, performer_shares
from tests.support import rating_town as town

LEAVE_OPEN = """update incident set status = 'open', closed_at = null where performer_id = 5
    and closed_at > due_at and id % 2 = 0"""
FORGET_CLOSING = """delete from incident_event where what = 'status' and incident_id in (
    select id from incident where status = 'open')"""


def test_what_is_left_open_flatters_the_share_of_the_closed_and_not_the_strict_one(
    connection: Connection, settings: Settings, tmp_path: Path
) -> None:
    """Manager 5 is late with 40 of 200; half of these stay open."""
    strategy = strategy_of(TomlFile(Path("s.toml"), town.STRATEGY, tomllib.loads(town.STRATEGY)))
    town.build(connection)
    n = connection.execute(text(LEAVE_OPEN)).rowcount
    connection.execute(text(FORGET_CLOSING))
    versions.adopt(connection, settings.city, strategy, "aigerim")
    counted = months.count_month(connection, settings.city, strategy, town.MONTH, town.AS_OF)
    signer = open_signer(tmp_path / "keys-of-months")
    for who in ("aigerim", "bolat"):
        months.close_month(connection, settings.city, town.MONTH, counted, who, signer)
    [strict] = performer_shares(connection, settings.city, town.MONTH, "m5", 0)
    loose = closed_in_time(connection, settings.city, town.MONTH, "m5", 0, town.AS_OF)
    assert (strict.part, strict.whole) == (160, 200)
    assert 0 < n < 40 and loose == (160, 200 - n)
