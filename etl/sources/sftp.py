"""Files of another machine by SFTP: keys of hosts are checked, always, and one that is not known or has
changed is refused; an address may be a pattern (`sftp://feeds@host/out/*.csv`)."""

from __future__ import annotations

import asyncio
import glob
from collections.abc import Awaitable, Callable
from pathlib import Path, PurePosixPath
from typing import TypeVar
from urllib.parse import unquote, urlsplit

import asyncssh

from etl.chunk import Source
from etl.registry import Feed
from etl.sources.address import plain, with_environment
from etl.sources.folder import base, is_finished
from geo.errors import InvalidInput, Unavailable

CONNECT_S, WHOLE_S = 15, 900
Answer = TypeVar("Answer")


def listed(address: str, feed: Feed) -> list[Source]:
    """Files that an address names; of a pattern it may be none. Raises `InvalidInput` ("source.missing"),
    `Unavailable` ("source.unreachable", "source.host_key")."""

    async def find(files: asyncssh.SFTPClient) -> list[tuple[str, asyncssh.SFTPAttrs]]:
        path = path_of(address)
        if not glob.has_magic(path):
            return [(path, await files.stat(path))]
        await files.stat(base(path))
        try:
            found = await files.glob_sftpname(path)
        except asyncssh.SFTPNoSuchFile:  # nothing matches; the folder is there
            return []
        return [
            (str(entry.filename), entry.attrs)
            for entry in found
            if is_finished(PurePosixPath(str(entry.filename)).name)
        ]

    host = address[: len(address) - len(urlsplit(address).path)]
    return [
        Source(
            plain(host + path),
            address=host + path,
            stamp=(about.size, about.mtime),
            written_ns=about.mtime and about.mtime * 1_000_000_000,
        )
        for path, about in ask(address, feed, find)
    ]


def fetch(address: str, feed: Feed, folder: Path) -> tuple[Path, None]:
    path = folder / PurePosixPath(path_of(address)).name

    async def get(files: asyncssh.SFTPClient) -> None:
        await files.get(path_of(address), path)

    ask(address, feed, get)
    return path, None


def ask(address: str, feed: Feed, what: Callable[[asyncssh.SFTPClient], Awaitable[Answer]]) -> Answer:
    """Run something over a connection of its own. Raises `InvalidInput` ("source.missing"), `Unavailable`
    ("source.unreachable", "source.host_key")."""
    try:
        return asyncio.run(connected(address, feed, what))
    except asyncssh.SFTPNoSuchFile as error:
        raise InvalidInput("source.missing", source=plain(address)) from error
    except asyncssh.HostKeyNotVerifiable as error:
        raise Unavailable("source.host_key", source=plain(address)) from error
    except (OSError, asyncssh.Error, TimeoutError) as error:
        raise Unavailable(
            "source.unreachable", source=plain(address), reason=str(error) or type(error).__name__
        ) from error


async def connected(
    address: str, feed: Feed, what: Callable[[asyncssh.SFTPClient], Awaitable[Answer]]
) -> Answer:
    parts, options = (
        urlsplit(address),
        {name: with_environment(value) for name, value in feed.options.items()},
    )
    keys = {
        name: options[given]
        for name, given in (("client_keys", "key_file"), ("known_hosts", "known_hosts"))
        if given in options
    }
    async with (
        asyncio.timeout(WHOLE_S),
        asyncssh.connect(
            parts.hostname,
            parts.port or 22,
            username=unquote(parts.username or "") or (),
            password=options.get("password"),
            connect_timeout=CONNECT_S,
            login_timeout=CONNECT_S,
            keepalive_interval=15,
            **keys,
        ) as connection,
        connection.start_sftp_client() as files,
    ):
        return await what(files)


def path_of(address: str) -> str:
    return unquote(urlsplit(address).path)
