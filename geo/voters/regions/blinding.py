"""The point of a number on the curve P-256, and its multiplication by a secret scalar.

Points are their x coordinate alone, 32 bytes: a point and its negative have the same one, and so have their
multiples, so that the sign, which nobody needs, is never sent. The group has a prime order: every point that
is on the curve generates it, and none is weak.
"""

from __future__ import annotations

from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from geo.errors import InvalidInput

POINT_BYTES = 32
CURVE = ec.SECP256R1()
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
DOMAIN = b"ikomek109 compare 1"
COMPRESSED = b"\x02"
MORE_BITS = 16
"""Bytes beyond those of the order, so that no scalar is likelier than another."""


def point_of(session: bytes, number: str) -> ec.EllipticCurvePublicKey:
    """A point whose logarithm nobody knows: the first of a row of hashes that is an x coordinate, which half
    of all are."""
    counter = 0
    while True:
        x = sha256(b"\x00".join((DOMAIN, session, number.encode(), str(counter).encode()))).digest()
        try:
            return ec.EllipticCurvePublicKey.from_encoded_point(CURVE, COMPRESSED + x)
        except ValueError:
            counter += 1


class Blinder:
    """One side's secret in one comparison."""

    def __init__(self, secret: bytes, session: bytes) -> None:
        derivation = HKDF(SHA256(), POINT_BYTES + MORE_BITS, salt=session, info=DOMAIN)
        scalar = int.from_bytes(derivation.derive(secret), "big") % (ORDER - 1) + 1
        self._session = session
        self._key = ec.derive_private_key(scalar, CURVE)

    def blind(self, number: str) -> bytes:
        return self._key.exchange(ec.ECDH(), point_of(self._session, number))

    def blind_again(self, blinded: bytes) -> bytes:
        """Blinds what the other side has blinded. Raises `InvalidInput` ("voters.compare.point")."""
        try:
            point = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, COMPRESSED + blinded)
        except ValueError:
            raise InvalidInput("voters.compare.point") from None
        return self._key.exchange(ec.ECDH(), point)
