"""The values that a column or a coordinate can hold, as types: a validator at the edge (a route's body)
reads the bounds from them."""

from __future__ import annotations

from typing import Annotated

from annotated_types import Ge, Le

LARGEST = 2**63 - 1
"""The largest number that a column of the database holds."""
Id = Annotated[int, Ge(0), Le(LARGEST)]
"""An id or a version."""
Lon = Annotated[float, Ge(-180), Le(180)]
"""Degrees, EPSG:4326."""
Lat = Annotated[float, Ge(-90), Le(90)]
"""Degrees, EPSG:4326."""
