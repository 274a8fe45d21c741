"""The request of one panel of the wall: scope, rows, kind of incident, level, district; and its rows read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection, text

from geo.settings import City
from geo.statistics.counting import Population
from layers.scope import Scope


@dataclass(frozen=True)
class PanelRequest:
    """`scope` is the caller's, narrowed to the panel's kinds and district. Inquiries and calls belong to
    no district: they are the city's in every scope."""

    city: City = field(hash=False)
    scope: Scope
    lang: str
    rows: int = 0
    of: str = ""
    level: str = ""
    district: str | None = None
    names: str = ""

    def incidents(self) -> tuple[str, dict[str, object]]:
        """The incidents of the scope that are in the picture, as SQL over a row `i` of `incident`, with
        its values."""
        condition, bound = self.scope.where()
        return f"i.region = :region and i.vanished_at is null and {condition}", {**self.values(), **bound}

    def population(self) -> Population:
        """The same for figures by their definitions, but those of inquiries and calls."""
        condition, bound = self.scope.where()
        return Population(self.city.region, f"i.vanished_at is null and {condition}", bound)

    def values(self) -> Mapping[str, object]:
        return {
            "region": self.city.region,
            "today": self.city.today(),
            "rows": self.rows,
            "of": self.of,
            "district": self.district,
        }


def read_rows(connection: Connection, statement: str, values: Mapping[str, object]) -> dict[str, list[dict]]:
    """{"rows": a dict for each row, by its columns' names}: what most panels show."""
    return {"rows": [dict(row) for row in connection.execute(text(statement), values).mappings()]}
