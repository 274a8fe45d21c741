"""Rows of a list on their way into the tables: sealed, hashed, and copied while the next ones are read.

Nothing that identifies a person leaves this process unsealed: what goes to the database are hashes under
keys, sealed values, and the ids of buildings.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from struct import Struct
from types import TracebackType
from typing import NamedTuple

from psycopg2.extensions import cursor as Cursor

from geo.database import AnyRow
from geo.loading.binary_rows import (
    LENGTH,
    NULL,
    bigint,
    bytea,
    copy_body,
    copy_whole,
    fields,
    jsonb,
    words,
)
from geo.voters.rows import RowFault, VoterRow, name_key
from geo.voters.sealing import HASH_BYTES, ListKey

SEPARATOR = "\x1f"
"""Between the parts of a sealed name or residence: ASCII's own, which no text of a person holds."""
UNSEALABLE = re.compile("[\x1f\ud800-\udfff]")
"""What a refused row may hold and cannot be sealed with: that separator, and halves of characters."""
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
BEHIND = 3
"""Batches given and not copied, at most."""


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


class PersonColumns(NamedTuple):
    """Sound rows, column by column: `birth` and `address` as the file has them, `day` the birth date as ISO
    8601, `room` what was cut off the address."""

    line: Sequence[int]
    iin: Sequence[str]
    surname: Sequence[str]
    first_name: Sequence[str]
    patronymic: Sequence[str]
    birth: Sequence[str]
    address: Sequence[str]
    day: Sequence[str]
    room: Sequence[str]
    building: Sequence[int | None]
    address_id: Sequence[int | None]


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

    def persons(self, columns: PersonColumns) -> bytes:
        """The body of their COPY."""
        return copy_body(map(self._row, *columns))

    def person(
        self, row: VoterRow, born: date, room: str, building: int | None, address: int | None
    ) -> bytes:
        return self._row(*row[:-1], born.isoformat(), room, building, address)

    def _row(
        self,
        line: int,
        iin: str,
        surname: str,
        first_name: str,
        patronymic: str,
        birth: str,
        address: str,
        day: str,
        room: str,
        building: int | None,
        address_id: int | None,
    ) -> bytes:
        twin = _twin(surname, first_name, patronymic, day)
        content = SEPARATOR.join((surname, first_name, patronymic, day, room_key(room)))
        name = SEPARATOR.join((surname, first_name, patronymic, birth))
        key, base = self.key, self.base
        hash_, digest = key.lookup(iin), key.digest
        compared = NULL + NULL
        if base is not None:
            compared = COMPARED.pack(HASH_BYTES, base.lookup(iin), HASH_BYTES, base.digest(content))
        keyed = KEYED.pack(8, line, HASH_BYTES, hash_, HASH_BYTES, digest(content), HASH_BYTES, digest(twin))
        sealed = self._sealed(hash_, iin, name, address)
        return b"".join((self._person, keyed, compared, *sealed, bigint(building), bigint(address_id)))

    def base_twin(self, row: VoterRow, born: date | None) -> bytes | None:
        """By what the person of a row is found in the older list where the IIN cannot be read."""
        if self.base is None or born is None or not (row.surname and row.first_name):
            return None
        surname, first_name, patronymic = (UNSEALABLE.sub("\ufffd", text) for text in row[2:5])
        return self.base.digest(_twin(surname, first_name, patronymic, born.isoformat()))

    def refusal(self, row: VoterRow, fault: RowFault, building: int | None = None) -> bytes:
        """A row without a number of the right shape has no hash: nobody is to be found by it. What
        cannot be sealed is kept as U+FFFD."""
        row = VoterRow(row.line, *(UNSEALABLE.sub("\ufffd", text) for text in row[1:]))
        hash_ = self.key.lookup(row.iin) if row.iin else None
        name = SEPARATOR.join((row.surname, row.first_name, row.patronymic, row.birth))
        return b"".join(
            (
                self._refusal,
                bigint(row.line),
                words(fault.code),
                jsonb(fault.parameters),
                bytea(hash_),
                bytea(self.base.lookup(row.iin) if self.base and row.iin else None),
                *self._sealed(hash_ or _line_owner(row.line), row.iin, name, row.address),
                bigint(building),
            )
        )

    def _sealed(self, owner: bytes, iin: str, name: str, address: str) -> tuple[bytes, ...]:
        """Each after its length."""
        seal, length = self.key.seal, LENGTH.pack
        number, name_, residence = (
            seal("iin", owner, iin),
            seal("name", owner, name),
            seal("residence", owner, address),
        )
        return length(len(number)), number, length(len(name_)), name_, length(len(residence)), residence


def _twin(surname: str, first_name: str, patronymic: str, day: str) -> str:
    return SEPARATOR.join((name_key(surname), name_key(first_name), name_key(patronymic), day))


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
    """Copies batches in a thread of its own, in order, in the transaction of `cursor`, a few behind who gives
    them. Nobody else uses the connection meanwhile: `wait` before."""

    cursor: Cursor
    _pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))
    _running: deque[Future[None]] = field(default_factory=deque)

    def __enter__(self) -> Copier:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def copy(self, statement: str, body: Callable[[], bytes]) -> None:
        """`body` is asked in that thread, in its turn."""
        while len(self._running) >= BEHIND:
            self._running.popleft().result()
        self._running.append(self._pool.submit(self._copy, statement, body))

    def wait(self) -> None:
        """Waits until everything given has been copied. Raises what the database raised."""
        while self._running:
            self._running.popleft().result()

    def _copy(self, statement: str, body: Callable[[], bytes]) -> None:
        copy_whole(self.cursor, statement, body())
