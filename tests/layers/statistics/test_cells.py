"""By cell: what is on the map and what has no coordinates adds up to the figure, each cell counts what lies
in it, and organisations add up to it too."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import Engine, text

from geo.settings import Settings
from layers.reading import snapshot
from layers.statistics import counts
from layers.statistics.cells import by_cell
from layers.statistics.performers import by_performer, performers_of
from layers.statistics.requests import StatisticsRequest
from layers.statistics.rows import RowsRequest, read_rows_page
from tests.support.connected import engine_as

engine = engine_as("reader", "engine", of="demo_settings", scope="module")
MANAGER = "select m.key from manager m join performer p on p.manager_id = m.id where p.key = :key"
REQUEST = StatisticsRequest(date(2024, 9, 1), date(2025, 3, 13), "before")
WITHIN = """select count(*) from incident i where i.region = '71' and i.kind = :kind and i.vanished_at is null
    and i.opened_at >= timestamptz '2024-09-01 00:00+05' and i.opened_at < timestamptz '2025-03-14 00:00+05'
    and st_intersects(st_transform(i.point_4326, :srid),
        st_makeenvelope(:x, :y, :x + 500, :y + 500, :srid))"""


@pytest.mark.parametrize("kind", ["service", "police"])
def test_each_cell_counts_what_lies_in_it(engine: Engine, demo_settings: Settings, kind: str) -> None:
    city = demo_settings.city
    with snapshot(engine) as connection:
        found = by_cell(connection, city, REQUEST, kind, "ru")
        total = counts.total(connection, city, REQUEST, kind)
        for one in found.cells[:5]:
            bound = {"x": one.x, "y": one.y, "srid": city.metric_srid, "kind": kind}
            assert one.n == connection.scalar(text(WITHIN), bound), one
            west, south, east, north = one.box
            assert west < east < west + 0.02 and south < north < south + 0.02
    assert found.total + found.nowhere == total > 20
    assert [one.p for one in found.cells if one.hot] == sorted(one.p for one in found.cells if one.hot)


def test_organisations_add_up_and_lead_to_their_rows(engine: Engine, demo_settings: Settings) -> None:
    city = demo_settings.city
    with snapshot(engine) as connection:
        found = by_performer(connection, city, REQUEST, "ru")
        assert sum(one.n for one in found) == counts.total(connection, city, REQUEST, "service")
        assert sum(one.before for one in found) == counts.total(connection, city, REQUEST.before(), "service")
        first = found[0]
        assert first.key and first.name != first.key and 0 < first.on_time.part <= first.on_time.whole
        manager = connection.scalar(text(MANAGER), {"key": first.key})
        assert first.key in performers_of(connection, manager)
        query = RowsRequest.parse({"figure": "service", "team": first.key})
        assert read_rows_page(connection, city, REQUEST, query, "ru").total == first.n
