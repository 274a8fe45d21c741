"""A checked version becomes the list in force, by the word of another person than the one who loaded it; the
counts of houses and precincts follow in the same transaction, and the change feed tells every screen."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, TextClause, text

from geo.audit.records import record_audit
from geo.changes.outbox import announce_reset
from geo.database import AnyRow
from geo.errors import Conflict, Forbidden, NotFound
from geo.plans.assignments import follow_register
from geo.settings import City
from geo.voters.compare import compare
from geo.voters.model import current, take_turn, version, waiting
from geo.voters.planning import whole_lists
from geo.voters.worklist import count_open

OPEN_FLAGS = text("""select f.*, b.street_kk, b.street_ru, b.house from voters.flag f
    left join building b on f.level = 'house' and b.region = f.region and b.id = f.of_id
    where f.region = :region and f.list_id = :list and (f.accepted_by is null or :all)
    order by array_position(array['list', 'precinct', 'house'], f.level),
        greatest(f.before - f.after, f.gone) desc, f.of_id""")
ACCEPT = text("""update voters.flag set accepted_by = :who, accepted_at = now() where region = :region
    and list_id = :list and level = :level and of_id = :of and accepted_by is null
    and (cast(:code as text) is null or code = :code) returning *""")
REOPEN = text("""update voters.flag set accepted_by = null, accepted_at = null where region = :region
    and list_id = :list and level = :level and of_id = :of and accepted_by is not null
    and (cast(:code as text) is null or code = :code) returning *""")
ACCEPT_ALL = text("""update voters.flag set accepted_by = :who, accepted_at = now() where region = :region
    and list_id = :list and level = :level and code = :code and accepted_by is null returning of_id""")
REOPEN_ALL = text("""update voters.flag set accepted_by = null, accepted_at = null where region = :region
    and list_id = :list and level = :level and code = :code and accepted_by is not null returning of_id""")
SUPERSEDE = text("""update voters.list_version set state = 'superseded' where region = :region
    and state = 'current'""")
APPROVE = text("""update voters.list_version set state = 'current', approved_by = :who, approved_at = now()
    where region = :region and id = :list""")
COUNT = text("""
    with counted as (select b.id, count(p.line) as voters from building b
        left join voters.person p on p.region = b.region and p.list_id = :list and p.building_id = b.id
        where b.region = :region group by b.id),
    changed as (update building b set voters = c.voters, voters_by_list = true from counted c
        where b.region = :region and b.id = c.id and (b.voters <> c.voters or not b.voters_by_list)
        returning b.id)
    select id from changed order by id""")


def flags(connection: Connection, region: str, list_id: int, all_: bool = False) -> Sequence[AnyRow]:
    """Implausible changes that nobody has accepted, or all; of a house with its address."""
    return connection.execute(OPEN_FLAGS, {"region": region, "list": list_id, "all": all_}).all()


def accept_flag(
    connection: Connection,
    city: City,
    list_id: int,
    level: str,
    of_id: int,
    who: str,
    code: str | None = None,
) -> list[AnyRow]:
    """The change of a house, a precinct or the whole list is as it should be, in the way `code`; none = in
    every way in which it is implausible. Returns what was accepted. Raises `NotFound`
    ("voters.unknown_flag"), `Conflict` ("voters.not_open")."""
    return _decide_flag(connection, city, list_id, level, of_id, who, code, ACCEPT, "voters.flag")


def reopen_flag(
    connection: Connection,
    city: City,
    list_id: int,
    level: str,
    of_id: int,
    who: str,
    code: str | None = None,
) -> list[AnyRow]:
    """The same undone."""
    return _decide_flag(connection, city, list_id, level, of_id, who, code, REOPEN, "voters.flag_reopened")


def accept_flags(
    connection: Connection, city: City, list_id: int, level: str, code: str, count: int, who: str
) -> int:
    """All open changes of one kind are as they should be, `count` of them as they were shown. Raises
    `Conflict` ("voters.not_open", "voters.alike_changed")."""
    changed = _decide_flags(connection, city, list_id, level, code, count, who, ACCEPT_ALL)
    for of_id in changed:
        record_audit(connection, who, "voters.flag", list=list_id, level=level, of=of_id, code=code)
    return len(changed)


def reopen_flags(
    connection: Connection, city: City, list_id: int, level: str, code: str, count: int, who: str
) -> int:
    """The same undone, for all of the kind that were accepted."""
    changed = _decide_flags(connection, city, list_id, level, code, count, who, REOPEN_ALL)
    for of_id in changed:
        record_audit(connection, who, "voters.flag_reopened", list=list_id, level=level, of=of_id, code=code)
    return len(changed)


def _decide_flags(
    connection: Connection,
    city: City,
    list_id: int,
    level: str,
    code: str,
    count: int,
    who: str,
    decision: TextClause,
) -> list[int]:
    take_turn(connection)
    waiting(connection, city.region, list_id)
    bound = {"region": city.region, "list": list_id, "level": level, "code": code, "who": who}
    changed = sorted(connection.scalars(decision, bound))
    if len(changed) != count:
        raise Conflict("voters.alike_changed", shown=count, now=len(changed))
    return changed


def _decide_flag(
    connection: Connection,
    city: City,
    list_id: int,
    level: str,
    of_id: int,
    who: str,
    code: str | None,
    decision: TextClause,
    act: str,
) -> list[AnyRow]:
    take_turn(connection)
    waiting(connection, city.region, list_id)
    bound = {"region": city.region, "list": list_id, "level": level, "of": of_id, "code": code, "who": who}
    changed = sorted(connection.execute(decision, bound).all(), key=lambda flag: str(flag.code))
    if not changed:
        raise NotFound("voters.unknown_flag", level=level, of=of_id)
    for flag in changed:
        record_audit(connection, who, act, list=list_id, level=level, of=of_id, code=flag.code)
    return changed


def recheck(connection: Connection, city: City, list_id: int, who: str) -> AnyRow:
    """The version, its differences counted anew if decisions have changed them since."""
    row = version(connection, city.region, list_id)
    if row.state == "checked" and not row.compared:
        take_turn(connection)
        compare(connection, city, list_id)
        record_audit(connection, who, "voters.compared", list=list_id)
    return version(connection, city.region, list_id)


def approve(connection: Connection, city: City, list_id: int, who: str) -> int:
    """Put the version in force, in the caller's transaction; how many houses have another count now.

    Raises `Conflict`: "voters.not_open", "voters.stale" (another list came into force since it was loaded),
    "voters.open" (decisions are open); `Forbidden` ("voters.second_person").
    """
    take_turn(connection)
    row = waiting(connection, city.region, list_id)
    if _person(row.loaded_by) == _person(who):
        raise Forbidden("voters.second_person", who=who)
    base = current(connection, city.region)
    if is_overtaken(row, base):
        raise Conflict("voters.stale", list=list_id, base=row.base_id, current=base.id if base else None)
    recheck(connection, city, list_id, who)
    addresses = count_open(connection, city.region, list_id).addresses
    open_flags = len(flags(connection, city.region, list_id))
    if addresses or open_flags:
        raise Conflict("voters.open", list=list_id, addresses=addresses, flags=open_flags)
    bound = {"region": city.region, "list": list_id, "who": who}
    connection.execute(SUPERSEDE, bound)
    connection.execute(APPROVE, bound)
    with whole_lists(connection):
        changed = list(connection.scalars(COUNT, bound))
        follow_register(connection, city, [], changed, who)
    announce_reset(connection, city.region, "buildings")
    record_audit(connection, who, "voters.approved", list=list_id, houses=len(changed))
    return len(changed)


def is_overtaken(row: AnyRow, in_force: AnyRow | None) -> bool:
    """Whether a version that waits was compared with another list than the one in force: it is loaded again,
    never approved."""
    return row.state == "checked" and row.base_id != (in_force.id if in_force else None)


def live(known: Sequence[AnyRow]) -> AnyRow | None:
    """The newest that waits and can still be approved, or none; `known`: all versions, the newest first."""
    in_force = next((row for row in known if row.state == "current"), None)
    waiting_ = (row for row in known if row.state == "checked" and not is_overtaken(row, in_force))
    return next(waiting_, None)


def _person(who: str) -> str:
    """The same person on the command line and in the browser."""
    return who.removeprefix("cli:")
