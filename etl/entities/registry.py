"""What rows can become: one `Entity` for each target, with its fields, the shaping of its columns for
staging, and the loader that merges them.

To add one:

1. `etl/entities/NAME.py`: its fields, their shaping, `ENTITY = Entity(...)`
2. `etl/entities/registry.py`: its name in the import and its line in ENTITIES
3. `etl/entities/__init__.py`: its line in the list
4. `geo/loading/NAME.py` and its line in `geo/loading/__init__.py`: the loader that merges a batch
5. `geo/ROOM/NAME.py`, its line in `geo/ROOM/__init__.py`, its import in `geo/migrations/models.py`, and
   `geo/migrations/versions/NNNN_NAME.py`: its table; `geo/migrations/rights.toml`: who may do what with it
6. `dashboard/locale/LANGUAGE/LC_MESSAGES/ikomek.po`: the reasons for which its rows are rejected
7. `tests/etl/entities/test_NAME.py`
"""

from __future__ import annotations

from etl.entities import (
    basemap,
    buildings,
    calls,
    categories,
    districts,
    incidents,
    inquiries,
    operators,
    performers,
    precincts,
)
from etl.entities.entity import Entity

ENTITIES: dict[str, Entity] = {
    entity.key: entity
    for entity in (
        incidents.ENTITY,
        inquiries.ENTITY,
        calls.ENTITY,
        performers.MANAGER,
        performers.PERFORMER,
        operators.ENTITY,
        categories.ENTITY,
        districts.ENTITY,
        buildings.ENTITY,
        basemap.ENTITY,
        precincts.ENTITY,
    )
}
