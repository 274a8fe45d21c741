"""The tables of the electoral list, in the schema `voters`.

A version of the list is a whole list, sealed with a key of its own. What identifies a person is sealed or
hashed with a key; nothing else of a person is stored.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Connection,
    Date,
    DateTime,
    Float,
    Identity,
    Index,
    LargeBinary,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from geo.base import Base, Now, Region
from geo.database import AnyRow
from geo.errors import Conflict, NotFound

SCHEMA = {"schema": "voters"}
LOCK_VOTERS = 8109_20
"""An import, a decision, an approval: they take turns."""
COUNTS = ("unchanged", "corrected", "moved", "added", "refused")
"""Their sum is `rows_read`, always."""


class ListVersion(Base):
    """One whole list: 'checked' until a second person approves it, then 'current', then 'superseded', at last
    'erased'. `base_id` is the version it was compared with; `before` how many that had, `removed` those of
    them that it has no more, `kept` those that stay as they were because their new row was refused."""

    __tablename__ = "list_version"
    __table_args__ = (
        CheckConstraint("state in ('checked', 'current', 'superseded', 'rejected', 'erased')", name="state"),
        CheckConstraint("approved_by <> loaded_by", name="second_person"),
        Index("ix_list_version_current", "region", unique=True, postgresql_where=text("state = 'current'")),
        SCHEMA,
    )
    region: Mapped[Region]
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    state: Mapped[str]
    key_id: Mapped[str | None]
    base_id: Mapped[int | None]
    file_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    voting_day: Mapped[date] = mapped_column(Date)
    rows_read: Mapped[int] = mapped_column(server_default="0")
    unchanged: Mapped[int] = mapped_column(server_default="0")
    corrected: Mapped[int] = mapped_column(server_default="0")
    moved: Mapped[int] = mapped_column(server_default="0")
    added: Mapped[int] = mapped_column(server_default="0")
    refused: Mapped[int] = mapped_column(server_default="0")
    kept: Mapped[int] = mapped_column(server_default="0")
    removed: Mapped[int] = mapped_column(server_default="0")
    before: Mapped[int] = mapped_column(server_default="0")
    checks: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    """Code -> {"count", "lines": the first lines of the file}, and "noted", more of them, of what was put
    right: never what stands in them."""
    matching: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    """Way of the match -> persons."""
    compared: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether the counts and flags are those of its persons as they are now."""
    loaded_by: Mapped[str]
    loaded_at: Mapped[Now]
    approved_by: Mapped[str | None]
    approved_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class VoterPerson(Base):
    """A person of one version. Each version is a table of its own (`person_ID`), filled before its indexes
    are made: a million hashes put into an index one by one take longer than all else. `line` is that of the
    file, negative of one who was kept from the base. `hash` is the keyed hash of the IIN, `content` of all
    that is compared but the building, `twin` of name and birth date; `base_*` the same under the key of the
    version compared with."""

    __tablename__ = "person"
    __table_args__ = (
        Index("ix_person_hash", "hash"),
        Index("ix_person_building", "building_id"),
        Index("ix_person_address", "address_id", postgresql_where=text("address_id is not null")),
        {"postgresql_partition_by": "LIST (list_id)", **SCHEMA},
    )
    region: Mapped[Region]
    list_id: Mapped[int] = mapped_column(primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True)
    hash: Mapped[bytes] = mapped_column(LargeBinary)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    twin: Mapped[bytes] = mapped_column(LargeBinary)
    base_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    base_content: Mapped[bytes | None] = mapped_column(LargeBinary)
    iin: Mapped[bytes] = mapped_column(LargeBinary)
    name: Mapped[bytes] = mapped_column(LargeBinary)
    residence: Mapped[bytes] = mapped_column(LargeBinary)
    building_id: Mapped[int | None]
    address_id: Mapped[int | None]


class ListRefusal(Base):
    """A row that is not in the list, and why: a code and parameters that name lines and fields, never what
    stands in them. What the row said is sealed."""

    __tablename__ = "refusal"
    __table_args__ = SCHEMA
    region: Mapped[Region]
    list_id: Mapped[int] = mapped_column(primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str]
    parameters: Mapped[dict[str, Any]] = mapped_column(JSONB)
    hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    base_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    iin: Mapped[bytes] = mapped_column(LargeBinary)
    name: Mapped[bytes] = mapped_column(LargeBinary)
    residence: Mapped[bytes] = mapped_column(LargeBinary)
    building_id: Mapped[int | None]


class ListAddress(Base):
    """An address line (flats cut off) that did not lead to its building letter by letter: what it was matched
    with, how, and why. `building_id` is none while nobody has decided, and where no building has it."""

    __tablename__ = "address"
    __table_args__ = SCHEMA
    region: Mapped[Region]
    list_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    hash: Mapped[bytes] = mapped_column(LargeBinary)
    line: Mapped[bytes] = mapped_column(LargeBinary)
    building_id: Mapped[int | None]
    way: Mapped[str]
    reason: Mapped[str]
    score: Mapped[float] = mapped_column(Float)
    candidates: Mapped[list[Any]] = mapped_column(JSONB)
    """[{"building", "score", "reason"}], the best first."""
    persons: Mapped[int]
    rule_id: Mapped[int | None]


class AddressRule(Base):
    """A decision on an address line, applied to every later import until it is undone. Without a building:
    no building has this address."""

    __tablename__ = "address_rule"
    __table_args__ = (
        Index(
            "ix_address_rule_hash",
            "region",
            "hash",
            unique=True,
            postgresql_where=text("undone_at is null"),
        ),
        SCHEMA,
    )
    region: Mapped[Region]
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    hash: Mapped[bytes] = mapped_column(LargeBinary)
    line: Mapped[bytes] = mapped_column(LargeBinary)
    building_id: Mapped[int | None]
    who: Mapped[str]
    recorded_at: Mapped[Now]
    undone_by: Mapped[str | None]
    undone_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class HouseDifference(Base):
    """How the persons of one house (0: those without one) change: before + added + moved_in - moved_out -
    removed = after."""

    __tablename__ = "house_difference"
    __table_args__ = SCHEMA
    region: Mapped[Region]
    list_id: Mapped[int] = mapped_column(primary_key=True)
    building_id: Mapped[int] = mapped_column(primary_key=True)
    before: Mapped[int]
    added: Mapped[int]
    moved_in: Mapped[int]
    moved_out: Mapped[int]
    removed: Mapped[int]
    corrected: Mapped[int]
    after: Mapped[int]


class ListFlag(Base):
    """An implausible change of a house, a precinct (`of_id`) or the whole list, until somebody accepts it."""

    __tablename__ = "flag"
    __table_args__ = (CheckConstraint("level in ('house', 'precinct', 'list')", name="level"), SCHEMA)
    region: Mapped[Region]
    list_id: Mapped[int] = mapped_column(primary_key=True)
    level: Mapped[str] = mapped_column(primary_key=True)
    of_id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    before: Mapped[int]
    after: Mapped[int]
    gone: Mapped[int] = mapped_column(server_default="0")
    """How many of those before are there no more."""
    accepted_by: Mapped[str | None]
    accepted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


def take_turn(connection: Connection) -> None:
    """Hold the lock of the list until the transaction ends. Raises `Conflict` ("voters.busy") while another
    holds it."""
    if not connection.scalar(text("select pg_try_advisory_xact_lock(:lock)"), {"lock": LOCK_VOTERS}):
        raise Conflict("voters.busy")


def known_keys(connection: Connection) -> list[str]:
    """Ids of the keys of all versions that can still be read, and of comparisons that are not finished."""
    return list(
        connection.scalars(
            text("""select key_id from voters.list_version where key_id is not null
                union all select key_id from voters.comparison where key_id is not null""")
        )
    )


def version(connection: Connection, region: str, list_id: int) -> AnyRow:
    """Raises `NotFound` ("voters.unknown_list")."""
    row = connection.execute(
        text("select * from voters.list_version where region = :region and id = :list"),
        {"region": region, "list": list_id},
    ).one_or_none()
    if row is None:
        raise NotFound("voters.unknown_list", list=list_id)
    return row


def waiting(connection: Connection, region: str, list_id: int) -> AnyRow:
    """The same of one that waits for its approval. Raises `Conflict` ("voters.not_open") for another."""
    row = version(connection, region, list_id)
    if row.state != "checked":
        raise Conflict("voters.not_open", list=list_id, state=row.state)
    return row


def versions(connection: Connection, region: str) -> list[AnyRow]:
    """The newest first."""
    return list(
        connection.execute(
            text("select * from voters.list_version where region = :region order by id desc"),
            {"region": region},
        )
    )


def current(connection: Connection, region: str) -> AnyRow | None:
    return connection.execute(
        text("select * from voters.list_version where region = :region and state = 'current'"),
        {"region": region},
    ).one_or_none()
