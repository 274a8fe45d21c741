"""Every building of a plan anew by its tag, in one go: after an import, or when thousands of tags moved.
Only rows that change are written."""

from __future__ import annotations

import numpy as np
import shapely

from geo.crs import to_metric
from geo.plans.arrays import columns
from geo.plans.editing.draft import Author, Draft
from geo.plans.editing.save import Edited, Step, save
from geo.plans.editing.topology import first_holder

TAGS = (
    "select id, st_x(point_4326) as lon, st_y(point_4326) as lat from building where region = :region "
    "and point_4326 is not null"
)
ASSIGNED = """select building_id as building, case source when 'geometry' then precinct_id
    else -2 end as precinct from assignment
    where region = :region and plan_id = :plan"""
POLYGONS = (
    "select id, st_asbinary(geom) as wkb from precinct where region = :region and plan_id = :plan and "
    "geom is not null order by number"
)
NONE, KEPT = -1, -2
"""Stand in place of a precinct's id: in none; set by a person or by the decision's text."""


def reassign_all(author: Author) -> Edited | None:
    """Give every building to the precinct that holds its tag (on a border: the lower number), but those
    set by a person or by the decision's text. None where nothing changes.

    Every precinct is locked before anything is read, so no border moves meanwhile. Raises as
    `geo.plans.editing.save.save`.
    """
    draft = Draft.opened(author)
    area = draft.lock_all()
    decided = strayed(draft)
    if not decided:
        return None
    return save(draft, area, Step("reassigned", author.who, {"buildings": len(decided)}, decided=decided))


def strayed(draft: Draft) -> dict[int, tuple[int, str] | None]:
    """Buildings whose assignment by geometry is not where their tag is, and the assignment they shall
    have, none in no precinct.

    A tag strictly within its precinct lies in no other, for they are a coverage: only the rest is looked
    for in all of them. Tags and assignments are read each by themselves and joined here: half the time
    that PostgreSQL takes to join them.
    """
    rows = draft.all(POLYGONS)
    faces, polygons = (
        np.array([row.id for row in rows], dtype=int),
        np.array(shapely.from_wkb([bytes(row.wkb) for row in rows]), dtype=object),
    )
    ids, lon, lat = columns(draft, TAGS, ("id", "lon", "lat"))
    at = to_metric(draft.city.metric_srid, np.column_stack([lon, lat]))
    held = columns(draft, ASSIGNED, ("building", "precinct"))
    assigned = looked_up(
        ids, *held[:, np.argsort(held[0], kind="stable")]
    )  # sorting here takes a tenth of the time it takes there
    away = np.flatnonzero((assigned != KEPT) & ~within(assigned, faces, polygons, at))
    holding = np.append(faces, NONE)[first_holder(shapely.points(at[away]), polygons)]
    differ = holding != assigned[away]
    return {
        int(id_): None if face == NONE else (int(face), "geometry")
        for id_, face in zip(ids[away][differ], holding[differ])
    }


def looked_up(wanted: np.ndarray, keys: np.ndarray, values: np.ndarray) -> np.ndarray:
    """The value of each wanted key, or `NONE`. `keys` ascend."""
    found = np.searchsorted(keys, wanted)
    known = np.append(keys, np.nan)[found] == wanted
    return np.where(known, np.append(values, NONE)[found], NONE).astype(int)


def within(assigned: np.ndarray, faces: np.ndarray, polygons: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Mask of the points that lie strictly within the precinct they are assigned to."""
    order = np.argsort(faces)
    shape = looked_up(assigned, faces[order], order)
    known = shape != NONE
    shapely.prepare(polygons)
    inside = np.zeros(len(assigned), dtype=bool)
    inside[known] = shapely.contains_xy(polygons[shape[known]], *at[known].T)
    return inside
