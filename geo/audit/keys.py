"""The Ed25519 key that signs statements about the chain, and the public halves that verify them.

The private key is made by whoever seals first, in the data folder, readable by that account alone; it is in
no backup. Its public half lies beside the statements, under its fingerprint, and is what an auditor keeps
elsewhere.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from geo.audit.durable import make_folder, write_once
from geo.errors import InvalidInput, Unavailable

PRIVATE = "seal.key"
PUBLIC = "keys"


def fingerprint(key: Ed25519PublicKey) -> str:
    """The first 16 hexadecimal digits of the SHA-256 of its 32 bytes."""
    return hashlib.sha256(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()[:16]


def as_pem(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


class Signer:
    """The private key of this installation."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.fingerprint = fingerprint(key.public_key())

    def sign(self, body: bytes) -> bytes:
        return self._key.sign(body)

    def public_pem(self) -> bytes:
        return as_pem(self._key.public_key())


def open_signer(folder: Path) -> Signer:
    """The key in `folder`, made there if there is none. Raises `Unavailable` ("audit.key") where it may not
    be read or written."""
    path = folder / PRIVATE
    try:
        make_folder(folder)
        if not path.exists():
            pem = Ed25519PrivateKey.generate().private_bytes(
                Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
            )
            write_once(path, pem)
        key = load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError) as error:
        raise Unavailable("audit.key", file=str(path), reason=_reason(error)) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise Unavailable("audit.key", file=str(path), reason="no Ed25519 key")
    return Signer(key)


def read_public(folders: Iterable[Path], files: Iterable[Path] = ()) -> dict[str, Ed25519PublicKey]:
    """Fingerprint -> key, of the folders of statements and of single files. Raises `InvalidInput`
    ("audit.public_key") for a file that is no public key of ours."""
    found = {}
    for path in (*(path for folder in folders for path in sorted((folder / PUBLIC).glob("*.pem"))), *files):
        try:
            key = load_pem_public_key(path.read_bytes())
        except (OSError, ValueError) as error:
            raise InvalidInput("audit.public_key", file=str(path), reason=_reason(error)) from error
        if not isinstance(key, Ed25519PublicKey):
            raise InvalidInput("audit.public_key", file=str(path), reason="no Ed25519 key")
        found[fingerprint(key)] = key
    return found


def publish_key(signer: Signer, folder: Path) -> None:
    """Its public half beside what it signs, for everybody to read who verifies."""
    make_folder(folder / PUBLIC)
    public = folder / PUBLIC / f"{signer.fingerprint}.pem"
    if not public.exists():
        write_once(public, signer.public_pem())
        public.chmod(0o644)


def is_signed(key: Ed25519PublicKey, body: bytes, signature: bytes) -> bool:
    try:
        key.verify(signature, body)
    except InvalidSignature:
        return False
    return True


def _reason(error: Exception) -> str:
    return os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
