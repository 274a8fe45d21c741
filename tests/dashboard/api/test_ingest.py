"""Push, readiness and metrics: what programs ask for, with a bearer token."""

from __future__ import annotations

import hashlib
import io
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from geo.accounts import sessions
from geo.accounts.users import add_user
from geo.database import Engine, connect_engine
from geo.errors import Conflict
from geo.intake import runs
from tests.support.web import Server

CSV = b"source_id,opened_at\n1,2026-11-22 12:00\n"


@pytest.fixture(scope="module", autouse=True)
def feed(shared_server: Server) -> None:
    engine = connect_engine(shared_server.settings, "owner")
    with engine.begin() as connection:
        connection.execute(
            text(
                "insert into feed (region, key, interval_s, polled_at) values ('71', 'police', 60, "
                "now()), ('71', 'calls', 300, null)"
            )
        )
    engine.dispose()


@pytest.fixture
def token(accounts: Engine) -> str:
    """The token of a program that may push to the feed `police`."""
    try:
        add_user(accounts, "exchange", "push", None)
    except Conflict:
        pass
    return sessions.add_token(accounts, "exchange", "police")


@pytest.fixture
def program(shared_server: Server, token: str) -> httpx.Client:
    with httpx.Client(base_url=shared_server.url, headers={"Authorization": f"Bearer {token}"}) as client:
        yield client


def push(
    program: httpx.Client,
    key: str,
    body: bytes = CSV,
    feed: str = "police",
    media_type: str = "text/csv; charset=utf-8",
) -> httpx.Response:
    return program.post(
        f"/api/v1/ingest/{feed}", content=body, headers={"Idempotency-Key": key, "Content-Type": media_type}
    )


def test_a_push_goes_to_the_inbox_and_answers_202(program: httpx.Client, web: Engine) -> None:
    answer = push(program, "batch-1")
    assert answer.status_code == 202 and answer.json()["new"] is True
    with web.connect() as connection:
        row = connection.execute(
            text("select feed, asked_by, media_type, body from inbox where run_id = :run"),
            {"run": answer.json()["run"]},
        ).one()
    assert (row.feed, row.asked_by, row.media_type, bytes(row.body)) == (
        "police",
        "exchange",
        "text/csv; charset=utf-8",
        CSV,
    )
    status = program.get(answer.headers["location"]).json()
    assert status == {
        "run": answer.json()["run"],
        "state": "waiting",
        "read": 0,
        "written": 0,
        "unchanged": 0,
        "rejected": 0,
        "no_coordinates": 0,
        "error": None,
        "message": None,
        "rejects": [],
    }


def test_a_failed_push_says_why_in_the_callers_language(program: httpx.Client, shared_server: Server) -> None:
    pushed = push(program, "batch-failed").json()
    engine = connect_engine(shared_server.settings, "owner")
    with engine.begin() as connection:
        bound = {"run": pushed["run"]}
        connection.execute(
            text("""insert into run (region, id, feed, state, started_at, ended_at, read_rows, rejected,
                error_code, error_parameters) values ('71', :run, 'police', 'failed', now(), now(), 2, 2,
                'source.damaged', '{"source": "push", "stated": 500, "read": 243}')"""),
            bound,
        )
        connection.execute(
            text("""insert into reject (region, run_id, row_number, code, field, value, row) values
                ('71', :run, 2, 'value.time', 'opened_at', 'never',
                 '{"source_id": "c2", "title": "Ivanov"}')"""),
            bound,
        )
        connection.execute(text("update inbox set state = 'failed' where run_id = :run"), bound)
    engine.dispose()
    answers = {
        lang: program.get(pushed["status"], headers={"Accept-Language": lang}).json() for lang in ("en", "ru")
    }
    assert answers["en"]["error"] == "source.damaged" and "243 could be read" in answers["en"]["message"]
    assert "повреждён" in answers["ru"]["message"]
    assert answers["en"]["rejects"] == [
        {
            "row": 2,
            "id": "c2",
            "field": "opened_at",
            "code": "value.time",
            "message": "This is not a valid time, or it cannot be read. Check its format.",
        }
    ]
    assert "Ivanov" not in str(answers)


def test_the_same_key_is_the_same_run(program: httpx.Client) -> None:
    first, again = push(program, "batch-2").json(), push(program, "batch-2").json()
    assert (again["run"], again["new"]) == (first["run"], False)
    assert push(program, "batch-2", b"something else").status_code == 409


def most_mb(server: Server) -> float:
    """The most memory that the web process has held since that was set back, in MB."""
    line = next(
        line
        for line in Path(f"/proc/{server.process.pid}/status").read_text().splitlines()
        if line.startswith("VmHWM")
    )
    return int(line.split()[1]) / 1024


def test_a_large_push_is_held_in_pieces_and_kept_whole(
    program: httpx.Client, shared_server: Server, web: Engine
) -> None:
    """20 MB were held eleven times over."""
    push(program, "warm", CSV * 70_000)
    Path(f"/proc/{shared_server.process.pid}/clear_refs").write_text("5")
    before, body = (
        most_mb(shared_server),
        CSV + b"".join(b"%d,2026-11-22 12:00\n" % n for n in range(900_000)),
    )
    first, again = push(program, "large", body).json(), push(program, "large", body).json()
    assert most_mb(shared_server) - before < 12
    assert (again["run"], first["new"], again["new"]) == (first["run"], True, False)
    assert push(program, "large", body + b"2").status_code == 409
    with web.connect() as connection:
        kept = connection.execute(
            text("select body, digest, state from inbox where run_id = :run"), {"run": first["run"]}
        ).one()
    assert (bytes(kept.body), bytes(kept.digest), kept.state) == (
        body,
        hashlib.sha256(body).digest(),
        "waiting",
    )


def test_two_large_pushes_with_one_key_at_once_are_one_run(web: Engine) -> None:
    bodies = [io.BytesIO(b"x" * 300_000) for _ in range(2)]
    with web.connect() as one, web.connect() as other, ThreadPoolExecutor(1) as thread:
        with one.begin():
            run, new = runs.push(one, "71", "police", "twins", "exchange", "text/csv", bodies[0])
            with other.begin():
                second = thread.submit(
                    runs.push, other, "71", "police", "twins", "exchange", "text/csv", bodies[1]
                )
                time.sleep(0.2)
                one.commit()
                assert (run, new, second.result(20)) == (run, True, (run, False))


def test_a_push_without_a_key_a_body_or_a_known_type_is_refused(program: httpx.Client) -> None:
    assert (
        program.post("/api/v1/ingest/police", content=CSV, headers={"Content-Type": "text/csv"}).status_code
        == 400
    )
    assert push(program, "with space").status_code == 400
    assert push(program, "empty", b"").status_code == 400
    assert push(program, "html", media_type="text/html").status_code == 400
    assert push(program, "unsaid", media_type="").status_code == 400


def test_a_token_pushes_to_its_feed_alone(
    program: httpx.Client, shared_server: Server, accounts: Engine
) -> None:
    assert push(program, "a", feed="calls").status_code == 403
    assert program.get("/api/v1/ingest/calls/1").status_code == 403
    free = httpx.Client(
        base_url=shared_server.url,
        headers={"Authorization": f"Bearer {sessions.add_token(accounts, 'exchange')}"},
    )
    with free:
        assert push(free, "b", feed="calls").status_code == 202
        unknown = push(free, "b", feed="no-such-feed")
        assert unknown.status_code == 404 and unknown.json()["error"] == "feed.unknown"
        assert free.get("/api/v1/ingest/police/999999").status_code == 404


def test_nobody_pushes_without_a_token(shared_server: Server) -> None:
    for headers in ({}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic eDp5"}):
        answer = httpx.post(
            f"{shared_server.url}/api/v1/ingest/police",
            content=CSV,
            headers=headers | {"Accept-Language": "en"},
        )
        assert answer.status_code == 401 and answer.headers["www-authenticate"] == "Bearer"
        token = headers.get("Authorization", "").startswith("Bearer")
        assert answer.json()["error"] == ("door.token" if token else "door.signed_out")
        assert ("token" in answer.json()["message"]) is token
    with shared_server.client("duty") as officer:
        assert push(officer, "by cookie").status_code == 403


def test_a_push_has_its_own_limit(program: httpx.Client, shared_server: Server, token: str) -> None:
    assert push(program, "two-megabytes", b"x" * 2_000_000).status_code == 202
    head = (
        f"POST /api/v1/ingest/police HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer "
        f"{token}\r\nContent-Length: 64000001\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", shared_server.port), timeout=10) as line:
        line.sendall(head.encode())  # refused by what the head says, before a byte of the body
        assert line.recv(100).startswith(b"HTTP/1.1 413")


def test_a_role_that_sends_nothing_gets_no_token(accounts: Engine) -> None:
    add_user(accounts, "watcher", "performer", None)
    for feed in (None, "police"):
        with pytest.raises(Conflict, match="user.token"):
            sessions.add_token(accounts, "watcher", feed)


def test_ready_and_metrics_need_a_token(shared_server: Server, accounts: Engine) -> None:
    add_user(accounts, "prometheus", "monitor", None)
    with httpx.Client(
        base_url=shared_server.url,
        headers={"Authorization": f"Bearer {sessions.add_token(accounts, 'prometheus')}"},
    ) as monitor:
        ready = monitor.get("/readyz")
        assert ready.status_code == 200 and ready.json() == {
            "ready": True,
            "database": True,
            "redis": True,
            "relay_lag_s": 0.0,
        }
        metrics = monitor.get("/metrics").text
        assert 'ikomek_feed_age_seconds{feed="police"}' in metrics
        assert 'ikomek_http_answers_total{method="GET",part="readyz",status="200"} 1.0' in metrics
        assert push(monitor, "not mine").status_code == 403


def test_it_is_not_ready_while_changes_wait_for_their_position(shared_server: Server) -> None:
    """The relay is held up by another's lock."""
    owner = connect_engine(shared_server.settings, "owner")
    with owner.begin() as lock:
        lock.execute(text("select from change_position for update"))
        with owner.begin() as connection:
            connection.execute(
                text(
                    """insert into change (region, recorded_at, noun, version, payload) values ('71',
                        now() - interval '1 minute', 'mode', 1, '{}')"""
                )
            )
        with shared_server.client("auditor") as auditor:
            answer = auditor.get("/readyz")
    owner.dispose()
    assert answer.status_code == 503 and answer.json()["relay_lag_s"] > 50


@pytest.mark.parametrize(
    ("state", "status", "code", "again_s"),
    [("53100", 507, "database.full", "5"), ("25006", 503, "database.read_only", "30")],
    ids=["full disk", "restore"],
)
def test_what_the_database_cannot_take_now_is_not_taken_and_said(
    program: httpx.Client, shared_server: Server, state: str, status: int, code: str, again_s: str
) -> None:
    owner = connect_engine(shared_server.settings, "owner")
    with owner.begin() as connection:
        connection.execute(
            text(f"""create or replace function no_room() returns trigger language plpgsql as $$ begin
            raise exception 'it cannot be written' using errcode = '{state}'; end $$""")
        )
        connection.execute(
            text("create trigger no_room before insert on inbox for each row execute function no_room()")
        )
    full = push(program, f"full-{state}")
    with owner.begin() as connection:
        connection.execute(text("drop trigger no_room on inbox"))
    owner.dispose()
    assert (full.status_code, full.json()["error"], full.headers["retry-after"]) == (status, code, again_s)
    assert push(program, f"full-{state}").json()["new"] is True


def test_metrics_say_how_long_pushes_wait(
    program: httpx.Client, shared_server: Server, shared_owner: Engine, accounts: Engine
) -> None:
    push(program, "waits-1")
    with shared_owner.begin() as connection:
        connection.execute(
            text(
                "update inbox set asked_at = now() - interval '90 seconds' where idempotency_key = 'waits-1'"
            )
        )
    add_user(accounts, "scraper", "monitor", None)
    with httpx.Client(
        base_url=shared_server.url,
        headers={"Authorization": f"Bearer {sessions.add_token(accounts, 'scraper')}"},
    ) as monitor:
        metrics = dict(
            line.rsplit(" ", 1)
            for line in monitor.get("/metrics").text.splitlines()
            if line.startswith("ikomek_inbox")
        )
    assert (
        float(metrics['ikomek_inbox_waiting{feed="police"}']) >= 1
        and float(metrics['ikomek_inbox_waiting{feed="calls"}']) >= 0
    )
    assert 90 <= float(metrics['ikomek_inbox_oldest_seconds{feed="police"}']) < 150
