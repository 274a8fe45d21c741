"""Where the keys of the electoral list are: files outside the database, each wrapped by the master key
(`geo.voters.masters`).

The folder is `voters` in the data folder, or the one that `IKOMEK_VOTERS_KEYS` names; the master key is
`IKOMEK_VOTERS_MASTER` (32 bytes in base64), else the file `master.key` in that folder, made once. No backup
holds them: keep a copy of the folder apart from the backups. Each version of the list has a key of its own;
destroying the file erases the version, in every backup too.

Several processes use the folder: who changes it holds it alone meanwhile, who reads a key sees none half
changed.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from geo.audit.durable import sync_folder, write_once
from geo.errors import Conflict, Unavailable
from geo.settings import Settings
from geo.voters.masters import MasterKeys, check_closed, shred
from geo.voters.sealing import NONCE_BYTES, SECRET_BYTES, ListKey

FOLDER = "voters"
RULES = "rules"
"""The key of the rules of addresses, which outlive the versions of the list."""
LOOKS = "looks"
"""The key of the hashes by which looks at a person are found in the audit, for as long as that is kept. The
audit is never written over: a new one (`looks-2`, `looks-3`) is for the looks that follow, and those before
stay beside it."""
DOUBLES = "doubles"
"""The key of the hashes by which who was struck off is known in later lists."""
LASTING = (RULES, DOUBLES)
"""What they have sealed is sealed anew with the lists: which of two is in force, the database knows
(`geo.voters.lasting`)."""
SUFFIX, PENDING, FORMER = ".key", ".pending", ".former"
"""A key is `pending` while a transaction decides over it: one that is new, or about to go. It is `former`
once another is in its place."""
REWRAPPED = ".rewrapped"
OURS = re.compile(rf"(?:[0-9a-f]{{16}}|{RULES}|{DOUBLES}|{LOOKS}(?:-[0-9]+)?)(?:{SUFFIX}|{PENDING})")
"""Files of other keys (of a client's certificate) lie in the folder too."""
LEFT = re.compile(
    rf"\.(?:{OURS.pattern}|master\.(?:key|next))(?:{REWRAPPED})?\.[0-9]+|(?:{OURS.pattern}){REWRAPPED}"
)
"""What is left of a process that was killed: half written, or not put in its place."""


class KeyRing:
    """The keys of this installation."""

    def __init__(self, folder: Path, masters: MasterKeys) -> None:
        self.folder = folder
        self.masters = masters

    @classmethod
    def of(cls, settings: Settings) -> KeyRing:
        """Raises `Unavailable` ("voters.keys", "voters.key_mode"), `InvalidInput` ("voters.master")."""
        folder = settings.voters_keys or settings.data / FOLDER
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            check_closed(folder)
            ring = cls(folder, MasterKeys(folder, settings.voters_master, settings.voters_master_before))
            with ring._alone():
                list(ring.masters.all())
            return ring
        except OSError as error:
            raise Unavailable(
                "voters.keys", folder=str(folder), reason=os.strerror(error.errno or 0)
            ) from None

    def create(self) -> ListKey:
        """A new key, on the disk as `pending` before it seals anything."""
        key = ListKey(secrets.token_hex(8), os.urandom(SECRET_BYTES))
        with self._alone():
            self._write(key, PENDING)
        return key

    def settle(self, key: ListKey) -> None:
        """Marks what the key sealed as committed: it stays until `destroy`."""
        with self._alone():
            self._rename(key.id, PENDING, SUFFIX)

    def suspend(self, id_: str) -> None:
        """Before the commit of what makes the key needless: should the process die after it, the next `sweep`
        destroys the key."""
        with self._alone():
            self._rename(id_, SUFFIX, PENDING)

    def get(self, id_: str) -> ListKey:
        """Raises `Unavailable` ("voters.key_missing", "voters.key_mode", "voters.key_unreadable")."""
        with self._shared():
            path = self._path(id_)
            if path is None:
                raise Unavailable("voters.key_missing", key=id_, folder=str(self.folder))
            return self._read(path)

    def looks(self) -> ListKey:
        """The key of the looks to come."""
        return self.get(self._looks_ids()[0])

    def all_looks(self) -> list[ListKey]:
        """That one first, then those of earlier looks, the newest first."""
        return [self.get(id_) for id_ in self._looks_ids()]

    def renew_looks(self) -> None:
        """Another key for the looks to come."""
        ids = self._looks_ids()
        with self._alone():
            self._write(ListKey(f"{LOOKS}-{len(ids) + 1}", os.urandom(SECRET_BYTES)), SUFFIX)

    def lasting(self, id_: str) -> tuple[ListKey, ListKey | None]:
        """A key that is made once, and the new one that a transaction decides over, if one does."""
        self._make_once(id_)
        with self._shared():
            paths = (self.folder / f"{id_}{suffix}" for suffix in (SUFFIX, PENDING))
            now, *then = [self._read(path) for path in paths if path.exists()]
            return now, then[0] if then else None

    def is_renewed(self, id_: str) -> bool:
        """Whether a new one of those is there, and perhaps no other."""
        return (self.folder / f"{id_}{PENDING}").exists()

    def renew(self, id_: str) -> ListKey:
        """A new one of those, `pending` beside the one that is there. Raises `Conflict` ("voters.busy") where
        there is one already: it may have sealed what is committed."""
        key = ListKey(id_, os.urandom(SECRET_BYTES))
        with self._alone():
            self._write(key, PENDING)
            if self._read(self.folder / f"{id_}{PENDING}").secret != key.secret:
                raise Conflict("voters.busy")
        return key

    def replace(self, key: ListKey) -> None:
        """Puts that new one in the place of the one before it; nothing where this has been done."""
        path = self.folder / f"{key.id}{PENDING}"
        with self._alone():
            if path.exists() and self._read(path).secret == key.secret:
                self._rename(key.id, SUFFIX, FORMER)
                self._rename(key.id, PENDING, SUFFIX)
                self._clear()

    def withdraw(self, id_: str) -> None:
        """The new one of those goes: what it sealed was never committed."""
        with self._alone():
            (self.folder / f"{id_}{PENDING}").unlink(missing_ok=True)
            sync_folder(self.folder)

    def destroy(self, id_: str) -> None:
        """Overwritten, then removed; nothing where it is gone already."""
        with self._alone():
            self._destroy(id_)

    def has_pending(self) -> bool:
        """Whether a transaction decides over a key, or one that was killed did; or an exchange was killed."""
        left = (*self.folder.glob(f"*{PENDING}"), *self.folder.glob(f"*{FORMER}"))
        return bool(left) or self.masters.is_begun()

    def sweep(self, known: Collection[str]) -> None:
        """Settle the pending keys that the database knows and destroy the others, and go on with an exchange
        of the master key: what a killed command left. The caller holds the lock of the list. A settled key is
        never swept: a restored database may be older than it. `LASTING` are left to `geo.voters.lasting`."""
        with self._alone():
            for path in self.folder.glob(f"*{PENDING}"):
                if path.stem in known:
                    self._rename(path.stem, PENDING, SUFFIX)
                elif path.stem not in LASTING:
                    self._destroy(path.stem)
            self._clear()
            if self.masters.is_begun():
                self._wrap_again()

    def renew_master(self) -> None:
        """Every key is wrapped by a new master key, or by the one that is given now."""
        with self._alone():
            self.masters.begin()
            self._wrap_again()

    def _wrap_again(self) -> None:
        wrapping = self.masters.wrapping()
        for path in sorted(self.folder.iterdir()):
            if OURS.fullmatch(path.name):
                self._rewrap(path, wrapping)
        self.masters.finish()

    def _rewrap(self, path: Path, master: bytes) -> None:
        """What no master key opens was lost before: it stays as it is."""
        try:
            key = self._read(path)
        except Unavailable as error:
            if error.code != "voters.key_unreadable":
                raise
            return
        again = path.with_name(path.name + REWRAPPED)
        again.unlink(missing_ok=True)  # of one that was killed
        write_once(again, _wrapped(key, master))
        again.rename(path)
        sync_folder(self.folder)

    def _looks_ids(self) -> list[str]:
        """The newest first."""
        self._make_once(LOOKS)
        later = len(list(self.folder.glob(f"{LOOKS}-*{SUFFIX}")))
        return [*(f"{LOOKS}-{n}" for n in range(later + 1, 1, -1)), LOOKS]

    def _make_once(self, id_: str) -> None:
        if self._path(id_) is None:
            with self._alone():
                if self._path(id_) is None:
                    self._write(ListKey(id_, os.urandom(SECRET_BYTES)), SUFFIX)

    def _path(self, id_: str) -> Path | None:
        paths = (self.folder / f"{id_}{SUFFIX}", self.folder / f"{id_}{PENDING}")
        return next((path for path in paths if path.exists()), None)

    def _write(self, key: ListKey, suffix: str) -> None:
        write_once(self.folder / f"{key.id}{suffix}", _wrapped(key, self.masters.wrapping()))

    def _read(self, path: Path) -> ListKey:
        check_closed(path)
        wrapped = path.read_bytes()
        for master in self.masters.all():
            with suppress(InvalidTag):
                nonce, sealed = wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:]
                return ListKey(path.stem, AESGCM(master).decrypt(nonce, sealed, path.stem.encode()))
        raise Unavailable("voters.key_unreadable", key=path.stem)

    def _rename(self, id_: str, now: str, then: str) -> None:
        path = self.folder / f"{id_}{now}"
        if path.exists():
            path.rename(self.folder / f"{id_}{then}")
            sync_folder(self.folder)

    def _destroy(self, id_: str) -> None:
        for suffix in (SUFFIX, PENDING):
            if (path := self.folder / f"{id_}{suffix}").exists():
                shred(path)
        sync_folder(self.folder)

    def _clear(self) -> None:
        """Shreds what was replaced, and removes what a killed process had half written: nobody else writes
        now. That may be another name of a key that is in its place (`write_once`): it is not overwritten."""
        for path in list(self.folder.iterdir()):
            if path.suffix == FORMER and path.stem in LASTING:
                shred(path)
            elif LEFT.fullmatch(path.name):
                path.unlink()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Nobody else reads or changes the folder meanwhile. Not to be entered twice."""
        with _locked(self.folder, fcntl.LOCK_EX):
            yield

    @contextmanager
    def _shared(self) -> Iterator[None]:
        with _locked(self.folder, fcntl.LOCK_SH):
            yield


def _wrapped(key: ListKey, master: bytes) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(master).encrypt(nonce, key.secret, key.id.encode())


@contextmanager
def _locked(folder: Path, how: int) -> Iterator[None]:
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, how)
        yield
    finally:
        os.close(handle)
