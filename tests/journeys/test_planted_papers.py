"""Names and numbers of an invented list, planted where they would be noticed, while files are sent, lists
and notices printed, reports shared, regions compared: nothing of them comes out elsewhere, or stays."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
import typst
from sqlalchemy import text

import etl.demo.voters.writing
import etl.voters.files
from dashboard import reports
from dashboard.commands import voters
from dashboard.machine.cluster import Cluster
from dashboard.paper.notices import notices_pdf
from etl.demo.voters.faults import ListLine
from etl.demo.voters.writing import InventedList
from geo.database import connect_engine
from geo.plans.compare import Notices, read_notices
from geo.settings import Settings
from geo.voters.client import socket_of
from geo.voters.keys import DOUBLES, KeyRing
from tests.geo.voters.regions.test_regions import Side, exchange
from tests.journeys.conftest import ROOT
from tests.journeys.planted import SURNAME, found_in, needles, search_files
from tests.support.killable import eventually
from tests.support.next_plan import next_plan
from tests.support.voters_list import approve, write
from tests.support.web import Server, serving


@pytest.fixture
def given_to_typst(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What papers are made of: in a PDF the letters are numbers of a font."""
    given: list[str] = []
    compile_ = typst.compile

    def noted(*args: Any, **more: Any) -> Any:
        given.append(json.dumps(more.get("sys_inputs"), ensure_ascii=False))
        return compile_(*args, **more)

    monkeypatch.setattr(typst, "compile", noted)
    return given


@pytest.fixture
def processes(demo_copy: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """The list's own process and that of the jobs, each with its log, beside a server; all of them keep
    their temporary files in one folder."""
    temporary = Path(demo_copy.data) / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    environment = os.environ | {
        "IKOMEK_DATABASE_URL": demo_copy.database_url.replace("+psycopg2", ""),
        "IKOMEK_REDIS_URL": demo_copy.redis_url,
        "IKOMEK_DATA": str(demo_copy.data),
    }
    started = []
    for module in ("etl.voters.service", "dashboard.jobs"):
        with (Path(demo_copy.data) / f"{module}.log").open("w") as log:
            program = [sys.executable, "-m", "geo.process", module]
            started.append(subprocess.Popen(program, cwd=ROOT, env=environment, stdout=log, stderr=log))
    try:
        eventually(lambda: socket_of(demo_copy).exists(), 60)
        with serving(demo_copy) as running:
            yield running
    finally:
        for process in started:
            process.terminate()
        assert [process.wait(30) for process in started] == [0, 0]


def loaded(client: httpx.Client, name: str, body: bytes) -> dict[str, Any]:
    """How it ended."""
    sent = client.post("/api/v1/voters/load", params={"name": name, "day": "2027-03-14"}, content=body)
    assert sent.status_code == 200, sent.text
    eventually(lambda: client.get("/api/v1/voters/load").json()["state"] != "running", 60)
    return client.get("/api/v1/voters/load").json()


def test_uploads_papers_reports_and_comparisons_name_nobody(
    demo_copy: Settings,
    planted: tuple[InventedList, list[ListLine]],
    processes: Server,
    cluster: Cluster,
    given_to_typst: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Who prints a list for a commission has it on paper: nothing else, and nowhere else."""
    people, chosen = planted
    wanted, outside, city = needles(chosen), tmp_path_factory.mktemp("outside"), demo_copy.city
    number, body = chosen[0].cells["ИИН"], write(people, outside / "list.csv").read_bytes()
    owner = connect_engine(demo_copy, "owner")
    with processes.client("electoral_editor") as client:
        for name, broken in (
            ("list.csv", body.split(b"\n", 1)[1]),
            ("list.xlsx", b"PK" + body),
            ("list.csv.gz", gzip.compress(body)[:-20]),
        ):
            refused = loaded(client, name, broken)
            assert refused["state"] == "failed" and found_in(json.dumps(refused).encode(), wanted) == []
        done = loaded(client, "list.csv", body)
        assert done["state"] == "done"
        approve(demo_copy, done["list"])
        with owner.connect() as connection:
            building, precinct = connection.execute(
                text("""select p.building_id, c.number from voters.person p
                    join assignment a on a.building_id = p.building_id
                    join plan on plan.id = a.plan_id and plan.state = 'published'
                    join precinct c on c.plan_id = a.plan_id and c.id = a.precinct_id limit 1""")
            ).one()
        paper = client.get("/api/v1/voters/printed.pdf", params={"number": precinct})
        assert paper.content.startswith(b"%PDF-")
        for method, path, sent in _mistakes(number):
            answer = client.request(method, path, content=sent)
            assert answer.status_code >= 300 and found_in(answer.content, wanted) == [], path
        opened = client.get(f"/voters?list={done['list']}&house={building}").content
        assert found_in(opened, wanted) == []
    next_plan(demo_copy, owner)
    given_to_typst.clear()
    assert notices_pdf(_notices(demo_copy), city).startswith(b"%PDF-")
    day = city.today()
    made = [reports.make(owner, city, kind, day, day, ("ru",)) for kind in ("morning", "week")]
    for report in made:
        stored = reports.store(owner, city, "anna", report)
        with processes.client("executive") as client:
            shared = client.post(f"/api/v1/reports/{stored}/share", json={"language": "ru", "days": 1})
            link = httpx.get(processes.url + shared.json()["address"])
        assert link.content == report.papers["ru"] and found_in(link.content, wanted) == []
    assert len(given_to_typst) >= 3
    assert found_in("".join(given_to_typst).encode(), wanted) == []
    assert found_in(json.dumps([one.content for one in made], default=str).encode(), wanted) == []
    _compare_regions(demo_copy, chosen, wanted, outside)
    for command in (["print", str(outside / "paper")], ["notices", str(outside / "notices.pdf")]):
        voters.main(demo_copy, ["voters", *command], etl.voters.files, lambda: etl.demo.voters.writing)
    printed = capsys.readouterr()
    assert found_in((printed.out + printed.err).encode(), wanted) == []
    assert not list((Path(demo_copy.data) / "voters" / "uploads").glob("*"))
    assert [path for path in Path(tempfile.gettempdir()).rglob("*") if path.is_file()] == []
    with owner.connect() as connection:
        audited = json.dumps(
            [tuple(row) for row in connection.execute(text("select * from audit"))], default=str
        )
    owner.dispose()
    assert found_in(audited.encode(), wanted) == [] and "voters.printed" in audited
    for log in ("etl.voters.service.log", "dashboard.jobs.log"):
        assert (Path(demo_copy.data) / log).exists()
    search_files([Path(demo_copy.data), cluster.logs], wanted)


def _mistakes(number: str) -> Iterator[tuple[str, str, bytes]]:
    """Requests that are refused, with a number where none belongs."""
    for path in ("/openapi.json", "/docs", "/redoc", "/api/v1/openapi.json", "/voters/nobody"):
        yield "GET", path, b""
    yield "GET", "/api/v1/voters/printed.pdf?number=99999", b""
    yield "POST", "/api/v1/voters/load?name=list.pdf&day=2027-03-14", f"{number};{SURNAME}".encode()
    yield "POST", "/api/v1/voters/load?name=list.csv&day=tomorrow", f"{number};{SURNAME}".encode()
    yield "POST", "/api/v1/ingest/inquiries", json.dumps({"iin": number, "name": SURNAME}).encode()
    yield "POST", "/_dash-update-component", f"{number};{SURNAME}".encode()


def _notices(settings: Settings) -> Notices:
    engine = connect_engine(settings, "reader", pool_size=1)
    with engine.connect() as connection:
        found = read_notices(connection, settings.city)
    engine.dispose()
    return found


def _compare_regions(settings: Settings, chosen: list[ListLine], wanted: list[bytes], outside: Path) -> None:
    """With a region whose list has two of the persons: what goes between them, and both sides know it."""
    engine = connect_engine(settings, "voters", pool_size=2)
    ring, other = KeyRing.of(settings), KeyRing.of(replace(settings, voters_keys=outside / "other-keys"))
    here, there = Side(engine, settings.city, ring), Side(engine, replace(settings.city, region="75"), other)
    numbers = {line.cells["ИИН"] for line in chosen[:2]}
    there.list(numbers)
    done = exchange(here, there, outside)
    assert done.first.doubles == done.second.doubles == len(numbers)
    for path in done.files:
        assert path.stat().st_size and found_in(path.read_bytes(), wanted) == [], path.name
        hashes = [ring.lasting(DOUBLES)[0].lookup(one) for one in numbers] + [
            ring.looks().lookup(one) for one in numbers
        ]
        assert found_in(path.read_bytes(), hashes) == []
    engine.dispose()
