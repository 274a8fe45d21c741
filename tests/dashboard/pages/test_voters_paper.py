"""Lists and notices printed from the page /voters and by command: who may, what comes, what is recorded."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine, text

import etl.demo.voters.writing
import etl.voters.files
from dashboard.commands import voters
from dashboard.machine.cluster import Cluster
from dashboard.words import language
from geo.errors import NotFound
from geo.settings import Settings
from geo.voters.limits import PRINTED
from tests.support.connected import engine_as
from tests.support.next_plan import next_plan
from tests.support.prepared import city_to_prepare, copy_of
from tests.support.voters_list import approve, invented, load, write
from tests.support.voters_service import answering
from tests.support.web import Server, serving

owner = engine_as("owner", of="in_force")


@pytest.fixture(scope="module")
def listed_city(
    demo_settings: Settings, cluster: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Settings]:
    with city_to_prepare(cluster, "city_of_papers", tmp_path_factory.mktemp("listed")) as settings:
        approve(settings, load(settings, write(invented(settings, 0.3), settings.data / "list.csv")).id)
        yield settings


@pytest.fixture
def in_force(listed_city: Settings, cluster: Cluster, tmp_path: Path) -> Iterator[Settings]:
    """A city with a list in force."""
    with copy_of(listed_city, cluster, tmp_path) as settings:
        yield settings


@pytest.fixture
def voters_server(in_force: Settings) -> Iterator[Server]:
    with answering(in_force), serving(in_force) as server:
        yield server


def recorded(owner: Engine, what: str) -> list[tuple[str, dict]]:
    with owner.connect() as connection:
        rows = connection.execute(
            text("select who, parameters from audit where what = :what order by id"), {"what": what}
        )
        return [(row.who, row.parameters) for row in rows]


def fullest(owner: Engine) -> tuple[int, int]:
    """The number of the fullest precinct, and its voters."""
    with owner.connect() as connection:
        row = connection.execute(
            text("""select c.number, count(*) as n from voters.person p
                join assignment a on a.building_id = p.building_id
                join precinct c on c.plan_id = a.plan_id and c.id = a.precinct_id
                where a.plan_id = (select id from plan where state = 'published')
                group by 1 order by 2 desc, 1 limit 1""")
        ).one()
        return row.number, row.n


def test_one_precinct_is_printed_by_two_clicks(
    voters_server: Server, browser_page: Page, owner: Engine
) -> None:
    number, n = fullest(owner)
    page = browser_page
    voters_server.sign_in(page, "electoral_editor")
    page.goto(voters_server.url + "/voters")
    page.click(".shell-language[lang=en]")
    page.fill("#voters-print-number", str(number))
    form = page.locator(".voters-paper")
    address = form.evaluate("form => form.action + '?' + new URLSearchParams(new FormData(form))")
    assert address.endswith(f"/printed.pdf?number={number}&by=name&lang=ru")
    with page.expect_popup() as opened:
        form.locator("button").click()
    opened.value.close()
    expect(page.locator(".voters-notices")).to_have_attribute("href", "/api/v1/voters/notices.pdf")
    answer = page.request.get(address)
    assert answer.status == 200 and answer.body().startswith(b"%PDF-")
    assert answer.headers["cache-control"] == "no-store"
    who, about = recorded(owner, "voters.printed")[-1]
    assert (who, about["number"], about["rows"]) == ("electoral_editor", number, n)


@pytest.mark.parametrize("role", ["auditor", "administrator", "duty"])
def test_only_the_role_may_print_a_list(voters_server: Server, owner: Engine, role: str) -> None:
    with voters_server.client(role) as client:
        assert client.get("/api/v1/voters/printed.pdf?number=1").status_code == 403
    assert not recorded(owner, "voters.printed")


def test_what_cannot_be_printed_is_said(voters_server: Server) -> None:
    with voters_server.client("electoral_editor") as client:
        missing = client.get("/api/v1/voters/printed.pdf?number=99998")
        assert missing.status_code == 404 and missing.json()["error"] == "voters.no_precinct"
        assert client.get("/api/v1/voters/printed.pdf?number=1&by=iin").status_code == 400
        alone = client.get("/api/v1/voters/notices.pdf")
        assert alone.status_code == 404 and alone.json()["error"] == "plan.nothing_before"


def test_the_whole_list_is_not_printed_from_the_page(voters_server: Server, owner: Engine) -> None:
    number, _ = fullest(owner)
    address = f"/api/v1/voters/printed.pdf?number={number}"
    with owner.begin() as connection:
        connection.execute(
            text("""insert into audit (who, what, parameters, caller_type)
                select 'electoral_editor', 'voters.printed', '{"list": 1, "plan": 1, "number": 1, "rows": 1}',
                'person' from generate_series(1, :n)"""),
            {"n": PRINTED.most - 1},
        )
    with voters_server.client("electoral_editor") as client:
        assert client.get(address).status_code == 200
        refused = client.get(address)
        foreign = client.get(address, headers={"Sec-Fetch-Site": "cross-site"})
    assert refused.status_code == 429 and "./ikomek voters print" in refused.json()["message"]
    assert 86_000 < int(refused.headers["retry-after"]) <= 86_400
    assert foreign.status_code == 403
    codes = [about["code"] for _, about in recorded(owner, "refused")]
    assert codes == ["voters.prints", "door.foreign_read"], "each once"


def test_every_precinct_and_the_notices_by_command(
    in_force: Settings,
    owner: Engine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    language.set("en")
    monkeypatch.setattr(sys, "stdin", io.StringIO())

    def run(*argv: object) -> str:
        words = ["voters", *map(str, argv)]
        assert voters.main(in_force, words, etl.voters.files, lambda: etl.demo.voters.writing) == 0
        return capsys.readouterr().out

    assert re.search(
        r"Lists: \d+, voters: ", run("print", tmp_path / "a", "--order", "address", "--lang", "kk")
    )
    run("print", tmp_path / "b", "--order", "address", "--lang", "kk")
    files = sorted((tmp_path / "a").iterdir())
    assert len(files) == len({about["number"] for _, about in recorded(owner, "voters.printed")}) > 1
    assert all(file.stat().st_mode & 0o077 == 0 for file in files)
    assert [file.read_bytes() for file in files] == [
        file.read_bytes() for file in sorted((tmp_path / "b").iterdir())
    ]
    with pytest.raises(FileExistsError):
        run("print", tmp_path / "a", "--order", "address", "--lang", "kk")
    with pytest.raises(NotFound, match=r"plan\.nothing_before"):
        run("notices", tmp_path / "n.pdf")
    moved = next_plan(in_force, owner)
    assert f"{moved} houses" in run("notices", tmp_path / "n.pdf")
    assert (tmp_path / "n.pdf").read_bytes().startswith(b"%PDF-")
    assert [about["form"] for _, about in recorded(owner, "plan.exported")] == ["notices"]
