"""Signed statements about the chain. A head says: at this moment the chain had this hash at this position.

A statement is one line of JSON: {"body": the text that is signed, "key": fingerprint, "signature": base64}.
Heads lie in the data folder (`audit/heads/YYYY-MM-DD.jsonl`, UTC) and in a second place, if one is set
(`Settings.audit_copy`): each line is on the disk before the next is written. A checkpoint and a restore are
stated in the table too (`audit_statement`), since the chain cannot be read without them.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any, Literal, get_args

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import CheckConstraint, Connection, Engine, Identity, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from geo.audit.chain import Link, epoch_of, last_link
from geo.audit.durable import append_line, make_folder
from geo.audit.keys import Signer, is_signed, open_signer, publish_key
from geo.base import Base
from geo.errors import Unavailable
from geo.foreign_json import read_foreign_json
from geo.settings import Settings

HEADS = "heads"
Kind = Literal["head", "checkpoint", "restore"]


class AuditStatement(Base):
    """A checkpoint or a restore, as it was signed."""

    __tablename__ = "audit_statement"
    __table_args__ = (CheckConstraint("kind in ('checkpoint', 'restore')", name="kind"),)
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    kind: Mapped[str]
    body: Mapped[str]
    key: Mapped[str]
    signature: Mapped[bytes] = mapped_column(LargeBinary)


@dataclass(frozen=True, slots=True)
class ChainStatement:
    """`link` as it was in `epoch`. Of a restore `link` is where the restored chain ends and goes on, and
    `replaced` where that of the database ended which it took the place of; `epoch` is the new one. Of a
    checkpoint everything up to `link` has left: rows older than `before`. A head says with `previous` which
    statement was the last in its place (`body_hash`): none can be taken out between two."""

    kind: Kind
    epoch: int
    link: Link
    at: datetime
    replaced: Link | None = None
    before: datetime | None = None
    previous: str | None = None

    def body(self) -> str:
        """The text that is signed."""
        fields: dict[str, Any] = {
            "kind": self.kind,
            "epoch": self.epoch,
            "position": self.link.position,
            "hash": self.link.hash.hex(),
            "at": self.at.isoformat(),
        }
        if self.replaced is not None:
            fields |= {
                "replaced_position": self.replaced.position,
                "replaced_hash": self.replaced.hash.hex(),
            }
        if self.before is not None:
            fields["before"] = self.before.isoformat()
        if self.previous is not None:
            fields["previous"] = self.previous
        return json.dumps(fields, sort_keys=True)

    @classmethod
    def read(cls, body: str) -> ChainStatement:
        """Raises `ValueError` for what is no statement."""
        try:
            fields = read_foreign_json(body)
            if fields["kind"] not in get_args(Kind):
                raise ValueError(fields["kind"])
            replaced = (
                Link(int(fields["replaced_position"]), bytes.fromhex(fields["replaced_hash"]))
                if "replaced_position" in fields
                else None
            )
            return cls(
                fields["kind"],
                int(fields["epoch"]),
                Link(int(fields["position"]), bytes.fromhex(fields["hash"])),
                datetime.fromisoformat(fields["at"]),
                replaced,
                datetime.fromisoformat(fields["before"]) if "before" in fields else None,
                fields.get("previous"),
            )
        except (KeyError, TypeError) as error:
            raise ValueError(body[:200]) from error


@dataclass(frozen=True)
class Signed:
    """A statement with its signature, and where it stands: a file with its line, or the table, which says
    its `kind` too."""

    body: str
    key: str
    signature: bytes
    location: str
    kind: str | None = None

    def line(self) -> bytes:
        held = {"body": self.body, "key": self.key, "signature": base64.b64encode(self.signature).decode()}
        return json.dumps(held).encode()

    def holds(self, keys: dict[str, Ed25519PublicKey]) -> bool:
        return self.key in keys and is_signed(keys[self.key], self.body.encode(), self.signature)


def body_hash(body: str) -> str:
    """By which the next head names a statement."""
    return hashlib.sha256(body.encode()).hexdigest()


def folder_of(settings: Settings) -> Path:
    return settings.data / "audit"


def folders_of(settings: Settings) -> tuple[Path, ...]:
    """Where statements are written: the data folder first."""
    return (folder_of(settings), *((settings.audit_copy,) if settings.audit_copy else ()))


def sign(signer: Signer, statement: ChainStatement, location: str) -> Signed:
    body = statement.body()
    return Signed(body, signer.fingerprint, signer.sign(body.encode()), location)


def write_head(settings: Settings, engine: Engine) -> ChainStatement:
    """Sign the end of the chain, and write it to every place. Raises `Unavailable` ("audit.place") for a
    place that cannot be written to, once the others have been; ("audit.key")."""
    signer = open_signer(folder_of(settings))
    with engine.connect() as connection:
        epoch, link, now = epoch_of(connection), last_link(connection), _now(connection)
    before = last_body(folder_of(settings))
    statement = ChainStatement("head", epoch, link, now, previous=body_hash(before) if before else None)
    write_outside(settings, signer, statement)
    return statement


def write_outside(settings: Settings, signer: Signer, statement: ChainStatement) -> None:
    line, failed = sign(signer, statement, "").line(), []
    for folder in folders_of(settings):
        try:
            _add_line(folder, signer, statement.at, line)
        except OSError as error:
            failed.append((folder, error))
    for folder, failure in failed:
        reason = failure.strerror or str(failure)
        raise Unavailable("audit.place", folder=str(folder), reason=reason) from failure


def _add_line(folder: Path, signer: Signer, at: datetime, line: bytes) -> None:
    publish_key(signer, folder)
    make_folder(folder / HEADS)
    append_line(folder / HEADS / f"{at:%Y-%m-%d}.jsonl", line)


def state(connection: Connection, signer: Signer, statement: ChainStatement) -> None:
    """Put a checkpoint or a restore into the table."""
    signed = sign(signer, statement, "audit_statement")
    connection.execute(
        text("insert into audit_statement (kind, body, key, signature) values (:kind, :body, :key, :sig)"),
        {"kind": statement.kind, "body": signed.body, "key": signed.key, "sig": signed.signature},
    )


STATED = text("select id, kind, body, key, signature from public.audit_statement order by id")


def read_stated(connection: Connection) -> list[Signed]:
    """The table's, oldest first."""
    rows = connection.execute(STATED)
    return [
        Signed(row.body, row.key, bytes(row.signature), f"audit_statement {row.id}", row.kind) for row in rows
    ]


def read_outside(folders: Iterable[Path]) -> Iterator[Signed | str]:
    """Every line of every place, day by day, each of equal ones once; of a line that cannot be read its
    place."""
    paths = [path for folder in folders for path in (folder / HEADS).glob("*.jsonl")]
    for _, of_a_day in groupby(sorted(paths, key=attrgetter("name")), attrgetter("name")):
        known = set()
        for path in of_a_day:
            content = path.read_bytes()
            # What follows the last end of a line is being written, or was cut off by a kill.
            for number, line in enumerate(content.split(b"\n")[:-1], start=1):
                if line in known:
                    continue
                known.add(line)
                location = f"{path}:{number}"
                try:
                    held = read_foreign_json(line)
                    yield Signed(held["body"], held["key"], base64.b64decode(held["signature"]), location)
                except (ValueError, KeyError, TypeError):
                    yield location


def forget(folder: Path, before: datetime) -> None:
    """Remove the files of days that are over by then; the checkpoint says more than they do."""
    for path in (folder / HEADS).glob("*.jsonl"):
        if path.stem < f"{before:%Y-%m-%d}":
            path.unlink()


def last_head(folder: Path) -> ChainStatement | None:
    """The newest head in a place, as it stands there, its signature unchecked; none = there is none yet."""
    for body in _bodies(folder):
        try:
            statement = ChainStatement.read(body)
        except ValueError:
            continue
        if statement.kind == "head":
            return statement
    return None


def last_body(folder: Path) -> str | None:
    """The text of the last statement in a place."""
    return next(_bodies(folder), None)


def _bodies(folder: Path) -> Iterator[str]:
    """What stands in a place and can be read, the newest first."""
    for path in sorted((folder / HEADS).glob("*.jsonl"), reverse=True):
        for line in reversed(path.read_bytes().split(b"\n")[:-1]):
            try:
                yield str(read_foreign_json(line)["body"])
            except (ValueError, KeyError, TypeError):
                continue


def _now(connection: Connection) -> datetime:
    return connection.execute(text("select now()")).scalar_one()
