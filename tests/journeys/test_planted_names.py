"""Names and numbers of an invented list, planted where they would be noticed: everything that the product
answers and writes while all of its pages and commands are used is searched for them. Only who looks sees a
person."""

from __future__ import annotations

import io
import json
import logging
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import redis
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

import etl.demo.voters.writing
import etl.voters.files
from dashboard import pages
from dashboard.commands import backup, voters
from dashboard.machine.backup import read_manifest
from dashboard.machine.cluster import Cluster
from etl.demo.voters.faults import ListLine
from etl.demo.voters.writing import InventedList
from geo.database import connect_engine
from geo.recovery import servers
from geo.settings import Settings
from layers.tiles.registry import LAYERS
from tests.dashboard.test_app import ADDRESSES
from tests.journeys.planted import SURNAME, found_in, needles, search_files
from tests.support.voters_list import approve, load, write
from tests.support.voters_service import ask_list, logging_apart
from tests.support.web import Server, serving

NO_RIGHT = ("web", "editor", "reader", "etl", "relay", "jobs", "accounts", "sealer", "auditor", "lookup")


@pytest.fixture
def server(demo_copy: Settings) -> Iterator[Server]:
    with logging_apart(demo_copy), serving(demo_copy) as running:
        yield running
    servers.drop(demo_copy, servers.database_name(servers.named(demo_copy, "verifying")))


def lay_out(client: httpx.Client, path: str) -> httpx.Response:
    call = {
        "output": "page.children",
        "outputs": {"id": "page", "property": "children"},
        "changedPropIds": ["address.pathname"],
        "inputs": [{"id": "address", "property": "pathname", "value": path}],
        "state": [{"id": "address", "property": "search", "value": ""}],
    }
    return client.post("/_dash-update-component", json=call)


def answers(server: Server) -> Iterator[tuple[str, bytes]]:
    """The answers of every page, layer, panel and metric."""
    with server.client() as client:
        for page in pages.PAGES:
            for answer in (client.get(ADDRESSES[page.PATH]), lay_out(client, ADDRESSES[page.PATH])):
                assert answer.status_code == 200
                yield page.PATH, answer.content
        lon, lat = server.settings.city.centre
        for layer in LAYERS:
            for z in (10, 14):
                x = int((lon + 180) / 360 * 2**z)
                y = int((0.5 - lat / 360) * 2**z)
                for tile in ((x, y), (x, y - 2**z // 20)):
                    yield layer.key, client.get(f"/tiles/{layer.key}/{z}/{tile[0]}/{tile[1]}.mvt").content
            if layer.geojson:
                yield layer.key, client.get(f"/layers/{layer.key}.geojson").content
        for path in ("/layers/floods.json", "/api/v1/audit.csv", "/metrics", "/readyz"):
            yield path, client.get(path).content


def test_nothing_that_the_product_writes_or_answers_names_a_voter(
    demo_copy: Settings,
    planted: tuple[InventedList, list[ListLine]],
    server: Server,
    cluster: Cluster,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    caplog.set_level(logging.DEBUG, "geo")
    people, chosen = planted
    wanted, source = needles(chosen), tmp_path_factory.mktemp("source")
    approve(demo_copy, load(demo_copy, write(people, source / "first.csv")).id)
    following = load(demo_copy, write(InventedList(people.lines[5:]), source / "next.csv")).id
    for where, content in answers(server):
        # The worklist shows an address to who decides on it; that has no name in it.
        assert found_in(content, wanted) == [], where
    monkeypatch.setattr(sys, "stdin", io.StringIO("850417300122\n"))
    for command in (["check"], ["status"], ["worklist", "--most", "500"], ["rules"]):
        voters.main(demo_copy, ["voters", *command], etl.voters.files, lambda: etl.demo.voters.writing)
    printed = capsys.readouterr()
    assert found_in((printed.out + printed.err).encode(), wanted) == []
    number = chosen[0].cells["ИИН"]
    reason = {"why": "application", "document": "Application 114"}
    assert ask_list(demo_copy, "look", "anna", number=number, **reason)["surname"].startswith(SURNAME)
    at_home = ask_list(
        demo_copy, "look_at_house", "anna", line=chosen[0].cells["Адрес регистрации"], **reason
    )
    assert f"**********{number[-2:]}" in {one["iin"] for one in at_home}
    assert found_in(json.dumps(at_home, ensure_ascii=False).encode(), wanted) == []
    nowhere = ask_list(demo_copy, "without", "anna", page=1)
    assert nowhere["persons"] and found_in(json.dumps(nowhere, ensure_ascii=False).encode(), wanted) == []
    for nobody in ("850417300123", number[:-1] + "x"):
        with pytest.raises(Exception, match="voters.iin") as raised:
            ask_list(demo_copy, "look", "anna", number=nobody, **reason)
        assert nobody not in repr(raised.value)
    ask_list(demo_copy, "reject", "anna", list_id=following)
    file = tmp_path / "saved.backup"
    backup.save(demo_copy, file)
    assert found_in(json.dumps(read_manifest(file), ensure_ascii=False).encode(), wanted) == []
    with tarfile.open(file) as packed:
        for member in packed:
            held = packed.extractfile(member)
            assert held is not None and found_in(held.read(), wanted) == [], member.name
    _search_what_lies_there(demo_copy, cluster, wanted)
    assert found_in(caplog.text.encode(), wanted) == []


def _search_what_lies_there(settings: Settings, cluster: Cluster, wanted: list[bytes]) -> None:
    """Logs, work folders, temporary files beside them, and all that Redis keeps. The web server and the
    process of the list log here as they do under the supervisor."""
    files = search_files([Path(settings.data), cluster.logs], wanted)
    assert {path.name.partition("-")[0] for path in files} >= {"voters.log", "server"}
    assert {path.suffix for path in files} >= {".log", ".key", ".backup"}
    store = redis.Redis.from_url(settings.redis_url)
    tiles = 0
    for key in store.scan_iter(count=1000):
        assert found_in(key, wanted) == []
        if store.type(key) == b"string":
            tiles += key.startswith(b"tile:")
            assert found_in(store.get(key) or b"", wanted) == [], key
    assert tiles, "tiles were cached"
    store.close()


def test_no_role_but_that_of_the_list_reaches_it(demo_copy: Settings) -> None:
    for role in NO_RIGHT:
        engine = connect_engine(demo_copy, role, pool_size=1)
        with engine.connect() as connection:
            for table in ("person", "refusal", "address", "list_version"):
                with pytest.raises(DBAPIError, match="permission denied"):
                    connection.execute(text(f"select * from voters.{table}"))
                connection.rollback()
        engine.dispose()
