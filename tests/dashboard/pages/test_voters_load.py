"""A file of the list loaded on the page /voters: sent, followed, compared, approved by somebody else; what is
refused says why and leaves nothing behind."""

from __future__ import annotations

import gzip
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from openpyxl import Workbook
from playwright.sync_api import Page, expect
from sqlalchemy import Engine, text

from etl.demo.voters.writing import InventedList
from etl.voters import uploads
from geo.settings import Settings
from geo.voters.keys import KeyRing
from tests.support.connected import engine_as
from tests.support.voters_list import invented, write
from tests.support.voters_service import answering
from tests.support.web import Server, serving

owner = engine_as("owner", of="demo_copy")
DAY = "2027-03-14"
LOAD = "/api/v1/voters/load"


@pytest.fixture
def people(demo_copy: Settings) -> InventedList:
    return invented(demo_copy, 0.1)


@pytest.fixture
def voters_server(demo_copy: Settings) -> Iterator[Server]:
    with answering(demo_copy), serving(demo_copy) as server:
        yield server


def send(client: httpx.Client, name: str, body: bytes, day: str | None = DAY) -> httpx.Response:
    given = {"name": name} | ({"day": day} if day else {})
    return client.post(LOAD, params=given, content=body)


def ended(client: httpx.Client) -> dict:
    for _ in range(600):
        found = client.get(LOAD).json()
        if found["state"] != "running":
            return found
        time.sleep(0.1)
    raise AssertionError("it does not end")


def versions(owner: Engine) -> list[tuple[str, str]]:
    with owner.connect() as connection:
        rows = connection.execute(text("select state, loaded_by from voters.list_version order by id"))
        return [tuple(row) for row in rows]


def test_a_file_is_loaded_by_one_and_approved_by_another(
    voters_server: Server, browser_page: Page, people: InventedList, owner: Engine, tmp_path: Path
) -> None:
    path, page = write(people, tmp_path / "list.csv"), browser_page
    voters_server.sign_in(page, "electoral_editor")
    page.goto(voters_server.url + "/voters")
    page.click(".shell-language[lang=en]")
    expect(page.locator("#voters-load")).to_contain_text("Load a file")
    page.locator(".voters-head [name=day]").fill("14.03.2027")
    page.locator(".voters-head [name=day]").press("Enter")
    page.set_input_files("#voters-load input", path)
    expect(page.locator("#voters-loading")).to_contain_text("List 1 is loaded", timeout=60_000)
    expect(page.locator(".voters-line h2").first).to_contain_text("List 1")
    expect(page.locator(".voters-acts")).to_contain_text("only another person can approve it")
    assert versions(owner) == [("checked", "electoral_editor")]
    page.set_input_files("#voters-load input", path)
    expect(page.locator("#voters-loading")).to_contain_text("was loaded before", timeout=60_000)


def test_a_packed_file_and_a_sheet_are_taken_too(
    voters_server: Server, people: InventedList, owner: Engine, tmp_path: Path
) -> None:
    body = write(people, tmp_path / "list.csv").read_bytes()
    with voters_server.client("electoral_editor") as client:
        assert send(client, "list.csv", body, day=None).json()["error"] == "voters.voting_day"
        assert send(client, "list.csv.gz", gzip.compress(body)).json()["state"] == "running"
        found = ended(client)
        assert (found["state"], found["rows"]) == ("done", len(people.lines))
        book = Workbook(write_only=True)
        sheet = book.create_sheet()
        sheet.append(list(people.lines[0].cells))
        for line in people.lines:
            sheet.append(list(line.cells.values()))
        book.save(tmp_path / "list.xlsx")
        send(client, "list.xlsx", (tmp_path / "list.xlsx").read_bytes(), day=None)
        assert ended(client)["list"] == 2, "the voting day is that of the list before"
    assert [who for _, who in versions(owner)] == ["electoral_editor", "electoral_editor"]


def test_rows_of_a_guessed_encoding_are_said(
    voters_server: Server, browser_page: Page, people: InventedList, tmp_path: Path
) -> None:
    """Where it is loaded, and to whoever approves it; a file in UTF-8 says nothing of the kind."""
    page = browser_page
    with voters_server.client("electoral_editor") as client:
        send(client, "list.csv", write(people, tmp_path / "list.csv", "kz1048").read_bytes())
        found = ended(client)
        assert found["state"] == "done" and "UTF-8" in found["message"]
        send(client, "list.csv", write(people, tmp_path / "again.csv").read_bytes())
        assert "UTF-8" not in ended(client)["message"]
    voters_server.sign_in(page, "electoral_approver")
    page.goto(voters_server.url + "/voters?list=1")
    page.click(".shell-language[lang=en]")
    notice = page.locator(".voters-guessed")
    expect(notice).to_contain_text(f"The encoding of {len(people.lines):,} rows was guessed")
    page.locator(".voters-checks summary").click()
    line = page.locator(".voters-checks li", has_text="rows whose encoding was guessed")
    expect(line.locator("b")).to_have_text(f"{len(people.lines):,}")
    expect(line.locator("a")).to_have_count(0)
    page.goto(voters_server.url + "/voters?list=2")
    expect(page.locator(".voters-checks")).to_be_visible()
    expect(notice).to_have_count(0)


def test_what_is_refused_says_why_and_leaves_nothing(
    voters_server: Server,
    demo_copy: Settings,
    people: InventedList,
    owner: Engine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    body = write(people, tmp_path / "list.csv").read_bytes()
    name = people.lines[0].cells["Фамилия"]
    with voters_server.client("electoral_editor") as client:
        assert send(client, "list.pdf", body).json()["error"] == "voters.format"
        assert send(client, "list.csv", body, day="14.03.2027").json()["error"] == "voters.voting_day"
        headless = body.split(b"\n", 1)[1]
        send(client, "list.csv", headless)
        found = ended(client)
        assert found["state"] == "failed" and "list.csv" in found["message"] and name not in str(found)
        send(client, "list.xlsx", b"PK not a sheet")
        assert ended(client)["state"] == "failed"
        monkeypatch.setattr(uploads, "MOST_ROWS", 100)
        send(client, "list.csv", body)
        assert "100" in ended(client)["message"]
        monkeypatch.setattr(uploads, "MOST_BYTES", 1_000)
        assert send(client, "list.csv", body).status_code == 413
    with voters_server.client("auditor") as client:
        assert send(client, "list.csv", body).status_code == 403
        assert client.get(LOAD).status_code == 403
    assert versions(owner) == []
    assert not list((KeyRing.of(demo_copy).folder / uploads.FOLDER).iterdir())


def test_a_second_file_waits_for_the_first(
    voters_server: Server,
    people: InventedList,
    owner: Engine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    body = write(people, tmp_path / "list.csv").read_bytes()
    held = uploads.import_list

    def slow(*given: object) -> object:
        time.sleep(1)
        return held(*given)

    monkeypatch.setattr(uploads, "import_list", slow)
    with voters_server.client("electoral_editor") as client:
        assert send(client, "first.csv", body).json()["state"] == "running"
        second = send(client, "second.csv", body)
        assert second.status_code == 409 and second.json()["parameters"] == {"file": "first.csv"}
        assert ended(client)["state"] == "done"
    assert len(versions(owner)) == 1
