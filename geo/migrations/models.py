"""Every noun's models in one metadata, for Alembic and for the test that compares them with the migrated database."""
from __future__ import annotations

from geo import (  # noqa: F401 - imported so that their tables are in the metadata
    basemap, buildings, categories, cells, changes, deliveries, districts, findings, incidents, inquiries, performers, plan_doubts, plan_holes, plan_locks,
    plan_precincts, plan_presence, plans, runs, tally, users, wall,
)
from geo.base import Base
from geo.work import jobs  # noqa: F401 - as above

metadata = Base.metadata


def is_ours(thing: object, name: str | None, type_: str, reflected: bool, compare_to: object) -> bool:
    """Leave out PostGIS' own tables and the monthly partitions."""
    if type_ == "table" and reflected and compare_to is None:
        return False
    return True
