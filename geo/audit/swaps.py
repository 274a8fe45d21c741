"""Rows or seals that changed places: the two are named, and not those between or behind them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from geo.audit.chain import next_hash

MOST = 200
"""Positions that do not follow, among which pairs are looked for; of more nobody asks who stood where."""


@dataclass(frozen=True)
class Unlinked:
    """A position whose hash does not follow: `computed` is what it should be, if the row is as it was.
    `code` is the fault."""

    position: int
    audit_id: int
    before: bytes
    digest: bytes
    stored: bytes
    computed: bytes
    code: str = ""

    def coded(self, code: str) -> Unlinked:
        return replace(self, code=code)


def named(mismatches: Sequence[Unlinked], fault: Callable[..., Any]) -> list[Any]:
    """A fault for each, a pair that changed places as one. `fault`: takes a code, a position, the number of
    a row and parameters."""
    left, found = {one.position: one for one in mismatches}, []
    for one in mismatches[:MOST]:
        other = next((two for two in left.values() if _are_swapped(one, two, left)), None)
        if other is not None and one.position in left:
            found.append(_pair(one, other, fault))
            for position in _touched(one, other, left):
                del left[position]
    return found + [fault(one.code, one.position, one.audit_id, {}) for one in left.values()]


def _pair(one: Unlinked, other: Unlinked, fault: Callable[..., Any]) -> Any:
    return fault(
        "swapped", one.position, one.audit_id, {"other": other.position, "other_row": other.audit_id}
    )


def _are_swapped(one: Unlinked, other: Unlinked, left: dict[int, Unlinked]) -> bool:
    if one.position >= other.position or one.position not in left:
        return False
    first = next_hash(one.before, one.position, other.digest)
    if first == one.stored:  # only the rows
        return next_hash(other.before, other.position, one.digest) == other.stored
    if first != other.stored:
        return False
    before = first if other.position == one.position + 1 else other.before
    return next_hash(before, other.position, one.digest) == one.stored


def _touched(one: Unlinked, other: Unlinked, left: dict[int, Unlinked]) -> set[int]:
    """The two, and those behind them that follow what stood there before."""
    touched = {one.position, other.position}
    for at, hash_ in ((one.position, other.stored), (other.position, one.stored)):
        behind = left.get(at + 1)
        if behind is not None and next_hash(hash_, behind.position, behind.digest) == behind.stored:
            touched.add(behind.position)
    return touched
