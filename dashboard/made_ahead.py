"""What is made ahead each hour so that nobody waits for it: days by place for the statistics, indexes that a
migration left out, what the next hours are expected to bring for the alarms."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

from geo.alarms import expected
from geo.database import connected_engine
from geo.incidents.model import KINDS
from geo.migrations import indexes
from geo.plans.precinct_layer import precinct_layer
from geo.settings import Settings
from geo.statistics.area_days import CellLayer, count_area_days

log = logging.getLogger(__name__)


def count_areas(settings: Settings) -> None:
    """What the days hold by cell and by precinct, for the statistics."""
    city = settings.city
    with connected_engine(settings, "reader") as reader, connected_engine(settings, "jobs") as engine:
        with reader.connect() as connection:
            layers = (CellLayer(city), precinct_layer(connection, city))
        for layer in layers:
            while counted := count_area_days(engine, city, layer, KINDS):
                log.info("%d days are counted by %s", counted, layer.key)


def build_indexes(settings: Settings) -> None:
    with connected_engine(settings, "owner") as owner:
        for name in indexes.build_missing(owner):
            log.info("the index %s is made", name)


def expect_hours(settings: Settings) -> None:
    """What the next hours are expected to bring, for the alarms."""
    with connected_engine(settings, "jobs") as engine:
        with engine.begin() as connection:
            written = expected.write_expectations(connection, settings.city, datetime.now(UTC))
        log.info("expected hours of %s series are written", written)
