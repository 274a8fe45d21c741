"""Operators of the contact centre: who they are, in which team, who is its head. Merged by
`geo.loading.references`."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from etl.entities.entity import Entity, Field
from etl.entities.shaping import Shaping
from geo.loading.references import OPERATORS

FIELDS = (
    Field("key", required=True, code=True),
    Field("name", required=True),
    Field("team", required=True),
    Field("account"),
    Field("is_head", "boolean", strict=True),
)


def shape(s: Shaping) -> dict[str, pa.Array]:
    return {
        **{name: s.column(name) for name in ("key", "name", "team", "account")},
        "is_head": pc.fill_null(s.column("is_head", pa.bool_()), False),
    }


ENTITY = Entity("operator", FIELDS, shape, OPERATORS.load, identity=("key",))
