"""`./ikomek bench overlaps`: blocks given to precincts by largest overlap, against maup in the same run
and block for block; and buildings by a point in each, against geopandas.sjoin.

maup has an environment of its own (`.venv-maup`, from `requirements-maup.lock`, made by pip-compile with
hashes and without addresses from: maup>=2.1,<2.2). With
`--blocks FILE --precincts FILE [FILE ...]` real files are compared, as they are and in each `--srid`; else
a generated city: 20,000 blocks, 600 precincts whose borders cut them. A block's representative point
stands for a building. Times are the best of three runs.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import geopandas
import numpy as np
import shapely

from geo.plans.editing.topology import first_holder
from geo.plans.overlap import largest_overlap

ROOT = Path(__file__).parents[2]
FOLDER, LOCK = ROOT / ".venv-maup", ROOT / "requirements-maup.lock"
RUNS = 3
PEER = """
import sys, time, warnings
warnings.filterwarnings("ignore")
import geopandas, maup
blocks, precincts = geopandas.read_file(sys.argv[1]), geopandas.read_file(sys.argv[2])
times = []
for _ in range(int(sys.argv[4])):
    start = time.perf_counter()
    assigned = maup.assign(blocks, precincts)
    times.append(time.perf_counter() - start)
assigned.fillna(-1).astype(int).to_csv(sys.argv[3], header=False, index=False)
print(min(times))
"""


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./ikomek bench overlaps", description=__doc__)
    parser.add_argument("--blocks", type=Path)
    parser.add_argument("--precincts", type=Path, nargs="+", default=[])
    parser.add_argument(
        "--srid",
        type=int,
        action="append",
        default=[],
        help="project the files to this CRS too, such as 3438: feet of Rhode Island",
    )
    args = parser.parse_args(argv)
    if (args.blocks is None) != (not args.precincts):
        parser.error("--blocks and --precincts go together")
    python = install()
    pairs = (
        [("generated, metre", *generated())]
        if args.blocks is None
        else [pair for file in args.precincts for pair in read(args.blocks, file, args.srid)]
    )
    return max(compare(python, *pair) | compare_points(*pair) for pair in pairs)


def read(
    blocks: Path, precincts: Path, srids: list[int]
) -> Iterator[tuple[str, geopandas.GeoDataFrame, geopandas.GeoDataFrame]]:
    """A name, the blocks and the precincts, in the precincts' own CRS and in each other that is asked for."""
    files = geopandas.read_file(blocks), geopandas.read_file(precincts)
    for srid in [files[1].crs.to_epsg(), *srids]:
        first, second = (made_valid(frame.to_crs(srid)) for frame in files)
        yield f"{precincts.stem}, EPSG:{srid}, {second.crs.axis_info[0].unit_name}", first, second


def install() -> Path:
    python = FOLDER / "bin/python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", FOLDER], check=True)
        subprocess.run(
            [
                python,
                "-m",
                "pip",
                "install",
                "-qq",
                "--disable-pip-version-check",
                "--require-hashes",
                "-r",
                LOCK,
            ],
            check=True,
        )
    return python


def made_valid(frame: geopandas.GeoDataFrame) -> geopandas.GeoDataFrame:
    return frame.set_geometry(frame.geometry.make_valid())[["geometry"]]


def generated() -> tuple[geopandas.GeoDataFrame, geopandas.GeoDataFrame]:
    """Blocks on a grid of 100 m, precincts around random points: most borders cut blocks."""
    chance = np.random.default_rng(109)
    xs, ys = np.meshgrid(np.arange(0, 20_000, 100.0), np.arange(0, 10_000, 100.0))
    blocks = shapely.box(xs.ravel(), ys.ravel(), xs.ravel() + 100, ys.ravel() + 100)
    centres = shapely.multipoints(
        np.column_stack([chance.uniform(0, 20_000, 600), chance.uniform(0, 10_000, 600)])
    )
    precincts = shapely.intersection(
        shapely.get_parts(shapely.voronoi_polygons(centres)), shapely.box(0, 0, 20_000, 10_000)
    )
    return tuple(geopandas.GeoDataFrame(geometry=shapes, crs=32642) for shapes in (blocks, precincts))


def best_of(work: Callable[[], np.ndarray]) -> tuple[float, np.ndarray]:
    """The shortest run, ms, and what it gave."""
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        result = work()
        times.append(1000 * (time.perf_counter() - start))
    return min(times), result


def compare(
    python: Path, name: str, blocks: geopandas.GeoDataFrame, precincts: geopandas.GeoDataFrame
) -> int:
    """Blocks by largest overlap, against maup. Returns 1 where one differs."""
    ours, assigned = best_of(
        lambda: largest_overlap(blocks.geometry.to_numpy(), precincts.geometry.to_numpy())
    )
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{part}.gpkg" for part in ("blocks", "precincts")]
        for frame, path in zip((blocks, precincts), paths):
            frame.to_file(path)
        out = Path(folder) / "assigned.csv"
        done = subprocess.run(
            [python, "-c", PEER, *paths, out, str(RUNS)], check=True, stdout=subprocess.PIPE, text=True
        )
        theirs, peer = 1000 * float(done.stdout.split()[-1]), np.loadtxt(out, dtype=int)
    return line(
        name,
        f"{len(blocks):,} blocks to {len(precincts)}",
        ours,
        "maup",
        theirs,
        int((assigned != peer).sum()),
    )


def compare_points(name: str, blocks: geopandas.GeoDataFrame, precincts: geopandas.GeoDataFrame) -> int:
    """Buildings by their point (of several precincts that hold it, the first), against geopandas.sjoin.
    Returns 1 where one differs."""
    points = geopandas.GeoDataFrame(geometry=blocks.geometry.representative_point())
    ours, held = best_of(lambda: first_holder(points.geometry.to_numpy(), precincts.geometry.to_numpy()))
    theirs, joined = best_of(lambda: geopandas.sjoin(points, precincts, how="left", predicate="covered_by"))
    peer = joined["index_right"].groupby(level=0).min().fillna(-1).astype(int).to_numpy()
    return line(
        name, f"{len(points):,} points to {len(precincts)}", ours, "sjoin", theirs, int((held != peer).sum())
    )


def line(name: str, what: str, ours: float, peer: str, theirs: float, differ: int) -> int:
    print(
        f"{name:46} {what:22} ours {ours:6.0f} ms, {peer} {theirs:6.0f} ms ({theirs / ours:.1f} "
        f"times), {differ} differ",
        flush=True,
    )
    return int(differ > 0)
