"""Buildings along the streets: footprints, house numbers, use, floors and voters. Metric CRS.

Candidates are set out along both sides of every street, in one to three rows by the pattern of the area;
those that meet water, a park, a railway, a road or an earlier building are dropped, and of the rest as
many are kept as asked for.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from etl.demo.network import HALF_WIDTH_M, DemoStreet

USES = (
    "residential",
    "private_house",
    "commercial",
    "office",
    "school",
    "kindergarten",
    "clinic",
    "industrial",
)
PRIVATE, INDUSTRY = "private", "industry"
CANDIDATES_PER_BUILDING = 8
NOWHERE = np.empty(0, dtype=np.intp)

# Pattern: step along the street, gap between rows, rows, footprint length and depth (low, high), floors (low,
# high), share of dwellings. Metres.
LAYOUT = {
    "old": (58, 30, 2, (24, 70), (12, 16), (4, 10), 0.80),
    "new": (78, 44, 3, (34, 88), (15, 20), (9, 19), 0.82),
    "private": (25, 24, 1, (9, 15), (8, 12), (1, 2), 0.96),
    "industry": (120, 70, 1, (40, 100), (24, 46), (1, 3), 0.05),
}


@dataclass(frozen=True)
class Buildings:
    """One array per attribute, a row a building. `street` indexes the list of streets it was made from."""

    street: np.ndarray
    side: np.ndarray
    """0 odd side (left of the street's direction), 1 even."""
    along: np.ndarray
    row: np.ndarray
    footprint: np.ndarray
    point: np.ndarray
    use: np.ndarray
    """Index into USES."""
    floors: np.ndarray
    voters: np.ndarray
    house: np.ndarray

    def __len__(self) -> int:
        return len(self.street)


def make_buildings(
    streets: list[DemoStreet],
    patterns: list[str],
    areas: np.ndarray,
    obstacles: shapely.Geometry,
    city: shapely.Geometry,
    count: int,
    voters: int,
    seed: int,
) -> Buildings:
    """`count` buildings, or as many as fit; their voters sum to `voters` exactly. `areas` lie in the order of
    `patterns`; none stands outside `city`."""
    rng = np.random.default_rng(seed)
    parts = [
        _candidates(i, street, patterns, areas, rng)
        for i, street in enumerate(streets)
        if street.class_ != "motorway"
    ]
    raw = {
        key: np.concatenate([part[key] for part in parts if part])
        for key in ("street", "side", "along", "row", "centre", "tangent", "pattern")
    }
    size, footprint = _footprints(raw, rng)
    shapely.prepare(city)
    chosen = _choose(footprint, raw, streets, obstacles, shapely.contains(city, footprint), count, rng)
    raw = {key: value[chosen] for key, value in raw.items()}
    use, floors, weight = _uses(raw, size[chosen], rng)
    return Buildings(
        street=raw["street"],
        side=raw["side"],
        along=raw["along"],
        row=raw["row"],
        footprint=footprint[chosen],
        point=shapely.points(np.round(raw["centre"], 3)),
        use=use,
        floors=floors,
        voters=exact_sum(weight, voters),
        house=_house_numbers(raw, rng),
    )


def _candidates(
    index: int, street: DemoStreet, patterns: list[str], areas: np.ndarray, rng: np.random.Generator
) -> dict[str, np.ndarray] | None:
    """Places along one street: centre, tangent, side, row. None where no built-up area is near."""
    out: dict[str, list] = {
        key: [] for key in ("street", "side", "along", "row", "centre", "tangent", "pattern")
    }
    start = 0.0
    for part in shapely.get_parts(street.geom):
        middle = shapely.line_interpolate_point(part, 0.5, normalized=True)
        near = np.flatnonzero(shapely.dwithin(areas, middle, 60.0)) if street.pattern is None else NOWHERE
        pattern = street.pattern or (patterns[near[0]] if len(near) else None)
        if pattern:
            _along_line(out, index, street, part, pattern, start, rng)
        start += part.length + 40
    if not out["street"]:
        return None
    return {key: np.concatenate(value) for key, value in out.items()}


def _along_line(
    out: dict[str, list],
    index: int,
    street: DemoStreet,
    line: shapely.Geometry,
    pattern: str,
    start: float,
    rng: np.random.Generator,
) -> None:
    step, gap, rows, _, depth, _, _ = LAYOUT[pattern]
    n = int(line.length / step)
    if n < 1:
        return
    codes = list(LAYOUT)
    for side in (0, 1):
        for row in range(rows):
            at = np.clip(
                (np.arange(n) + 0.5 + rng.uniform(-0.18, 0.18, n)) * line.length / n, 1, line.length - 1
            )
            here, ahead = (
                shapely.get_coordinates(shapely.line_interpolate_point(line, at + d)) for d in (0.0, 0.9)
            )
            tangent = (ahead - here) / np.maximum(np.linalg.norm(ahead - here, axis=1), 1e-9)[:, None]
            normal = np.column_stack([-tangent[:, 1], tangent[:, 0]]) * (1 - 2 * side)
            away = HALF_WIDTH_M[street.class_] + 4 + depth[1] / 2 + row * gap + rng.uniform(0, 5, n)
            for key, value in (
                ("street", np.full(n, index)),
                ("side", np.full(n, side)),
                ("along", start + at),
                ("row", np.full(n, row)),
                ("centre", here + normal * away[:, None]),
                ("tangent", tangent),
                ("pattern", np.full(n, codes.index(pattern))),
            ):
                out[key].append(value)


def _footprints(raw: dict[str, np.ndarray], rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Lengths and depths (n, 2) in metres, and the outlines: a rectangle, or an L for every fifth larger
    block."""
    layouts = list(LAYOUT.values())
    low, high = (np.array([[row[3][k], row[4][k]] for row in layouts])[raw["pattern"]] for k in (0, 1))
    size = low + (high - low) * rng.random((len(low), 2)) ** 1.3
    x, y = size[:, 0] / 2, size[:, 1] / 2
    wing = np.where((rng.random(len(x)) < 0.2) & (x > 15), y * 1.1, 0.0) * np.where(raw["side"] == 0, 1, -1)
    corners = np.stack(
        [
            np.stack(pair, axis=1)
            for pair in (
                (-x, -y),
                (x, -y),
                (x, y + np.maximum(wing, 0)),
                (x - 2 * y * 0.9, y + np.maximum(wing, 0)),
                (x - 2 * y * 0.9, y),
                (-x, y),
                (-x, -y),
            )
        ],
        axis=1,
    )
    t = raw["tangent"]
    axes = np.stack([t, np.column_stack([-t[:, 1], t[:, 0]])], axis=1)
    outline = shapely.polygons(
        np.round(raw["centre"][:, None, :] + np.einsum("nki,nij->nkj", corners, axes), 3)
    )
    plain = shapely.is_valid(outline)
    square = corners[:, [0, 1, 2, 5, 6]].copy()
    square[:, 2, 1] = y
    boxes = shapely.polygons(np.round(raw["centre"][:, None, :] + np.einsum("nki,nij->nkj", square, axes), 3))
    return size, np.where(plain & (wing > 0), outline, boxes)


def _choose(
    footprint: np.ndarray,
    raw: dict[str, np.ndarray],
    streets: list[DemoStreet],
    obstacles: shapely.Geometry,
    inside: np.ndarray,
    count: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """Indexes of those that stand free, at most `count`, by street and place along it."""
    shapely.prepare(obstacles)
    free = inside & (rng.random(len(footprint)) < CANDIDATES_PER_BUILDING * count / len(footprint))
    free[free] = ~shapely.intersects(obstacles, footprint[free])
    standing = np.flatnonzero(free)
    pieces, widths = _road_pieces(streets)
    hit, road = shapely.STRtree(pieces).query(footprint[standing], "dwithin", 17.0)
    near = shapely.distance(footprint[standing[hit]], pieces[road]) < widths[road] + 1
    free[standing[hit[near]]] = False
    free[_overlapping(footprint, free, raw["row"], rng)] = False
    kept = np.flatnonzero(free)
    if len(kept) > count:
        private = raw["pattern"][kept] == list(LAYOUT).index(PRIVATE)
        kept = rng.choice(kept, count, replace=False, p=_shares(np.where(private, 1.0, 2.6)))
    return kept[np.lexsort((raw["row"][kept], raw["along"][kept], raw["side"][kept], raw["street"][kept]))]


def _road_pieces(streets: list[DemoStreet]) -> tuple[np.ndarray, np.ndarray]:
    """Every road as its straight pieces with half its width: an index of short pieces finds neighbours
    several times faster than one of long lines."""
    lines, part = shapely.get_parts([street.geom for street in streets], return_index=True)
    xy, line = shapely.get_coordinates(lines, return_index=True)
    same = line[:-1] == line[1:]
    widths = np.array([HALF_WIDTH_M[street.class_] for street in streets])
    return shapely.linestrings(np.stack([xy[:-1], xy[1:]], axis=1)[same]), widths[part[line[:-1][same]]]


def _shares(weight: np.ndarray) -> np.ndarray:
    return weight / weight.sum()


def _overlapping(
    footprint: np.ndarray, free: np.ndarray, row: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """For every two houses closer than 3 m, the index of the later one in a random order in which first rows
    come first."""
    index = np.flatnonzero(free)
    order = np.empty(len(footprint))
    order[index] = row[index] + rng.random(len(index)) * 0.9
    a, b = shapely.STRtree(footprint[index]).query(footprint[index], "dwithin", 3.0)
    a, b = index[a], index[b]
    return np.where(order[a] > order[b], a, b)[a != b]


def _uses(
    raw: dict[str, np.ndarray], size: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Use, floors, and weight for sharing out the voters (0 where nobody lives)."""
    layouts, n = list(LAYOUT.values()), len(size)
    floors = np.array([rng.integers(layouts[p][5][0], layouts[p][5][1] + 1) for p in raw["pattern"]])
    dwelling = rng.random(n) < np.array([row[6] for row in layouts])[raw["pattern"]]
    private = raw["pattern"] == list(LAYOUT).index(PRIVATE)
    industry = raw["pattern"] == list(LAYOUT).index(INDUSTRY)
    other = rng.choice([2, 3, 4, 5, 6], n, p=[0.42, 0.22, 0.17, 0.13, 0.06])
    use = np.where(dwelling, np.where(private, 1, 0), np.where(industry, 7, other))
    floors = np.where(np.isin(use, (4, 5, 6)), np.clip(floors, 2, 4), floors)
    weight = np.where(
        use == 0,
        floors * np.maximum(1, size[:, 0] / 24) * rng.uniform(5.5, 8.5, n),
        np.where(use == 1, rng.uniform(2.0, 5.0, n), 0.0),
    )
    return use, floors, weight


def exact_sum(weight: np.ndarray, total: int) -> np.ndarray:
    """Whole numbers in proportion to the weights that sum to `total` exactly (largest remainders). All
    zero for no weight."""
    if weight.sum() <= 0:
        return np.zeros(len(weight), dtype=np.int64)
    share = weight * (total / weight.sum())
    whole = np.floor(share).astype(np.int64)
    whole[np.argsort(whole - share, kind="stable")[: total - whole.sum()]] += 1
    return whole


def _house_numbers(raw: dict[str, np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """Odd on the left, even on the right, rising along the street; those of a back row are fractions of
    the one before ('42/1'), now and then a letter ('14А')."""
    out = np.empty(len(raw["street"]), dtype=object)
    key, front, suffix = None, 0, 0
    letters = rng.random(len(out)) < 0.05
    skips = rng.random(len(out)) < 0.06
    for i in range(len(out)):
        if (raw["street"][i], raw["side"][i]) != key:
            key, front, suffix = (raw["street"][i], raw["side"][i]), -1 if raw["side"][i] == 0 else 0, 0
        if raw["row"][i] == 0 or front <= 0:
            if letters[i] and front > 0 and suffix == 0:
                out[i], suffix = f"{front}А", 1
                continue
            front, suffix = front + 2 + 2 * int(skips[i]), 0
            out[i] = str(front)
        else:
            suffix += 1
            out[i] = f"{front}/{suffix}"
    return out
