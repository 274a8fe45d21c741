"""The picture that an address names is fetched from the machine that was checked: a name that means another
one a moment later leads nowhere else."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from dashboard.api.open311 import media
from geo.errors import Forbidden, InvalidInput
from geo.exchange import outbound

CHECKED, INSIDE = "127.0.0.2", "127.0.0.1"


class Machine(ThreadingHTTPServer):
    """Says which machine it is, and under which name it was asked."""

    def __init__(self, address: str, port: int) -> None:
        super().__init__((address, port), Answer)


class Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = f"{self.server.server_address[0]} {self.headers['Host']}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def port() -> Iterator[int]:
    """The port of both machines."""
    checked = Machine(CHECKED, 0)
    machines = [checked, Machine(INSIDE, checked.server_address[1])]
    for machine in machines:
        threading.Thread(target=machine.serve_forever, daemon=True).start()
    yield checked.server_address[1]
    for machine in machines:
        machine.shutdown()
        machine.server_close()


@pytest.fixture
def name(monkeypatch: pytest.MonkeyPatch) -> str:
    """A name that means the machine which may be reached, and from the second question on one inside."""
    calls, real = [], socket.getaddrinfo

    def answer(host: str, *rest: Any, **more: Any) -> Any:
        if host not in ("pictures.example", b"pictures.example"):
            return real(host, *rest, **more)
        calls.append(host)
        return real(CHECKED if len(calls) == 1 else INSIDE, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    monkeypatch.setenv(media.VARIABLE, "pictures.example")
    monkeypatch.setenv(outbound.VARIABLE, f"{CHECKED}/32")
    return "pictures.example"


def test_it_comes_from_the_machine_that_was_checked(name: str, port: int) -> None:
    assert media.fetch(f"http://{name}:{port}/a.jpg").decode() == f"{CHECKED} {name}:{port}"


def test_a_machine_inside_and_another_host_are_refused(
    name: str, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InvalidInput, match=r"open311\.media_host"):
        media.fetch(f"http://127.0.0.1:{port}/a.jpg")
    monkeypatch.setenv(outbound.VARIABLE, "")
    with pytest.raises(Forbidden, match=r"exchange\.private"):
        media.fetch(f"http://{name}:{port}/a.jpg")
