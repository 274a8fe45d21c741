"""Versions of the strategy: adopted, and found for a month."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

from sqlalchemy import Connection, text

from geo.audit.records import record_audit
from geo.errors import Conflict, NotFound
from geo.rating.strategy import Strategy, strategy_of
from geo.settings import City
from geo.toml import TomlFile

NEWEST = text("select max(version) from rating_strategy where region = :region")
ADOPT = text("""insert into rating_strategy (region, version, since, body, digest, adopted_by)
    values (:region, :version, :since, :body, :digest, :who)""")
IN_FORCE = text("""select version, body from rating_strategy where region = :region and since <= :month
    order by since desc, version desc limit 1""")
OF_VERSION = text("select version, body from rating_strategy where region = :region and version = :version")


def adopt(connection: Connection, city: City, strategy: Strategy, who: str) -> None:
    """Keep a version of the strategy. Raises `Conflict` ("rating.version") where there is one as new."""
    newest = connection.execute(NEWEST, {"region": city.region}).scalar()
    if newest is not None and newest >= strategy.version:
        raise Conflict("rating.version", version=strategy.version, newest=newest)
    connection.execute(
        ADOPT,
        {
            "region": city.region,
            "version": strategy.version,
            "since": strategy.since,
            "body": strategy.text,
            "digest": strategy.digest,
            "who": who,
        },
    )
    record_audit(connection, who, "rating.adopted", version=strategy.version)


def strategy_in_force(connection: Connection, city: City, month: date) -> Strategy:
    """The newest that holds for a month. Raises `NotFound` ("rating.no_strategy")."""
    row = connection.execute(IN_FORCE, {"region": city.region, "month": month}).one_or_none()
    if row is None:
        raise NotFound("rating.no_strategy", month=f"{month:%Y-%m}")
    return _strategy(row.version, row.body)


def strategy_of_version(connection: Connection, city: City, version: int) -> Strategy:
    row = connection.execute(OF_VERSION, {"region": city.region, "version": version}).one()
    return _strategy(row.version, row.body)


def _strategy(version: int, body: str) -> Strategy:
    return strategy_of(TomlFile(Path(f"rating-{version}.toml"), body, tomllib.loads(body)))
