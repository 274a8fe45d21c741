"""The steps of a comparison: the list in force, the secret of this comparison, the file in, the file out."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text

from geo.audit.records import record_audit
from geo.database import AnyRow
from geo.errors import Conflict, InvalidInput, NotFound
from geo.settings import City
from geo.voters.keys import KeyRing
from geo.voters.lasting import doubles_key
from geo.voters.model import current, take_turn, version
from geo.voters.regions import files
from geo.voters.regions.blinding import Blinder
from geo.voters.regions.files import ComparisonFile, Header
from geo.voters.sealing import ListKey

Progress = Callable[[int], None]
NUMBERS = text("""select hash, iin from voters.person where region = :region and list_id = :list
    order by hash""").execution_options(yield_per=5_000)
BEGUN = text("""insert into voters.comparison (region, session, role, other, list_id, key_id, own_rows,
        other_rows, sent, begun_by)
    values (:region, :session, :role, :other, :list, :key, :own, :others, :sent, :who) returning id""")
OPEN = text("""select * from voters.comparison where region = :region and session = :session
    and finished_at is null for update""")
FINISHED = text("""update voters.comparison set key_id = null, other_rows = :others, finished_by = :who,
    finished_at = now() where region = :region and id = :comparison""")
FOUND = text("""insert into voters.region_double (region, comparison_id, hash, lasting)
    values (:region, :comparison, :hash, :lasting)""")


@dataclass(frozen=True)
class Finished:
    """`key`: the secret's, for the caller to destroy once this is committed. `file`: for the other region,
    where it waits for one."""

    comparison: int
    other: str
    doubles: int
    own_rows: int
    other_rows: int
    key: str
    file: ComparisonFile | None


@dataclass(frozen=True)
class RegionSide:
    """One region's side of comparisons, in the caller's transaction."""

    connection: Connection
    city: City
    ring: KeyRing
    who: str
    progress: Progress = lambda rows: None

    def begin(self, other: str, out: Path) -> tuple[ComparisonFile, ListKey]:
        """The caller settles the key after the commit. Raises `NotFound` ("voters.no_list"), `InvalidInput`
        ("voters.compare.self")."""
        listed, key, session = self._list(other), self.ring.create(), os.urandom(files.SESSION_BYTES)
        own = sorted(blinded for blinded, _, _ in self._blinded(listed, Blinder(key.secret, session)))
        sent = files.write(out, Header("begin", session.hex(), self.city.region, len(own), 0), own)
        self._note(listed, key, "begins", other, sent, None)
        return sent, key

    def answer(self, received: Path, other: str, most: int, out: Path) -> tuple[ComparisonFile, ListKey]:
        """Raises as `begin`, `InvalidInput` ("voters.compare.file", "voters.compare.step",
        "voters.compare.region", "voters.compare.rows" for more than `most`, "voters.compare.point")."""
        file = self._received(received, "begin", other)
        if file.header.own > most:
            raise InvalidInput("voters.compare.rows", rows=file.header.own, most=most)
        listed, key, session = self._list(other), self.ring.create(), bytes.fromhex(file.header.session)
        blinder = Blinder(key.secret, session)
        own = sorted(blinded for blinded, _, _ in self._blinded(listed, blinder))
        doubled = self._again(file.own(), blinder)
        header = Header(
            "answer", file.header.session, self.city.region, len(own), file.header.own, file.sha256
        )
        sent = files.write(out, header, chain(own, doubled))
        self._note(listed, key, "answers", other, sent, file.header.own)
        return sent, key

    def finish_as_first(self, received: Path, out: Path) -> Finished:
        """Who began has the answer. Raises as `answer`, `NotFound` ("voters.compare.unknown"), `Conflict`
        ("voters.compare.list")."""
        file = self._received(received, "answer", None)
        row, blinder = self._open(file, "begins")
        if file.header.doubled != row.own_rows:
            raise InvalidInput("voters.compare.step", file=received.name)
        theirs = list(self._again(file.own(), blinder))
        returned = Header("return", file.header.session, self.city.region, 0, len(theirs), file.sha256)
        sent = files.write(out, returned, theirs)
        both = set(theirs)
        mine = sorted(self._blinded(self._same_list(row), blinder))
        common = [one for one, doubled in zip(mine, file.doubled()) if doubled in both]
        return self._finish(row, file.header.own, common, sent)

    def finish_as_second(self, received: Path, answered: Path) -> Finished:
        """Who answered has its own points back; `answered` is the file that it sent. Raises as
        `finish_as_first`."""
        file = self._received(received, "return", None)
        row, blinder = self._open(file, "answers")
        own = files.read(answered)
        if own.sha256 != file.header.of or file.header.doubled != row.own_rows:
            raise InvalidInput("voters.compare.step", file=answered.name)
        theirs = set(own.doubled())
        mine = sorted(self._blinded(self._same_list(row), blinder))
        common = [one for one, doubled in zip(mine, file.doubled()) if doubled in theirs]
        return self._finish(row, row.other_rows, common, None)

    def _list(self, other: str) -> AnyRow:
        take_turn(self.connection)
        if other == self.city.region:
            raise InvalidInput("voters.compare.self", region=other)
        listed = current(self.connection, self.city.region)
        if listed is None:
            raise NotFound("voters.no_list")
        return listed

    def _same_list(self, row: AnyRow) -> AnyRow:
        """The version that was sent. Raises `Conflict` ("voters.compare.list") once its persons are gone."""
        listed = version(self.connection, self.city.region, row.list_id)
        if listed.key_id is None:
            raise Conflict("voters.compare.list", list=row.list_id)
        return listed

    def _blinded(self, listed: AnyRow, blinder: Blinder) -> Iterator[tuple[bytes, bytes, str]]:
        """(blinded, hash, IIN) of everybody; nothing of it leaves the process but the first."""
        key = self.ring.get(listed.key_id)
        bound = {"region": self.city.region, "list": listed.id}
        for n, row in enumerate(self.connection.execute(NUMBERS, bound), 1):
            hash_ = bytes(row.hash)
            number = key.open("iin", hash_, bytes(row.iin))
            yield blinder.blind(number), hash_, number
            self.progress(n)

    def _again(self, points: Iterable[bytes], blinder: Blinder) -> Iterator[bytes]:
        for n, point in enumerate(points, 1):
            yield blinder.blind_again(point)
            self.progress(n)

    def _received(self, path: Path, step: str, other: str | None) -> ComparisonFile:
        file = files.read(path)
        if file.header.step != step:
            raise InvalidInput("voters.compare.step", file=path.name)
        if other is not None and file.header.region != other:
            raise InvalidInput("voters.compare.region", region=file.header.region, expected=other)
        return file

    def _open(self, file: ComparisonFile, role: str) -> tuple[AnyRow, Blinder]:
        take_turn(self.connection)
        session = bytes.fromhex(file.header.session)
        bound = {"region": self.city.region, "session": session}
        row = self.connection.execute(OPEN, bound).one_or_none()
        if row is None or row.role != role or bytes(row.sent).hex() != file.header.of:
            raise NotFound("voters.compare.unknown", file=file.path.name)
        if file.header.region != row.other:
            raise InvalidInput("voters.compare.region", region=file.header.region, expected=row.other)
        return row, Blinder(self.ring.get(row.key_id).secret, session)

    def _note(
        self, listed: AnyRow, key: ListKey, role: str, other: str, sent: ComparisonFile, others: int | None
    ) -> None:
        bound: dict[str, Any] = {
            "region": self.city.region,
            "session": bytes.fromhex(sent.header.session),
            "role": role,
            "other": other,
            "list": listed.id,
            "key": key.id,
            "own": sent.header.own,
            "others": others,
            "sent": bytes.fromhex(sent.sha256),
            "who": self.who,
        }
        id_ = self.connection.scalar(BEGUN, bound)
        about = {"comparison": id_, "list": listed.id, "hash": sent.sha256, "rows": sent.header.own}
        record_audit(self.connection, self.who, "voters.compare_sent", **about)

    def _finish(
        self, row: AnyRow, others: int, common: list[tuple[bytes, bytes, str]], sent: ComparisonFile | None
    ) -> Finished:
        lasting = doubles_key(self.connection, self.city.region, self.ring)
        bound = {"region": self.city.region, "comparison": row.id, "others": others, "who": self.who}
        found = [bound | {"hash": hash_, "lasting": lasting.lookup(number)} for _, hash_, number in common]
        if found:
            self.connection.execute(FOUND, found)
        self.connection.execute(FINISHED, bound)
        record_audit(
            self.connection, self.who, "voters.compared_regions", comparison=row.id, count=len(found)
        )
        self.ring.suspend(row.key_id)
        return Finished(row.id, row.other, len(found), row.own_rows, others, row.key_id, sent)
