"""More time: a performer asks for it with a reason, an inspector grants it (the deadline moves, as an action
of theirs) or refuses it with an answer."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Connection, text

from geo.accounts.users import Principal
from geo.audit.records import record_audit
from geo.desk.once import Click, once
from geo.desk.organisation import need_own
from geo.errors import Conflict, InvalidInput, NotFound
from geo.incidents.cases.act import act
from geo.incidents.cases.state import State, check_current, on_the_clock
from geo.incidents.cases.verbs import Until, more_time
from geo.settings import City

WAITING = text("""select id, until, reason, requested_by, requested_at from time_extension
    where region = :region and incident_id = :incident and decided_at is null for update""")
DECIDED = text("""select decided_by, decided_at from time_extension
    where region = :region and incident_id = :incident and decided_at is not null
    order by decided_at desc limit 1""")
REQUEST = text("""insert into time_extension (region, incident_id, until, reason, requested_by, requested_at)
    values (:region, :incident, :until, :reason, :who, clock_timestamp()) returning id""")
DECIDE = text("""update time_extension set granted = :granted, answer = :answer, decided_by = :who,
        decided_at = clock_timestamp() where region = :region and id = :id""")


def request(
    connection: Connection,
    city: City,
    principal: Principal,
    incident: int,
    wish: Until,
    seen: int,
    key: UUID,
) -> int:
    """Its number, once for a key. Raises as `work`, and what `more_time` refuses; `Conflict`
    ("extension.waiting": who asked, and when); what `once` raises."""

    def ask(state: State) -> int:
        need_own(connection, city, principal, incident)
        check_current(connection, city, state, seen, principal.name)
        more_time(state, wish, principal.name)
        bound = {"region": city.region, "incident": incident, "who": principal.name}
        if waiting := connection.execute(WAITING, bound).first():
            at = on_the_clock(city, waiting.requested_at)
            raise Conflict("extension.waiting", who=waiting.requested_by, at=at)
        row = bound | {"until": wish.until, "reason": wish.reason}
        number = int(connection.execute(REQUEST, row).scalar_one())
        record_audit(connection, principal.name, "extension.requested", incident=incident, number=number)
        return number

    return once(connection, city, principal, Click("extension", incident, key), ask)


def decide(
    connection: Connection,
    city: City,
    principal: Principal,
    incident: int,
    granted: bool,
    answer: str | None,
    seen: int,
    key: UUID,
) -> int:
    """The one that waits; its number, once for a key. Raises `NotFound` ("extension.none"), `Conflict`
    ("extension.decided": by whom and when), `InvalidInput` ("extension.answer": a refusal has its reason),
    and what `act` and `once` raise."""

    def settle(state: State) -> int:
        bound = {"region": city.region, "incident": incident, "who": principal.name}
        waiting = connection.execute(WAITING, bound).first()
        if waiting is None:
            raise _none_waits(connection, city, incident)
        if not granted and not answer:
            raise InvalidInput("extension.answer")
        if granted:
            wish = Until(waiting.until, answer or waiting.reason)
            act(connection, city, principal, incident, "more_time", wish, seen, key)
        row = {"id": waiting.id, "granted": granted, "answer": answer}
        connection.execute(DECIDE, bound | row)
        about = {"incident": incident, "number": waiting.id, "accepted": granted}
        record_audit(connection, principal.name, "extension.decided", **about)
        return int(waiting.id)

    return once(connection, city, principal, Click("decide", incident, key), settle)


def _none_waits(connection: Connection, city: City, incident: int) -> Conflict | NotFound:
    decided = connection.execute(DECIDED, {"region": city.region, "incident": incident}).first()
    if decided is None:
        return NotFound("extension.none", incident=incident)
    return Conflict("extension.decided", who=decided.decided_by, at=on_the_clock(city, decided.decided_at))
