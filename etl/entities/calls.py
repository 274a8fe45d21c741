"""Telephony totals by the hour: offered, answered, lost, answer time in seconds. Merged by
`geo.loading.calls`."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from etl.clean.numbers import mask
from etl.entities.entity import Entity, Field
from etl.entities.shaping import Shaping
from geo.loading.calls import CALLS

FIELDS = (
    Field("hour", "time", required=True),
    *(Field(name, "integer", required=True, least=0) for name in ("offered", "answered", "lost")),
    Field("answer_s", "number", least=0),
)


def shape(s: Shaping) -> dict[str, pa.Array]:
    """A call still waiting at the hour's end is neither answered nor lost, but there are never more of
    both than were offered."""
    taken = pc.add(s.column("answered", pa.int64()), s.column("lost", pa.int64()))
    s.faults.mark(mask(pc.greater(taken, s.column("offered", pa.int64()))), "calls.sum", "offered")
    hour = pc.floor_temporal(s.columns["hour"], unit="hour")
    s.faults.mark(mask(pc.greater(hour, pa.scalar(s.now, hour.type))), "time.future", "hour")
    return {
        "hour": hour,
        **{f.name: s.column(f.name, pa.float64() if f.type == "number" else pa.int64()) for f in FIELDS[1:]},
    }


ENTITY = Entity("calls", FIELDS, shape, CALLS.load, identity=("hour",), newest="hour")
