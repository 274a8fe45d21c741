"""The calls of a planted failure, one by one as their time comes, as rows of the feed of inquiries."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np

from etl.demo.arrivals import Arrivals
from etl.demo.outages import FIRMS, KINDS, plant
from etl.demo.standing import Standing
from geo.crs import to_metric

CAUSES = tuple(kind.cause for kind in KINDS)


class PlantedCalls:
    """Begins at `began`."""

    def __init__(
        self,
        cause: str,
        arrivals: Arrivals,
        standing: Standing,
        metric_srid: int,
        began: datetime,
        rng: np.random.Generator,
    ) -> None:
        kind = KINDS[CAUSES.index(cause)]
        weights = standing.location_weights
        people = weights.voters.astype(float) + 1.5
        xy = to_metric(metric_srid, standing.lonlat)
        self.failure = plant(kind, xy, people, weights.firms(rng, FIRMS), rng)
        self.arrivals, self.began, self.sent = arrivals, began, 0
        self.rows: dict[tuple[int, str], dict] = {}

    def due(self, now: datetime, local: datetime) -> list[dict]:
        """What has been called in up to `now` and was not given yet."""
        calls = self.failure
        upto = int(np.searchsorted(calls.at_min, (now - self.began) / timedelta(minutes=1), side="right"))
        found = []
        for n in range(self.sent, upto):
            key = (int(calls.house[n]), calls.topic[n])
            known = None if calls.is_new[n] else self.rows.get(key)
            received = self.began + timedelta(minutes=float(calls.at_min[n]))
            row = self.arrivals.reported(calls.topic[n], key[0], received, local, known)
            self.rows.setdefault(key, row)
            found.append(row)
        self.sent = upto
        return found
