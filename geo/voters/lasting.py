"""The keys that outlive the versions of the list: of the rules of addresses, and of who was struck off.

What they have sealed and hashed is made anew with the lists (`geo.voters.rekey`), in one transaction. While
one decides over a new key both are in the folder, and so after one that was killed: the rows themselves say
which has sealed them. Where there is no row either will do.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection, text

from geo.errors import Unavailable
from geo.voters import rules
from geo.voters.keys import DOUBLES, LASTING, RULES, KeyRing
from geo.voters.model import known_keys
from geo.voters.sealing import ListKey

RULE = text("select hash, line from voters.address_rule where region = :region order by id desc limit 1")
DOUBLE = text("""select d.hash, d.lasting, l.key_id, p.iin from voters.region_double d
    join voters.comparison c on c.region = d.region and c.id = d.comparison_id
    join voters.list_version l on l.region = c.region and l.id = c.list_id and l.key_id is not null
    join voters.person p on p.region = l.region and p.list_id = l.id and p.hash = d.hash
    where d.region = :region limit 1""")


def rules_key(connection: Connection, region: str, ring: KeyRing) -> ListKey:
    """The key of the rules as they are now."""
    return _in_force(connection, region, ring, RULES)


def doubles_key(connection: Connection, region: str, ring: KeyRing) -> ListKey:
    """The key of the lasting hashes as they are now."""
    return _in_force(connection, region, ring, DOUBLES)


def sweep(connection: Connection, region: str, ring: KeyRing) -> None:
    """All that a killed command left in the folder of the keys. The caller holds the lock of the list."""
    for id_ in filter(ring.is_renewed, LASTING):
        now, new = ring.lasting(id_)
        if new is None or FITS[id_](connection, region, ring, new):
            ring.replace(new or now)
        else:
            ring.withdraw(id_)
    ring.sweep(known_keys(connection))


def _in_force(connection: Connection, region: str, ring: KeyRing, id_: str) -> ListKey:
    old, new = ring.lasting(id_)
    return old if new is None or not FITS[id_](connection, region, ring, new) else new


def _sealed_rules(connection: Connection, region: str, ring: KeyRing, key: ListKey) -> bool:
    row = connection.execute(RULE, {"region": region}).one_or_none()
    if row is None:
        return False
    try:
        key.open(rules.COLUMN, bytes(row.hash), bytes(row.line))
    except Unavailable:
        return False
    return True


def _hashed_doubles(connection: Connection, region: str, ring: KeyRing, key: ListKey) -> bool:
    row = connection.execute(DOUBLE, {"region": region}).one_or_none()
    if row is None:
        return False
    number = ring.get(row.key_id).open("iin", bytes(row.hash), bytes(row.iin))
    return key.lookup(number) == bytes(row.lasting)


Fits = Callable[[Connection, str, KeyRing, ListKey], bool]
FITS: dict[str, Fits] = {RULES: _sealed_rules, DOUBLES: _hashed_doubles}
