"""Persons whose new row was refused stay in the list as they were: nobody loses the vote by somebody's slip
of the pen. Their old row is sealed anew, under the key of the new version."""

from __future__ import annotations

from sqlalchemy import Connection, text

from geo.addresses.line_notes import without_room
from geo.database import AnyRow
from geo.errors import Unavailable
from geo.loading.binary_rows import copy_rows
from geo.loading.staging import driver_cursor
from geo.voters.planning import whole_lists
from geo.voters.rows import read_date
from geo.voters.sealing import ListKey
from geo.voters.staging import PERSON, RowSealer, open_row

OLD_ROWS = text("""select distinct p.line, p.hash, p.iin, p.name, p.residence, p.building_id
    from voters.refusal r
    join voters.list_version l on l.region = r.region and l.id = r.list_id
    join voters.person p on p.region = r.region and p.list_id = l.base_id and p.hash = r.base_hash
    where r.region = :region and r.list_id = :list and r.code <> all(:final)
        and not exists (select from voters.person n where n.region = r.region and n.list_id = r.list_id
            and n.base_hash = r.base_hash)
    order by p.line""")
FINAL = ["deceased", "under_age", "struck_off"]
"""Refusals that say something of the person, not of the row: whoever died is not kept."""
KEPT = text("update voters.list_version set kept = :kept where region = :region and id = :list")


def keep_refused(connection: Connection, sealer: RowSealer, base: ListKey) -> int:
    """Copy the old rows of the refused into the version, in the caller's transaction; returns how many. Their
    lines are those of the old version, negative."""
    bound = {"region": sealer.region, "list": sealer.list_id}
    with whole_lists(connection):
        rows = connection.execute(OLD_ROWS, bound | {"final": FINAL}).all()
    if rows:
        copy_rows(driver_cursor(connection), PERSON, [_again(sealer, row, base) for row in rows])
    connection.execute(KEPT, bound | {"kept": len(rows)})
    return len(rows)


def _again(sealer: RowSealer, row: AnyRow, base: ListKey) -> bytes:
    old = open_row(base, row, -abs(row.line))
    born = read_date(old.birth)
    if born is None:  # it had one when it was taken
        raise Unavailable("voters.sealed", key=base.id, column="name")
    return sealer.person(old, born, without_room(old.address)[1], row.building_id, None)
