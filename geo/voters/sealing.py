"""What one key of the electoral list does: seal a column of a row, find a person by a keyed hash, compare
two rows without reading them.

All comes from 32 secret bytes (HKDF-SHA-256). Once these are destroyed nothing of what they sealed can be
read, and no hash can be made again to look for somebody: the number of possible IINs is small, so a hash
whose key lives on would tell who was in the list.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from geo.errors import Unavailable

SECRET_BYTES = 32
NONCE_BYTES = 12
NONCES = 512
INNER, OUTER = (bytes(byte ^ pad for byte in range(256)) for pad in (0x36, 0x5C))
"""The pads of HMAC (RFC 2104) for the hash inside and the one around it, byte by byte."""
HASH_BYTES = 16
"""128 bits of the keyed hash are kept: two of a million persons share one with probability 1e-27."""


class ListKey:
    """The keys of one version of the list (or of the rules of addresses). `id` names it in the database."""

    def __init__(self, id_: str, secret: bytes) -> None:
        self.id = id_
        self.secret = secret
        self._cipher = AESGCM(self._derived("seal"))
        self._nonces: Iterator[bytes] = iter(())
        padded = self._derived("lookup").ljust(hashlib.sha256().block_size, b"\0")
        self._inner, self._outer = (hashlib.sha256(padded.translate(pad)) for pad in (INNER, OUTER))
        self._compare = hashlib.blake2b(key=self._derived("compare"), digest_size=HASH_BYTES)
        self._salt = hashlib.blake2b(key=self._derived("salt"), digest_size=HASH_BYTES)

    def _derived(self, purpose: str) -> bytes:
        derivation = HKDF(algorithm=SHA256(), length=SECRET_BYTES, salt=None, info=purpose.encode())
        return derivation.derive(self.secret)

    def lookup(self, text: str) -> bytes:
        """HMAC-SHA-256 of an IIN (or of an address line): by it the row is found again."""
        # Both hashes have read the key already: half the time of Python's own HMAC.
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(text.encode())
        outer.update(inner.digest())
        return outer.digest()[:HASH_BYTES]

    def digest(self, text: str) -> bytes:
        """A keyed hash by which two rows are known to say the same."""
        keyed = self._compare.copy()
        keyed.update(text.encode())
        return keyed.digest()

    def salt(self, text: str) -> bytes:
        """The salt of the row that goes to the Commission: the same in every export of the version."""
        keyed = self._salt.copy()
        keyed.update(text.encode())
        return keyed.digest()

    def seal(self, column: str, owner: bytes, text: str) -> bytes:
        """AES-256-GCM with a random nonce in front. It opens only as the same column of the same `owner`
        (the row's hash, or its line as bytes), so that sealed values cannot be exchanged between rows."""
        nonce = next(self._nonces, None) or self._more_nonces()
        return nonce + self._cipher.encrypt(nonce, text.encode(), column.encode() + owner)

    def _more_nonces(self) -> bytes:
        """Random bytes are drawn for many at once: each call of the system costs more than a seal."""
        drawn = os.urandom(NONCE_BYTES * NONCES)
        self._nonces = (drawn[n : n + NONCE_BYTES] for n in range(NONCE_BYTES, len(drawn), NONCE_BYTES))
        return drawn[:NONCE_BYTES]

    def open(self, column: str, owner: bytes, sealed: bytes) -> str:
        """Raises `Unavailable` ("voters.sealed", with the key and the column) for what this key did not seal
        there."""
        try:
            plain = self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], column.encode() + owner)
        except InvalidTag:
            raise Unavailable("voters.sealed", key=self.id, column=column) from None
        return plain.decode()
