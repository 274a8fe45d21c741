"""The tables of incidents, their events and decisions, with the values of kind, status and priority.

An incident is one thing that happened. What the source says is in `source_status` and `source_priority`;
what a person decided is a row of `decision`; `status` and `priority` hold the effective value, decision
over source, and are what every reader uses.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import CheckConstraint, Identity, Index, Numeric, SmallInteger, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from geo.base import Base, ChangedAt, DeliveryId, Now, Region
from geo.incidents.squares import SQUARE

KINDS = ("service", "police", "emergency", "offence")
STATUSES = ("open", "in_progress", "closed")
PRIORITIES = {0: "normal", 1: "urgent", 2: "critical"}
CRITICAL = 2

RARE_EVENTS = "what in ('category', 'priority') or what = 'status' and from_value = 'closed'"
"""The events that figures look for: changed, raised, opened anew. Among all of a quarter's they are one in
thirty."""

WORDS = """to_tsvector('russian', translate(lower(coalesce({text}, '')), 'ёәғқңөұүһі',
    'еагкноуухи'))"""
"""The words of a text for full-text search: Russian and, where they are Latin, English stems, Kazakh letters
folded as `geo.addresses.folding.KAZAKH` folds them."""
TITLE_WORDS = WORDS.format(text="{row}title")

LASTED = """tstzrange({row}opened_at, greatest({row}opened_at, case when {row}status = 'closed'
    or {row}vanished_at is not null then coalesce(least({row}closed_at, {row}vanished_at), 'infinity')
    else 'infinity' end))"""
"""The span in which it was open, as far as is known now (`ix_incident_lasted`)."""

COVERED = (
    "id",
    "kind",
    "category_id",
    "status",
    "priority",
    "district_id",
    "performer_id",
    "group_id",
    "channel",
    "due_at",
    "vanished_at",
    "point_3857",
)
"""What the map counts and lists by. Indexes that find the rows of a time, an area or a house hold it too: of
hundreds of thousands of rows nearly each lies on a page of its own in the table, some fifty on one in an
index."""


class Incident(Base):
    """Unique per (region, source, source id). Without a point it is kept, counted and listed as "no
    coordinates"."""

    __tablename__ = "incident"
    __table_args__ = (
        UniqueConstraint("region", "source", "source_id"),
        CheckConstraint("kind in ('service', 'police', 'emergency', 'offence')", name="kind"),
        CheckConstraint("status in ('open', 'in_progress', 'closed')", name="status"),
        CheckConstraint("priority between 0 and 2", name="priority"),
        CheckConstraint("opened_precision in ('month')", name="opened_precision"),
        CheckConstraint(
            "placed_by in ('building', 'neighbour', 'interpolated', 'crossing', 'street')", name="placed_by"
        ),
        Index("ix_incident_opened", "region", "opened_at", postgresql_include=[*COVERED, "building_id"]),
        # Not only of those with a point: of an index of a part the planner believes no statistics.
        Index(
            "ix_incident_square",
            "region",
            text(SQUARE.format(row="")),
            "opened_at",
            postgresql_include=[*COVERED],
        ),
        Index(
            "ix_incident_open_square",
            "region",
            text(SQUARE.format(row="")),
            postgresql_where=text("status <> 'closed' and point_3857 is not null"),
        ),
        Index("ix_incident_open", "region", "kind", "opened_at", postgresql_where=text("status <> 'closed'")),
        Index(
            "ix_incident_unsettled",
            "region",
            "opened_at",
            postgresql_where=text("status <> 'closed' or closed_at is null"),
        ),
        Index(
            "ix_incident_service_house",
            "region",
            "opened_at",
            "id",
            postgresql_include=["building_id", "category_id", "district_id"],
            postgresql_where=text("kind = 'service' and vanished_at is null and building_id is not null"),
        ),
        Index("ix_incident_category", "region", "category_id", "opened_at"),
        Index("ix_incident_district", "region", "district_id", "opened_at"),
        Index(
            "ix_incident_urgent",
            "region",
            text("(status = 'closed')"),
            text("(-priority)"),
            text("coalesce(due_at, 'infinity'::timestamptz)"),
            "id",
        ),
        Index(
            "ix_incident_house",
            "region",
            "building_id",
            "opened_at",
            postgresql_include=[*COVERED],
            postgresql_where=text("building_id is not null"),
        ),
        Index("ix_incident_group", "region", "group_id", postgresql_where=text("group_id is not null")),
        Index("ix_incident_title", text(TITLE_WORDS.format(row="")), postgresql_using="gin"),
        Index(
            "ix_incident_open_title",
            text(TITLE_WORDS.format(row="")),
            postgresql_using="gin",
            postgresql_where=text("status <> 'closed'"),
        ),
        Index("ix_incident_lasted", text(LASTED.format(row="")), postgresql_using="gist"),
        Index("ix_incident_number_end", "region", text("reverse(source_id) text_pattern_ops")),
    )
    region: Mapped[Region]
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    source: Mapped[str]
    source_id: Mapped[str]
    kind: Mapped[str]
    category_id: Mapped[int | None]
    title: Mapped[str | None]
    source_status: Mapped[str]
    source_priority: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    status: Mapped[str]
    priority: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    opened_at: Mapped[datetime]
    opened_precision: Mapped[str | None]
    """"month" where the source says no day: `opened_at` is then the first moment of its month by the
    city's clock. None: as it is written."""
    due_at: Mapped[datetime | None]
    presses_at: Mapped[datetime | None]
    """When the deadline begins to press, where its clock runs in working time; else read
    `geo.incidents.payload.PRESSES_AT`."""
    closed_at: Mapped[datetime | None]
    address: Mapped[str | None]
    placed_by: Mapped[str | None]
    """How the point was found from the address (`geo.addresses.geocoding.QUALITIES`); none where the
    source gave it, or where there is none."""
    district_id: Mapped[int | None]
    building_id: Mapped[int | None]
    performer_id: Mapped[int | None]
    group_id: Mapped[int | None]
    """The mass event that it is part of (`geo.incidents.mass_events`)."""
    channel: Mapped[str | None]
    """The channel of its first inquiry; none where no inquiry led to it."""
    inquiries: Mapped[int] = mapped_column(server_default="0")
    """How many inquiries of citizens were merged into it."""
    fine_tenge: Mapped[float | None] = mapped_column(Numeric(14, 2))
    attributes: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """Further columns of the source, by the feed's declaration; never personal data."""
    vanished_at: Mapped[datetime | None]
    """Tombstone: a snapshot feed no longer lists it."""
    version: Mapped[int] = mapped_column(server_default="1")
    run_id: Mapped[int | None]
    point_4326 = mapped_column(Geometry("POINT", srid=4326, spatial_index=False))
    point_3857 = mapped_column(Geometry("POINT", srid=3857, spatial_index=True))
    delivery_id: Mapped[DeliveryId]
    said_at: Mapped[ChangedAt]


class IncidentEvent(Base):
    """Every change, append-only, partitioned by month of `recorded_at`. `what` is the field; a new
    incident is `what = 'opened'`."""

    __tablename__ = "incident_event"
    __table_args__ = (
        Index("ix_incident_event_incident", "region", "incident_id", "happened_at"),
        Index(
            "ix_incident_event_redated",
            "region",
            "recorded_at",
            postgresql_where=text("what = 'opened_at'"),
        ),
        Index(
            "ix_incident_event_rare",
            "region",
            "what",
            "recorded_at",
            postgresql_include=["incident_id"],
            postgresql_where=text(RARE_EVENTS),
        ),
        {"postgresql_partition_by": "RANGE (recorded_at)"},
    )
    region: Mapped[Region]
    id: Mapped[int] = mapped_column(server_default=text("nextval('incident_event_id_seq')"), primary_key=True)
    recorded_at: Mapped[datetime] = mapped_column(primary_key=True, server_default=text("now()"))
    incident_id: Mapped[int]
    happened_at: Mapped[datetime]
    who: Mapped[str]
    what: Mapped[str]
    from_value: Mapped[str | None]
    to_value: Mapped[str | None]
    version: Mapped[int | None]
    """The incident's after it; none of events before versions were kept."""
    action_id: Mapped[int | None]
    """The action of a person that it belongs to (`geo.incidents.cases`); none of a feed's."""


class Decision(Base):
    """What a person set, one row a field, as text; an empty `value` is none. `source_value` is what the
    source said when it was decided, `source_value_now` what it says now: where that is neither of the two, it
    stands in `conflict_value` until a person settles it."""

    __tablename__ = "decision"
    __table_args__ = (
        UniqueConstraint("region", "incident_id", "field"),
        Index("ix_decision_decided_at", "region", "decided_at"),
    )
    region: Mapped[Region]
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    incident_id: Mapped[int]
    field: Mapped[str]
    value: Mapped[str]
    source_value: Mapped[str | None]
    conflict_value: Mapped[str | None]
    source_value_now: Mapped[str | None]
    source_closed_at: Mapped[datetime | None]
    """For a decided status: when the source says that the incident was closed."""
    who: Mapped[str]
    decided_at: Mapped[Now]
