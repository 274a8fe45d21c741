"""Every building of a plan anew by its tag, in one go: after an import, or when thousands of tags moved. Only rows that change are written."""
from __future__ import annotations

import numpy as np
import shapely
from geo.metric import to_metric
from geo.plan_cells import first_holder
from geo.plan_draft import Author, Draft
from geo.plan_numbers import columns
from geo.plan_save import Edited, Step, save

TAGS = """select b.id, st_x(b.point_4326) as lon, st_y(b.point_4326) as lat, coalesce(a.precinct_id, -1) as precinct
    from building b left join assignment a on a.region = :region and a.plan_id = :plan and a.building_id = b.id where b.region = :region and
    b.point_4326 is not null and (a.source is null or a.source = 'geometry')"""


def reassign_all(author: Author) -> Edited | None:
    """Give every building to the precinct that holds its tag (on a border: the lower number), but those set by a person or by the decision's text.
    None where nothing changes.

    Raises as `geo.plan_save.save`.
    """
    draft = Draft.opened(author)
    changed = strayed(draft)
    if not changed:
        return None
    area = draft.lock({face for pair in changed.values() for face in pair if face is not None})
    decided = {building: None if after is None else (after, "geometry") for building, (_, after) in changed.items()}
    return save(draft, area, Step("reassigned", author.who, {"buildings": len(changed)}, decided=decided))


def strayed(draft: Draft) -> dict[int, tuple[int | None, int | None]]:
    """Buildings whose assignment by geometry is not where their tag is: (assigned, holding), none = in no precinct."""
    rows = draft.all("select id, st_asbinary(geom) as wkb from precinct where region = :region and plan_id = :plan and geom is not null order by number")
    polygons = np.array(shapely.from_wkb([bytes(row.wkb) for row in rows]), dtype=object)
    ids, lon, lat, assigned = columns(draft, TAGS, ("id", "lon", "lat", "precinct"))
    held = first_holder(shapely.points(to_metric(draft.city.metric_srid, np.column_stack([lon, lat]))), polygons)
    holding = np.append([row.id for row in rows], -1)[held]
    differ = np.flatnonzero(holding != assigned)
    return {int(ids[i]): tuple(int(face) if face >= 0 else None for face in (assigned[i], holding[i])) for i in differ}
