"""The table of rosters, each as it was adopted."""

from __future__ import annotations

from sqlalchemy import Identity
from sqlalchemy.orm import Mapped, mapped_column

from geo.base import Base, Now, Region


class RosterFile(Base):
    """`body` is the file, `digest` its SHA-256 in hexadecimal digits. The newest is in force."""

    __tablename__ = "roster_file"
    region: Mapped[Region]
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    body: Mapped[str]
    digest: Mapped[str]
    adopted_by: Mapped[str]
    adopted_at: Mapped[Now]
