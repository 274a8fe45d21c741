"""The collections: each a statement over rows of one table, with what of them leaves the house. Whoever may
open them may export incidents; rows outside of the scope are as if they were not there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from geo.errors import NotFound
from layers.scope import Scope

TEXT, NUMBER, INTEGER, MOMENT = (
    {"type": "string"},
    {"type": "number"},
    {"type": "integer"},
    {"type": "string", "format": "date-time"},
)


@dataclass(frozen=True)
class FeatureCollection:
    """`table` is read under the name i; `columns`: name -> (SQL, JSON schema); `geometry` and `moment` are
    columns of it, the latter none where nothing has a time; `filters` are the columns whose values may be
    asked for. `scoped`: rows are incidents, of which a scope leaves some out. `worded`: the columns that
    people have filled with words of their own."""

    key: str
    table: str
    columns: Mapping[str, tuple[str, Mapping[str, str]]]
    geometry: str
    geometry_type: str
    moment: str | None = None
    filters: tuple[str, ...] = ()
    condition: str = "true"
    scoped: bool = False
    worded: tuple[str, ...] = ()

    def allowed(self, scope: Scope) -> tuple[str, dict[str, Any]]:
        """SQL over a row i, with its values."""
        return scope.where() if self.scoped else ("true", {})


COLLECTIONS = {
    one.key: one
    for one in (
        FeatureCollection(
            "incidents",
            """incident i left join category c on c.id = i.category_id
                left join district d on d.region = i.region and d.id = i.district_id
                left join performer p on p.id = coalesce(i.performer_id, c.performer_id)""",
            {
                "source": ("i.source", TEXT),
                "number": ("i.source_id", TEXT),
                "kind": ("i.kind", TEXT),
                "category": ("c.key", TEXT),
                "category_name": ("c.name_{lang}", TEXT),
                "title": ("i.title", TEXT),
                "status": ("i.status", TEXT),
                "priority": ("i.priority", INTEGER),
                "opened_at": ("i.opened_at", MOMENT),
                "due_at": ("i.due_at", MOMENT),
                "closed_at": ("i.closed_at", MOMENT),
                "address": ("i.address", TEXT),
                "district": ("d.name_{lang}", TEXT),
                "performer": ("p.name_{lang}", TEXT),
                "inquiries": ("i.inquiries", INTEGER),
            },
            "i.point_4326",
            "point",
            moment="i.opened_at",
            filters=("kind", "category", "status", "priority"),
            condition="i.vanished_at is null",
            scoped=True,
            worded=("title",),
        ),
        FeatureCollection(
            "buildings",
            "building i",
            {
                "street_ru": ("i.street_ru", TEXT),
                "street_kk": ("i.street_kk", TEXT),
                "house": ("i.house", TEXT),
                "use": ("i.use", TEXT),
                "floors": ("i.floors", INTEGER),
            },
            "i.point_4326",
            "point",
            filters=("street_ru", "street_kk", "house"),
        ),
        FeatureCollection(
            "districts",
            "district i",
            {"key": ("i.key", TEXT), "name": ("i.name_{lang}", TEXT)},
            "i.geom_4326",
            "multipolygon",
            filters=("key",),
            condition="(now() at time zone :time_zone)::date between i.valid_from "
            "and coalesce(i.valid_to, 'infinity')",
        ),
    )
}


def find_collection(key: str) -> FeatureCollection:
    """Raises `NotFound` ("features.collection")."""
    if key not in COLLECTIONS:
        raise NotFound("features.collection", collection=key[:80], known=", ".join(COLLECTIONS))
    return COLLECTIONS[key]
