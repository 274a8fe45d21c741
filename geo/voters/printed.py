"""The lists that a precinct's commission works with on paper: the voters of each precinct in the order of
their names or of their addresses, without their IIN, which nobody needs there. Who prints which list is
recorded and committed before the first row is opened."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, text

from geo.addresses.line_notes import without_room
from geo.audit.records import record_audit
from geo.database import AnyRow
from geo.errors import Conflict, NotFound
from geo.plans.model import plan_in_force
from geo.settings import City
from geo.voters import limits
from geo.voters.keys import KeyRing
from geo.voters.limits import Limit
from geo.voters.model import current, version
from geo.voters.package.source import READABLE
from geo.voters.planning import whole_lists
from geo.voters.rows import read_date
from geo.voters.sealing import ListKey
from geo.voters.staging import open_row

PRINTED_IN = ("kk", "ru")
ALPHABET = "аәбвгғдеёжзийкқлмнңоөпрстуұүфхһцчшщъыіьэюя"
"""Kazakh, which holds the Russian letters in their own order."""
RANKS = {letter: f"{rank:02}" for rank, letter in enumerate(ALPHABET)}
OF_PRECINCTS = """from voters.person p
    join public.assignment a on a.region = p.region and a.plan_id = :plan and a.building_id = p.building_id
    join public.precinct c on c.region = a.region and c.plan_id = a.plan_id and c.id = a.precinct_id"""
CHOSEN = """where p.region = :region and p.list_id = :list
        and (cast(:number as bigint) is null or c.number = :number)"""
COUNTED = text(f"select c.number, count(*) as n {OF_PRECINCTS} {CHOSEN} group by 1 order by 1")
PERSONS = text(f"""
    select c.number, p.line, p.hash, p.iin, p.name, p.residence, b.street_kk, b.street_ru, b.house
    {OF_PRECINCTS}
    join public.building b on b.region = p.region and b.id = p.building_id
    {CHOSEN} order by c.number""").execution_options(yield_per=5_000)
HEADS = text("""
    select c.number, d.name_kk as district_kk, d.name_ru as district_ru, s.name_kk as station_kk,
        s.name_ru as station_ru, coalesce(s.address_kk, s.address) as address_kk, s.address as address_ru
    from public.precinct c
    left join public.district d on d.region = c.region and d.id = c.district_id
    left join public.station s on s.region = c.region and s.id = c.station_id
    where c.region = :region and c.plan_id = :plan""")


class PrintedVoter(NamedTuple):
    """`born`: ISO 8601, empty where the register has none; `room` as the register writes it."""

    name: str
    born: str
    street: str
    house: str
    room: str

    @property
    def address(self) -> str:
        return ", ".join(part for part in (self.street, self.house, self.room) if part)


@dataclass(frozen=True)
class PrintedList:
    """The list of one precinct, in one language. Days and moments are ISO 8601."""

    number: int
    district: str
    station: str
    station_address: str
    voting_day: str
    approved_at: str
    voters: list[PrintedVoter]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> PrintedList:
        return cls(**{**given, "voters": [PrintedVoter(*row) for row in given["voters"]]})


@dataclass(frozen=True)
class PrintOrder:
    """What shall be printed: `list` none = the list in force; `number` none = of every precinct. `by`: a key
    of `ORDERS`."""

    list: int | None = None
    number: int | None = None
    by: str = "name"
    lang: str = "ru"


def by_name(voter: PrintedVoter) -> tuple[Any, ...]:
    return (_alphabetical(voter.name), voter.born, voter.address)


def by_address(voter: PrintedVoter) -> tuple[Any, ...]:
    """Houses and flats by their numbers: 2 before 10."""
    return (*map(_natural, (voter.street, voter.house, voter.room)), _alphabetical(voter.name))


ORDERS: dict[str, Callable[[PrintedVoter], tuple[Any, ...]]] = {"name": by_name, "address": by_address}


def read_printed(
    engine: Engine, city: City, ring: KeyRing, wanted: PrintOrder, who: str, *most: Limit
) -> Iterator[PrintedList]:
    """Every precinct of the plan in force that has voters, or the one that is wanted; who has no building is
    in none. `engine`: of the role "voters".

    Raises `NotFound` ("voters.no_list", "voters.unknown_list", "voters.no_precinct", "voters.no_voters"),
    `Conflict` ("voters.not_approved"), `TooMany` by the limits `most`.
    """
    with engine.begin() as connection:
        listed = _readable(connection, city, wanted.list)
        bound = {"region": city.region, "list": listed.id, "number": wanted.number}
        bound["plan"] = plan_in_force(connection, city)
        heads = {row.number: row for row in connection.execute(HEADS, bound)}
        if wanted.number is not None and wanted.number not in heads:
            raise NotFound("voters.no_precinct", number=wanted.number)
        limits.check(connection, who, *most)
        _record(connection, bound, who)
    key = ring.get(listed.key_id)
    with engine.connect() as connection, whole_lists(connection):
        for number, rows in groupby(connection.execute(PERSONS, bound), lambda row: row.number):
            voters = sorted((_voter(key, row, wanted.lang) for row in rows), key=ORDERS[wanted.by])
            yield _list(heads[number], listed, wanted.lang, voters)


def _record(connection: Connection, bound: dict[str, Any], who: str) -> None:
    """A row of the audit for each list that will be printed. Raises `NotFound` ("voters.no_voters")."""
    with whole_lists(connection):
        counted = connection.execute(COUNTED, bound).all()
    if not counted and bound["number"] is not None:
        raise NotFound("voters.no_voters", number=bound["number"])
    about = {"list": bound["list"], "plan": bound["plan"]}
    for row in counted:
        record_audit(connection, who, "voters.printed", number=row.number, rows=row.n, **about)


def _readable(connection: Connection, city: City, list_id: int | None) -> AnyRow:
    if list_id is None:
        listed = current(connection, city.region)
    else:
        listed = version(connection, city.region, list_id)
    if listed is None:
        raise NotFound("voters.no_list")
    if listed.state not in READABLE:
        raise Conflict("voters.not_approved", list=listed.id, state=listed.state)
    return listed


def _list(head: AnyRow, listed: AnyRow, lang: str, voters: list[PrintedVoter]) -> PrintedList:
    return PrintedList(
        head.number,
        getattr(head, f"district_{lang}") or "",
        getattr(head, f"station_{lang}") or "",
        getattr(head, f"address_{lang}") or "",
        listed.voting_day.isoformat(),
        listed.approved_at.isoformat(),
        voters,
    )


def _voter(key: ListKey, row: AnyRow, lang: str) -> PrintedVoter:
    opened = open_row(key, row, row.line)
    name = " ".join(filter(None, (opened.surname, opened.first_name, opened.patronymic)))
    born = read_date(opened.birth)
    streets = (row.street_kk, row.street_ru) if lang == "kk" else (row.street_ru, row.street_kk)
    return PrintedVoter(
        name,
        born.isoformat() if born else "",
        streets[0] or streets[1] or "",
        row.house or "",
        without_room(opened.address)[1],
    )


def _alphabetical(text_: str) -> str:
    return "".join(RANKS.get(letter, f"~{letter}") for letter in text_.casefold())


def _natural(text_: str) -> tuple[tuple[int, str], ...]:
    return tuple(
        (int(part), "") if part.isdigit() else (-1, _alphabetical(part))
        for part in re.split("([0-9]+)", text_)
        if part
    )
