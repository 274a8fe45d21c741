"""Where packages are sent: `transfer.toml` in the folder of the keys of the electoral list, or the file that
`IKOMEK_VOTERS_TRANSFER` names. Files that it names are looked for beside it.

    address = "https://receiver.example/packages"  # or "sftp://user@receiver.example:22/in"
    key = "client.key"            # the private key of this side, readable by its owner alone
    certificate = "client.pem"    # https: the certificate of that key
    authority = "authority.pem"   # https: who signed the receiver's certificate; without it the system's
    known_hosts = "known_hosts"   # sftp: the receiver's host key
    receipts = true               # sftp: whether the receiver writes one; else reading back stands for it
    receipt_key = "receiver.pem"  # an Ed25519 public key: receipts must be signed by it
    block_bytes = 1048576         # that are sent at once, each acknowledged
    timeout_s = 60                # without an answer
    retry_s = 2                   # after the first failure, then twice as long each time
    longest_retry_s = 300
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from geo.errors import InvalidInput, Unavailable
from geo.settings import Settings
from geo.voters.keys import KeyRing

FILE = "transfer.toml"
NEEDS = {"sftp": ("key", "known_hosts"), "https": ("key", "certificate")}
"""The ways to a receiver, and the files without which none is tried."""
FILES = ("key", "certificate", "authority", "known_hosts", "receipt_key")
OTHERS = 0o077


@dataclass(frozen=True)
class Destination:
    """The receiver. Paths are none where the file names none."""

    parts: SplitResult
    key: Path | None = None
    certificate: Path | None = None
    authority: Path | None = None
    known_hosts: Path | None = None
    receipt_key: Path | None = None
    receipts: bool = True
    block_bytes: int = 1 << 20
    timeout_s: float = 60.0
    retry_s: float = 2.0
    longest_retry_s: float = 300.0

    @classmethod
    def of(cls, settings: Settings, ring: KeyRing) -> Destination:
        """Raises `InvalidInput` ("voters.transfer.none", "voters.transfer.settings"), `Unavailable`
        ("voters.key_mode")."""
        path = settings.voters_transfer or ring.folder / FILE
        try:
            raw = tomllib.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise InvalidInput("voters.transfer.none", file=str(path)) from None
        except (OSError, ValueError, RecursionError) as error:
            raise InvalidInput("voters.transfer.settings", file=str(path), reason=str(error)) from None
        try:
            return cls.read(raw, path.parent)
        except (KeyError, TypeError, ValueError) as error:
            raise InvalidInput("voters.transfer.settings", file=str(path), reason=str(error)) from None

    @classmethod
    def read(cls, raw: dict[str, Any], beside: Path) -> Destination:
        """Raises `ValueError` or `TypeError` for a value that cannot be used, `KeyError` for one that is
        missing, and `Unavailable` ("voters.key_mode")."""
        given = dict(raw)
        parts = urlsplit(str(given.pop("address")))
        if parts.scheme not in NEEDS or not parts.hostname or parts.query or parts.fragment or parts.password:
            raise ValueError("address")
        for name in NEEDS[parts.scheme]:
            if name not in given:
                raise ValueError(name)
        files: dict[str, Any] = {name: beside / str(given.pop(name)) for name in FILES if name in given}
        for name, path in files.items():
            if not path.is_file():
                raise ValueError(f"{name}: {path}")
        mode = files["key"].stat().st_mode
        if mode & OTHERS:
            raise Unavailable("voters.key_mode", file=str(files["key"]), mode=f"{mode & 0o777:o}")
        receipts = given.pop("receipts", True)
        if not isinstance(receipts, bool):
            raise ValueError("receipts")
        block = int(given.pop("block_bytes", cls.block_bytes))
        times: dict[str, Any] = {name: float(value) for name, value in given.items()}
        if any(value <= 0 for value in (block, *times.values())):
            raise ValueError(", ".join(("block_bytes", *times)))
        return cls(parts, receipts=receipts, block_bytes=block, **files, **times)

    @property
    def way(self) -> str:
        return self.parts.scheme

    @property
    def host(self) -> str:
        return self.parts.hostname or ""

    @property
    def user(self) -> str | None:
        return unquote(self.parts.username) if self.parts.username else None

    @property
    def folder(self) -> str:
        """The path of the address, as the receiver has it."""
        return unquote(self.parts.path).rstrip("/")

    @property
    def shown(self) -> str:
        """The address without who signs in."""
        port = f":{self.parts.port}" if self.parts.port else ""
        return f"{self.way}://{self.host}{port}{self.parts.path}".rstrip("/")
