"""Rejected rows corrected by a person and sent again: the corrected row goes into the inbox, and a run of
its feed takes it through the same checks.

A row is sent again once. If it is rejected again, it is a reject of the new run, with a reason of its own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, text

from geo.audit.records import record_audit
from geo.database import AnyRow
from geo.errors import Conflict, InvalidInput, NotFound
from geo.intake import runs

RESUBMITTED = "mend-"
"""How the inbox keys of resubmitted rows begin."""
MEDIA_TYPE = "application/json"
MOST_ROWS = 20_000
"""Rows of one replay; the others stay for the next one."""
CAN_BE_CORRECTED = (
    "not (row ? 'geometry') and (select array_agg(k) from jsonb_object_keys(row) k) is distinct from '{text}'"
)
"""SQL, of a row of `reject`: it can be corrected by hand and sent again. One that came with a geometry, which
no reject keeps, or that its format could not even part, is corrected at its source."""

ONE = text(f"""select j.id, j.row, j.replay_run_id, j.mended_by, r.feed, r.delivery_id,
        {CAN_BE_CORRECTED} as can_be_corrected from reject j
    join run r on r.region = j.region and r.id = j.run_id
    where j.region = :region and j.id = :id for update of j""")
ALL = text(f"""select j.id, j.row, r.feed, r.delivery_id from reject j join run r on r.region = j.region
    and r.id = j.run_id
    where j.region = :region and j.run_id = :run_id and (cast(:code as text) is null or j.code = :code)
        and j.replay_run_id is null and {CAN_BE_CORRECTED}
    order by j.row_number, j.id limit :most for update of j""")
SENT = text("""update reject set mended_row = cast(:row as jsonb), mended_by = :who, mended_at = now(),
    replay_run_id = :new
    where region = :region and id = any(:ids)""")


def resubmit(
    connection: Connection, region: str, reject_id: int, row: Mapping[str, str | None], who: str
) -> int:
    """Send a row again with other values, in the caller's transaction; returns the id of the run that will
    take it.

    Raises `NotFound` ("reject.unknown"), `InvalidInput` ("reject.columns") for a row with other columns,
    and `Conflict`: "reject.sent" (already), "reject.whole" (only its source can correct it).
    """
    found = connection.execute(ONE, {"region": region, "id": reject_id}).one_or_none()
    if found is None:
        raise NotFound("reject.unknown", reject=reject_id)
    if found.replay_run_id is not None:
        raise Conflict("reject.sent", run=found.replay_run_id, who=found.mended_by)
    if not found.can_be_corrected:
        raise Conflict("reject.whole")
    if set(row) != set(found.row):
        raise InvalidInput("reject.columns", columns=", ".join(sorted(set(row) ^ set(found.row)))[:200])
    return send(connection, region, found, f"{RESUBMITTED}{reject_id}", who, [dict(row)], [reject_id])


def replay(connection: Connection, region: str, run_id: int, code: str | None, who: str) -> tuple[int, int]:
    """Send all rows of a run again as they are, or those with one reason: once the declaration or the
    catalogue has changed. (run, how many rows.)

    Raises `NotFound` ("reject.none") where nothing is left to send.
    """
    found = connection.execute(
        ALL, {"region": region, "run_id": run_id, "code": code, "most": MOST_ROWS}
    ).all()
    if not found:
        raise NotFound("reject.none", run=run_id)
    ids = [row.id for row in found]
    return send(
        connection,
        region,
        found[0],
        f"{RESUBMITTED}{ids[0]}-{len(ids)}",
        who,
        [row.row for row in found],
        ids,
    ), len(ids)


def send(
    connection: Connection,
    region: str,
    run: AnyRow,
    key: str,
    who: str,
    rows: list[dict[str, Any]],
    ids: list[int],
) -> int:
    """The rows are still of the delivery of their run: what came after it holds."""
    body = json.dumps(rows, ensure_ascii=False).encode()
    run_id, _ = runs.push(connection, region, run.feed, key, who, MEDIA_TYPE, body, run.delivery_id)
    corrected_row = json.dumps(rows[0], ensure_ascii=False) if len(rows) == 1 else None
    connection.execute(SENT, {"region": region, "ids": ids, "who": who, "new": run_id, "row": corrected_row})
    record_audit(connection, who, "reject.sent", feed=run.feed, run=run_id, rows=len(ids))
    return run_id
