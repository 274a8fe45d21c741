"""Inquiries of 109, with the incidents they lead to: fields and shaping. Merged by
`geo.loading.inquiries`.

One row is one contact. `one_take` true: answered, no incident. Else it leads to the incident
`incident_id`, or to one of its own; without the column
`one_take` a row led to an incident if it names one. Consultations are 82 % of all and never on the map:
they need no point.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from etl.clean.numbers import mask
from etl.entities.entity import LONGEST_ADDRESS, LONGEST_TITLE, Entity, Field
from etl.entities.incidents import check_times, priorities, statuses
from etl.entities.points import located_points
from etl.entities.references import category_ids, district_ids, due_times, performer_ids
from etl.entities.shaping import Shaping
from geo.loading import incidents, inquiries

FIELDS = (
    Field("source_id", required=True, code=True),
    Field("channel", required=True),
    Field("topic"),
    Field("received_at", "time", required=True),
    Field("answer_s", "integer", least=0),
    Field("operator", code=True),
    Field("one_take", "boolean", strict=True),
    Field("incident_id", code=True),
    Field("title", longest=LONGEST_TITLE),
    Field("address", code=True, longest=LONGEST_ADDRESS),
    Field("status"),
    Field("priority"),
    Field("due_at", "time"),
    Field("closed_at", "time"),
    Field("performer"),
    Field("district"),
    Field("lon", "coordinate"),
    Field("lat", "coordinate"),
    Field("caller_name", "personal"),
    Field("caller_phone", "personal"),
    Field("words", "personal"),
)


def shape(s: Shaping) -> dict[str, pa.Array]:
    received = s.columns["received_at"]
    check_times(s, "received_at")
    one_take = pc.coalesce(s.column("one_take", pa.bool_()), pc.is_null(s.column("incident_id")))
    topic = category_ids(s, "topic")
    found = located_points(s)
    s.no_point = s.no_point & ~mask(one_take)
    return {
        "source_id": s.column("source_id"),
        "channel": pc.utf8_lower(s.column("channel")),
        "topic_id": topic,
        "received_at": received,
        "answer_s": s.column("answer_s", pa.int64()),
        "operator": s.column("operator"),
        "one_take": one_take,
        "incident_ref": pc.if_else(
            one_take,
            pa.scalar(None, pa.string()),
            pc.coalesce(s.column("incident_id"), s.column("source_id")),
        ),
        "caller_name": s.column("caller_name"),
        "caller_phone": s.column("caller_phone"),
        "words": s.column("words"),
        "says_words": has_words(s),
        "title": s.column("title"),
        "source_status": statuses(s),
        "source_priority": priorities(s),
        "due_at": due_times(s, topic, received),
        "closed_at": s.column("closed_at", received.type),
        "address": s.column("address"),
        "performer_id": performer_ids(s, topic),
        "named_district": district_ids(s),
        **found,
    }


def has_words(s: Shaping) -> pa.Array:
    """Whether the rows say anything of their caller at all: a field that is empty erases, one that is not
    there does not."""
    return pa.array([any(f.type == "personal" and f.name in s.columns for f in FIELDS)] * len(s), pa.bool_())


ENTITY = Entity(
    "inquiry", FIELDS, shape, inquiries.load, incidents.prepare, newest="received_at", several=True
)
