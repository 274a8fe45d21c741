"""Categories: the tree of what incidents and inquiries are about. Merged by `geo.loading.references`."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.clean.words import look_up
from etl.entities.entity import Entity, Field
from etl.entities.incidents import kinds
from etl.entities.shaping import Shaping
from geo.loading import references

FIELDS = (
    Field("key", required=True),
    Field("parent"),
    Field("kind", required=True),
    Field("name_kk", required=True),
    Field("name_ru", required=True),
    Field("name_en", required=True),
    Field("due_hours", "number", least=0),
    Field("calendar"),
    Field("performer"),
    Field("duplicate_radius_m", "number", least=0),
    Field("duplicate_window_h", "number", least=0),
)
CALENDARS = {"working": "working", "around_the_clock": "around_the_clock"}


def shape(s: Shaping) -> dict[str, pa.Array]:
    calendar, bad = look_up(s.column("calendar"), CALENDARS, pa.string())
    s.faults.mark(bad, "calendar.unknown", "calendar")
    performer, bad = look_up(s.column("performer"), s.catalogue.ids.get("performer", {}), pa.int64())
    s.faults.mark(bad, "performer.unknown", "performer")
    return {
        "key": s.column("key"),
        "parent": s.column("parent"),
        "kind": kinds(s),
        "name_kk": s.column("name_kk"),
        "name_ru": s.column("name_ru"),
        "name_en": s.column("name_en"),
        "due_hours": s.column("due_hours", pa.float64()),
        "calendar": pc.coalesce(calendar, pa.scalar("around_the_clock")),
        "performer_id": performer,
        "duplicate_radius_m": default(s, "duplicate_radius_m", 100.0),
        "duplicate_window_h": default(s, "duplicate_window_h", 24.0),
    }


def default(s: Shaping, name: str, value: float) -> pa.Array:
    return pc.coalesce(s.column(name, pa.float64()), pa.array(np.full(len(s), value)))


ENTITY = Entity("category", FIELDS, shape, references.load_categories, identity=("key",))
