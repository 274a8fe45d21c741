"""Precincts: the blocks between the streets, joined into connected groups of about equal electorate, each
inside one district.

Metric CRS on a 1 mm grid. Numbers run from 1; `geo.plans.plan_import` makes the nodes and shared edges of the
coverage.
"""

from __future__ import annotations

from heapq import heappop, heappush

import numpy as np
import shapely

from etl.demo.blocks import CityBlocks
from etl.demo.houses import exact_sum

CAP = 3000
OVER_THE_CAP = (3046, 3127, 3312)
"""The electorates of the three precincts that a plan still has to relieve."""


def group_blocks(blocks: CityBlocks, weight: np.ndarray, count: int, seed: int) -> np.ndarray:
    """The precinct (from 1) of each block: `count` connected groups, shared among the districts by weight."""
    rng = np.random.default_rng(seed)
    districts = np.unique(blocks.district)
    seats = 1 + exact_sum(
        np.array([weight[blocks.district == d].sum() for d in districts]), count - len(districts)
    )
    group = np.zeros(len(blocks.polygons), dtype=np.int64)
    neighbours = blocks.neighbours()
    start = 1
    for district, k in zip(districts, seats):
        _split(np.flatnonzero(blocks.district == district), int(k), start, group, neighbours, weight, rng)
        start += int(k)
    return group


def _split(
    members: np.ndarray,
    k: int,
    first: int,
    group: np.ndarray,
    neighbours: list[list[tuple[int, float]]],
    weight: np.ndarray,
    rng: np.random.Generator,
) -> None:
    """Halve a connected set of blocks again and again by cutting one branch off a random tree that prefers
    long shared borders."""
    if k == 1:
        group[members] = first
        return
    inside = set(members.tolist())
    best: tuple[float, int, set[int]] | None = None
    for _ in range(4):
        parent, order = _random_tree(members, inside, neighbours, rng)
        error, j, root = _best_cut(parent, order, weight, k)
        if best is None or error < best[0]:
            best = (error, j, _branch(root, parent, order))
        if best[0] < 0.05:
            break
    _, j, branch = best
    cut = np.array(sorted(branch))
    _split(cut, j, first, group, neighbours, weight, rng)
    _split(np.setdiff1d(members, cut), k - j, first + j, group, neighbours, weight, rng)


def _random_tree(
    members: np.ndarray, inside: set[int], neighbours: list[list[tuple[int, float]]], rng: np.random.Generator
) -> tuple[dict[int, int], list[int]]:
    """A maximum spanning tree (Prim) over borders weighted by length and chance: parent of each block, and
    an order from the root outwards."""
    root = int(members[rng.integers(len(members))])
    parent: dict[int, int] = {}
    order: list[int] = []
    heap: list[tuple[float, int, int]] = [(0.0, root, -1)]
    while heap:
        _, block, before = heappop(heap)
        if block in parent:
            continue
        parent[block] = before
        order.append(block)
        for other, length in neighbours[block]:
            if other in inside and other not in parent:
                heappush(heap, (-length * (0.3 + rng.random()), other, block))
    return parent, order


def _best_cut(parent: dict[int, int], order: list[int], weight: np.ndarray, k: int) -> tuple[float, int, int]:
    """The branch nearest to a whole number j of precincts: error in precincts, j, root of the branch. The
    middle third is preferred."""
    below = {block: float(weight[block]) for block in order}
    size = dict.fromkeys(order, 1)
    for block in reversed(order[1:]):
        below[parent[block]] += below[block]
        size[parent[block]] += size[block]
    total, blocks, best = below[order[0]], len(order), (9e9, 1, order[-1])
    for block in order[1:]:
        share = below[block] / total * k if total > 0 else size[block] / blocks * k
        j = min(max(round(share), 1), k - 1)
        if size[block] < j or blocks - size[block] < k - j:
            continue
        error = abs(share - j) + (0.15 if not k / 3 <= j <= 2 * k / 3 else 0.0) + 0.02 * abs(j - k / 2) / k
        if error < best[0]:
            best = (error, j, block)
    return best


def _branch(root: int, parent: dict[int, int], order: list[int]) -> set[int]:
    inside = {root}
    for block in order:
        if parent[block] in inside:
            inside.add(block)
    return inside


def level_voters(voters: np.ndarray, precinct: np.ndarray, count: int, total: int) -> np.ndarray:
    """Voters a building, shared anew so that no precinct but three is over the cap and all sum to `total`.
    `precinct` from 1, a row a building."""
    sums = np.bincount(precinct, weights=voters, minlength=count + 1)[1:]
    over = (
        np.argsort(-sums, kind="stable")[: len(OVER_THE_CAP)]
        if count > 50
        else np.argsort(-sums, kind="stable")[:0]
    )
    target = _levels(sums, over, total)
    out = np.zeros(len(voters), dtype=np.int64)
    for number in range(1, count + 1):
        rows = np.flatnonzero(precinct == number)
        out[rows] = exact_sum(voters[rows].astype(float), int(target[number - 1]))
    return out


def _levels(sums: np.ndarray, over: np.ndarray, total: int) -> np.ndarray:
    """The electorate of each precinct: the three over the cap, the rest at most 2,900 and in proportion to
    what they had."""
    target = np.zeros(len(sums), dtype=np.int64)
    target[over] = OVER_THE_CAP[: len(over)]
    rest = np.setdiff1d(np.arange(len(sums)), over)
    share = np.minimum(sums[rest].astype(float), CAP - 100)
    for _ in range(30):
        share = np.where(
            share > 0, np.minimum(share * ((total - target[over].sum()) / share.sum()), CAP - 100), 0
        )
    target[rest] = exact_sum(share, total - int(target[over].sum()))
    return target


def make_polygons(blocks: CityBlocks, group: np.ndarray) -> np.ndarray:
    """The polygon of each precinct, 1 first: a valid coverage that keeps every vertex of its blocks."""
    order = np.argsort(group, kind="stable")
    parts = np.split(blocks.polygons[order], np.flatnonzero(np.diff(group[order])) + 1)
    return np.array([shapely.coverage_union_all(part) for part in parts])
