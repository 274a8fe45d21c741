"""A version of the list becomes a package: a folder that is there whole, or not at all."""

from __future__ import annotations

import glob
import json
import os
import shutil
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine

from geo.audit.durable import sync_folder
from geo.audit.keys import Signer, open_signer
from geo.audit.records import record_audit
from geo.errors import Conflict, InvalidInput
from geo.settings import City
from geo.voters.keys import KeyRing
from geo.voters.model import take_turn, version
from geo.voters.package import merkle, unfinished
from geo.voters.package.documents import FORMATS, SCHEMA
from geo.voters.package.source import PrecinctRows, read_rows

FORMAT = "ikomek109-voters-1"
PRECINCTS, XSD, MANIFEST, SIGNATURE, PUBLIC_KEY = (
    "precincts",
    "voters.xsd",
    "manifest.json",
    "manifest.sig",
    "key.pem",
)
OUTER = "manifest.cms"
"""A second signature, made elsewhere: NCALayer signs with the GOST key of a person, on that person's own
machine (in the browser, by `basics.sign` on wss://127.0.0.1:13579, form CMS, detached, over the bytes of the
manifest). What it gives is laid into the folder under this name, before the package is sent; it is carried
along and named, and never checked here: whoever has the keys of the National Certification Authority does.
Written by its documentation, untested."""
AHEAD = 4
NOWHERE = "without-precinct"
"""The name of the files of those in no precinct: no precinct's number is written so."""


Papers = Callable[[Mapping[str, Any]], Mapping[str, bytes]]
"""What goes with the rows, by the name of its file: from the manifest without "files"."""


@dataclass(frozen=True)
class Exported:
    """`manifest`: SHA-256 of the manifest, which stands for all that it names. `cut_off`: those of earlier
    exports that were killed before it had its name; they are removed."""

    folder: Path
    voters: int
    precincts: int
    files: int
    manifest: str
    cut_off: tuple[str, ...] = ()


def export(
    connection: Connection,
    city: City,
    ring: KeyRing,
    list_id: int,
    folder: Path,
    who: str,
    papers: Papers = lambda manifest: {},
) -> Exported:
    """The package of a version in `folder`, readable by its owner alone. Its trace is committed before it has
    its name, in a transaction of its own: there is no package without one. A trace whose package was not
    made is followed by another that says so, at once or, after a kill, by the next export or the next command
    of `./ikomek voters`, which removes what was left: it holds personal data.

    `papers`: borders, texts and acts that go with the rows. Raises `InvalidInput` ("voters.folder") where
    there is something already, `Conflict` ("voters.busy"), and what `read_rows` raises.
    """
    take_turn(connection)
    if folder.exists():
        raise InvalidInput("voters.folder", folder=str(folder))
    cut_off = tuple(_remove_left(connection.engine, ring, folder, who))
    partial = folder.with_name(f".{folder.name}.{os.getpid()}")
    unfinished.note(ring, partial)
    partial.mkdir(mode=0o700)
    try:
        written = _write(connection, city, ring, list_id, partial, papers)
        with connection.engine.begin() as trace:
            record_audit(
                trace, who, "voters.exported", list=list_id, rows=written.voters, hash=written.manifest
            )
        _name(connection.engine, partial, folder, list_id, written.manifest, who)
    except BaseException:
        if partial.exists():
            shutil.rmtree(partial)
        unfinished.strike(ring, partial)
        raise
    unfinished.strike(ring, partial)
    return replace(written, folder=folder, cut_off=cut_off)


def _name(engine: Engine, partial: Path, folder: Path, list_id: int, manifest: str, who: str) -> None:
    """Give the package its name; where that fails nothing of it is left, and the audit says so."""
    try:
        partial.rename(folder)
        sync_folder(folder.parent)
    except BaseException:
        for unnamed in (partial, folder):  # it has its name already where only `sync_folder` failed
            if unnamed.exists():
                shutil.rmtree(unnamed)
        _record_none(engine, list_id, manifest, who)
        raise


def _remove_left(engine: Engine, ring: KeyRing, folder: Path, who: str) -> Iterator[str]:
    """The manifests of exports that were killed, once they are removed. One without a whole manifest had no
    trace yet."""
    beside = folder.parent.glob(f".{glob.escape(folder.name)}.*")
    for left in sorted({*unfinished.noted(ring), *(path.absolute() for path in beside)}):
        removed = unfinished.remove(ring, left)
        if removed is not None:
            _record_none(engine, *removed, who)
            yield removed[1]


def remove_unfinished(connection: Connection, ring: KeyRing, who: str) -> list[Path]:
    """What exports that were killed have left, wherever it is, once it is removed. Nothing while the list is
    held, as by an export that is being made."""
    try:
        take_turn(connection)
    except Conflict:
        return []
    found = list(unfinished.noted(ring))
    for left in found:
        removed = unfinished.remove(ring, left)
        if removed is not None:
            _record_none(connection.engine, *removed, who)
    return found


def _record_none(engine: Engine, list_id: int, manifest: str, who: str) -> None:
    with engine.begin() as trace:
        record_audit(trace, who, "voters.not_exported", list=list_id, hash=manifest)


def signature_file(signature: bytes) -> bytes:
    return signature.hex().encode() + b"\n"


def _write(
    connection: Connection, city: City, ring: KeyRing, list_id: int, folder: Path, papers: Papers
) -> Exported:
    (folder / PRECINCTS).mkdir(mode=0o700)
    listed = version(connection, city.region, list_id)
    precincts = []
    with ThreadPoolExecutor(AHEAD) as pool:
        disk = _Disk(folder, pool)
        disk.put(XSD, SCHEMA.encode())
        for precinct in read_rows(connection, city, ring, list_id):
            for format_ in FORMATS:
                name = f"{PRECINCTS}/{file_of(precinct.number)}{format_.suffix}"
                disk.put(name, format_.write(precinct))
            precincts.append(summary(precinct))
        manifest: dict[str, Any] = {
            "format": FORMAT,
            "region": city.region,
            "list": list_id,
            "file_sha256": bytes(listed.file_sha256).hex(),
            "voting_day": listed.voting_day.isoformat(),
            "approved_by": listed.approved_by,
            "approved_at": listed.approved_at.astimezone(city.time_zone).isoformat(),
            "voters": sum(one["voters"] for one in precincts),
            "precincts": precincts,
        }
        for name, content in papers(manifest).items():
            disk.put(name, content)
        files = manifest["files"] = disk.hashes()
    body = as_bytes(manifest)
    _put(folder / MANIFEST, body)
    signer: Signer = open_signer(ring.folder)
    _put(folder / SIGNATURE, signature_file(signer.sign(body)))
    _put(folder / PUBLIC_KEY, signer.public_pem())
    return Exported(folder, manifest["voters"], len(precincts), len(files) + 3, sha256(body).hexdigest())


def summary(precinct: PrecinctRows) -> dict[str, Any]:
    """A precinct's entry in the manifest."""
    root = merkle.root([merkle.leaf(precinct.number, row) for row in precinct.rows])
    return {"number": precinct.number, "voters": len(precinct.rows), "root": root.hex()}


def file_of(number: str) -> str:
    """The name of a precinct's files, whatever its number is made of."""
    return quote(number, safe="") if number else NOWHERE


def as_bytes(manifest: dict[str, Any]) -> bytes:
    return (json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


@dataclass
class _Disk:
    """Files of a package, hashed and brought to the disk in threads: who makes them does not wait for it,
    unless `AHEAD` of them do."""

    folder: Path
    pool: ThreadPoolExecutor
    _waiting: deque[tuple[str, Future[str]]] = field(default_factory=deque)
    _hashes: dict[str, str] = field(default_factory=dict)

    def put(self, name: str, content: bytes) -> None:
        """Raises what an earlier one of them raised."""
        if len(self._waiting) == AHEAD:
            self._take()
        self._waiting.append((name, self.pool.submit(_put, self.folder / name, content)))

    def hashes(self) -> dict[str, str]:
        """Name -> SHA-256 of all of them, once they are on the disk."""
        while self._waiting:
            self._take()
        return self._hashes

    def _take(self) -> None:
        name, hash_ = self._waiting.popleft()
        self._hashes[name] = hash_.result()


def _put(path: Path, content: bytes) -> str:
    """Its SHA-256."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return sha256(content).hexdigest()
