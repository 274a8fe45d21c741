"""Servers of others, for tests: an Open311 that pages, fails and repeats, and files by HTTP and by SFTP.
All on the loopback."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import asyncssh


@dataclass
class Answers:
    """What a server answers: `pages` of requests (also by `start_date`), `files` by path; `failures` are
    spent first, one a question."""

    pages: list[list[dict]] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    failures: list[int] = field(default_factory=list)
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    stuck: threading.Event | None = None
    """Set to a flag, every answer waits for it."""
    etag: str | None = None
    several: bool = True
    """Whether requests are answered by several ids at once."""
    redirects: dict[str, str] = field(default_factory=dict)
    """Path -> where it has gone."""
    statuses: list[int] = field(default_factory=list)


def xml(requests: list[dict]) -> bytes:
    parts = "".join(
        f"<request>{''.join(f'<{key}>{value}</{key}>' for key, value in request.items())}</request>"
        for request in requests
    )
    return f'<?xml version="1.0" encoding="utf-8"?><service_requests>{parts}</service_requests>'.encode()


@contextmanager
def web_server(answers: Answers) -> Iterator[str]:
    """The address of a server that gives them."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if answers.stuck is not None:
                answers.stuck.wait(30)
            path, given = (
                urlsplit(self.path).path,
                {key: values[0] for key, values in parse_qs(urlsplit(self.path).query).items()},
            )
            answers.requests.append((path, given))
            answers.headers.append({key.lower(): value for key, value in self.headers.items()})
            if answers.failures:
                self.reply(answers.failures.pop(0), b"busy")
            elif path in answers.redirects:
                self.reply(302, b"", location=answers.redirects[path])
            elif (
                path in answers.files
                and answers.etag is not None
                and self.headers.get("If-None-Match") == answers.etag
            ):
                self.reply(304, b"")
            elif path in answers.files:
                self.reply(200, answers.files[path])
            elif "/requests/" in path:
                found = [
                    one
                    for one in self.all()
                    if one["service_request_id"] == path.rpartition("/")[2].rpartition(".")[0]
                ]
                self.reply(200 if found else 404, self.written(path, found))
            elif path.rpartition(".")[0].endswith("/requests"):
                self.requests(path, given)
            else:
                self.reply(404, b"")

        do_HEAD = do_GET

        def all(self) -> list[dict]:
            return list(
                {
                    request["service_request_id"]: request for page in answers.pages for request in page
                }.values()
            )

        def written(self, path: str, found: list[dict]) -> bytes:
            return xml(found) if path.endswith(".xml") else json.dumps(found).encode()

        def requests(self, path: str, given: dict[str, str]) -> None:
            if answers.several and "service_request_id" in given:
                wanted = given["service_request_id"].split(",")
                self.reply(
                    200,
                    self.written(path, [one for one in self.all() if one["service_request_id"] in wanted]),
                )
                return
            since, number = given.get("start_date", ""), int(given.get("page", "1")) - 1
            pages = [
                [request for request in page if request["requested_datetime"] >= since]
                for page in answers.pages
            ]
            page = ([page for page in pages if page][number:] or [[]])[0]
            self.reply(200, self.written(path, page))

        def reply(self, status: int, body: bytes, **headers: str) -> None:
            answers.statuses.append(status)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            if answers.etag is not None:
                self.send_header("ETag", answers.etag)
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def sftp_server(root: Path, keys: Path) -> Iterator[str]:
    """Files below `root` for a user "feeds" who has the key `keys/user`; the host's key is in
    `keys/known_hosts`."""
    host, user = asyncssh.generate_private_key("ssh-ed25519"), asyncssh.generate_private_key("ssh-ed25519")
    user.write_private_key(keys / "user")
    (keys / "authorized").write_bytes(user.export_public_key())
    ready, port, loop = threading.Event(), [], asyncio.new_event_loop()

    async def serve() -> None:
        server = await asyncssh.listen(
            "127.0.0.1",
            0,
            server_host_keys=[host],
            authorized_client_keys=str(keys / "authorized"),
            sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=str(root)),
        )
        port.append(server.get_port())
        ready.set()
        while not stopped.is_set():
            await asyncio.sleep(0.02)
        server.close()
        await server.wait_closed()

    stopped = threading.Event()
    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    ready.wait(20)
    (keys / "known_hosts").write_text(f"[127.0.0.1]:{port[0]} {host.export_public_key().decode()}")
    try:
        yield f"sftp://feeds@127.0.0.1:{port[0]}"
    finally:
        stopped.set()
        thread.join()
        loop.close()
