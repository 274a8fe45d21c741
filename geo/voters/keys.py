"""Where the keys of the electoral list are: files outside the database, each wrapped by the master key.

The folder is `voters` in the data folder, or the one that `IKOMEK_VOTERS_KEYS` names; the master key is
`IKOMEK_VOTERS_MASTER` (32 bytes in base64), else the file `master.key` in that folder, made once. No backup
holds them: keep a copy of the folder apart from the backups. Each version of the list has a key of its own;
destroying the file erases the version, in every backup too.
"""

from __future__ import annotations

import base64
import binascii
import os
import secrets
from collections.abc import Collection
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from geo.audit.durable import sync_folder, write_once
from geo.errors import InvalidInput, Unavailable
from geo.settings import Settings
from geo.voters.sealing import NONCE_BYTES, SECRET_BYTES, ListKey

FOLDER = "voters"
MASTER = "master.key"
RULES = "rules"
"""The key of the rules of addresses, which outlive the versions of the list."""
LOOKS = "looks"
"""The key of the hashes by which looks at a person are found in the audit, for as long as that is kept."""
DOUBLES = "doubles"
"""The key of the hashes by which who was struck off is known in later lists."""
SUFFIX, PENDING = ".key", ".pending"
"""A key is `pending` while a transaction decides over it: one that is new, or about to go."""
OTHERS = 0o077


class KeyRing:
    """The keys of this installation."""

    def __init__(self, folder: Path, master: bytes) -> None:
        self.folder = folder
        self._wrap = AESGCM(master)

    @classmethod
    def of(cls, settings: Settings) -> KeyRing:
        """Raises `Unavailable` ("voters.keys", "voters.key_mode"), `InvalidInput` ("voters.master")."""
        folder = settings.voters_keys or settings.data / FOLDER
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _check_closed(folder)
            return cls(folder, _master(folder, settings.voters_master))
        except OSError as error:
            raise Unavailable(
                "voters.keys", folder=str(folder), reason=os.strerror(error.errno or 0)
            ) from None

    def create(self) -> ListKey:
        """A new key, on the disk as `pending` before it seals anything."""
        key = ListKey(secrets.token_hex(8), os.urandom(SECRET_BYTES))
        write_once(self.folder / f"{key.id}{PENDING}", self._wrapped(key))
        return key

    def settle(self, key: ListKey) -> None:
        """Marks what the key sealed as committed: it stays until `destroy`."""
        self._rename(key.id, PENDING, SUFFIX)

    def suspend(self, id_: str) -> None:
        """Before the commit of what makes the key needless: should the process die after it, the next `sweep`
        destroys the key."""
        self._rename(id_, SUFFIX, PENDING)

    def _rename(self, id_: str, now: str, then: str) -> None:
        path = self.folder / f"{id_}{now}"
        if path.exists():
            path.rename(self.folder / f"{id_}{then}")
            sync_folder(self.folder)

    def get(self, id_: str) -> ListKey:
        """Raises `Unavailable` ("voters.key_missing", "voters.key_mode", "voters.key_unreadable")."""
        paths = (self.folder / f"{id_}{SUFFIX}", self.folder / f"{id_}{PENDING}")
        path = next((path for path in paths if path.exists()), None)
        if path is None:
            raise Unavailable("voters.key_missing", key=id_, folder=str(self.folder))
        _check_closed(path)
        wrapped = path.read_bytes()
        try:
            secret = self._wrap.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], id_.encode())
        except InvalidTag:
            raise Unavailable("voters.key_unreadable", key=id_) from None
        return ListKey(id_, secret)

    def rules(self) -> ListKey:
        return self._lasting(RULES)

    def looks(self) -> ListKey:
        return self._lasting(LOOKS)

    def doubles(self) -> ListKey:
        return self._lasting(DOUBLES)

    def _lasting(self, id_: str) -> ListKey:
        """Made once, for good."""
        path = self.folder / f"{id_}{SUFFIX}"
        if not path.exists():
            write_once(path, self._wrapped(ListKey(id_, os.urandom(SECRET_BYTES))))
        return self.get(id_)

    def destroy(self, id_: str) -> None:
        """Overwritten, then removed; nothing where it is gone already."""
        for path in (self.folder / f"{id_}{SUFFIX}", self.folder / f"{id_}{PENDING}"):
            if path.exists():
                with open(path, "r+b") as file:
                    file.write(os.urandom(path.stat().st_size))
                    file.flush()
                    os.fsync(file.fileno())
                path.unlink()
        sync_folder(self.folder)

    def has_pending(self) -> bool:
        """Whether a transaction decides over a key, or one that was killed did."""
        return any(self.folder.glob(f"*{PENDING}"))

    def sweep(self, known: Collection[str]) -> None:
        """Settle the pending keys that the database knows and destroy the others: what a killed command left.
        The caller holds the lock of the list. A settled key is never swept: a restored database may be older
        than it."""
        for path in self.folder.glob(f"*{PENDING}"):
            if path.stem in known:
                self._rename(path.stem, PENDING, SUFFIX)
            else:
                self.destroy(path.stem)

    def _wrapped(self, key: ListKey) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._wrap.encrypt(nonce, key.secret, key.id.encode())


def _master(folder: Path, given: str | None) -> bytes:
    path = folder / MASTER
    if given is None:
        if not path.exists():
            write_once(path, base64.b64encode(os.urandom(SECRET_BYTES)))
        _check_closed(path)
        given = path.read_text(encoding="ascii", errors="replace")
    try:
        master = base64.b64decode(given.strip(), validate=True)
    except (binascii.Error, ValueError):
        master = b""
    if len(master) != SECRET_BYTES:
        raise InvalidInput("voters.master", bytes=SECRET_BYTES)
    return master


def _check_closed(path: Path) -> None:
    """Raises `Unavailable` ("voters.key_mode") for what others than its owner may read."""
    if path.stat().st_mode & OTHERS:
        raise Unavailable("voters.key_mode", file=str(path), mode=f"{path.stat().st_mode & 0o777:o}")
