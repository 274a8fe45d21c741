"""The declarative base and the columns that several tables share."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from sqlalchemy import BigInteger, DateTime, MetaData, Text, text
from sqlalchemy.orm import DeclarativeBase, mapped_column

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {datetime: DateTime(timezone=True), str: Text(), int: BigInteger()}


Region = Annotated[str, mapped_column(Text, primary_key=True)]
"""KATO prefix; first in the key of every table whose rows grow with the city."""

DeliveryId = Annotated[int | None, mapped_column(BigInteger)]
"""The delivery whose version of the row is stored (`geo.intake.deliveries`); none of those loaded before
deliveries had numbers."""
ChangedAt = Annotated[datetime | None, mapped_column(DateTime(timezone=True))]
"""When that version changed at its source, where the feed has a column that says so."""

Now = Annotated[datetime, mapped_column(DateTime(timezone=True), server_default=text("now()"))]
