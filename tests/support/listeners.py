"""Real servers on this machine that keep what they are told: one for mail (SMTP), one for webhooks (HTTP).
For the tests of notices."""

from __future__ import annotations

import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TypeVar, cast


class MailServer(socketserver.ThreadingTCPServer):
    """`refuses`: it takes no recipient."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), MailSession)
        self.heard: list[EmailMessage] = []
        self.refuses = False


class MailSession(socketserver.StreamRequestHandler):
    """The part of RFC 5321 that a client needs to hand over a message."""

    def handle(self) -> None:
        server = cast(MailServer, self.server)
        self.reply("220 listening")
        while line := self.rfile.readline():
            verb = line[:4].upper()
            if verb == b"DATA":
                self.reply("354 go on")
                lines = iter(self.rfile.readline, b".\r\n")
                body = b"".join(line[1:] if line.startswith(b".") else line for line in lines)
                server.heard.append(cast(EmailMessage, message_from_bytes(body, policy=default)))
                self.reply("250 kept")
            elif verb == b"QUIT":
                self.reply("221 bye")
                return
            elif verb == b"RCPT" and server.refuses:
                self.reply("550 nobody of this name")
            else:
                self.reply("250 well")

    def reply(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


class WebhookServer(ThreadingHTTPServer):
    """`answers`: the status that it gives. `late_s`: how long its next answers take; `twice`: each is written
    twice."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), WebhookSession)
        self.heard: list[tuple[dict[str, str], bytes]] = []
        self.answers = 204
        self.late_s: list[float] = []
        self.twice = False


class WebhookSession(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        server = cast(WebhookServer, self.server)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        server.heard.append((dict(self.headers.items()), body))
        if server.late_s:
            time.sleep(server.late_s.pop(0))
        for _ in range(2 if server.twice else 1):
            self.send_response(server.answers)
            if server.answers == 307:
                self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing to the test's output."""


Kind = TypeVar("Kind", bound=socketserver.BaseServer)


@contextmanager
def listening(server: Kind) -> Iterator[Kind]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
