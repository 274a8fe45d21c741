"""Rows of a list on their way into the tables: sealed, hashed, and copied while the next ones are read.

Nothing that identifies a person leaves this process unsealed: what goes to the database are hashes under
keys, sealed values, and the ids of buildings.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from io import BytesIO
from types import TracebackType

from psycopg2.extensions import cursor as Cursor

from geo.database import AnyRow
from geo.voters.rows import RowFault, VoterRow, name_key
from geo.voters.sealing import ListKey

SEPARATOR = "\x1f"
"""Between the parts of a sealed name or residence: ASCII's own, which no text of a person holds."""
PERSON = (
    "copy voters.person (region, list_id, line, hash, content, twin, base_hash, base_content, iin, name, "
    "residence, building_id, address_id) from stdin"
)
REFUSAL = (
    "copy voters.refusal (region, list_id, line, code, parameters, hash, base_hash, iin, name, residence, "
    "building_id) from stdin"
)
NULL = "\\N"


def open_row(key: ListKey, row: AnyRow, line: int) -> VoterRow:
    """What a sealed row (`hash`, `iin`, `name`, `residence`) says."""
    owner = bytes(row.hash) if row.hash is not None else _line_owner(line)
    surname, first_name, patronymic, birth = open_name(key, owner, bytes(row.name))
    address = key.open("residence", owner, bytes(row.residence))
    number = key.open("iin", owner, bytes(row.iin))
    return VoterRow(line, number, surname, first_name, patronymic, birth, address, "")


def open_name(key: ListKey, owner: bytes, sealed: bytes) -> list[str]:
    """Surname, first name, patronymic, birth date."""
    return key.open("name", owner, sealed).split(SEPARATOR)


@dataclass
class RowSealer:
    """Turns rows into lines of COPY. `base`: the key of the version that the list is compared with."""

    region: str
    list_id: int
    key: ListKey
    base: ListKey | None

    def person(self, row: VoterRow, born: date, room: str, building: int | None, address: int | None) -> str:
        twin = SEPARATOR.join(
            (name_key(row.surname), name_key(row.first_name), name_key(row.patronymic), born.isoformat())
        )
        content = SEPARATOR.join(
            (row.surname, row.first_name, row.patronymic, born.isoformat(), room_key(room))
        )
        hash_ = self.key.lookup(row.iin)
        compared = (
            (_hex(self.base.lookup(row.iin)), _hex(self.base.digest(content))) if self.base else (NULL, NULL)
        )
        return "\t".join(
            (
                self.region,
                str(self.list_id),
                str(row.line),
                _hex(hash_),
                _hex(self.key.digest(content)),
                _hex(self.key.digest(twin)),
                *compared,
                *self.sealed(row, hash_),
                NULL if building is None else str(building),
                NULL if address is None else str(address),
            )
        )

    def refusal(self, row: VoterRow, fault: RowFault, building: int | None = None) -> str:
        """A row without a number of the right shape has no hash: nobody is to be found by it."""
        hash_ = self.key.lookup(row.iin) if row.iin else None
        base = _hex(self.base.lookup(row.iin)) if self.base and row.iin else NULL
        owner = hash_ or _line_owner(row.line)
        return "\t".join(
            (
                self.region,
                str(self.list_id),
                str(row.line),
                fault.code,
                json.dumps(fault.parameters),
                _hex(hash_) if hash_ else NULL,
                base,
                *self.sealed(row, owner),
                NULL if building is None else str(building),
            )
        )

    def sealed(self, row: VoterRow, owner: bytes) -> tuple[str, str, str]:
        seal = self.key.seal
        name = SEPARATOR.join((row.surname, row.first_name, row.patronymic, row.birth))
        return (
            _hex(seal("iin", owner, row.iin)),
            _hex(seal("name", owner, name)),
            _hex(seal("residence", owner, row.address)),
        )


@lru_cache(maxsize=50_000)
def room_key(room: str) -> str:
    """The numbers of a flat, however the words around them are written.

    >>> room_key("кв. 17"), room_key("17-пәтер"), room_key("подъезд 2, кв. 17а")
    ('17', '17', '2 17а')
    """
    return " ".join(re.findall("[0-9]+[^\\W\\d_]?(?![^\\W\\d_])", room.casefold()))


def _hex(value: bytes) -> str:
    return "\\\\x" + value.hex()


def _line_owner(line: int) -> bytes:
    return f"line {line}".encode()


@dataclass
class Copier:
    """Copies batches in a thread of its own, in order, in the transaction of `cursor`, one batch behind who
    gives them. Nobody else uses the connection meanwhile: `wait` before."""

    cursor: Cursor
    _pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))
    _running: list[Future[None]] = field(default_factory=list)

    def __enter__(self) -> Copier:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(wait=True)

    def copy(self, statement: str, lines: Sequence[str]) -> None:
        if lines:
            self.wait()
            body = BytesIO(("\n".join(lines) + "\n").encode())
            self._running.append(self._pool.submit(self.cursor.copy_expert, statement, body))

    def wait(self) -> None:
        """Until everything given has been copied. Raises what the database raised."""
        while self._running:
            self._running.pop().result()
