"""Receivers of packages: a real SFTP server and a real TLS server of this machine, which keep what they are
sent in a folder and write receipts, and which fail, are late, answer twice and lie as a test wants it."""

from __future__ import annotations

import asyncio
import json
import os
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

import asyncssh

from geo.audit.keys import Signer
from geo.voters.transfer.receipts import signed_part
from tests.support.certificates import Authority

RECEIPT, PARTIAL = ".receipt.json", ".part"
AT = "2099-02-09T18:52:00+05:00"
"""Later than the list of any test was approved."""


@dataclass
class Receiver:
    """What is kept in `folder`, whose name ends its address, and how it misbehaves: each list is used up from
    its beginning.

    `cuts`: bytes taken in all after which the connection breaks. `late_s`: how long an answer to bytes takes.
    `spoilt`: bytes taken in all at which one is stored wrong. `lost`: how many answers to the end are lost.
    `twice`: every answer to bytes is sent twice. `unready`: how often there is no receipt yet. `receipts`:
    what is changed in the next receipts. `taken`: bytes so far, with those that came again."""

    folder: Path
    address: str = ""
    signer: Signer | None = None
    cuts: list[int] = field(default_factory=list)
    late_s: list[float] = field(default_factory=list)
    spoilt: list[int] = field(default_factory=list)
    lost: int = 0
    twice: bool = False
    unready: int = 0
    receipts: list[dict[str, str]] = field(default_factory=list)
    taken: int = 0
    requests: int = 0
    issued: int = 0

    def store(self, path: Path, at: int, block: bytes) -> None:
        """Raises `ConnectionAbortedError` where the connection is to break, after a part of the bytes."""
        cut = self.cuts and self.taken + len(block) >= self.cuts[0]
        if cut:
            block = block[: self.cuts.pop(0) - self.taken]
        spoilt = self.spoilt and self.taken + len(block) > self.spoilt[0]
        if spoilt:
            wrong = self.spoilt.pop(0) - self.taken
            block = block[:wrong] + bytes([block[wrong] ^ 1]) + block[wrong + 1 :]
        with path.open("r+b" if path.exists() else "wb") as file:
            os.pwrite(file.fileno(), block, at)
        self.taken += len(block)
        if cut:
            raise ConnectionAbortedError

    def receipt(self, path: Path) -> bytes:
        """The receipt of a file; each has a number of its own."""
        self.issued += 1
        given = {
            "package": path.name,
            "sha256": sha256(path.read_bytes()).hexdigest(),
            "number": f"CEC-2027-{self.issued:06}",
            "received_at": AT,
        } | (self.receipts.pop(0) if self.receipts else {})
        if self.signer is not None and "signature" not in given:
            given["signature"] = self.signer.sign(signed_part(given)).hex()
        return json.dumps(given).encode()

    @property
    def files(self) -> list[Path]:
        """The packages that it holds."""
        return [path for path in self.folder.iterdir() if path.suffix == ".tar"]


class SftpReceiver(asyncssh.SFTPServer):
    """Files below the receiver's folder. What gets its name is given a receipt."""

    def __init__(self, channel: asyncssh.SSHServerChannel, receiver: Receiver) -> None:
        super().__init__(channel, chroot=str(receiver.folder.parent))
        self.receiver, self._channel = receiver, channel
        receiver.requests += 1

    async def write(self, file_obj: object, offset: int, data: bytes) -> int:
        receiver = self.receiver
        if receiver.late_s:
            await asyncio.sleep(receiver.late_s.pop(0))
        try:
            receiver.store(Path(os.fsdecode(file_obj.name)), offset, data)
        except ConnectionAbortedError:
            self._break()
        return len(data)

    def rename(self, oldpath: bytes, newpath: bytes) -> None:
        super().rename(oldpath, newpath)
        path = Path(os.fsdecode(self.map_path(newpath)))
        path.with_name(path.name + RECEIPT).write_bytes(self.receiver.receipt(path))
        if self.receiver.lost:
            self.receiver.lost -= 1
            self._break()

    def stat(self, path: bytes) -> object:
        if path.endswith(RECEIPT.encode()) and self.receiver.unready:
            self.receiver.unready -= 1
            raise asyncssh.SFTPNoSuchFile("")
        return super().stat(path)

    def _break(self) -> None:
        self._channel.get_connection().abort()
        raise asyncssh.SFTPConnectionLost("")


@contextmanager
def sftp_receiver(receiver: Receiver, keys: Path) -> Iterator[None]:
    """The user "akimat" comes in with `keys`/sftp.key; the host's key is in `keys`/known_hosts."""
    host, user = asyncssh.generate_private_key("ssh-ed25519"), asyncssh.generate_private_key("ssh-ed25519")
    user.write_private_key(keys / "sftp.key")
    (keys / "sftp.key").chmod(0o600)
    (keys / "authorized").write_bytes(user.export_public_key())
    loop, ready = asyncio.new_event_loop(), threading.Event()

    async def listen() -> asyncssh.SSHAcceptor:
        return await asyncssh.listen(
            "127.0.0.1",
            0,
            server_host_keys=[host],
            authorized_client_keys=str(keys / "authorized"),
            sftp_factory=lambda channel: SftpReceiver(channel, receiver),
        )

    async def end(server: asyncssh.SSHAcceptor) -> None:
        server.close()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def run() -> None:
        ready.set()
        loop.run_forever()

    thread = threading.Thread(target=run)
    thread.start()
    ready.wait(20)
    server = asyncio.run_coroutine_threadsafe(listen(), loop).result(20)
    port = server.get_port()
    (keys / "known_hosts").write_text(f"[127.0.0.1]:{port} {host.export_public_key().decode()}")
    receiver.address = f"sftp://akimat@127.0.0.1:{port}/{receiver.folder.name}"
    try:
        yield
    finally:
        asyncio.run_coroutine_threadsafe(end(server), loop).result(20)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """The receiving side of `geo.voters.transfer.https`."""

        protocol_version = "HTTP/1.1"

        @property
        def file(self) -> Path:
            return receiver.folder / Path(unquote(self.path)).name

        @property
        def partial(self) -> Path:
            return self.file.with_name(self.file.name + PARTIAL)

        def do_HEAD(self) -> None:
            receiver.requests += 1
            whole = self.file.exists()
            if not whole and not self.partial.exists():
                return self.reply(404)
            there = (self.file if whole else self.partial).stat().st_size
            self.reply(200, **{"Upload-Offset": str(there), "Upload-Complete": "?1" if whole else "?0"})

        def do_PATCH(self) -> None:
            receiver.requests += 1
            body = self.rfile.read(int(self.headers["Content-Length"]))
            at, complete = int(self.headers["Upload-Offset"]), self.headers["Upload-Complete"] == "?1"
            there = self.partial.stat().st_size if self.partial.exists() else 0
            if at != there or self.file.exists():
                return self.reply(409, **{"Upload-Offset": str(there)})
            try:
                receiver.store(self.partial, at, body)
            except ConnectionAbortedError:
                self.close_connection = True
                return
            if complete:
                self.partial.rename(self.file)
                if receiver.lost:
                    receiver.lost -= 1
                    self.close_connection = True
                    return
            if receiver.late_s:
                threading.Event().wait(receiver.late_s.pop(0))
            for _ in range(2 if receiver.twice else 1):
                self.reply(204, **{"Upload-Offset": str(at + len(body))})

        def do_GET(self) -> None:
            receiver.requests += 1
            path = self.file.with_name(self.file.name.removesuffix(RECEIPT))
            if receiver.unready or not path.exists():
                receiver.unready = max(receiver.unready - 1, 0)
                return self.reply(404)
            self.reply(200, receiver.receipt(path))

        def do_DELETE(self) -> None:
            receiver.requests += 1
            for path in (self.file, self.partial):
                path.unlink(missing_ok=True)
            self.reply(204)

        def reply(self, status: int, body: bytes = b"", **headers: str) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if status != 204:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Silent."""

    return Handler


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A client that goes in the middle is what the tests are about."""


@contextmanager
def https_receiver(receiver: Receiver, keys: Path) -> Iterator[None]:
    """Who has a certificate of `keys`/authority.pem comes in: `keys`/client.pem with client.key is one."""
    authority = Authority(keys)
    certificate, key = authority.issue("server")
    authority.issue("client")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    context.load_verify_locations(authority.path)
    context.verify_mode = ssl.CERT_REQUIRED
    server = _Quiet(("127.0.0.1", 0), _handler(receiver))
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    receiver.address = f"https://127.0.0.1:{server.server_address[1]}/{receiver.folder.name}"
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


RECEIVERS: dict[str, Callable[[Receiver, Path], object]] = {
    "sftp": sftp_receiver,
    "https": https_receiver,
}
FILES = {
    "sftp": {"key": "sftp.key", "known_hosts": "known_hosts"},
    "https": {"key": "client.key", "certificate": "client.pem", "authority": "authority.pem"},
}
"""What the settings of a destination name beside the address."""
