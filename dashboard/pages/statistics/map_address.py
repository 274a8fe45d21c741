"""The address of the map with what a number of the statistics counts."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from layers.statistics.requests import StatisticsRequest


def map_address(request: StatisticsRequest, kind: str, where: Mapping[str, str]) -> str:
    """`where`: the place, as the map's address has it ("area", "building")."""
    query = {
        "window": "dates",
        "from": request.first.isoformat(),
        "to": request.last.isoformat(),
        "kind": kind,
        **where,
        **({"district": request.district} if request.district else {}),
    }
    return f"/map?{urlencode(query, safe=',:')}"


def box_area(box: tuple[float, ...]) -> dict[str, str]:
    """`box`: west, south, east, north (EPSG:4326)."""
    return {"area": "box," + ",".join(f"{degrees:.5f}" for degrees in box)}
