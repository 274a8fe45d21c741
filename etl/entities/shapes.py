"""Geometry that a file carries, as the tables take it: EPSG:4326 lon, lat, two dimensions, valid."""

from __future__ import annotations

import hashlib

import numpy as np
import pyarrow as pa
import shapely

from etl.clean.coordinates import from_crs, is_degrees
from etl.entities.shaping import Shaping

POINT, LINE, POLYGON, MULTI_POLYGON = 0, 1, 3, 6


def shapes(s: Shaping) -> np.ndarray:
    """Shapely geometries in EPSG:4326, none where the file has none or one that cannot be read; repaired,
    and counted, where they cross themselves."""
    if s.geometry is None:
        return np.full(len(s), None, dtype=object)
    crs = f"EPSG:{s.feed.srid}" if s.feed.srid else s.crs
    found = shapely.force_2d(
        shapely.from_wkb(np.array(s.geometry.to_pylist(), dtype=object), on_invalid="ignore")
    )
    found = np.where(shapely.is_empty(found), None, found)
    if crs is not None and not is_degrees(crs):
        found = shapely.transform(found, lambda c: np.column_stack(from_crs(crs)(c[:, 0], c[:, 1])))
    broken = ~shapely.is_valid(found) & (found != None)
    s.corrections.add("geometry.repaired", broken)
    found[broken] = shapely.make_valid(found[broken], method="structure")
    return found


def hexadecimal(found: np.ndarray) -> pa.Array:
    """WKB in hexadecimal digits, as staging takes it."""
    return pa.array(shapely.to_wkb(found, hex=True), pa.string())


def content_ids(s: Shaping, made: np.ndarray | None = None) -> pa.Array:
    """Ids for rows whose source gives them none: a digest of their geometry, so that the same shape is the
    same row wherever it stands in the file. Of what the file carries, else of the geometries that were
    `made` of its columns; null without one."""
    known = (
        s.geometry.to_pylist()
        if s.geometry is not None
        else [None] * len(s)
        if made is None
        else shapely.to_wkb(made).tolist()
    )
    return pa.array(
        [None if wkb is None else hashlib.md5(wkb, usedforsecurity=False).hexdigest() for wkb in known],
        pa.string(),
    )
