"""The tables of projects: what the newest file says, and every file as it was."""

from __future__ import annotations

from datetime import date, datetime

from geoalchemy2 import Geometry
from sqlalchemy import Date, Identity, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from geo.base import Base, Now, Region


class ProjectFile(Base):
    """`body` is the file as it was adopted, `digest` its SHA-256."""

    __tablename__ = "project_file"
    region: Mapped[Region]
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    body: Mapped[str]
    digest: Mapped[str]
    adopted_by: Mapped[str]
    adopted_at: Mapped[Now]


class Project(Base):
    """`owner`: the key of the manager who answers for it."""

    __tablename__ = "project"
    region: Mapped[Region]
    key: Mapped[str] = mapped_column(primary_key=True)
    name_kk: Mapped[str]
    name_ru: Mapped[str]
    name_en: Mapped[str]
    owner: Mapped[str]
    point_4326 = mapped_column(Geometry("POINT", srid=4326, spatial_index=True), nullable=False)
    point_3857 = mapped_column(Geometry("POINT", srid=3857, spatial_index=True), nullable=False)


class ProjectMilestone(Base):
    """`planned_at` and `due_at`: when the planned day of the city begins and ends. `reason`: why it is late,
    none = none was given. A milestone keeps its `id` from file to file; `version` counts what was changed."""

    __tablename__ = "project_milestone"
    __table_args__ = (UniqueConstraint("region", "project", "key"),)
    region: Mapped[Region]
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    project: Mapped[str]
    key: Mapped[str]
    name_kk: Mapped[str]
    name_ru: Mapped[str]
    name_en: Mapped[str]
    planned_on: Mapped[date] = mapped_column(Date)
    planned_at: Mapped[datetime]
    due_at: Mapped[datetime]
    done_on: Mapped[date | None] = mapped_column(Date)
    reason: Mapped[str | None]
    version: Mapped[int] = mapped_column(server_default="1")
