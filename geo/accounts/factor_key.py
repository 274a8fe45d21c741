"""The key that seals the secrets of second factors: a file in the data folder that the web server alone may
read, made when it is first needed. No backup holds it: where it is lost, `./ikomek user
reset-second-factor`."""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from geo.audit.durable import make_folder, write_once
from geo.errors import Unavailable
from geo.settings import Settings

FOLDER, FILE = "accounts", "factor.key"
KEY_BYTES, NONCE_BYTES = 32, 12


class FactorKey:
    """AES-256-GCM with a random nonce in front. A secret opens only as that of the same user, so that sealed
    values cannot be exchanged between rows."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    @classmethod
    def of(cls, settings: Settings) -> FactorKey:
        """Raises `Unavailable` ("factor.key") where it may not be read or written."""
        path = settings.data / FOLDER / FILE
        try:
            return cls(_read(path))
        except OSError as error:
            raise Unavailable("factor.key", file=str(path), reason=os.strerror(error.errno or 0)) from None

    def seal(self, user_id: int, secret: bytes) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, secret, _owner(user_id))

    def open(self, user_id: int, sealed: bytes) -> bytes:
        """Raises `Unavailable` ("factor.sealed") for what this key did not seal for that user."""
        try:
            return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], _owner(user_id))
        except InvalidTag:
            raise Unavailable("factor.sealed") from None


def _read(path: Path) -> bytes:
    if not path.exists():
        make_folder(path.parent)
        write_once(path, os.urandom(KEY_BYTES))
    return path.read_bytes()


def _owner(user_id: int) -> bytes:
    return f"second_factor {user_id}".encode()
