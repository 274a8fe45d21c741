"""The precincts of the plan in force as areas that incidents are counted by
(`geo.statistics.area_days`)."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

import numpy as np
import shapely
from sqlalchemy import Connection, text

from geo.plans.model import plan_in_force
from geo.settings import City

PRECINCTS = text("""select id, version, st_asbinary(geom_3857) as shape from precinct
    where region = :region and plan_id = :plan and geom_3857 is not null order by id""")


@dataclass(frozen=True, eq=False)
class PrecinctLayer:
    """A point on a border lies in both. `shapes` in EPSG:3857."""

    key: str
    ids: np.ndarray
    shapes: np.ndarray
    column: str = "point_3857"

    def locate(self, xy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        tree = shapely.STRtree(self.shapes)
        at, found = tree.query(shapely.points(xy), predicate="intersects")
        return at, self.ids[found]


def precinct_layer(connection: Connection, city: City) -> PrecinctLayer:
    """Without areas where no plan is in force. Its key changes with the plan and each of its precincts."""
    plan = plan_in_force(connection, city)
    rows = connection.execute(PRECINCTS, {"region": city.region, "plan": plan}).all()
    digest = sha256(f"{plan} {[(row.id, row.version) for row in rows]}".encode()).hexdigest()[:16]
    shapes = np.array([bytes(row.shape) for row in rows], object)
    return PrecinctLayer(
        f"precinct {digest}", np.array([row.id for row in rows], np.int64), shapely.from_wkb(shapes)
    )
