"""The borders that go with the rows (GeoPackage): which precincts they have."""

from __future__ import annotations

import sqlite3
from pathlib import Path

BORDERS = "borders.gpkg"
TABLES = "select table_name from gpkg_contents where data_type = 'features'"
NUMBERS = "select number from {table} where number is not null"
"""Behind the precincts stand the holes of the plan, which have none."""


def read_numbers(path: Path) -> set[str] | None:
    """The numbers of the precincts; none for a file that is no such GeoPackage."""
    try:
        borders = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
        try:
            ((table,),) = borders.execute(TABLES).fetchall()
            named = '"' + str(table).replace('"', '""') + '"'
            return {str(number) for (number,) in borders.execute(NUMBERS.format(table=named))}
        finally:
            borders.close()
    except (sqlite3.Error, ValueError):
        return None
