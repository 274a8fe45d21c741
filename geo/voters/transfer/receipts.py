"""What the receiver confirms: JSON with `package` (the name of the file), `sha256` (of the file, as the
receiver has computed it), `number` (by which it keeps the package) and `received_at` (with its zone); where
the settings name a key, also `signature`: Ed25519, in hexadecimal, over the other members as JSON with sorted
names and without spaces."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from geo.audit.keys import is_signed, read_public
from geo.errors import Unavailable
from geo.foreign_json import read_foreign_json

LONGEST = 16 * 1024
"""Bytes of a receipt."""
LONGEST_NUMBER = 100
CLOCKS_DIFFER = timedelta(minutes=10)
"""The receiver's clock may be so much behind ours."""
SIGNATURE = "signature"


@dataclass(frozen=True)
class Receipt:
    """`body`: as it came, to be kept."""

    number: str
    received_at: datetime
    body: bytes


def read_receipt(body: bytes, name: str, sha256: bytes, since: datetime, key: Path | None) -> Receipt:
    """`since`: before then there was no such package. Raises `Unavailable` ("voters.transfer.receipt", with
    what of it is wrong; "voters.transfer.receipt_old": it is dated before `since`;
    "voters.transfer.other_bytes": the receiver has not what was sent)."""
    try:
        given = read_foreign_json(body)
        number, at = str(given["number"]), datetime.fromisoformat(given["received_at"])
        package, hash_ = given["package"], bytes.fromhex(given["sha256"])
    except (ValueError, KeyError, TypeError):
        raise Unavailable("voters.transfer.receipt", what="form") from None
    if not 0 < len(number) <= LONGEST_NUMBER or not number.isprintable() or at.tzinfo is None:
        raise Unavailable("voters.transfer.receipt", what="form")
    if package != name:
        raise Unavailable("voters.transfer.receipt", what="package")
    if key is not None and not _is_signed(given, key):
        raise Unavailable("voters.transfer.receipt", what="signature")
    if at < since - CLOCKS_DIFFER:
        raise Unavailable("voters.transfer.receipt_old", at=at.isoformat(), since=since.isoformat())
    if hash_ != sha256:
        raise Unavailable("voters.transfer.other_bytes")
    return Receipt(number, at, body)


def signed_part(given: dict[str, Any]) -> bytes:
    """The bytes that the signature of a receipt covers."""
    rest = {name: value for name, value in given.items() if name != SIGNATURE}
    return json.dumps(rest, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _is_signed(given: dict[str, Any], path: Path) -> bool:
    try:
        signature, body = bytes.fromhex(given[SIGNATURE]), signed_part(given)
    except (KeyError, ValueError, TypeError, RecursionError):
        return False
    return any(is_signed(key, body, signature) for key in read_public([], [path]).values())
