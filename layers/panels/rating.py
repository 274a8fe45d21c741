"""The panel of the executive rating: the last month that two people closed, as they closed it. Nothing is
counted for a wall, so it shows what /rating shows.

A wall is seen by everybody in the hall. It names posts and no persons, and whoever's whole interval lies
below the threshold stands at their place without a name, unless the scene asks for `names = "people"`.
"""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, text

from geo.rating.versions import strategy_of_version
from layers.panels.requests import PanelRequest
from layers.rating.reading import Post, posts

PEOPLE = "people"
NEWEST = text("""select month, strategy, body from rating_month where region = :region
    and closed_at is not null order by month desc limit 1""")


def read_rating(connection: Connection, request: PanelRequest) -> dict:
    """{"month": ISO date or none where no month is closed, "threshold", "rows": [{"best", "worst", "name",
    "score", "low", "high"}]} in points, the best first; `name` none = not told here."""
    row = connection.execute(NEWEST, {"region": request.city.region}).one_or_none()
    if row is None:
        return {"month": None, "threshold": None, "rows": []}
    threshold = strategy_of_version(connection, request.city, row.strategy).threshold
    named = posts(connection, request.lang)
    return {
        "month": row.month.isoformat(),
        "threshold": threshold,
        "rows": [
            {
                **{key: one[key] for key in ("best", "worst", "score", "low", "high")},
                "name": _name(named.get(one["manager"]), one, threshold, request.names),
            }
            for one in json.loads(row.body)["managers"]
            if one["best"] is not None
        ],
    }


def _name(post: Post | None, one: dict[str, Any], threshold: float, names: str) -> str | None:
    if post is None:
        return None
    if names == PEOPLE:
        return post.name
    return post.post if one["high"] >= threshold else None
