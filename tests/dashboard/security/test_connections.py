"""What a stranger may cost: large heads are refused at once, silence has an end, and others are answered
all the while."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator

import httpx
import pytest
import uvicorn
from fastapi import FastAPI, Request

from dashboard.security import connections
from dashboard.security.connections import HEAD_LIMIT, Connection
from tests.support.web import Server


def answer_to(port: int, send: Callable[[socket.socket], None]) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as stranger:
        parts: list[bytes] = []
        try:
            send(stranger)
            while part := stranger.recv(65536):
                parts.append(part)
        except (BrokenPipeError, ConnectionResetError):
            pass
        return b"".join(parts)


@pytest.mark.parametrize(
    "line",
    [
        b"GET /" + b"a" * 60_000_000,
        b"GET /healthz HTTP/1.1\r\nX: " + b"a" * 60_000_000,
        b"GET /healthz HTTP/1.1\r\n" + b"X: a\r\n" * 8_000_000,
    ],
)
def test_heads_without_end_cost_nobody_else_a_second(shared_server: Server, line: bytes) -> None:
    strangers = [
        threading.Thread(target=answer_to, args=(shared_server.port, lambda stranger: stranger.sendall(line)))
        for _ in range(3)
    ]
    slowest, end = 0.0, time.monotonic() + 2
    for stranger in strangers:
        stranger.start()
    while time.monotonic() < end or any(stranger.is_alive() for stranger in strangers):
        began = time.perf_counter()
        assert httpx.get(f"{shared_server.url}/healthz", timeout=30).status_code == 200
        slowest = max(slowest, time.perf_counter() - began)
        assert time.monotonic() < end + 20
    assert slowest < 2


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """A server of this process with a route that reads its body, and short patience."""
    app = FastAPI()

    @app.post("/")
    async def read(request: Request) -> int:
        return len(await request.body())

    patience = connections.HEAD_S, connections.BODY_QUIET_S
    connections.HEAD_S = connections.BODY_QUIET_S = 1.0
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", http=Connection))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()))
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join(10)
    connections.HEAD_S, connections.BODY_QUIET_S = patience


@pytest.mark.parametrize(
    "sent, status",
    [
        (b"", b""),
        (b"GET / HT", b"408"),
        (b"GET / HTTP/1.1\r\nHost: a\r\n", b"408"),
        (b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc", b"408"),
    ],
)
def test_silence_has_an_end(port: int, sent: bytes, status: bytes) -> None:
    began = time.monotonic()
    assert answer_to(port, lambda stranger: stranger.sendall(sent))[9:12] == status
    assert time.monotonic() - began < 10


CHUNKED = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    "sent",
    [
        CHUNKED + b"0\r\n" + b"T: a\r\n" * 8_000_000,
        CHUNKED + b"3\r\nabc\r\n0\r\nT: " + b"a" * 60_000_000,
        CHUNKED + b"3;" + b"a" * 60_000_000,
    ],
)
def test_what_stands_beside_a_body_has_an_end_too(port: int, sent: bytes) -> None:
    began = time.monotonic()
    assert answer_to(port, lambda stranger: stranger.sendall(sent))[9:12] in (b"431", b"400", b"")
    assert time.monotonic() - began < 5


def test_a_body_of_single_bytes_with_trailers_passes(port: int) -> None:
    sent = CHUNKED + b"1\r\na\r\n" * 100_000 + b"0\r\nT: " + b"a" * 1000 + b"\r\nConnection: close\r\n\r\n"
    read = answer_to(port, lambda stranger: (stranger.sendall(sent), stranger.shutdown(socket.SHUT_WR)))
    assert read[9:12] == b"200" and read.endswith(b"100000")


def test_a_body_drop_by_drop_is_given_up(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "BODY_S", 1.0)
    sent = 0

    def drop(stranger: socket.socket) -> None:
        nonlocal sent
        stranger.sendall(b"POST / HTTP/1.1\r\nContent-Length: 1000\r\n\r\n")
        while sent < 60:
            stranger.sendall(b"a")
            sent += 1
            time.sleep(0.2)

    drop_out = answer_to(port, drop)
    assert drop_out[9:12] in (b"408", b"") and sent < 60


def test_a_head_at_the_limit_and_a_body_of_any_shape_pass(port: int) -> None:
    url = f"http://127.0.0.1:{port}/"
    with httpx.Client() as client:
        for size in (10, HEAD_LIMIT - 1000):
            for body in (b"", b"a" * 300_000, b"\r\n\r\n" * 100_000):
                assert client.post(url, content=body, headers={"X-Long": "a" * size}).json() == len(body)
        assert client.post(url, content=(b"x" * 1000 for _ in range(300))).json() == 300_000
        assert client.post(url, headers={"X-Long": "a" * HEAD_LIMIT}).status_code == 431


def test_a_slow_body_that_keeps_coming_is_read_whole(port: int) -> None:
    def slowly() -> Iterator[bytes]:
        for _ in range(4):
            time.sleep(0.5)
            yield b"abc"

    assert httpx.post(f"http://127.0.0.1:{port}/", content=slowly(), timeout=20).json() == 12
