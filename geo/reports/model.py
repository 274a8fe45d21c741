"""The tables of reports. What was kept is never changed."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, Identity, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from geo.base import Base, Region

KINDS = ("morning", "week", "month", "shift")


class CityReport(Base):
    """A kept report on the city's days `first` to `last`, both included. `body`: one line of canonical JSON
    (keys sorted, no spaces), `digest` its SHA-256 in hexadecimal digits. `schedule`: the key of the entry
    that made it due, none = somebody asked for it; an entry has one report for a last day."""

    __tablename__ = "report"
    __table_args__ = (
        CheckConstraint("kind in ('morning', 'week', 'month', 'shift')", name="kind"),
        Index(
            "ix_report_schedule",
            "region",
            "schedule",
            "last",
            unique=True,
            postgresql_where=text("schedule is not null"),
        ),
    )
    region: Mapped[Region]
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    kind: Mapped[str]
    first: Mapped[date] = mapped_column(Date)
    last: Mapped[date] = mapped_column(Date)
    schedule: Mapped[str | None]
    made_at: Mapped[datetime]
    made_by: Mapped[str]
    body: Mapped[str]
    digest: Mapped[str]


class ReportPaper(Base):
    """The PDF of a report in one language."""

    __tablename__ = "report_paper"
    region: Mapped[Region]
    report_id: Mapped[int] = mapped_column(primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)
    pdf: Mapped[bytes]
    digest: Mapped[str]


class ReportMail(Base):
    """One address that a report is sent to, with the papers of `languages`; tried as `geo.work.outbox`
    says."""

    __tablename__ = "report_mail"
    __table_args__ = (
        Index("ix_report_mail_due", "region", "next_at", postgresql_where=text("next_at is not null")),
    )
    region: Mapped[Region]
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    report_id: Mapped[int]
    address: Mapped[str]
    languages: Mapped[list[str]] = mapped_column(ARRAY(Text))
    tries: Mapped[int] = mapped_column(server_default="0")
    next_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    error: Mapped[str | None]


class ReportLink(Base):
    """`token_hash` is SHA-256 of the token in the address, which is shown once and not kept."""

    __tablename__ = "report_link"
    __table_args__ = (Index("ix_report_link_report", "region", "report_id"),)
    region: Mapped[Region]
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    report_id: Mapped[int]
    language: Mapped[str]
    token_hash: Mapped[str] = mapped_column(unique=True)
    made_by: Mapped[str]
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[str | None]
    opened: Mapped[int] = mapped_column(server_default="0")
    opened_at: Mapped[datetime | None]
