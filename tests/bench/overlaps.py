"""`./ikomek bench overlaps`: blocks given to precincts by largest overlap, against maup in the same run and block for block.

maup has an environment of its own (`.venv-maup`, from `requirements-maup.lock`, made by pip-compile with hashes and without addresses from: maup>=2.1,<2.2). With
`--blocks FILE --precincts FILE` real files are compared, as they are and projected; else a generated city: 20,000 blocks, 600 precincts whose borders cut them.
"""
from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import geopandas
import numpy as np
import shapely

from geo.plan_overlap import largest_overlap

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
    parser.add_argument("--precincts", type=Path)
    parser.add_argument("--srid", type=int, action="append", default=[], help="project the files to this CRS too")
    asked = parser.parse_args(argv)
    python = install()
    if asked.blocks is None:
        pairs = [("generated, metres", generated())]
    else:
        files = geopandas.read_file(asked.blocks), geopandas.read_file(asked.precincts)
        pairs = [(f"EPSG:{srid}", tuple(made_valid(frame.to_crs(srid)) for frame in files)) for srid in [files[1].crs.to_epsg(), *asked.srid]]
    return max(compare(python, name, *pair) for name, pair in pairs)


def install() -> Path:
    python = FOLDER / "bin/python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", FOLDER], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", LOCK], check=True, stderr=subprocess.DEVNULL)
    return python


def made_valid(frame: geopandas.GeoDataFrame) -> geopandas.GeoDataFrame:
    return frame.set_geometry(frame.geometry.make_valid())[["geometry"]]


def generated() -> tuple[geopandas.GeoDataFrame, geopandas.GeoDataFrame]:
    """Blocks on a grid of 100 m, precincts around random points: most borders cut blocks."""
    chance = np.random.default_rng(109)
    xs, ys = np.meshgrid(np.arange(0, 20_000, 100.0), np.arange(0, 10_000, 100.0))
    blocks = shapely.box(xs.ravel(), ys.ravel(), xs.ravel() + 100, ys.ravel() + 100)
    centres = shapely.multipoints(np.column_stack([chance.uniform(0, 20_000, 600), chance.uniform(0, 10_000, 600)]))
    precincts = shapely.intersection(shapely.get_parts(shapely.voronoi_polygons(centres)), shapely.box(0, 0, 20_000, 10_000))
    return tuple(geopandas.GeoDataFrame(geometry=shapes, crs=32642) for shapes in (blocks, precincts))


def compare(python: Path, name: str, blocks: geopandas.GeoDataFrame, precincts: geopandas.GeoDataFrame) -> int:
    ours = []
    for _ in range(RUNS):
        start = time.perf_counter()
        assigned = largest_overlap(blocks.geometry.to_numpy(), precincts.geometry.to_numpy())
        ours.append(time.perf_counter() - start)
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{part}.gpkg" for part in ("blocks", "precincts")]
        for frame, path in zip((blocks, precincts), paths):
            frame.to_file(path)
        out = Path(folder) / "assigned.csv"
        said = subprocess.run([python, "-c", PEER, *paths, out, str(RUNS)], check=True, capture_output=True, text=True)
        theirs, peer = float(said.stdout.split()[-1]), np.loadtxt(out, dtype=int)
    differ = int((assigned != peer).sum())
    print(f"{name:20} {len(blocks):,} blocks, {len(precincts)} precincts: ours {1000 * min(ours):.0f} ms, maup {1000 * theirs:.0f} ms, {differ} differ", flush=True)
    return int(differ > 0)
