"""Both journeys as Python runs them: which of our files the two longest stretches enter, and in which order.

A boundary edit, from the command to its event and its change, enters these for the first time in this order:
`geo/plans/editing/borders.py` (what is asked) -> `geo/plans/editing/draft.py` (the draft, locked) ->
`geo/plans/editing/mesh.py` (the edges in memory) -> `geo/plans/editing/save.py` (polygons, voters, the
event) -> `geo/plans/editing/assigning.py` (the houses) -> `geo/changes/outbox.py` (the change).

How many files there are goes up only with something that the product did not do before, or where a module
of two subjects became two: a file more on the way is a file more to read. The audit is one on both ways,
the regulatory clock one on that of a row. What is left on that of a row is a subject of its own each: what
only one other file calls is long (doubles, findings), what is short has several callers (a stream, a mask of
numbers, a row's point). No module on the way has more than `LONGEST` lines; those of a row have 6,800
together, so fewer than twenty it could not be, were each of them full and of several subjects.
"""

from __future__ import annotations

import re

from sqlalchemy import Connection, text

from etl.registry import FEEDS, find
from etl.runs import engine
from etl.sources import Source
from geo.plans.editing import borders
from geo.plans.editing.draft import Author
from geo.settings import Settings
from tests.journeys.test_boundary_edit import draft  # noqa: F401 - a fixture
from tests.journeys.trace import ROOT, files_of
from tests.support.plan_squares import KM, metric_to_lon_lat

MOST_OF_AN_EDIT = 15
MOST_OF_A_RUN = 39
LONGEST = 345
ROW = b"source_id,opened_at,status,title,lon,lat\n1,2026-11-27 10:00,open,Lamp,71.43,51.13\n"


def test_an_edit_enters_its_files_in_order_and_few_of_them(
    settings: Settings, connection: Connection, draft: int
) -> None:
    moves = [
        borders.NodeMove(node.id, node.version, metric_to_lon_lat(node.x - 0.5 * KM, node.y))
        for node in connection.execute(
            text("select id, version, st_x(point) as x, st_y(point) as y from node order by id")
        ).all()
    ]
    author = Author(connection, settings.city, draft, "aigerim")
    entered = files_of(lambda: borders.edit(author, moves))
    itinerary = re.findall(r"`([\w/]+\.py)`", __doc__)
    assert [file for file in entered if file in itinerary] == itinerary
    assert len(entered) <= MOST_OF_AN_EDIT, entered


def test_a_row_enters_few_files_and_short_ones(settings: Settings, connection: Connection) -> None:
    source = Source("t.csv", body=ROW, format="csv")
    entered = files_of(lambda: engine.run(settings, find(FEEDS, "police"), [source]))
    assert connection.execute(text("select title from incident")).scalar_one() == "Lamp"
    assert len(entered) <= MOST_OF_A_RUN, entered
    lengths = {file: len((ROOT / file).read_text(encoding="utf-8").splitlines()) for file in entered}
    assert max(lengths.values()) <= LONGEST, lengths
