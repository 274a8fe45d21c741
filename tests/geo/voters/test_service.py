"""The process that owns the list: it answers counts to those who may not read the list, records that before
it answers, hands refusals over as they are, and takes the room of one that was killed."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from etl.demo.voters.writing import InventedList
from etl.voters import uploads
from geo.accounts.sessions import FRESH
from geo.audit.callers import Caller
from geo.database import connected
from geo.errors import Conflict, Forbidden, NotFound, Unauthenticated, Unavailable
from geo.settings import Settings
from geo.voters.answers import ANSWERS, ListOwner
from geo.voters.client import request, socket_of
from geo.voters.keys import KeyRing
from geo.voters.model import versions
from tests.geo.voters.conftest import Ask
from tests.support.killable import eventually
from tests.support.voters_list import approve, invented, load, write
from tests.support.voters_service import EVERY, answering, ask_list, session_of

ROOT = Path(__file__).parents[3]


@pytest.fixture
def service(demo_copy: Settings) -> Iterator[None]:
    with answering(demo_copy):
        yield


@pytest.mark.usefixtures("service")
def test_counts_are_answered_and_every_answer_is_recorded(
    demo_copy: Settings, people: InventedList, file: Path, ask: Ask
) -> None:
    assert ask_list(demo_copy, "overview", "anna") == {"shown": None, "versions": []}
    approve(demo_copy, load(demo_copy, file).id)
    following = load(demo_copy, write(InventedList(people.lines[5:]), file.with_name("next.csv"))).id
    found = ask_list(demo_copy, "overview", "anna")
    assert [one["state"] for one in found["versions"]] == ["checked", "current"]
    shown = found["shown"]
    assert shown["id"] == following
    assert shown["rows_read"] == sum(
        shown[name] for name in ("unchanged", "corrected", "moved", "added", "refused")
    )
    for name in ("added", "removed", "corrected", "before"):
        assert sum(row[name] for row in found["precincts"]) == shown[name]
    assert sum(row["after"] for row in found["precincts"]) == (
        shown["before"] + shown["added"] - shown["removed"]
    )
    assert ask_list(demo_copy, "overview", "anna", list_id=1)["shown"]["state"] == "current"
    answered = json.dumps(found, ensure_ascii=False)
    assert {"iin", "under_age", "namesakes", "without_building"} <= shown["checks"].keys()
    for code, check in shown["checks"].items():
        lines = ask_list(demo_copy, "lines", "anna", list_id=following, code=code)
        assert len(lines) == check["count"] and set(check["lines"]) <= {one["line"] for one in lines}
        answered += json.dumps(lines, ensure_ascii=False)
    named = {line.cells[name] for line in people.lines for name in ("ИИН", "Фамилия", "Отчество")} - {""}
    assert not {one for one in named if one in answered}
    recorded = ask("select who, parameters from audit where what = 'voters.seen' order by id")
    assert [(row.who, row.parameters) for row in recorded] == [
        ("anna", {"list": None}),
        ("anna", {"list": following}),
        ("anna", {"list": 1}),
    ]


@pytest.mark.usefixtures("service")
def test_decisions_and_approval_and_what_refuses_them(demo_copy: Settings, file: Path, ask: Ask) -> None:
    people = invented(demo_copy, 0.3)
    first = load(demo_copy, write(people, file)).id
    for who in ("aigerim", "cli:aigerim"):  # the same person in the browser and at the command line
        with pytest.raises(Forbidden, match="voters.second_person"):
            ask_list(demo_copy, "approve", who, list_id=first)
    approve(demo_copy, first)
    fullest = ask(
        "select building_id as id from voters.person where building_id is not null "
        "group by 1 order by count(*) desc, 1 limit 1"
    )[0].id
    kept = InventedList([line for line in people.lines if line.building != fullest])
    following = load(demo_copy, write(kept, file.with_name("next.csv"))).id
    flags = ask_list(demo_copy, "overview", "anna")["flags"]
    assert (fullest, "emptied", 0) in {(flag["of_id"], flag["code"], flag["after"]) for flag in flags}
    assert all(flag["house"] for flag in flags if flag["level"] == "house")
    for flag in flags:
        given = {"list_id": following} | {name: flag[name] for name in ("level", "of_id", "code")}
        ask_list(demo_copy, "accept_flag", "anna", **given)
        ask_list(demo_copy, "reopen_flag", "anna", **given)
        with pytest.raises(NotFound, match="voters.unknown_flag"):
            ask_list(demo_copy, "reopen_flag", "anna", **given)
        ask_list(demo_copy, "accept_flag", "anna", **given)
    key = ask("select key_id from voters.list_version where id = :list", list=following)[0].key_id
    ask_list(demo_copy, "reject", "anna", list_id=following)
    with pytest.raises(Unavailable, match="voters.key_missing"):
        KeyRing.of(demo_copy).get(key)
    with pytest.raises(Conflict, match="voters.not_open"):
        ask_list(demo_copy, "approve", "daulet", list_id=following)
    with pytest.raises(NotFound, match="voters.unknown_list"):
        ask_list(demo_copy, "overview", "anna", list_id=99)


@pytest.mark.usefixtures("service")
def test_nobody_else_may_connect_and_nonsense_is_refused(demo_copy: Settings) -> None:
    path = socket_of(demo_copy)
    assert stat.S_IMODE(path.stat().st_mode) == 0o660 and path.parent.stat().st_mode & 0o007 == 0
    for line in (
        b"nonsense\n",
        b"{}\n",
        b'{"request": "erase", "session": "x", "caller": {}, "parameters": {}}\n',
    ):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(path))
            connection.sendall(line)
            answer = json.loads(connection.makefile("rb").readline())
        assert answer == {"error": "Unavailable", "code": "request.failed", "parameters": {}}


@pytest.mark.usefixtures("service")
def test_only_who_is_signed_in_and_may_is_answered(demo_copy: Settings, ask: Ask) -> None:
    """The process asks nobody else who its caller is: a name that the web server gives is no caller."""
    owner = ListOwner.of(demo_copy)
    known = {**ANSWERS, **uploads.FileRequests(owner)}
    owner.close()
    (before,) = ask("select last_value as number from audit_id_seq")
    for name, answer in known.items():
        for nobody in (None, "", "anna", "x" * 43, ["anna"]):
            with pytest.raises(Unauthenticated, match=r"door\.signed_out"):
                request(demo_copy, name, nobody)
        other = session_of(demo_copy, "boris", [one for one in EVERY if one != answer.permission])
        with pytest.raises(Forbidden, match=r"door\.forbidden") as raised:
            request(demo_copy, name, other)
        assert raised.value.parameters == {"permission": answer.permission}, name
    assert ask("select last_value as number from audit_id_seq") == [before]
    ended = session_of(demo_copy, "anna")
    assert request(demo_copy, "overview", ended) == {"shown": None, "versions": []}
    with connected(demo_copy, "owner") as connection:
        connection.execute(text("update user_session set revoked_at = now()"))
    with pytest.raises(Unauthenticated):
        request(demo_copy, "overview", ended)
    (seen,) = ask("select who, caller_type from audit order by id desc limit 1")
    assert (seen.who, seen.caller_type) == ("anna", "person")


@pytest.mark.usefixtures("service")
def test_what_weighs_most_asks_for_a_sign_in_of_late(demo_copy: Settings, ask: Ask) -> None:
    """Whoever comes by a session that was left open."""
    session = session_of(demo_copy, "anna")
    with connected(demo_copy, "owner") as connection:
        connection.execute(
            text("update user_session set created_at = now() - cast(:fresh as interval)"), {"fresh": FRESH}
        )
    weighing = {name for name, one in ANSWERS.items() if one.weighs}
    assert weighing == {"approve", "reject", "look", "look_at_house", "changed", "without", "printed"}
    for name in weighing:
        with pytest.raises(Forbidden, match=r"account\.again"):
            request(demo_copy, name, session)
    assert request(demo_copy, "overview", session) == {"shown": None, "versions": []}
    assert not ask("select from audit where what in ('voter.seen', 'voters.printed')")


def test_a_process_of_its_own_takes_the_room_of_one_that_was_killed(demo_copy: Settings) -> None:
    with pytest.raises(Unavailable, match="voters.away"):
        ask_list(demo_copy, "overview", "anna")
    for end in (signal.SIGKILL, signal.SIGTERM):
        process = subprocess.Popen(
            [sys.executable, "-m", "geo.process", "etl.voters.service"],
            cwd=ROOT,
            env=environment_of(demo_copy),
            stderr=subprocess.PIPE,
        )
        try:
            assert first_answer(demo_copy) == {"shown": None, "versions": []}
        finally:
            process.send_signal(end)
            log = process.communicate(timeout=30)[1].decode()
        assert process.returncode == (-end if end == signal.SIGKILL else 0), log
    with pytest.raises(Unavailable, match="voters.away"):
        ask_list(demo_copy, "overview", "anna")


def environment_of(settings: Settings) -> dict[str, str]:
    return os.environ | {
        "IKOMEK_DATABASE_URL": settings.database_url.replace("+psycopg2", ""),
        "IKOMEK_DATA": str(settings.data),
    }


def test_the_demo_city_has_a_list_once(demo_copy: Settings) -> None:
    """Invented, checked, and waiting for a person: nobody approves it by itself."""
    for _ in range(2):
        process = subprocess.Popen(
            [sys.executable, "-m", "geo.process", "etl.voters.service", "--demo", "tenth"],
            cwd=ROOT,
            env=environment_of(demo_copy),
            stderr=subprocess.PIPE,
        )
        try:
            end = time.monotonic() + 120
            while not (found := first_answer(demo_copy))["versions"] and time.monotonic() < end:
                time.sleep(0.2)
        finally:
            process.send_signal(signal.SIGTERM)
            log = process.communicate(timeout=60)[1].decode()
        [version] = found["versions"]
        assert version["state"] == "checked" and version["rows_read"] > 100, log
        assert version["loaded_by"] == "demo-list" and version["refused"] > 0
    assert not list((demo_copy.data / "voters" / "uploads").glob("*"))


def test_a_database_that_is_away_is_waited_for(demo_copy: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the first moment, and again while the list is loaded."""
    for name, value in environment_of(demo_copy).items():
        monkeypatch.setenv(name, value)
    lost = OperationalError("", {}, psycopg2.OperationalError("the server closed the connection"))
    connected, importing, faults = ListOwner.connected, uploads.import_list, ["at once", "in the middle"]

    def away(owner: ListOwner) -> Any:
        if faults and faults[0] == "at once":
            faults.pop(0)
            raise lost
        return connected(owner)

    def lose(*given: object) -> Any:
        if faults:
            faults.pop(0)
            raise lost
        return importing(*given)

    monkeypatch.setattr(ListOwner, "connected", away)
    monkeypatch.setattr(uploads, "import_list", lose)
    monkeypatch.setattr(uploads, "AGAIN_S", (0.01,))
    owner = ListOwner.of(demo_copy)
    requests = uploads.FileRequests(owner)
    requests.load_invented(owner, "tenth", threading.Event())
    with connected(owner) as connection:
        (listed,) = versions(connection, owner.region)
    owner.close()
    assert faults == [] and (listed.state, listed.loaded_by) == ("checked", "demo-list")
    assert requests.loading(owner, "anna")["state"] == "done"
    assert not list(requests.folder.iterdir())


def test_a_process_that_ends_waits_no_longer(demo_copy: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    owner, stop = ListOwner.of(demo_copy), threading.Event()
    requests, tries = uploads.FileRequests(owner), []

    def tried(*given: object) -> bool:
        tries.append(given)
        stop.set()
        return False

    monkeypatch.setattr(requests, "_invented", tried)
    requests.load_invented(owner, "tenth", stop)
    owner.close()
    assert len(tries) == 1


def test_a_killed_process_leaves_no_file_and_no_list(
    demo_copy: Settings, people: InventedList, file: Path
) -> None:
    """While the file is on its way, and while it is loaded."""
    body = file.read_bytes()
    for whole in (False, True):
        process = subprocess.Popen(
            [sys.executable, "-m", "geo.process", "etl.voters.service"],
            cwd=ROOT,
            env=environment_of(demo_copy) | {"PYTHONPATH": str(ROOT)},
        )
        try:
            assert first_answer(demo_copy)["versions"] == []
            with socket.socket(socket.AF_UNIX) as caller:
                caller.connect(str(socket_of(demo_copy)))
                given = {"file_name": "list.csv", "day": "2027-03-14"}
                session = session_of(demo_copy, "anna")
                message = {"request": "load", "session": session, "parameters": given, "body": len(body)}
                caller.sendall(json.dumps(message | {"caller": asdict(Caller("person"))}).encode() + b"\n")
                caller.sendall(body if whole else body[:1_000])
                folder = demo_copy.data / "voters" / "uploads"
                eventually(lambda: list(folder.glob("*.csv")), 30)
                if whole:
                    caller.makefile("rb").readline()
        finally:
            process.kill()
            process.wait()
        owner = ListOwner.of(demo_copy)
        assert not uploads.FileRequests(owner).folder.exists()
        with owner.connected() as connection:
            states = [row.state for row in versions(connection, owner.region)]
        owner.close()
        assert states == [] or whole and states == ["checked"], "it may have been done before the kill"


def first_answer(settings: Settings) -> dict[str, Any]:
    end = time.monotonic() + 60
    while True:
        try:
            return ask_list(settings, "overview", "anna")
        except Unavailable:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
