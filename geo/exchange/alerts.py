"""Public alerts: what a mass event or an incident means to everybody, once a person has declared it public,
as messages after CAP 1.2 (an alert, its updates, its cancellation).

A message is never changed: an update or a cancellation is a new one that refers to those before it. Its texts
are written by a person in every language of the city; nothing of an inquiry or an officer's note is in it.
Once what it is about is closed, it is cancelled by itself.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import CheckConstraint, Connection, Identity, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from geo.audit.records import record_audit
from geo.base import Base, Region
from geo.errors import Conflict, InvalidInput, NotFound
from geo.settings import City

SEVERITIES = ("Extreme", "Severe", "Moderate", "Minor", "Unknown")
URGENCIES = ("Immediate", "Expected", "Future", "Past", "Unknown")
CERTAINTIES = ("Observed", "Likely", "Possible", "Unlikely", "Unknown")
PARTS = {"headline": 160, "description": 4000, "instruction": 4000}
"""The parts of a text, with how long each may be; the instruction may be left out."""
LONGEST_HOURS = 24 * 14
AROUND_M = 150
"""By so much the outline of a mass event is wider than its incidents, and so far an alert of one incident
reaches."""


class PublicAlert(Base):
    """One message. `subject`: "event 7" or "incident 812". `texts`: language -> `PARTS`. `area`: {"polygon":
    [[lon, lat], ...]} closed, or {"circle": [lon, lat, metres]}, EPSG:4326, and "names": language -> text.
    `refers_to`: the messages before it, as CAP writes references. The newest of a subject
    counts."""

    __tablename__ = "public_alert"
    __table_args__ = (
        CheckConstraint("message in ('Alert', 'Update', 'Cancel')", name="message"),
        Index("ix_public_alert_subject", "region", "subject", "id"),
        Index("ix_public_alert_sent_at", "region", "sent_at"),
    )
    region: Mapped[Region]
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    identifier: Mapped[str] = mapped_column(unique=True)
    subject: Mapped[str]
    kind: Mapped[str]
    category_id: Mapped[int | None]
    message: Mapped[str]
    sent_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    severity: Mapped[str]
    urgency: Mapped[str]
    certainty: Mapped[str]
    texts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    area: Mapped[dict[str, Any]] = mapped_column(JSONB)
    refers_to: Mapped[str | None]
    declared_by: Mapped[str]


@dataclass(frozen=True)
class Notice:
    """What a person declares. `texts`: language -> part -> text."""

    severity: str
    urgency: str
    certainty: str
    hours: float
    texts: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class PublishedAlert:
    """A message that was written."""

    id: int
    identifier: str
    message: str


OF_EVENT = text("""
    select 'event ' || e.id as subject, e.kind, e.category_id, e.status in ('closed', 'dissolved') as over,
        st_asgeojson(st_transform(st_buffer(st_convexhull(st_collect(st_transform(i.point_4326, :srid))),
            :around, 'quad_segs=4'), 4326), 6)::jsonb -> 'coordinates' -> 0 as polygon,
        null::float8 as lon, null::float8 as lat, array_agg(distinct i.district_id) as districts
    from mass_event e left join incident i on i.region = e.region and i.group_id = e.id
        and i.vanished_at is null
    where e.region = :region and e.number = :subject group by e.region, e.id""")
OF_INCIDENT = text("""
    select 'incident ' || i.id as subject, i.kind, i.category_id,
        i.status = 'closed' or i.vanished_at is not null as over, null::jsonb as polygon,
        st_x(i.point_4326) as lon, st_y(i.point_4326) as lat, array[i.district_id] as districts
    from incident i where i.region = :region and i.id = cast(:subject as bigint)""")
DISTRICTS = text("select name_kk, name_ru, name_en from district where region = :region and id = any(:ids)")
NEWEST = """
    select distinct on (subject) id, identifier, subject, kind, category_id, message, sent_at, expires_at,
        severity, urgency, certainty, texts, area, refers_to
    from public_alert where region = :region and {which} order by subject, id desc"""
ONE_SUBJECT = text("select pg_advisory_xact_lock(hashtextextended('public_alert ' || :subject, 0))")
WRITE = text("""
    insert into public_alert (region, identifier, subject, kind, category_id, message, sent_at, expires_at,
        severity, urgency, certainty, texts, area, refers_to, declared_by)
    values (:region, :identifier, :subject, :kind, :category_id, :message, :sent_at, :expires_at, :severity,
        :urgency, :certainty, cast(:texts as jsonb), cast(:area as jsonb), :refers_to, :who) returning id""")
OVER = text("""
    select case when a.subject like 'event %' then exists (select from mass_event e where e.region = a.region
            and 'event ' || e.id = a.subject and e.status in ('closed', 'dissolved'))
        else exists (select from incident i where i.region = a.region and 'incident ' || i.id = a.subject
            and (i.status = 'closed' or i.vanished_at is not null)) end as over
    from (select cast(:region as text) as region, cast(:subject as text) as subject) a""")


def declare(
    connection: Connection,
    city: City,
    who: str,
    subject: str,
    notice: Notice,
    now: datetime,
    identifier: str | None = None,
) -> PublishedAlert:
    """`subject`: the number of a mass event, or the id of an incident. An alert that stands is updated.
    `identifier`: the message's own, none = a new one.
    Raises `NotFound` ("alert.subject"), `Conflict` ("alert.over"), `InvalidInput` ("alert.text",
    "alert.value", "alert.no_area")."""
    check_notice(city, notice)
    connection.execute(ONE_SUBJECT, {"subject": subject})
    bound = {"region": city.region, "srid": city.metric_srid, "around": AROUND_M, "subject": subject}
    found = connection.execute(OF_INCIDENT if subject.isdigit() else OF_EVENT, bound).mappings().first()
    if found is None:
        raise NotFound("alert.subject", subject=subject[:60])
    if found["over"]:
        raise Conflict("alert.over", subject=subject)
    before = _standing(connection, city, found["subject"], now)
    row = {
        **{name: found[name] for name in ("subject", "kind", "category_id")},
        **{name: getattr(notice, name) for name in ("severity", "urgency", "certainty", "texts")},
        "area": _area(connection, city, dict(found), subject),
        "expires_at": now + timedelta(hours=notice.hours),
        "message": "Update" if before else "Alert",
    }
    return _write(connection, city, who, row, before, now, identifier)


def cancel(connection: Connection, city: City, who: str, number: int, now: datetime) -> PublishedAlert:
    """Raises `NotFound` ("alert.unknown") where no such alert stands."""
    same = "subject in (select subject from public_alert where region = :region and id = :id)"
    row = (
        connection.execute(text(NEWEST.format(which=same)), {"region": city.region, "id": number})
        .mappings()
        .first()
    )
    if row is None or row["message"] == "Cancel" or row["expires_at"] <= now:
        raise NotFound("alert.unknown", number=number)
    return _cancel(connection, city, who, dict(row), now)


def cancel_over(connection: Connection, city: City, who: str, now: datetime) -> list[PublishedAlert]:
    """Cancel what stands and is about something that is closed by now."""
    bound = {"region": city.region, "since": now - timedelta(hours=LONGEST_HOURS)}
    recent = text(NEWEST.format(which="sent_at > :since"))
    rows = [row for row in connection.execute(recent, bound).mappings() if row["expires_at"] > now]
    return [
        _cancel(connection, city, who, dict(row), now)
        for row in rows
        if row["message"] != "Cancel"
        and connection.execute(OVER, {"region": city.region, "subject": row["subject"]}).scalar()
    ]


def check_notice(city: City, notice: Notice) -> None:
    """Raises `InvalidInput` ("alert.text", "alert.value")."""
    for lang in city.languages:
        for part, most in PARTS.items():
            given = notice.texts.get(lang, {}).get(part, "")
            if not isinstance(given, str) or len(given) > most or not given.strip() and part != "instruction":
                raise InvalidInput("alert.text", language=lang, part=part, most=most)
    known = {"severity": SEVERITIES, "urgency": URGENCIES, "certainty": CERTAINTIES}
    for name, values in known.items():
        if getattr(notice, name) not in values:
            raise InvalidInput("alert.value", name=name, known=", ".join(values))
    if not 0 < notice.hours <= LONGEST_HOURS:
        raise InvalidInput("alert.value", name="hours", known=f"0-{LONGEST_HOURS}")


def reference(city: City, identifier: str, sent_at: datetime) -> str:
    """The name that CAP gives an earlier message: "sender,identifier,sent"."""
    return f"{sender(city)},{identifier},{stamp(city, sent_at)}"


def sender(city: City) -> str:
    return f"ikomek109.{city.key}"


def stamp(city: City, moment: datetime) -> str:
    """CAP's time: whole seconds and an offset in figures, never "Z"."""
    return moment.astimezone(city.time_zone).isoformat(timespec="seconds")


def _standing(connection: Connection, city: City, subject: str, now: datetime) -> Mapping[str, Any] | None:
    bound = {"region": city.region, "subject": subject}
    row = connection.execute(text(NEWEST.format(which="subject = :subject")), bound).mappings().first()
    return None if row is None or row["message"] == "Cancel" or row["expires_at"] <= now else dict(row)


def _cancel(
    connection: Connection, city: City, who: str, row: Mapping[str, Any], now: datetime
) -> PublishedAlert:
    return _write(connection, city, who, {**row, "message": "Cancel"}, row, now)


def _write(
    connection: Connection,
    city: City,
    who: str,
    row: Mapping[str, Any],
    before: Mapping[str, Any] | None,
    now: datetime,
    identifier: str | None = None,
) -> PublishedAlert:
    earlier = before and [before["refers_to"], reference(city, before["identifier"], before["sent_at"])]
    # Two messages of one second would be one to a reader who compares their times.
    sent_at = max(now, before["sent_at"] + timedelta(seconds=1)) if before else now
    identifier = identifier or f"{sender(city)}.{uuid4()}"
    bound = {
        **row,
        "region": city.region,
        "identifier": identifier,
        "sent_at": sent_at,
        "texts": json.dumps({lang: dict(parts) for lang, parts in row["texts"].items()}, ensure_ascii=False),
        "area": json.dumps(row["area"], ensure_ascii=False),
        "refers_to": " ".join(filter(None, earlier)) if earlier else None,
        "who": who,
    }
    number = connection.execute(WRITE, bound).scalar_one()
    record_audit(connection, who, "alert.published", number=number, kind=row["message"])
    return PublishedAlert(number, identifier, row["message"])


def _area(connection: Connection, city: City, found: Mapping[str, Any], subject: str) -> dict[str, Any]:
    bound = {"region": city.region, "ids": [one for one in found["districts"] or [] if one is not None]}
    rows = connection.execute(DISTRICTS, bound).mappings().all()
    names = {
        lang: ", ".join(sorted(filter(None, (row[f"name_{lang}"] for row in rows)))) or city.names[lang]
        for lang in city.languages
    }
    if found["polygon"]:
        return {"polygon": found["polygon"], "names": names}
    if found["lon"] is None:
        raise InvalidInput("alert.no_area", subject=subject)
    return {"circle": [found["lon"], found["lat"], AROUND_M], "names": names}
