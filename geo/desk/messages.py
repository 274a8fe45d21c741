"""What a citizen hears of their case, and when: an event of the incident has a message, or none. Operators
read them on `/desk`; a channel that has a gateway (`geo.desk.gateways`) sends them by itself, through the
outbox `citizen_notice`.

Which inquiry a message is for is told to the gateway by the inquiry's own number: the channel knows its
citizen, and no name or telephone leaves the personal schema.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, text

from geo.audit.records import record_audit
from geo.desk.gateways import Gateway
from geo.settings import City
from geo.work.outbox import Outbox

WHO = "messages"
LOOKS_BACK = timedelta(hours=1)
"""Events that were written down longer ago are told no more: nobody gets the news of a day that is loaded
late."""
MESSAGE = """case
    when e.what = 'opened' then 'opened'
    when e.what = 'status' and e.to_value = 'closed' then 'closed'
    when e.what = 'status' and e.from_value = 'closed' then 'reopened'
    when e.what = 'status' and e.to_value = 'in_progress' then 'in_progress'
    when e.what = 'performer' and e.to_value is not null then 'assigned'
    when e.what = 'due_at' and e.to_value::timestamptz > e.from_value::timestamptz then 'due' end"""
"""SQL over a row `e` of `incident_event`: its message, null = none."""
ABOUT = """jsonb_build_object('number', i.source_id,
    'performer', case when e.what = 'performer' then (select jsonb_build_object('kk', p.name_kk,
        'ru', p.name_ru, 'en', p.name_en) from performer p where p.id::text = e.to_value) end,
    'due', extract(epoch from case when e.what = 'due_at' then e.to_value::timestamptz
        when e.what in ('opened', 'status') then i.due_at end)::bigint,
    'outcome', case when e.to_value = 'closed' then coalesce((select k.outcome from incident_case k
        where k.region = i.region and k.incident_id = i.id), 'done') end)"""
"""SQL of what the sentence of a message needs, over the same row and its incident `i`."""
QUEUE = text(f"""
    insert into citizen_notice (region, incident_id, inquiry_id, event_id, message, channel, address, about,
        happened_at, next_at)
    select :region, i.id, q.id, e.id, m.message, q.channel, cast(:addresses as jsonb) ->> q.channel, {ABOUT},
        e.happened_at, cast(:now as timestamptz)
    from incident_event e
    cross join lateral (select {MESSAGE} as message) m
    join incident i on i.region = :region and i.id = e.incident_id and i.vanished_at is null
    join inquiry q on q.region = :region and q.incident_id = i.id
    where e.region = :region and e.recorded_at > :since and e.happened_at > :since and m.message is not null
        and cast(:addresses as jsonb) ? q.channel
    order by e.id, q.id
    on conflict (region, inquiry_id, event_id) do nothing""")
COLUMNS = ("incident_id", "inquiry_id", "message", "channel", "address", "about", "happened_at")
OUTBOX = Outbox("citizen_notice", COLUMNS)
NAMED = text("select source, source_id from inquiry where region = :region and id = :inquiry")


@dataclass(frozen=True)
class CitizenMessage:
    """One that waits to be sent; `source` and `source_id` name the inquiry as its channel does."""

    id: int
    tries: int
    incident_id: int
    message: str
    channel: str
    address: str
    about: dict[str, Any]
    happened_at: datetime
    source: str
    source_id: str


def queue_messages(engine: Engine, city: City, gateways: Sequence[Gateway], now: datetime) -> int:
    """Put what is news into the outbox, once for an inquiry and an event; how many. `engine`: an editor's."""
    if not gateways:
        return 0
    addresses = json.dumps({gateway.key: gateway.webhook for gateway in gateways})
    bound = {"region": city.region, "now": now, "since": now - LOOKS_BACK, "addresses": addresses}
    with engine.begin() as connection:
        queued = connection.execute(QUEUE, bound).rowcount
        if queued:
            record_audit(connection, WHO, "citizen.queued", count=queued)
    return queued


def take_messages(engine: Engine, city: City, now: datetime) -> list[CitizenMessage]:
    """Those that are due (`geo.work.outbox`). `engine`: that of the jobs."""
    rows = OUTBOX.take(engine, city.region, now)
    taken = []
    with engine.connect() as connection:
        for row in rows:
            bound = {"region": city.region, "inquiry": row["inquiry_id"]}
            named = connection.execute(NAMED, bound).first()
            own = {name: value for name, value in row.items() if name != "inquiry_id"}
            source, source_id = named or ("", str(row["inquiry_id"]))
            taken.append(CitizenMessage(**own, source=source, source_id=source_id))
    return taken
