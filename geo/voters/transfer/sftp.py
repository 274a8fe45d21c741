"""A file to the receiver by SFTP. It grows as NAME.part, is read back, and only then gets its name; the
receiver writes NAME.receipt.json beside it. Nothing is sent to a host whose key the settings do not know."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from hashlib import sha256
from typing import Any, TypeVar, cast

import asyncssh

from geo.errors import Conflict, Forbidden, InvalidInput, Unavailable
from geo.voters.transfer.archive import PIECE, PackageArchive
from geo.voters.transfer.channel import Arrived
from geo.voters.transfer.destination import Destination
from geo.voters.transfer.receipts import LONGEST

PARTIAL, RECEIPT = ".part", ".receipt.json"
CLOSING_S = 2
Answer = TypeVar("Answer")


class SftpChannel:
    """One connection, opened at once. Raises `Unavailable` ("voters.transfer.unreachable"), `Forbidden`
    ("voters.transfer.host_key", "voters.transfer.forbidden")."""

    def __init__(self, destination: Destination, name: str, archive: PackageArchive) -> None:
        self._destination, self._archive = destination, archive
        self._path = f"{destination.folder}/{name}"
        self._partial = self._path + PARTIAL
        self._runner = asyncio.Runner()
        try:
            self._connection, self._files = self._run(self._open())
        except BaseException:
            self._runner.close()
            raise

    async def _open(self) -> tuple[asyncssh.SSHClientConnection, asyncssh.SFTPClient]:
        to = self._destination
        connection = await asyncssh.connect(
            to.host,
            to.parts.port or 22,
            config=None,  # else what stands in the user's own ~/.ssh/config decides
            username=to.user or (),
            client_keys=[str(to.key)],
            agent_path=None,
            known_hosts=str(to.known_hosts),
            connect_timeout=to.timeout_s,
            login_timeout=to.timeout_s,
        )
        return connection, await connection.start_sftp_client()

    def _run(self, what: Coroutine[Any, Any, Answer]) -> Answer:
        host = self._destination.host

        async def in_time() -> Answer:
            return await asyncio.wait_for(what, self._destination.timeout_s)

        try:
            return self._runner.run(in_time())
        except asyncssh.HostKeyNotVerifiable:
            raise Forbidden("voters.transfer.host_key", host=host) from None
        except (asyncssh.PermissionDenied, asyncssh.SFTPPermissionDenied):
            raise Forbidden("voters.transfer.forbidden", host=host) from None
        except (OSError, asyncssh.Error, TimeoutError) as error:
            reason = type(error).__name__  # not its text: that comes from outside
            raise Unavailable("voters.transfer.unreachable", host=host, reason=reason) from None

    def arrived(self) -> Arrived:
        """Raises `Conflict` ("voters.transfer.taken") where another file has the name."""
        whole = self._size(self._path)
        if whole is None:
            # The end of the last block may have arrived before its beginning.
            left, block = self._size(self._partial) or 0, self._destination.block_bytes
            return Arrived(max(left - 1, 0) // block * block, False)
        if whole != self._archive.size or self._read_back(self._path) != self._archive.sha256:
            raise Conflict("voters.transfer.taken", host=self._destination.host)
        return Arrived(whole, True)

    def append(self, at: int, block: bytes) -> None:
        """Raises `InvalidInput` ("voters.transfer.folder") where there is no such folder."""

        async def write() -> None:
            try:
                async with self._files.open(self._partial, "r+b" if at else "wb") as file:
                    await file.write(block, at)
            except asyncssh.SFTPNoSuchFile:
                if at:
                    raise
                folder = self._destination.folder
                raise InvalidInput("voters.transfer.folder", folder=folder) from None

        self._run(write())

    def finish(self) -> None:
        self._sync()
        if self._read_back(self._partial) != self._archive.sha256:
            self._remove(self._partial)
            raise Unavailable("voters.transfer.other_bytes")
        self._run(self._files.rename(self._partial, self._path))

    def receipt(self) -> bytes | None:
        async def read() -> bytes:
            async with self._files.open(self._path + RECEIPT, "rb") as file:
                return cast(bytes, await file.read(LONGEST))

        if self._size(self._path + RECEIPT) is None:
            return None
        return self._run(read())

    def discard(self) -> None:
        for path in (self._path + RECEIPT, self._path, self._partial):
            self._remove(path)

    def close(self) -> None:
        self._connection.abort()
        with suppress(OSError, asyncssh.Error, TimeoutError):
            self._runner.run(asyncio.wait_for(self._connection.wait_closed(), CLOSING_S))
        self._runner.close()

    def _size(self, path: str) -> int | None:
        """None where there is no such file."""

        async def stat() -> int | None:
            try:
                return (await self._files.stat(path)).size or 0
            except asyncssh.SFTPNoSuchFile:
                return None

        return self._run(stat())

    def _sync(self) -> None:
        async def sync() -> None:
            async with self._files.open(self._partial, "r+b") as file:
                with suppress(asyncssh.SFTPOpUnsupported):  # an extension of OpenSSH's
                    await file.fsync()

        self._run(sync())

    def _read_back(self, path: str) -> bytes:
        digest, at = sha256(), 0

        async def read() -> bytes:
            async with self._files.open(path, "rb") as file:
                return cast(bytes, await file.read(PIECE, at))

        while block := self._run(read()):
            digest.update(block)
            at += len(block)
            if at > self._archive.size:
                break
        return digest.digest()

    def _remove(self, path: str) -> None:
        async def remove() -> None:
            with suppress(asyncssh.SFTPNoSuchFile):
                await self._files.remove(path)

        self._run(remove())
