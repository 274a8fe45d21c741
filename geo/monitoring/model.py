"""What was measured last, a row each, written anew as a whole by each machine; and the history, a row a
minute, kept by the rule `measure_history` of `geo.work.retention`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Float
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from geo.base import Base, Region


class MachineMeasure(Base):
    """`host`: the machine that measured. `value` in the unit of `geo.monitoring.reading.MEASURES`."""

    __tablename__ = "machine_measure"
    region: Mapped[Region]
    host: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[float] = mapped_column(Float)
    parameters: Mapped[dict[str, Any]] = mapped_column(JSONB)
    at: Mapped[datetime]


class MeasureHistory(Base):
    """The same without parameters, once a minute."""

    __tablename__ = "measure_history"
    region: Mapped[Region]
    host: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(primary_key=True)
    value: Mapped[float] = mapped_column(Float)
