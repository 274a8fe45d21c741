"""The table of transfers: one row for a package and a receiver, however often it is tried."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, NamedTuple

from sqlalchemy import CheckConstraint, Connection, Identity, Index, LargeBinary, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from geo.base import Base, Now, Region
from geo.database import AnyRow
from geo.errors import IkomekError
from geo.storable import as_json
from geo.voters.model import SCHEMA
from geo.voters.transfer.receipts import Receipt

State = Literal["sending", "delivered", "received"]


class ListTransfer(Base):
    """'sending' until the receiver has the whole of it, then 'delivered', 'received' once its receipt is
    kept. `sent`: bytes that the receiver has; `retry_at`: when a running command tries again, none = nobody
    does until somebody begins it anew; `noted_at`: when it was last heard of. Where reading back stands for
    a receipt it has no number."""

    __tablename__ = "transfer"
    __table_args__ = (
        CheckConstraint("state in ('sending', 'delivered', 'received')", name="state"),
        CheckConstraint("(state = 'received') = (received_at is not null)", name="received"),
        Index("ix_transfer_package", "region", "manifest", "address", unique=True),
        SCHEMA,
    )
    region: Mapped[Region]
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    list_id: Mapped[int]
    manifest: Mapped[bytes] = mapped_column(LargeBinary)
    sha256: Mapped[bytes] = mapped_column(LargeBinary)
    """The SHA-256 of the file that is sent."""
    name: Mapped[str]
    voters: Mapped[int]
    size: Mapped[int]
    """Its bytes."""
    address: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="sending")
    sent: Mapped[int] = mapped_column(server_default="0")
    attempts: Mapped[int] = mapped_column(server_default="0")
    error_code: Mapped[str | None]
    error_parameters: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    retry_at: Mapped[datetime | None]
    sent_by: Mapped[str]
    begun_at: Mapped[Now]
    noted_at: Mapped[Now]
    delivered_at: Mapped[datetime | None]
    received_at: Mapped[datetime | None]
    receipt_number: Mapped[str | None]
    receipt: Mapped[bytes | None] = mapped_column(LargeBinary)


class TransferState(NamedTuple):
    """A transfer as it stands."""

    id: int
    list_id: int
    manifest: bytes
    sha256: bytes
    name: str
    voters: int
    size: int
    address: str
    state: State
    sent: int
    attempts: int
    error_code: str | None
    error_parameters: dict[str, Any] | None
    retry_at: datetime | None
    sent_by: str
    begun_at: datetime
    noted_at: datetime
    delivered_at: datetime | None
    received_at: datetime | None
    receipt_number: str | None


COLUMNS = ", ".join(TransferState._fields)
REGISTER = text("""insert into voters.transfer
    (region, list_id, manifest, sha256, name, voters, size, address, sent_by)
    values (:region, :list, :manifest, :sha256, :name, :voters, :size, :address, :who)
    on conflict (region, manifest, address) do nothing""")
OF_PACKAGE = text(
    f"select {COLUMNS} from voters.transfer where region = :region and manifest = :manifest and"
    " address = :address"
)
ONE = text(f"select {COLUMNS} from voters.transfer where region = :region and id = :id")
NEWEST = text(f"select {COLUMNS} from voters.transfer where region = :region order by id desc limit :most")
ATTEMPT = text("""update voters.transfer set attempts = attempts + 1, retry_at = null,
    noted_at = clock_timestamp() where id = :id""")
SENT = text("update voters.transfer set sent = :sent, noted_at = clock_timestamp() where id = :id")
DELIVERED = text("""update voters.transfer set state = 'delivered', sent = size, error_code = null,
    error_parameters = null, delivered_at = clock_timestamp(), noted_at = clock_timestamp()
    where id = :id and state = 'sending'""")
AGAIN = text("""update voters.transfer set state = 'sending', sent = :sent, delivered_at = null,
    noted_at = clock_timestamp() where id = :id and state = 'delivered'""")
FAILED = text("""update voters.transfer set error_code = :code,
    error_parameters = cast(:parameters as jsonb), noted_at = clock_timestamp(),
    retry_at = clock_timestamp() + make_interval(secs => :wait_s) where id = :id""")
RECEIVED = text("""update voters.transfer set state = 'received', error_code = null, error_parameters = null,
    retry_at = null, received_at = coalesce(:at, clock_timestamp()), receipt_number = :number,
    receipt = :body, noted_at = clock_timestamp() where id = :id and state = 'delivered'""")


def is_begun(connection: Connection, region: str, manifest: bytes, address: str) -> bool:
    """Whether the sending of a package to a receiver was begun before."""
    bound = {"region": region, "manifest": manifest, "address": address}
    return connection.execute(OF_PACKAGE, bound).one_or_none() is not None


def register(connection: Connection, region: str, address: str, who: str, **about: object) -> TransferState:
    """The transfer of a package to a receiver: a new one, or the one that was begun before. `about`: list,
    manifest, sha256, name, voters, size."""
    bound = {"region": region, "address": address, "who": who, **about}
    connection.execute(REGISTER, bound)
    return _state(connection.execute(OF_PACKAGE, bound).one())


def _state(row: AnyRow) -> TransferState:
    found = TransferState(*row)
    return found._replace(manifest=bytes(found.manifest), sha256=bytes(found.sha256))


def one(connection: Connection, region: str, id_: int) -> TransferState:
    return _state(connection.execute(ONE, {"region": region, "id": id_}).one())


def newest(connection: Connection, region: str, most: int) -> list[TransferState]:
    return [_state(row) for row in connection.execute(NEWEST, {"region": region, "most": most})]


def note_attempt(connection: Connection, id_: int) -> None:
    connection.execute(ATTEMPT, {"id": id_})


def note_sent(connection: Connection, id_: int, sent: int) -> None:
    connection.execute(SENT, {"id": id_, "sent": sent})


def note_delivered(connection: Connection, id_: int) -> bool:
    """Whether that is news, as for the other two that change the state."""
    return connection.execute(DELIVERED, {"id": id_}).rowcount == 1


def note_again(connection: Connection, id_: int, sent: int) -> bool:
    """The receiver has not the whole of it, which was believed."""
    return connection.execute(AGAIN, {"id": id_, "sent": sent}).rowcount == 1


def note_failed(connection: Connection, id_: int, error: IkomekError, wait_s: float | None) -> None:
    """`wait_s` none: nobody tries again by itself."""
    bound = {"code": error.code, "parameters": as_json(error.parameters), "wait_s": wait_s}
    connection.execute(FAILED, {"id": id_, **bound})


def keep_receipt(connection: Connection, id_: int, receipt: Receipt | None) -> bool:
    """Whether it was kept: the first one stays. None where reading back stands for it."""
    bound = {
        "id": id_,
        "number": receipt.number if receipt else None,
        "at": receipt.received_at if receipt else None,
        "body": receipt.body if receipt else None,
    }
    return connection.execute(RECEIVED, bound).rowcount == 1
