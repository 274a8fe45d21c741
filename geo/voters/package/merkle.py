"""A Merkle tree as RFC 6962 has it (SHA-256; a leaf is hashed after a zero byte, a node after a one), over
salted rows: without the salt of a row nobody can try which row it is."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from geo.errors import InvalidInput
from geo.voters.package.source import TransferRow
from geo.voters.staging import SEPARATOR

LEAF, NODE = b"\x00", b"\x01"
EMPTY = sha256().digest()


@dataclass(frozen=True)
class InclusionProof:
    """That the leaf `index` is one of `size` under a root: the hashes beside its way up, the lowest first."""

    index: int
    size: int
    path: tuple[bytes, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "index": self.index,
            "size": self.size,
            "path": [base64.b64encode(one).decode() for one in self.path],
        }

    @classmethod
    def read(cls, given: dict[str, Any]) -> InclusionProof:
        """Raises `InvalidInput` ("voters.proof") for what is no proof."""
        try:
            path = tuple(base64.b64decode(one, validate=True) for one in given["path"])
            return cls(int(given["index"]), int(given["size"]), path)
        except (KeyError, TypeError, ValueError, binascii.Error):
            raise InvalidInput("voters.proof") from None


def leaf(number: str, row: TransferRow) -> bytes:
    """The hash of a row in the precinct `number`."""
    return sha256(LEAF + SEPARATOR.join((number, *row)).encode()).digest()


def levels(leaves: Sequence[bytes]) -> list[list[bytes]]:
    """The tree, its leaves first: a node without a neighbour goes up as it is, which is the tree of RFC
    6962."""
    found = [list(leaves)]
    while len(found[-1]) > 1:
        below = found[-1]
        above = [sha256(NODE + below[n] + below[n + 1]).digest() for n in range(0, len(below) - 1, 2)]
        found.append(above + below[len(above) * 2 :])
    return found


def root(leaves: Sequence[bytes]) -> bytes:
    return levels(leaves)[-1][0] if leaves else EMPTY


def prove(leaves: Sequence[bytes], index: int) -> InclusionProof:
    path, at = [], index
    for level in levels(leaves)[:-1]:
        if at ^ 1 < len(level):
            path.append(level[at ^ 1])
        at //= 2
    return InclusionProof(index, len(leaves), tuple(path))


def holds(proof: InclusionProof, leaf_hash: bytes, root_hash: bytes) -> bool:
    """Whether the proof leads from the leaf to the root: no list is needed for it."""
    if not 0 <= proof.index < proof.size:
        return False
    hash_, at, last, path = leaf_hash, proof.index, proof.size - 1, list(proof.path)
    while last:
        if at % 2 or at < last:
            if not path:
                return False
            beside = path.pop(0)
            pair = beside + hash_ if at % 2 else hash_ + beside
            hash_ = sha256(NODE + pair).digest()
        at, last = at // 2, last // 2
    return not path and hash_ == root_hash
