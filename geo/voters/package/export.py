"""A version of the list becomes a package: a folder that is there whole, or not at all."""

from __future__ import annotations

import glob
import json
import os
import shutil
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection

from geo.audit.durable import sync_folder
from geo.audit.keys import Signer, open_signer
from geo.audit.records import record_audit
from geo.errors import InvalidInput
from geo.settings import City
from geo.voters.keys import KeyRing
from geo.voters.model import take_turn, version
from geo.voters.package import merkle
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
NOWHERE = "without-precinct"
"""The name of the files of those in no precinct: no precinct's number is written so."""


@dataclass(frozen=True)
class Exported:
    """`manifest`: SHA-256 of the manifest, which stands for all that it names."""

    folder: Path
    voters: int
    precincts: int
    files: int
    manifest: str


def export(
    connection: Connection, city: City, ring: KeyRing, list_id: int, folder: Path, who: str
) -> Exported:
    """The package of a version in `folder`, readable by its owner alone; recorded before it has its name.
    What an export that was killed has left beside it is removed: it holds personal data.

    Raises `InvalidInput` ("voters.folder") where there is something already, `Conflict` ("voters.busy"), and
    what `read_rows` raises.
    """
    take_turn(connection)
    if folder.exists():
        raise InvalidInput("voters.folder", folder=str(folder))
    for left in folder.parent.glob(f".{glob.escape(folder.name)}.*"):
        shutil.rmtree(left)
    partial = folder.with_name(f".{folder.name}.{os.getpid()}")
    partial.mkdir(mode=0o700)
    try:
        written = _write(connection, city, ring, list_id, partial)
        record_audit(
            connection, who, "voters.exported", list=list_id, rows=written.voters, hash=written.manifest
        )
        partial.rename(folder)
        sync_folder(folder.parent)
    except BaseException:
        for unrecorded in (partial, folder):  # it has its name already where only `sync_folder` failed
            if unrecorded.exists():
                shutil.rmtree(unrecorded)
        raise
    return Exported(folder, written.voters, written.precincts, written.files, written.manifest)


def _write(connection: Connection, city: City, ring: KeyRing, list_id: int, folder: Path) -> Exported:
    (folder / PRECINCTS).mkdir(mode=0o700)
    listed = version(connection, city.region, list_id)
    files, precincts = {XSD: _put(folder / XSD, SCHEMA.encode())}, []
    for precinct in read_rows(connection, city, ring, list_id):
        for format_ in FORMATS:
            name = f"{PRECINCTS}/{file_of(precinct.number)}{format_.suffix}"
            files[name] = _put(folder / name, format_.write(precinct))
        precincts.append(summary(precinct))
    manifest = {
        "format": FORMAT,
        "region": city.region,
        "list": list_id,
        "file_sha256": bytes(listed.file_sha256).hex(),
        "voting_day": listed.voting_day.isoformat(),
        "approved_by": listed.approved_by,
        "voters": sum(one["voters"] for one in precincts),
        "precincts": precincts,
        "files": files,
    }
    body = as_bytes(manifest)
    _put(folder / MANIFEST, body)
    signer: Signer = open_signer(ring.folder)
    _put(folder / SIGNATURE, signer.sign(body).hex().encode() + b"\n")
    _put(folder / PUBLIC_KEY, signer.public_pem())
    return Exported(folder, manifest["voters"], len(precincts), len(files) + 3, sha256(body).hexdigest())


def summary(precinct: PrecinctRows) -> dict[str, Any]:
    """What the manifest says of a precinct."""
    root = merkle.root([merkle.leaf(precinct.number, row) for row in precinct.rows])
    return {"number": precinct.number, "voters": len(precinct.rows), "root": root.hex()}


def file_of(number: str) -> str:
    """The name of a precinct's files, whatever its number is made of."""
    return quote(number, safe="") if number else NOWHERE


def as_bytes(manifest: dict[str, Any]) -> bytes:
    return (json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def _put(path: Path, content: bytes) -> str:
    """Its SHA-256."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return sha256(content).hexdigest()
