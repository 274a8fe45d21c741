"""Rows a second and peak memory of each reader, over files of the same incidents; the peak stays under 500
MB for a file of 2 M rows, whatever the format.

Each reader runs in a process of its own, to the end of its file, and throws the rows away; the line "load"
is the whole way of such a CSV into the tables. A workbook holds at most 1,048,575 rows, so its file has
`--sheet-rows`; OpenStreetMap's rows are buildings. The peer beside the CSV reader is pandas with its own
parser (`read_csv` in pieces, all text), in the same run.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import openpyxl
import osmium
import pandas as pd
import psycopg2
import pyarrow as pa
import pyogrio
import shapely
from pyarrow import csv, parquet

from etl import readers, sources
from etl.registry import Feed
from etl.runs import engine
from geo.database import role_dsn
from geo.settings import Settings
from tests.bench._cluster import own_cluster
from tests.bench.ingest import write_incidents

GOAL_MB = 500
FEED = Feed("bench", "incident", 60)


@dataclass(frozen=True)
class Measured:
    rows: int
    seconds: float
    peak_mb: float


def main(argv: list[str]) -> int:
    args = parse(argv)
    with own_cluster() as settings, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_incidents(folder / "rows.csv", args.rows, settings.city)
        peaks = []
        for form, write in WRITERS.items():
            if args.only in (None, form):
                peaks.append(show(form, *measured(form, write(folder, args, settings), settings)))
    met = max(peaks) < GOAL_MB
    print(f"highest peak {max(peaks):.0f} MB (goal under {GOAL_MB}): {'met' if met else 'NOT MET'}")
    return 0 if met else 1


def parse(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./ikomek bench sources")
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--sheet-rows", type=int, default=100_000)
    parser.add_argument("--osm-rows", type=int, default=200_000)
    parser.add_argument("--only", choices=sorted(WRITERS))
    return parser.parse_args(argv)


def show(form: str, done: Measured, size_mb: float) -> float:
    load = " ".join(f"{value:.2f}" for value in os.getloadavg())
    print(
        f"{form:10} {done.rows:>9,} rows {size_mb:>7,.0f} MB {done.rows / done.seconds:>9,.0f} "
        f"rows/s  peak {done.peak_mb:>4,.0f} MB  load {load}",
        flush=True,
    )
    return done.peak_mb


def measured(form: str, address: str, settings: Settings) -> tuple[Measured, float]:
    """In a process begun anew, so that its peak is its own."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=work, args=(form, address, settings, theirs))
    process.start()
    theirs.close()
    done = ours.recv()
    process.join()
    path = Path(address)
    return done, path.stat().st_size / 1e6 if path.is_file() else 0.0


def work(form: str, address: str, settings: Settings, answer) -> None:
    started = time.perf_counter()
    rows = WORK.get(form, read)(address, settings)
    seconds = time.perf_counter() - started
    answer.send(Measured(rows, seconds, peak_mb()))


def peak_mb() -> float:
    """The highest this process has stood. Not `ru_maxrss`: a process begins with that of the one that
    started it."""
    return (
        next(
            int(line.split()[1])
            for line in Path("/proc/self/status").read_text().splitlines()
            if line.startswith("VmHWM:")
        )
        / 1024
    )


def read(address: str, settings: Settings) -> int:
    feed = (
        replace(FEED, table="theirs")
        if address.startswith("postgres")
        else replace(FEED, noun="building")
        if address.endswith(".pbf")
        else FEED
    )
    return sum(
        chunk.table.num_rows
        for source in sources.resolve(feed, [address])
        for chunk in readers.read(source, feed)
    )


def load(address: str, settings: Settings) -> int:
    return engine.run(
        settings, replace(FEED, constants={"kind": "police"}, new_categories=True), [address]
    ).read


def with_pandas(address: str, settings: Settings) -> int:
    return sum(len(part) for part in pd.read_csv(address, dtype=str, chunksize=readers.CHUNK_ROWS))


WORK: dict[str, Callable[[str, Settings], int]] = {"load": load, "pandas": with_pandas}


def table(folder: Path) -> pa.Table:
    return csv.read_csv(
        folder / "rows.csv", convert_options=csv.ConvertOptions(column_types={"source_id": pa.string()})
    )


def as_csv(folder: Path, args: argparse.Namespace, settings: Settings) -> str:
    return str(folder / "rows.csv")


def as_parquet(folder: Path, args: argparse.Namespace, settings: Settings) -> str:
    parquet.write_table(table(folder), folder / "rows.parquet", row_group_size=100_000)
    return str(folder / "rows.parquet")


def as_lines(folder: Path, args: argparse.Namespace, settings: Settings) -> str:
    with (folder / "rows.jsonl").open("w") as file:
        for batch in table(folder).to_batches(50_000):
            file.writelines(
                json.dumps(row, ensure_ascii=False, default=str) + "\n" for row in batch.to_pylist()
            )
    return str(folder / "rows.jsonl")


def as_list(folder: Path, args: argparse.Namespace, settings: Settings) -> str:
    with (folder / "rows.json").open("w") as file, Path(as_lines(folder, args, settings)).open() as lines:
        file.write("[\n")
        for number, line in enumerate(lines):
            file.write(("," if number else "") + line)
        file.write("]\n")
    return str(folder / "rows.json")


def features(folder: Path, name: str, driver: str) -> str:
    """Points with the attributes of the rows, written as they come."""
    rows, path = table(folder), folder / name
    text = [
        column
        for column in ("source_id", "opened_at", "status", "title", "address")
        if column in rows.column_names
    ]
    schema = pa.schema([*((column, pa.string()) for column in text), ("geometry", pa.binary())])

    def batches() -> Iterator[pa.RecordBatch]:
        for part in rows.to_batches(50_000):
            points = shapely.to_wkb(shapely.points(part["lon"].to_numpy(), part["lat"].to_numpy()))
            yield pa.record_batch(
                [*(part[column].cast(pa.string()) for column in text), pa.array(points, pa.binary())],
                schema=schema,
            )

    reader = pa.RecordBatchReader.from_batches(schema, batches())
    pyogrio.write_arrow(
        reader, path, driver=driver, geometry_name="geometry", geometry_type="Point", crs="EPSG:4326"
    )
    return str(path)


def as_geojson(folder: Path, args: argparse.Namespace, settings: Settings) -> str:
    return features(folder, "rows.geojson", "GeoJSON")


def as_geopackage(folder: Path, args: argparse.Namespace, settings: Settings) -> str:
    return features(folder, "rows.gpkg", "GPKG")


def as_shapefile(folder: Path, args: argparse.Namespace, settings: Settings) -> str:
    shape = Path(features(folder, "rows.shp", "ESRI Shapefile"))
    with zipfile.ZipFile(folder / "rows.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
        for path in folder.glob(f"{shape.stem}.*"):
            if path.suffix in (".shp", ".shx", ".dbf", ".prj", ".cpg"):
                packed.write(path, path.name)
    return str(folder / "rows.zip")


def as_workbook(folder: Path, args: argparse.Namespace, settings: Settings) -> str:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    part = table(folder).slice(0, args.sheet_rows)
    part = pa.table(
        {
            name: part[name].cast(pa.string()) if pa.types.is_timestamp(part[name].type) else part[name]
            for name in part.column_names
        }
    )
    sheet.append(part.column_names)
    for row in zip(*(part[name].to_pylist() for name in part.column_names)):
        sheet.append(row)
    book.save(folder / "rows.xlsx")
    return str(folder / "rows.xlsx")


def as_osm(folder: Path, args: argparse.Namespace, settings: Settings) -> str:
    path = folder / "rows.osm.pbf"
    west, south, _, _ = settings.city.bbox
    with osmium.SimpleWriter(str(path)) as writer:
        for number in range(args.osm_rows):
            left, low = west + number % 1000 * 0.0003, south + number // 1000 * 0.0003
            for corner, (x, y) in enumerate(((0, 0), (2e-4, 0), (2e-4, 2e-4), (0, 2e-4))):
                writer.add_node(
                    osmium.osm.mutable.Node(
                        id=number * 4 + corner + 1, version=1, location=(left + x, low + y)
                    )
                )
        for number in range(args.osm_rows):
            nodes = [number * 4 + corner + 1 for corner in (0, 1, 2, 3, 0)]
            tags = {
                "building": "house",
                "addr:street": f"улица {number % 400}",
                "addr:housenumber": str(number % 90),
            }
            writer.add_way(osmium.osm.mutable.Way(id=number + 1, version=1, nodes=nodes, tags=tags))
    return str(path)


def as_database(folder: Path, args: argparse.Namespace, settings: Settings) -> str:
    part = table(folder)
    with (
        closing(psycopg2.connect(role_dsn(settings, "owner"))) as connection,
        connection,
        connection.cursor() as cursor,
        (folder / "rows.csv").open("rb") as rows,
    ):
        cursor.execute(f"create table theirs ({', '.join(f'{name} text' for name in part.column_names)})")
        cursor.copy_expert("copy theirs from stdin with (format csv, header)", rows)
    return role_dsn(settings, "owner")


WRITERS: dict[str, Callable[[Path, argparse.Namespace, Settings], str]] = {
    "csv": as_csv,
    "pandas": as_csv,
    "parquet": as_parquet,
    "jsonl": as_lines,
    "json": as_list,
    "geojson": as_geojson,
    "gpkg": as_geopackage,
    "shp.zip": as_shapefile,
    "xlsx": as_workbook,
    "osm.pbf": as_osm,
    "postgresql": as_database,
    "load": as_csv,
}
"""Format -> writes its file of the rows and says where it is."""
