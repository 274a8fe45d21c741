"""Blocks to precincts by largest overlap. `./ikomek bench overlaps` compares it with maup."""

from __future__ import annotations

import numpy as np
import shapely

from geo.plans.overlap import largest_overlap

PRECINCTS = np.array([shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 10)])


def test_a_block_goes_where_most_of_it_lies() -> None:
    blocks = np.array(
        [
            shapely.box(1, 1, 2, 2),
            shapely.box(9, 1, 12, 2),
            shapely.box(7, 1, 11, 2),
            shapely.box(12, 1, 13, 2),
        ]
    )
    assert largest_overlap(blocks, PRECINCTS).tolist() == [0, 1, 0, 1]


def test_of_equal_shares_the_first_has_it() -> None:
    assert largest_overlap(np.array([shapely.box(9, 1, 11, 2)]), PRECINCTS).tolist() == [0]


def test_a_block_outside_or_only_touching_is_nowhere() -> None:
    assert largest_overlap(
        np.array([shapely.box(30, 0, 31, 1), shapely.box(20, 0, 21, 1)]), PRECINCTS
    ).tolist() == [-1, -1]
