"""Rows of a list on their way into the tables: sealed, hashed, and copied while the next ones are read.

Nothing that identifies a person leaves this process unsealed: what goes to the database are hashes under
keys, sealed values, and the ids of buildings.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from struct import Struct
from types import TracebackType

from psycopg2.extensions import cursor as Cursor

from geo.database import AnyRow
from geo.loading.binary_rows import LENGTH, NULL, bigint, bytea, copy_rows, fields, jsonb, words
from geo.voters.rows import RowFault, VoterRow, name_key
from geo.voters.sealing import HASH_BYTES, ListKey

SEPARATOR = "\x1f"
"""Between the parts of a sealed name or residence: ASCII's own, which no text of a person holds."""
COLUMNS = (
    "region, list_id, line, hash, content, twin, base_hash, base_content, iin, name, residence, building_id, "
    "address_id"
)
PERSON = f"copy voters.person ({COLUMNS}) from stdin (format binary)"
NEW_PERSON = f"copy voters.person_{{}} ({COLUMNS}) from stdin (format binary, freeze)"
"""Copies persons into the table of one list, made by this transaction."""
REFUSAL = (
    "copy voters.refusal (region, list_id, line, code, parameters, hash, base_hash, iin, name, residence, "
    "building_id) from stdin (format binary)"
)
PERSON_FIELDS, REFUSAL_FIELDS = 13, 11
HASHED = f"i{HASH_BYTES}s"
KEYED = Struct(f">iq{HASHED * 3}")
"""A person's line, hash, content and twin, each hash after its length."""
COMPARED = Struct(f">{HASHED * 2}")


def open_row(key: ListKey, row: AnyRow, line: int) -> VoterRow:
    """The contents of a sealed row (`hash`, `iin`, `name`, `residence`)."""
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
    """Turns rows into rows of COPY. `base`: the key of the version that the list is compared with."""

    region: str
    list_id: int
    key: ListKey
    base: ListKey | None
    _person: bytes = field(init=False)
    _refusal: bytes = field(init=False)

    def __post_init__(self) -> None:
        of_list = words(self.region) + bigint(self.list_id)
        self._person, self._refusal = fields(PERSON_FIELDS) + of_list, fields(REFUSAL_FIELDS) + of_list

    def person(
        self, row: VoterRow, born: date, room: str, building: int | None, address: int | None
    ) -> bytes:
        day = born.isoformat()
        twin = SEPARATOR.join(
            (name_key(row.surname), name_key(row.first_name), name_key(row.patronymic), day)
        )
        content = SEPARATOR.join((row.surname, row.first_name, row.patronymic, day, room_key(room)))
        key, base = self.key, self.base
        hash_ = key.lookup(row.iin)
        compared = NULL + NULL
        if base is not None:
            compared = COMPARED.pack(HASH_BYTES, base.lookup(row.iin), HASH_BYTES, base.digest(content))
        return b"".join(
            (
                self._person,
                KEYED.pack(
                    8,
                    row.line,
                    HASH_BYTES,
                    hash_,
                    HASH_BYTES,
                    key.digest(content),
                    HASH_BYTES,
                    key.digest(twin),
                ),
                compared,
                *self._sealed(row, hash_),
                bigint(building),
                bigint(address),
            )
        )

    def refusal(self, row: VoterRow, fault: RowFault, building: int | None = None) -> bytes:
        """A row without a number of the right shape has no hash: nobody is to be found by it."""
        hash_ = self.key.lookup(row.iin) if row.iin else None
        return b"".join(
            (
                self._refusal,
                bigint(row.line),
                words(fault.code),
                jsonb(fault.parameters),
                bytea(hash_),
                bytea(self.base.lookup(row.iin) if self.base and row.iin else None),
                *self._sealed(row, hash_ or _line_owner(row.line)),
                bigint(building),
            )
        )

    def _sealed(self, row: VoterRow, owner: bytes) -> tuple[bytes, ...]:
        """IIN, name and residence, each after its length."""
        seal = self.key.seal
        iin = seal("iin", owner, row.iin)
        name = SEPARATOR.join((row.surname, row.first_name, row.patronymic, row.birth))
        name_, residence = seal("name", owner, name), seal("residence", owner, row.address)
        length = LENGTH.pack
        return length(len(iin)), iin, length(len(name_)), name_, length(len(residence)), residence


@lru_cache(maxsize=50_000)
def room_key(room: str) -> str:
    """The numbers of a flat, however the words around them are written.

    >>> room_key("кв. 17"), room_key("17-пәтер"), room_key("подъезд 2, кв. 17а")
    ('17', '17', '2 17а')
    """
    return " ".join(re.findall("[0-9]+[^\\W\\d_]?(?![^\\W\\d_])", room.casefold()))


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

    def copy(self, statement: str, rows: Sequence[bytes]) -> None:
        if rows:
            self.wait()
            self._running.append(self._pool.submit(copy_rows, self.cursor, statement, rows))

    def wait(self) -> None:
        """Waits until everything given has been copied. Raises what the database raised."""
        while self._running:
            self._running.pop().result()
