"""Addresses that stand on points of their own, at an entrance or on a shop: a building without one has
that of the points inside it or on its outline."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import cast

import numpy as np
import osmium
import shapely
from osmium.osm import NODE, Node

from etl.readers import osm_tags

Address = tuple[str | None, ...]


class Addresses:
    """Every point of an extract that has a house number (EPSG:4326), in the file's order."""

    def __init__(self, path: Path) -> None:
        shapes, self.found = [], []
        numbered = osmium.FileProcessor(path, NODE).with_filter(osmium.filter.KeyFilter("addr:housenumber"))
        for node in cast(Iterable[Node], numbered):
            shapes.append((node.location.lon, node.location.lat))
            self.found.append(tuple(osm_tags.address(node.tags).values()))
        self.tree = shapely.STRtree(shapely.points(np.array(shapes).reshape(-1, 2)))

    def given(self, rows: list[dict]) -> Iterable[dict]:
        """The buildings, those without any address with one. Of several inside one building the commonest
        is taken, of as common ones the first."""
        bare = [row for row in rows if not any(row[name] for name in osm_tags.ADDRESS)]
        for index, address in self.inside(shapely.from_wkb([row["geometry"] for row in bare])):
            bare[index].update(zip(osm_tags.ADDRESS, address))
        return rows

    def inside(self, outlines: np.ndarray) -> Iterator[tuple[int, Address]]:
        """Place among the outlines -> the address that it has."""
        counted: dict[int, Counter[Address]] = defaultdict(Counter)
        pairs = self.tree.query(outlines, predicate="intersects")
        for index, point in pairs[:, np.lexsort(pairs[::-1])].T.tolist():
            counted[index][self.found[point]] += 1
        return ((index, addresses.most_common(1)[0][0]) for index, addresses in counted.items())
