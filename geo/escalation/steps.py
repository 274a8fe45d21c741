"""Takes the steps that are due: each once for an incident and each of its reopenings, in a transaction of its
own, as an action that `rule:KEY` did."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Connection, Engine, text

from geo.accounts.users import Principal
from geo.database import transact
from geo.escalation.rules import EscalationStep
from geo.incidents.cases.act import done_before
from geo.incidents.cases.state import lock_one
from geo.incidents.cases.write import Action, write
from geo.settings import City

NAMES = UUID("7b2f3c1e-5d0a-4c55-9f0e-0a7c5b6d2e91")
"""The UUID namespace of the keys of steps: a step that was taken, or undone by a person, is not taken
again."""
MOST = 200
"""Incidents of one step in one look: the others wait for the next."""
BY_RULE = "rule:"
DUE = text("""
    select i.id, i.source_id as number, i.title, i.address, i.kind, i.priority, g.name_ru as category,
        extract(epoch from i.opened_at)::bigint as opened, extract(epoch from i.due_at)::bigint as due,
        coalesce(c.reopened, 0) as reopened
    from incident i
        left join incident_case c on c.region = i.region and c.incident_id = i.id
        left join category g on g.id = i.category_id
    where i.region = :region and i.status <> 'closed' and i.vanished_at is null
        and i.priority >= :least_priority and coalesce(c.escalation, 0) = :level - 1
        and i.opened_at > cast(:now as timestamptz) - :younger_than_h * interval '1 hour'
        and (:every or g.key = any(:categories)) and c.paused_at is null
        and coalesce(c.shelved_until, '-infinity') <= cast(:now as timestamptz)
        and case when cast(:late_min as int) is null
            then c.acknowledged_at is null
                and i.opened_at <= cast(:now as timestamptz) - :unacknowledged_min * interval '1 minute'
            else i.due_at <= cast(:now as timestamptz) - :late_min * interval '1 minute' end
        and not exists (select from incident_action a where a.region = i.region and a.incident_id = i.id
            and a.verb = 'escalate' and a.who = :who and a.parameters ->> 'reopened'
                = coalesce(c.reopened, 0)::text)
    order by i.priority desc, i.opened_at limit :most""")
NOTICE = text("""
    insert into escalation_notice (region, incident_id, action_id, step, level, channel, address, about,
        escalated_at, next_at)
    values (:region, :incident, :action, :step, :level, :channel, :address, cast(:about as jsonb), :at,
        :at)""")


KNOWN = text("select key from category where key = any(:named)")


def unknown_categories(connection: Connection, steps: Sequence[EscalationStep]) -> list[str]:
    """Keys that steps name and no category has: those steps would never be taken for them."""
    named = sorted({key for step in steps for key in step.categories})
    known = set(connection.scalars(KNOWN, {"named": named}))
    return [key for key in named if key not in known]


def escalate_due(engine: Engine, city: City, steps: Sequence[EscalationStep], now: datetime) -> int:
    """How many steps were taken. `engine`: an editor's."""
    taken = 0
    for step in steps:
        bound = (
            {
                "region": city.region,
                "now": now,
                "who": BY_RULE + step.key,
                "every": not step.categories,
                "most": MOST,
            }
            | vars(step)
            | {"categories": list(step.categories)}
        )
        with engine.connect() as connection:
            due = [dict(row) for row in connection.execute(DUE, bound).mappings()]
        for incident in due:
            taken += transact(engine, partial(_take, city=city, step=step, found=incident))
    return taken


def _take(connection: Connection, city: City, step: EscalationStep, found: dict[str, Any]) -> bool:
    """Unless a person was faster."""
    who = Principal(BY_RULE + step.key, "duty", frozenset(), type="token")
    state = lock_one(connection, city, who, found["id"])
    name = f"{step.key}/{found['id']}/{found['reopened']}"
    action = Action(
        who.name, "escalate", uuid5(NAMES, name), {"rule": step.key, "reopened": str(found["reopened"])}
    )
    if done_before(connection, city, action, state.id) or state.is_closed:
        return False
    if state["escalation"] != step.level - 1:
        return False
    if step.late_min is None and state["acknowledged_by"] is not None:
        return False
    done = write(connection, city, state, action, {"escalation": step.level}, {})
    about = {key: found[key] for key in ("number", "title", "address", "category", "kind", "priority")}
    about |= {"opened": found["opened"], "due": found["due"]}
    for channel, addresses in (("mail", step.mail), ("webhook", step.webhook)):
        for address in addresses:
            connection.execute(
                NOTICE,
                {
                    "region": city.region,
                    "incident": state.id,
                    "action": done.action,
                    "step": step.key,
                    "level": step.level,
                    "channel": channel,
                    "address": address,
                    "about": json.dumps(about, ensure_ascii=False),
                    "at": done.at,
                },
            )
    return True
