"""Persons whose new row was refused stay in the list as they were: nobody loses the vote by somebody's slip
of the pen. They are found by their IIN, and where the row has none that can be, by name and birth date among
those who would be gone. Their old row is sealed anew, under the key of the new version."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection, text

from geo.addresses.line_notes import without_room
from geo.database import AnyRow
from geo.errors import Unavailable
from geo.loading.binary_rows import copy_rows
from geo.loading.staging import driver_cursor
from geo.voters.cells import FIRST_LINES, MOST_LINES
from geo.voters.planning import whole_lists
from geo.voters.rows import OF_PERSON, VoterRow, read_date
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
NAMED = text("""with sought as (select unnest(cast(:lines as bigint[])) as sought,
            unnest(cast(:twins as bytea[])) as twin)
    select s.sought, p.line, p.hash, p.iin, p.name, p.residence, p.building_id,
        not exists (select from voters.person n where n.region = p.region and n.list_id = :list
            and n.base_hash = p.hash)
        and not exists (select from voters.refusal r where r.region = p.region and r.list_id = :list
            and r.base_hash = p.hash) as gone
    from sought s
    join voters.list_version l on l.region = :region and l.id = :list
    join voters.person p on p.region = l.region and p.list_id = l.base_id and p.twin = s.twin
    order by p.line""")
"""Who was called so and born that day in the older list; `gone`: no row of the new one has the number."""
UNPLACED = "unplaced"
"""The check that counts refused rows whose person was not found in the older list."""
KEPT = text("""update voters.list_version set kept = :kept, checks = checks || cast(:checks as jsonb)
    where region = :region and id = :list""")


def keep_refused(
    connection: Connection,
    sealer: RowSealer,
    base: ListKey,
    sought: Mapping[int, bytes | None],
    is_struck_off: Callable[[VoterRow], bool],
) -> int:
    """Copy the old rows of the refused into the version, in the caller's transaction; returns how many. They
    have no line of the file: theirs count down from -1. `sought`: the lines that no IIN leads from, and the
    hash of name and birth date in the older list, none = the row does not have them. `is_struck_off` is asked
    of whoever is found: by a name too nobody stays who was struck off."""
    bound = {"region": sealer.region, "list": sealer.list_id}
    twins = {line: twin for line, twin in sought.items() if twin is not None}
    named_by = bound | {"lines": list(twins), "twins": list(twins.values())}
    with whole_lists(connection):
        rows = list(connection.execute(OLD_ROWS, bound | {"final": list(OF_PERSON)}))
        named = list(connection.execute(NAMED, named_by)) if twins else []
    rows += {row.line: row for row in named if row.gone}.values()
    found = [(row, open_row(base, row, row.line)) for row in rows]
    staying = [(row, old) for row, old in found if not is_struck_off(old)]
    if staying:
        again = [_again(sealer, row, old._replace(line=-n), base) for n, (row, old) in enumerate(staying, 1)]
        copy_rows(driver_cursor(connection), PERSON, again)
    unplaced = _as_check(sorted(sought.keys() - {row.sought for row in named}))
    connection.execute(KEPT, bound | {"kept": len(staying), "checks": json.dumps(unplaced)})
    return len(staying)


def _as_check(lines: list[int]) -> dict[str, Any]:
    if not lines:
        return {}
    return {UNPLACED: {"count": len(lines), "lines": lines[:FIRST_LINES], "noted": lines[:MOST_LINES]}}


def _again(sealer: RowSealer, row: AnyRow, old: VoterRow, base: ListKey) -> bytes:
    born = read_date(old.birth)
    if born is None:  # it had one when it was taken
        raise Unavailable("voters.sealed", key=base.id, column="name")
    return sealer.person(old, born, without_room(old.address)[1], row.building_id, None)
