"""Cutting the ground of an overfull precinct in two: which connected part may leave, to a neighbour with
room or as a new precinct, with the fewest voters moved.

Pure arithmetic on a graph of atoms (blocks, or single houses where a block is large). Every cut of a
spanning tree parts a connected graph into two connected parts; borders across a main road or a river come
last into a tree, so parts keep to their side of it where they can.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from geo.settings import PrecinctRules

MOST_TREES, LEAST_TREES = 60, 12
CUTS = 6000
"""About how many cuts are weighed: fewer trees of a larger graph."""
METRES_A_VOTER = 20.0
"""A cut that is longer than another by this many metres must save moving one voter."""


@dataclass(frozen=True)
class Atoms:
    """`weight`: voters of each; `beside`: (i, j), i < j, -> (metres of common border, whether it is a
    barrier); `touches`: neighbouring precinct -> bit mask of the atoms along its border (not across a
    barrier)."""

    weight: list[int]
    beside: Mapping[tuple[int, int], tuple[float, bool]]
    touches: Mapping[int, int]
    inhabited: int
    """Mask of the atoms that have houses: a barrier counts as crossed only between two of them."""


@dataclass(frozen=True)
class Option:
    """`bits`: mask of the atoms that leave, `to`: the precinct that takes them, none = a new one;
    `crosses`: barriers that still run through a part."""

    bits: int
    to: int | None
    moved: int
    crosses: int
    border_m: float

    def rank(self) -> tuple[Any, ...]:
        return self.crosses, self.moved + self.border_m / METRES_A_VOTER, self.bits


def options(
    atoms: Atoms, base: int, room: Mapping[int, int], rules: PrecinctRules, seed: int = 109
) -> list[Option]:
    """Every cut found that leaves both sides at or under the target, best first; none where there is none.
    `base`: voters that stay wherever the cut runs; `room`: neighbour -> how many voters it may take."""
    total = sum(atoms.weight)
    found: dict[tuple[int, int | None], Option] = {}
    for bits, moved, crosses in cuts(atoms, seed):
        if not moved or base + total - moved > rules.target:
            continue
        takers: list[int | None] = [
            near for near, mask in atoms.touches.items() if mask & bits and moved <= room.get(near, 0)
        ]
        takers += (
            [None]
            if rules.smallest <= moved <= rules.target and base + total - moved >= rules.smallest
            else []
        )
        for to in takers:
            if (bits, to) not in found:
                found[bits, to] = Option(bits, to, moved, crosses, border_of(atoms, bits))
    return sorted(found.values(), key=Option.rank)


def carve(atoms: Atoms, base: int, rules: PrecinctRules, seed: int = 109) -> Option | None:
    """Cuts off a part for a new precinct where there are more voters than two may have: the largest that
    fits, so that the fewest are made; none where no cut fits."""
    fitting = [(moved, -crosses, -bits) for bits, moved, crosses in cuts(atoms, seed)]
    fitting = [
        one
        for one in fitting
        if rules.smallest <= one[0] <= rules.target and base + sum(atoms.weight) - one[0] >= rules.smallest
    ]
    if not fitting:
        return None
    moved, crosses, bits = max(fitting)
    return Option(-bits, None, moved, -crosses, border_of(atoms, -bits))


def cuts(atoms: Atoms, seed: int) -> Iterator[tuple[int, int, int]]:
    """Both sides of every edge of random spanning trees: (mask, its voters, barriers left inside the two
    sides). Nothing for ground that does not hang together."""
    chance = random.Random(seed)
    everything, total = (1 << len(atoms.weight)) - 1, sum(atoms.weight)
    seen: set[int] = set()
    for _ in range(max(LEAST_TREES, min(MOST_TREES, CUTS // max(len(atoms.weight), 1)))):
        tree = spanning_tree(atoms, chance)
        if len(tree) < len(atoms.weight) - 1:
            return
        hanging = list(branches(tree, atoms.weight))
        barriers = {
            bits
            for pair, bits, _ in hanging
            if atoms.beside[pair][1] and bits & atoms.inhabited and (everything ^ bits) & atoms.inhabited
        }
        for _, bits, voters in hanging:
            if bits not in seen:
                seen.update((bits, everything ^ bits))
                crosses = len(barriers) - (bits in barriers)
                yield bits, voters, crosses
                yield everything ^ bits, total - voters, crosses


def spanning_tree(atoms: Atoms, chance: random.Random) -> list[tuple[int, int]]:
    """Kruskal over borders in a random order that prefers long ones, barriers last."""
    order = sorted(
        atoms.beside, key=lambda pair: (atoms.beside[pair][1], -atoms.beside[pair][0] * chance.random())
    )
    parent = list(range(len(atoms.weight)))
    tree = []
    for pair in order:
        roots = [root_of(parent, end) for end in pair]
        if roots[0] != roots[1]:
            parent[roots[0]] = roots[1]
            tree.append(pair)
    return tree


def root_of(parent: list[int], node: int) -> int:
    while parent[node] != node:
        parent[node] = node = parent[parent[node]]
    return node


def branches(tree: list[tuple[int, int]], weight: list[int]) -> Iterator[tuple[tuple[int, int], int, int]]:
    """Each edge of a tree with the mask of what hangs below it, and its voters."""
    near: list[list[int]] = [[] for _ in weight]
    for a, b in tree:
        near[a].append(b)
        near[b].append(a)
    order, above = [0], {0: -1}
    for node in order:
        for other in near[node]:
            if other not in above:
                above[other] = node
                order.append(other)
    below, voters = [1 << node for node in range(len(weight))], list(weight)
    for node in reversed(order[1:]):
        yield (min(node, above[node]), max(node, above[node])), below[node], voters[node]
        below[above[node]] |= below[node]
        voters[above[node]] += voters[node]


def border_of(atoms: Atoms, bits: int) -> float:
    return sum(length for (a, b), (length, _) in atoms.beside.items() if (bits >> a ^ bits >> b) & 1)
