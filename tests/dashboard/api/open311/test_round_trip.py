"""Our own reader of Open311 reads our own server, in both forms, into the database of another city: what goes
out comes in as it was."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from etl.declarations.files import load_feeds
from etl.registry import find
from etl.runs import engine
from geo.settings import Settings
from tests.support.programs import add_services, issue, program, rows
from tests.support.web import Server

DECLARED = """[neighbour]
noun = "incident"
format = "open311"
sources = ["{address}/api/open311/v2"]
new_categories = true
page_size = 2
[neighbour.constants]
kind = "service"
[neighbour.options]
representation = "{form}"
api_key = "{key}"
jurisdiction_id = "astana"
"""


@pytest.mark.parametrize("form", ["json", "xml"])
def test_our_reader_reads_our_server(
    shared_server: Server, settings: Settings, owner: Engine, form: str, tmp_path: Path
) -> None:
    add_services(shared_server.settings)
    key = issue(shared_server.settings, form, may_create=True)
    sent = [
        {
            "service_code": "heat",
            "lat": "51.13",
            "long": f"71.4{n}",
            "description": f"Холодно & темно {form} {n}",
        }
        for n in range(5)
    ]
    with program(shared_server, key) as app:
        numbers = [app.post("/requests.json", data=one).json()[0]["service_request_id"] for one in sent]
    path = tmp_path / "feeds.toml"
    path.write_text(DECLARED.format(address=shared_server.url, form=form, key=key))
    feed = find(load_feeds(path), "neighbour")
    first = engine.run(settings, feed)
    assert first.written >= 5 and first.rejected == 0
    read = rows(
        owner,
        "select source_id, title, status, round(st_x(point_4326)::numeric, 2)::text, "
        "extract(epoch from due_at - opened_at)::int / 3600 from incident",
    )
    expected = {(number, one["description"], "open", one["long"], 4) for number, one in zip(numbers, sent)}
    assert expected <= set(read) and len(read) == first.written
    again = engine.run(settings, feed)
    assert (again.written, again.rejected) == (0, 0)
