"""Performers (who must act) and managers (who answers for them). Merged by `geo.loading.references`."""

from __future__ import annotations

import pyarrow as pa

from etl.clean.words import look_up
from etl.entities.entity import Entity, Field
from etl.entities.shaping import Shaping
from geo.loading.references import MANAGERS, PERFORMERS

PERFORMER_FIELDS = (
    Field("key", required=True),
    Field("type", required=True),
    Field("name_kk", required=True),
    Field("name_ru", required=True),
    Field("name_en", required=True),
    Field("manager"),
)
MANAGER_FIELDS = tuple(
    Field(name, required=True) for name in ("key", "name", "post_kk", "post_ru", "post_en")
)
TYPES = {
    type_: type_ for type_ in ("department", "akimat", "utility", "lift", "condominium", "service", "other")
}


def shape_performers(s: Shaping) -> dict[str, pa.Array]:
    type_, bad = look_up(s.column("type"), TYPES, pa.string())
    s.faults.mark(bad, "type.unknown", "type")
    manager, bad = look_up(s.column("manager"), s.catalogue.ids.get("manager", {}), pa.int64())
    s.faults.mark(bad, "manager.unknown", "manager")
    return {
        **{name: s.column(name) for name in ("key", "name_kk", "name_ru", "name_en")},
        "type": type_,
        "manager_id": manager,
    }


def shape_managers(s: Shaping) -> dict[str, pa.Array]:
    return {field.name: s.column(field.name) for field in MANAGER_FIELDS}


PERFORMER = Entity("performer", PERFORMER_FIELDS, shape_performers, PERFORMERS.load, identity=("key",))
MANAGER = Entity("manager", MANAGER_FIELDS, shape_managers, MANAGERS.load, identity=("key",))
