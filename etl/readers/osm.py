"""OpenStreetMap extracts (.osm.pbf, .osm, .osm.gz, .osm.bz2), read by osmium as rows with a geometry
(EPSG:4326) and the columns of our fields.

What is read is `table`: "basemap" (roads by class, rail, water, green, places, borders; the default of a
basemap feed), "buildings" (with addresses, those of points inside them too; the default of buildings), or
a tag, "amenity" or "amenity=school" (points and areas, their tags as JSON). Ids are as "way/123", so a
second run of the same extract is the same rows.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

import numpy as np
import osmium
import pyarrow as pa
from osmium.osm import AREA, NODE, RELATION, WAY, Area, Node, Relation, Way

from etl.chunk import PART_ROWS, Chunk, Source
from etl.readers import osm_tags
from etl.readers.bounded import gathered
from etl.readers.osm_addresses import Addresses
from etl.registry import Feed
from geo.errors import InvalidInput

CRS = "EPSG:4326"
DEFAULTS = {"basemap_feature": "basemap", "building": "buildings"}
WKB = osmium.geom.WKBFactory()
Row = dict[str, str | bytes | None]


def read(source: Source, feed: Feed) -> Iterator[Chunk]:
    """Raises `InvalidInput` ("source.unreadable"; "source.osm_table" where a feed of another noun does not
    say what it wants)."""
    table = feed.table or DEFAULTS.get(feed.noun)
    if table is None:
        raise InvalidInput("source.osm_table", feed=feed.key, source=source.name)
    with TemporaryDirectory(prefix="ikomek-osm-") as folder:
        path = source.path if source.path is not None else pushed(source, Path(folder))
        rows = {"basemap": basemap, "buildings": buildings}.get(table, tagged(table))
        try:
            yield from gathered(chunks(rows(path)))
        except (RuntimeError, OSError, osmium.InvalidLocationError) as error:
            raise InvalidInput("source.unreadable", source=source.name, reason=str(error)) from error


def pushed(source: Source, folder: Path) -> Path:
    path = folder / ("pushed.osm.pbf" if not (source.body or b"").lstrip().startswith(b"<") else "pushed.osm")
    path.write_bytes(source.body or b"")
    return path


def chunks(rows: Iterator[Row]) -> Iterator[Chunk]:
    first = 1
    for table in pieces(rows):
        yield Chunk(table, np.arange(first, first + table.num_rows), "geometry", CRS)
        first += table.num_rows


def pieces(rows: Iterator[Row]) -> Iterator[pa.Table]:
    while part := list(islice(rows, PART_ROWS)):
        yield pa.table(
            {
                name: pa.array(
                    [row[name] for row in part], pa.binary() if name == "geometry" else pa.string()
                )
                for name in part[0]
            }
        )


def basemap(path: Path) -> Iterator[Row]:
    borders = border_ways(path)
    for thing in processed(path):
        if thing.is_way():
            yield from lines(thing, borders.get(thing.id))
        elif thing.is_area():
            yield from one(thing, osm_tags.of_area(thing.tags), area_wkb)
        elif thing.is_node():
            yield from one(thing, osm_tags.of_point(thing.tags), WKB.create_point)


def lines(way, level: int | None) -> Iterator[Row]:
    """A way may be a river and a border at once: two rows."""
    yield from one(way, osm_tags.of_line(way.tags), WKB.create_linestring)
    level = min(filter(None, (level, osm_tags.border_level(way.tags))), default=None)
    if level is not None:
        for row in one(way, ("border", osm_tags.BORDERS[level]), WKB.create_linestring):
            yield (
                row | {"source_id": f"way/{way.id}/border"} | dict.fromkeys(("name_kk", "name_ru", "name_en"))
            )


def one(thing, found: tuple[str, str] | None, geometry: Callable) -> Iterator[Row]:
    shape = wkb(thing, geometry) if found else None
    if shape is not None:
        yield {
            "source_id": name_of(thing),
            "theme": found[0],
            "class": found[1],
            **osm_tags.names(thing.tags),
            "geometry": shape,
        }


def border_ways(path: Path) -> dict[int, int]:
    """Ways that are a part of an administrative border: the highest unit that they bound (2 = the
    country). Relations need not be whole in the extract."""
    levels: dict[int, int] = {}
    bounds = osmium.FileProcessor(path, RELATION).with_filter(osmium.filter.KeyFilter("boundary"))
    for relation in cast(Iterable[Relation], bounds):
        level = osm_tags.border_level(relation.tags)
        for member in relation.members if level is not None else ():
            if member.type == "w":
                levels[member.ref] = min(level, levels.get(member.ref, level))
    return levels


def buildings(path: Path) -> Iterator[Row]:
    rows, addresses = outlines(path), Addresses(path)
    while part := list(islice(rows, PART_ROWS)):
        yield from addresses.given(part)


def outlines(path: Path) -> Iterator[Row]:
    for thing in processed(path, "building"):
        if thing.is_area() and thing.tags.get("building", "no") != "no":
            shape = wkb(thing, area_wkb)
            if shape is not None:
                yield {"source_id": name_of(thing), **osm_tags.building(thing.tags), "geometry": shape}


def tagged(table: str) -> Callable[[Path], Iterator[Row]]:
    key, _, value = table.partition("=")

    def rows(path: Path) -> Iterator[Row]:
        for thing in processed(path, key):
            if thing.is_way() or (value and thing.tags.get(key) != value) or key not in thing.tags:
                continue
            shape = wkb(thing, area_wkb if thing.is_area() else WKB.create_point)
            if shape is not None:
                tags = json.dumps(dict(thing.tags), ensure_ascii=False)
                yield {
                    "source_id": name_of(thing),
                    key: thing.tags[key],
                    **osm_tags.names(thing.tags),
                    "tags": tags,
                    "geometry": shape,
                }

    return rows


def processed(path: Path, *keys: str) -> Iterator:
    """Nodes, ways and areas (of closed ways and of multipolygons), those with one of the keys if any is
    given; the file is read twice."""
    processor = osmium.FileProcessor(path, NODE | WAY | RELATION | AREA).with_areas(
        *(osmium.filter.KeyFilter(key) for key in keys)
    )
    processor = (
        processor.with_filter(osmium.filter.EmptyTagFilter())
        if not keys
        else processor.with_filter(osmium.filter.KeyFilter(*keys))
    )
    for thing in cast(Iterable[Node | Way | Relation | Area], processor):
        if not thing.is_relation():
            yield thing


def wkb(thing, geometry: Callable) -> bytes | None:
    """None where the extract cuts the thing off: a way without its nodes, an area that does not close."""
    try:
        return bytes.fromhex(geometry(thing))
    except (RuntimeError, osmium.InvalidLocationError):
        return None


def area_wkb(area) -> str:
    return WKB.create_multipolygon(area)


def name_of(thing) -> str:
    if thing.is_area():
        return f"{'way' if thing.from_way() else 'relation'}/{thing.orig_id()}"
    return f"{'node' if thing.is_node() else 'way'}/{thing.id}"
