"""An invented list of a small city, imported, and what was found in it held against what was planted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, text

from etl.demo.voters.writing import InventedList, invent_list, write_list
from etl.voters.files import open_list
from geo.database import connect_engine
from geo.settings import Settings
from geo.voters import approval, worklist
from geo.voters.importing import ImportedList, import_list, settle
from geo.voters.keys import KeyRing

VOTING_DAY = date(2027, 3, 14)
PLANTED_AS = {"two_homes": ("iin_conflict", "two_precincts"), "namesake": ("",)}
"""What a fault is found as, where that is not its own name."""


class Answer(Protocol):
    """What the right answer to a line is (`etl.demo.voters.faults.ListLine`)."""

    kind: str
    building: int | None
    fault: str


def invented(settings: Settings, share: float = 0.1, seed: int = 7) -> InventedList:
    engine = connect_engine(settings, "reader", pool_size=1)
    try:
        with engine.connect() as connection:
            return invent_list(connection, settings.city, share, VOTING_DAY, seed)
    finally:
        engine.dispose()


def load(
    settings: Settings,
    path: Path,
    who: str = "aigerim",
    progress: Callable[[str, int], None] | None = None,
) -> ImportedList:
    """Loads a list the way the command does."""
    ring = KeyRing.of(settings)
    engine = connect_engine(settings, "voters", pool_size=1)
    try:
        with engine.begin() as connection:
            done = import_list(connection, settings.city, ring, open_list(path), VOTING_DAY, who, progress)
        with engine.connect() as connection:
            settle(ring, connection, settings.city.region, done.id)
        return done
    finally:
        engine.dispose()


def write(found: InventedList, path: Path, encoding: str = "utf-8") -> Path:
    write_list(found, path, encoding=encoding)
    return path


@dataclass(frozen=True)
class Judged:
    """The matches of one kind of address: persons matched rightly, wrongly, and left to a person."""

    right: int
    wrong: int
    left: int


@dataclass(frozen=True)
class Verdict:
    by_kind: dict[str, Judged]
    missed: list[tuple[int, str, str]]
    """(line, planted, found) of faults that were not found as what they are."""
    accused: list[tuple[int, str]]
    """(line, code) of sound rows that were refused."""

    @property
    def precision(self) -> float:
        """The share of right matches among those made without a person."""
        right, wrong = sum(k.right for k in self.sound), sum(k.wrong for k in self.by_kind.values())
        return right / (right + wrong) if right + wrong else 1.0

    @property
    def recall(self) -> float:
        """The share of right matches among the persons that have a building."""
        return sum(k.right for k in self.sound) / sum(k.right + k.wrong + k.left for k in self.sound)

    @property
    def sound(self) -> list[Judged]:
        return [judged for kind, judged in self.by_kind.items() if not kind.startswith("no_such")]


def judge(connection: Connection, lines: Sequence[Answer], list_id: int) -> Verdict:
    """Every line of the list against what was done with it."""
    bound = {"list": list_id}
    houses = dict(
        connection.execute(
            text("select line, building_id from voters.person where list_id = :list"), bound
        ).all()
    )
    refused = dict(
        connection.execute(text("select line, code from voters.refusal where list_id = :list"), bound).all()
    )
    assert not houses.keys() & refused.keys()
    kinds: dict[str, Counter[str]] = {}
    missed, accused = [], []
    for number, line in enumerate(lines, start=1):
        code = refused.get(number, "")
        if line.fault and code not in PLANTED_AS.get(line.fault, (line.fault,)):
            missed.append((number, line.fault, code))
        if not line.fault and code:
            accused.append((number, code))
        if number in houses:
            found = houses[number]
            answer = "left" if found is None else "right" if found == line.building else "wrong"
            kinds.setdefault(line.kind, Counter())[answer] += 1
    by_kind = {
        kind: Judged(found["right"], found["wrong"], found["left"]) for kind, found in sorted(kinds.items())
    }
    return Verdict(by_kind, missed, accused)


def approve(settings: Settings, list_id: int, who: str = "daulet") -> int:
    """Everything that is open decided, and approved."""
    decide_all(settings, list_id)
    engine = connect_engine(settings, "voters", pool_size=1)
    try:
        with engine.begin() as connection:
            return approval.approve(connection, settings.city, list_id, who)
    finally:
        engine.dispose()


def decide_all(settings: Settings, list_id: int) -> None:
    """No building has an open address; every change is right."""
    ring, city = KeyRing.of(settings), settings.city
    engine = connect_engine(settings, "voters", pool_size=1)
    try:
        with engine.begin() as connection:
            for address in worklist.open_addresses(connection, city, ring, list_id, 10_000):
                worklist.decide(connection, city, ring, list_id, address.id, None, "aigerim")
            approval.recheck(connection, city, list_id, "aigerim")
            flags = approval.flags(connection, city.region, list_id)
            for level, of_id in dict.fromkeys((flag.level, flag.of_id) for flag in flags):
                approval.accept_flag(connection, city, list_id, level, of_id, "aigerim")
    finally:
        engine.dispose()
