"""A package against itself (signature, hashes, both forms of every row, counts, roots), against the list that
it came from, row for row, and one row against a root."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Connection

from geo.audit.keys import as_pem, fingerprint, is_signed, read_public
from geo.errors import InvalidInput, NotFound
from geo.foreign_json import read_foreign_json
from geo.settings import City
from geo.voters.keys import KeyRing
from geo.voters.package import export, merkle
from geo.voters.package.documents import FORMATS, SCHEMA, DocumentFormat
from geo.voters.package.manifest import read_bytes, read_manifest
from geo.voters.package.source import PrecinctRows, TransferRow, read_rows

ROOT = re.compile("[0-9a-fA-F]{64}")


@dataclass
class Verification:
    """`faults`: (code, file) of everything that is not as it should be, none = the package is whole. `outer`:
    whether a second signature lies there, which is not checked."""

    manifest: dict[str, Any]
    signed_by: str | None
    outer: bool
    faults: list[tuple[str, str]] = field(default_factory=list)


def verify(folder: Path, trusted: Path | None = None) -> Verification:
    """The package by itself. `trusted`: the public key that must have signed it; without one that of the
    package, which says only that nothing was changed since it was signed.

    Raises `InvalidInput`: "voters.public_key" for a key that cannot be read, and as `read_manifest`.
    """
    body, manifest = read_manifest(folder)
    key = _trusted_key(trusted) if trusted is not None else _own_key(folder)
    outer = (folder / export.OUTER).is_file()
    found = Verification(manifest, fingerprint(key) if key else None, outer)
    if key is None or not is_signed(key, body, _signature(folder)):
        found.faults.append(("signature", export.SIGNATURE))
    elif read_bytes(folder / export.PUBLIC_KEY) not in (None, as_pem(key)):
        found.faults.append(("changed", export.PUBLIC_KEY))
    _check_files(folder, manifest, found)
    if not found.faults:
        for precinct in manifest["precincts"]:
            _check_precinct(folder, precinct, found)
    if sum(one["voters"] for one in manifest["precincts"]) != manifest["voters"]:
        found.faults.append(("count", export.MANIFEST))
    return found


def compare(
    connection: Connection,
    city: City,
    ring: KeyRing,
    folder: Path,
    progress: Callable[[int], None] = lambda rows: None,
) -> int:
    """Read the package back and hold it against the list that it names, row for row; how many rows differ or
    are on one side alone. Salts are left out: those of the list are others once it has new keys, and that the
    package's are what they were says its signature."""
    _, manifest = read_manifest(folder)
    numbers, differ, rows = {one["number"] for one in manifest["precincts"]}, 0, 0
    for source in read_rows(connection, city, ring, manifest["list"]):
        transferred = read_precinct(folder, source.number).rows if source.number in numbers else []
        numbers.discard(source.number)
        listed, given = ({row[1:] for row in rows_} for rows_ in (source.rows, transferred))
        differ += len(listed ^ given) + abs(len(source.rows) - len(listed))
        rows += len(source.rows)
        progress(rows)
    return differ + sum(len(read_precinct(folder, number).rows) for number in numbers)


def prove(folder: Path, number: str) -> tuple[dict[str, Any], TransferRow]:
    """The proof that somebody is in the list, for that person: the precinct, the salt of the row, and the way
    to the precinct's root; nothing that `judge_proof` could not hold it to. And the row, as it is spelled
    there. Raises `NotFound` ("voters.not_listed")."""
    _, manifest = read_manifest(folder)
    for one in manifest["precincts"]:
        precinct = read_precinct(folder, one["number"])
        for index, row in enumerate(precinct.rows):
            if row.iin == number:
                leaves = [merkle.leaf(precinct.number, other) for other in precinct.rows]
                proof = {
                    "precinct": precinct.number,
                    "salt": row.salt,
                    "root": one["root"],
                    **merkle.prove(leaves, index).as_json(),
                }
                return proof, row
    raise NotFound("voters.not_listed")


def read_proof(path: Path) -> dict[str, Any]:
    """Raises `InvalidInput` ("voters.proof") for what is no proof."""
    try:
        proof = read_foreign_json(read_bytes(path) or b"")
    except (OSError, ValueError):
        raise InvalidInput("voters.proof") from None
    if not isinstance(proof, dict):
        raise InvalidInput("voters.proof")
    return proof


def judge_proof(given: dict[str, Any], row: TransferRow, root: str) -> Literal["right", "root", "row"]:
    """Whether a proof leads from a row (its salt is that of the proof) to the root that was published: no
    list is needed. "root": it is a proof for another root; "row": for another row, or one of other spelling.
    Raises `InvalidInput`: "voters.proof", "voters.root" for a root that is none."""
    if not ROOT.fullmatch(root):
        raise InvalidInput("voters.root")
    proof = merkle.InclusionProof.read(given)
    own = row._replace(salt=str(given.get("salt", "")))
    leaf = merkle.leaf(str(given.get("precinct", "")), own)
    if given.get("root") != root.lower():
        return "root"
    return "right" if merkle.holds(proof, leaf, bytes.fromhex(root)) else "row"


def read_precinct(folder: Path, number: str) -> PrecinctRows:
    """The precinct's rows in the XML. Raises `InvalidInput` ("voters.document_broken")."""
    return _read(folder, number, FORMATS[0])


def _read(folder: Path, number: str, format_: DocumentFormat) -> PrecinctRows:
    body = read_bytes(folder / _name_of(number, format_))
    if body is None:
        raise InvalidInput("voters.document_broken")
    return format_.read(body)


def _name_of(number: str, format_: DocumentFormat) -> str:
    return f"{export.PRECINCTS}/{export.file_of(number)}{format_.suffix}"


def _check_files(folder: Path, manifest: dict[str, Any], found: Verification) -> None:
    """Every file that the manifest names is there as it was, and no other is."""
    own = {export.MANIFEST, export.SIGNATURE, export.PUBLIC_KEY}
    named = set(manifest["files"]) | own | ({export.OUTER} if found.outer else set())
    links = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_symlink()}
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*")} - ({export.PRECINCTS} - links)
    rows = {_name_of(one["number"], format_) for one in manifest["precincts"] for format_ in FORMATS}
    listed = {name for name in manifest["files"] if name.startswith(f"{export.PRECINCTS}/")}
    found.faults += [("unlisted", name) for name in sorted(rows ^ listed)]
    found.faults += [("missing", name) for name in sorted(named - there)]
    found.faults += [("unknown", name) for name in sorted(there - named)]
    found.faults += [("changed", name) for name in sorted(named & links)]
    for name, hash_ in manifest["files"].items():
        if name in there - links and _hash(folder / name) != hash_:
            found.faults.append(("changed", name))
    if manifest["files"].get(export.XSD) != sha256(SCHEMA.encode()).hexdigest():
        found.faults.append(("schema", export.XSD))


def _hash(path: Path) -> str | None:
    body = read_bytes(path)
    return None if body is None else sha256(body).hexdigest()


def _check_precinct(folder: Path, given: dict[str, Any], found: Verification) -> None:
    name = export.file_of(given["number"])
    try:
        read = [_read(folder, given["number"], format_) for format_ in FORMATS]
    except InvalidInput as error:
        found.faults.append((error.code.removeprefix("voters."), name))
        return
    if any(one.rows != read[0].rows for one in read):
        found.faults.append(("forms", name))
    if export.summary(read[0]) != given:
        found.faults.append(("root", name))


def _trusted_key(path: Path) -> Ed25519PublicKey:
    """Raises `InvalidInput` ("voters.public_key") for what is no key that can be read."""
    if not path.is_file():
        raise InvalidInput("voters.public_key", file=str(path))
    try:
        (key,) = read_public([], [path]).values()
    except InvalidInput:  # it speaks of another's keys, in the words of a library
        raise InvalidInput("voters.public_key", file=str(path)) from None
    return key


def _own_key(folder: Path) -> Ed25519PublicKey | None:
    """None where the package has none that can be read."""
    try:
        return _trusted_key(folder / export.PUBLIC_KEY)
    except InvalidInput:
        return None


def _signature(folder: Path) -> bytes:
    """None of whose bytes may have changed either; else empty."""
    body = read_bytes(folder / export.SIGNATURE) or b""
    try:
        signature = bytes.fromhex(body.decode("ascii"))
    except ValueError:
        return b""
    return signature if export.signature_file(signature) == body else b""
