"""From when until when an incident was among the open ones as far as was known then: what finds the open
incidents of a past moment without a look at all of them.

Triggers on `incident` keep it. A span may be longer than the truth, never shorter: who reads it restates the
incident at the moment (`layers.incidents.restated`) and leaves out what was closed then.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from geo.base import Base, Region

FILL = """
    insert into incident_span (region, incident_id, known_from, known_until)
    select i.region, i.id, e.known_from, case when i.status = 'closed' or i.vanished_at is not null
        then e.known_until end
    from (select region, incident_id, min(recorded_at) as known_from, max(recorded_at) filter (
            where what = 'status' and to_value = 'closed' or what = 'vanished' and to_value is not null)
            as known_until
        from incident_event where what in ('opened', 'status', 'vanished') group by 1, 2) e
    join incident i on i.region = e.region and i.id = e.incident_id
    where i.status <> 'closed' and i.vanished_at is null or e.known_until > e.known_from
    on conflict (region, incident_id, known_from) do nothing"""
"""One span an incident, from its first event to the last that closed it."""


class IncidentSpan(Base):
    """`known_until` none: it is open. Both are moments at which something was recorded."""

    __tablename__ = "incident_span"
    __table_args__ = (
        Index(
            "ix_incident_span_known",
            text("tstzrange(known_from, known_until)"),
            postgresql_using="gist",
        ),
        Index(
            "ix_incident_span_open",
            "region",
            "incident_id",
            postgresql_where=text("known_until is null"),
        ),
    )
    region: Mapped[Region]
    incident_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    known_from: Mapped[datetime] = mapped_column(primary_key=True)
    known_until: Mapped[datetime | None]


def fill_spans(connection: Connection) -> None:
    """Fills in the spans of incidents whose rows were written without their triggers: an older database, a
    prepared history. Runs as the owner."""
    connection.execute(text(FILL))
