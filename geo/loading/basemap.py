"""The basemap's features. A snapshot: what the source no longer lists is removed."""

from __future__ import annotations

from sqlalchemy import Connection

from geo.changes.outbox import announce_reset
from geo.loading.listed import LISTED, remember
from geo.loading.staging import Batch, Written, driver_cursor, execute
from geo.loading.upsert import Upsert

GEOMETRY = "st_geomfromwkb(decode(s.geometry, 'hex'), 4326)"

FEATURES = Upsert(
    "basemap_feature",
    """source_id text, theme text, class text, min_zoom smallint, name_kk text, name_ru text, name_en text,
    geometry text""",
    ("region", "source", "source_id"),
    {
        "region": ":region",
        "source": ":source",
        "source_id": "s.source_id",
        "theme": "s.theme",
        "class": "s.class",
        "min_zoom": "s.min_zoom",
        "name_kk": "s.name_kk",
        "name_ru": "s.name_ru",
        "name_en": "s.name_en",
        "geom_4326": GEOMETRY,
        "geom_3857": f"st_transform({GEOMETRY}, 3857)",
    },
    layer="basemap",
    versioned=True,
    ledgered=True,
)


def load(connection: Connection, batch: Batch) -> Written:
    cursor = FEATURES.stage(connection, batch)
    if batch.snapshot:
        remember(cursor, "basemap_feature_stage")
    return FEATURES.merge(connection, cursor, batch)


def vanish(connection: Connection, batch: Batch) -> int:
    """Remove what the run did not list; returns how many."""
    cursor = driver_cursor(connection)
    execute(
        cursor,
        f"delete from basemap_feature t where region = :region and source = :source and not {LISTED}",
        batch,
    )
    if cursor.rowcount:
        announce_reset(connection, batch.city.region, "basemap")
    return cursor.rowcount
