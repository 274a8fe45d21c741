"""A checked version becomes the list in force, by the word of another person than the one who loaded it; the
counts of houses and precincts follow in the same transaction, and the change feed tells every screen."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, text

from geo.audit.records import record_audit
from geo.changes.outbox import announce_reset
from geo.database import AnyRow
from geo.errors import Conflict, Forbidden, NotFound
from geo.plans.assignments import follow_register
from geo.settings import City
from geo.voters.compare import compare
from geo.voters.keys import KeyRing
from geo.voters.model import current, take_turn, version
from geo.voters.worklist import count_open

OPEN_FLAGS = text("""select * from voters.flag where region = :region and list_id = :list
    and (accepted_by is null or :all) order by level desc, before - after desc, of_id""")
ACCEPT = text("""update voters.flag set accepted_by = :who, accepted_at = now() where region = :region
    and list_id = :list and level = :level and of_id = :of and accepted_by is null returning code""")
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
    """Implausible changes that nobody has accepted, or all."""
    return connection.execute(OPEN_FLAGS, {"region": region, "list": list_id, "all": all_}).all()


def accept_flag(connection: Connection, city: City, list_id: int, level: str, of_id: int, who: str) -> None:
    """The change of a house or a precinct is as it should be. Raises `NotFound` ("voters.unknown_flag")."""
    take_turn(connection)
    version(connection, city.region, list_id)
    bound = {"region": city.region, "list": list_id, "level": level, "of": of_id, "who": who}
    code = connection.scalar(ACCEPT, bound)
    if code is None:
        raise NotFound("voters.unknown_flag", level=level, of=of_id)
    record_audit(connection, who, "voters.flag", list=list_id, level=level, of=of_id, code=code)


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
    row = version(connection, city.region, list_id)
    if row.state != "checked":
        raise Conflict("voters.not_open", list=list_id, state=row.state)
    if row.loaded_by == who:
        raise Forbidden("voters.second_person", who=who)
    base = current(connection, city.region)
    if row.base_id != (base.id if base else None):
        raise Conflict("voters.stale", list=list_id, base=row.base_id, current=base.id if base else None)
    recheck(connection, city, list_id, who)
    addresses = count_open(connection, city.region, list_id)
    open_flags = len(flags(connection, city.region, list_id))
    if addresses or open_flags:
        raise Conflict("voters.open", list=list_id, addresses=addresses, flags=open_flags)
    bound = {"region": city.region, "list": list_id, "who": who}
    connection.execute(SUPERSEDE, bound)
    connection.execute(APPROVE, bound)
    changed = list(connection.scalars(COUNT, bound))
    follow_register(connection, city, [], changed, who)
    announce_reset(connection, city.region, "buildings")
    record_audit(connection, who, "voters.approved", list=list_id, houses=len(changed))
    return len(changed)


def reject(connection: Connection, city: City, ring: KeyRing, list_id: int, who: str) -> str:
    """Throw a checked version away, its persons with it; the id of its key, for the caller to destroy once
    this is committed. Raises `Conflict` ("voters.not_open")."""
    take_turn(connection)
    row = version(connection, city.region, list_id)
    if row.state != "checked":
        raise Conflict("voters.not_open", list=list_id, state=row.state)
    forget_persons(connection, city.region, list_id, "rejected")
    record_audit(connection, who, "voters.rejected", list=list_id)
    ring.suspend(row.key_id)
    return str(row.key_id)


def forget_persons(connection: Connection, region: str, list_id: int, state: str) -> None:
    """Every row of the persons of a version; its counts stay."""
    bound = {"region": region, "list": list_id, "state": state}
    for table in ("person", "refusal", "address"):
        connection.execute(
            text(f"delete from voters.{table} where region = :region and list_id = :list"), bound
        )
    connection.execute(
        text("""update voters.list_version set state = :state, key_id = null
            where region = :region and id = :list"""),
        bound,
    )
