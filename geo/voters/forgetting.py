"""The persons of a version go, its counts stay: of one that is rejected before it came into force, or erased
after another one has followed it."""

from __future__ import annotations

from typing import Literal

from sqlalchemy import Connection, text

from geo.audit.records import record_audit
from geo.errors import Conflict
from geo.settings import City
from geo.voters.keys import KeyRing
from geo.voters.model import take_turn, version
from geo.voters.regions.doubles import FORGET

End = Literal["rejected", "erased"]
FROM = {"rejected": ("checked", "voters.not_open"), "erased": ("superseded", "voters.in_force")}
"""The state that a version must have to end so, and what refuses one that has another."""
SEALED = ("person", "refusal", "address")
"""The tables that hold what the version's key has sealed."""
EMPTIED = text("""select cast(i.inhrelid as regclass)::text from pg_inherits i
    join pg_class c on c.oid = i.inhrelid
    join voters.list_version l on c.relname = 'person_' || l.id
    where i.inhparent = to_regclass('voters.person') and l.state in ('rejected', 'erased')""")


def forget_persons(
    connection: Connection, city: City, ring: KeyRing, list_id: int, end: End, who: str
) -> str:
    """Every row of the version's persons, in the caller's transaction. The id of its key, for the caller to
    destroy once this is committed: then no backup can be read either. Raises `Conflict` ("voters.not_open",
    "voters.in_force")."""
    take_turn(connection)
    row = version(connection, city.region, list_id)
    state, refusal = FROM[end]
    if row.state != state:
        raise Conflict(refusal, list=list_id, state=row.state)
    bound = {"region": city.region, "list": list_id, "state": end}
    for table in SEALED:
        connection.execute(
            text(f"delete from voters.{table} where region = :region and list_id = :list"), bound
        )
    connection.execute(FORGET, bound)
    connection.execute(
        text("""update voters.list_version set state = :state, key_id = null
            where region = :region and id = :list"""),
        bound,
    )
    if end == "rejected":
        record_audit(connection, who, "voters.rejected", list=list_id)
    else:
        record_audit(connection, who, "voters.erased", list=list_id)
    ring.suspend(row.key_id)
    return str(row.key_id)


def drop_tables(owner: Connection) -> None:
    """The tables of versions whose persons are gone, by their owner, at a quiet hour: it waits for everybody
    who reads the list, and they for it."""
    for table in list(owner.scalars(EMPTIED)):
        owner.execute(text(f"drop table {table}"))
