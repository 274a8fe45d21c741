"""The golden list of spellings, and whether a result is the answer that it names; of the city of
`tests.support.spellings_city`."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from layers.search.results import SearchResult

LISTS = sorted((Path(__file__).parents[1] / "layers" / "search").glob("spellings_*.txt"))
TYPES = {"house": "building", "organisation": "performer", "station": "precinct", "poi": "landmark"}
POINT_WITHIN = 0.0002
"""Degrees."""


def spellings() -> list[tuple[str, str]]:
    lines = [line for path in LISTS for line in path.read_text().splitlines() if "=>" in line[1:]]
    return [(query.strip(), answer.strip()) for query, _, answer in (line.partition("=>") for line in lines)]


def answers_it(result: SearchResult, answer: str, known: dict[str, object]) -> bool:
    kind, _, rest = answer.partition(" ")
    if kind == "point":
        lat, lon = map(float, rest.split())
        return result.type == "coordinates" and bool(
            np.hypot(result.lon - lon, result.lat - lat) < POINT_WITHIN
        )
    if kind == "street":
        return result.type == "street" and result.title == known[answer]
    if kind == "crossing":
        return result.type == "crossing" and frozenset(result.title.split(" / ")) == known[answer]
    if kind == "station":
        return result.type == "precinct" and result.title == str(known[answer])
    return result.type == TYPES.get(kind, kind) and result.id == known[answer]
