"""What a wall shows out of turn: critical incidents that take it one after the other, what an operator
holds, and the silence of its tones.

Every screen reckons from the server's clock and this state what it shows, so screens agree without
speaking to one another. A trigger on `incident` gives a turn at the commit that makes an incident critical
and takes it away when it is critical no more; the commands here are an operator's. Each change of the
state is announced whole, as noun 'wall', with its version, and goes with every tick of `/live`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Connection, Engine, Integer, text
from sqlalchemy.orm import Mapped, mapped_column

from geo.audit.records import record_audit
from geo.base import Base, Region
from geo.errors import InvalidInput, NotFound

HOLD_MIN = 30
"""A hold or a silence that everybody forgot ends by itself after this many minutes."""
LONGEST_TURN_S = 3600


class WallState(Base):
    """One row a region: also the lock of its writers. `turn_s`: how long one critical incident has the
    wall."""

    __tablename__ = "wall_state"
    __table_args__ = (CheckConstraint("turn_s between 1 and 3600", name="turn_s"),)
    region: Mapped[Region]
    version: Mapped[int] = mapped_column(server_default="0")
    turn_s: Mapped[int] = mapped_column(Integer, server_default="60")
    silent_until: Mapped[datetime | None]


class WallTurn(Base):
    """A critical incident has the wall between the two moments; turns of one region do not overlap, at
    most 10 wait. `late`: it was opened more than an hour before it was known. What is new goes before it,
    and before what is held, at once also where that has the wall. One that was opened more than a day before
    takes no wall."""

    __tablename__ = "wall_turn"
    region: Mapped[Region]
    incident_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    held_by: Mapped[str | None]
    late: Mapped[bool] = mapped_column(server_default="false")


class WallHold(Base):
    """A playlist that stands still at one scene."""

    __tablename__ = "wall_hold"
    region: Mapped[Region]
    show: Mapped[str] = mapped_column(primary_key=True)
    scene: Mapped[str]
    who: Mapped[str]
    ends_at: Mapped[datetime]


RUNNING = "region = :region and starts_at <= clock_timestamp() and ends_at > clock_timestamp()"

WAITING = "region = :region and incident_id = :incident and ends_at > clock_timestamp()"


def read_state(engine: Engine, region: str) -> dict[str, Any]:
    """{"version", "silent_until", "turns": [{"incident", "from", "until", "held_by"}], "holds": {show:
    {"scene", "who", "until"}}}; seconds since 1970."""
    with engine.connect() as connection:
        return connection.scalar(text("select wall_payload(:region)"), {"region": region})


def hold_scene(engine: Engine, region: str, show: str, scene: str, who: str) -> None:
    """Let a playlist stand still at a scene; critical incidents still take the wall. The caller has
    checked that the show has the scene."""
    with engine.begin() as connection:
        _lock(connection, region)
        connection.execute(
            text("""
            insert into wall_hold (region, show, scene, who, ends_at) values (:region, :show, :scene, :who,
                clock_timestamp() + make_interval(mins => :minutes))
            on conflict (region, show) do update set scene = excluded.scene, who = excluded.who,
                ends_at = excluded.ends_at"""),
            {"region": region, "show": show, "scene": scene, "who": who, "minutes": HOLD_MIN},
        )
        _announce(connection, region, who, "wall.held", show=show, scene=scene)


def release_scene(engine: Engine, region: str, show: str, who: str) -> None:
    """Let it run on. Raises `NotFound` ("wall.not_held")."""
    with engine.begin() as connection:
        _lock(connection, region)
        freed = connection.execute(
            text("delete from wall_hold where region = :region and show = :show"),
            {"region": region, "show": show},
        )
        if not freed.rowcount:
            raise NotFound("wall.not_held", show=show)
        _announce(connection, region, who, "wall.released", show=show)


def hold_incident(engine: Engine, region: str, who: str) -> int:
    """Keep the critical incident that has the wall now; those behind it wait, and what becomes critical
    after that has its turn first. Returns the incident's id. Raises `NotFound` ("wall.no_turn")."""
    return _end_turn(engine, region, who, HOLD_MIN, "wall.incident_held")


def release_incident(engine: Engine, region: str, who: str, incident: int | None = None) -> int:
    """Free the turn of an incident, none = of that which has the wall now: it is given back, or to the next
    that waits. Returns the incident's id. Raises `NotFound` ("wall.no_turn")."""
    return _end_turn(engine, region, who, 0, "wall.incident_released", incident)


def silence(engine: Engine, region: str, who: str, on: bool) -> None:
    """No wall sounds for `HOLD_MIN` minutes, or all sound again."""
    with engine.begin() as connection:
        _lock(connection, region)
        connection.execute(
            text("""
            update wall_state set silent_until = case when :on
                then clock_timestamp() + make_interval(mins => :minutes) end where region = :region"""),
            {"region": region, "on": on, "minutes": HOLD_MIN},
        )
        _announce(connection, region, who, "wall.silenced" if on else "wall.sounding")


def set_turn(engine: Engine, region: str, seconds: int, who: str) -> None:
    """How long a critical incident has the wall. Raises `InvalidInput` ("wall.turn")."""
    if not 1 <= seconds <= LONGEST_TURN_S:
        raise InvalidInput("wall.turn", seconds=seconds, longest=LONGEST_TURN_S)
    with engine.begin() as connection:
        _lock(connection, region)
        connection.execute(
            text("update wall_state set turn_s = :seconds where region = :region"),
            {"region": region, "seconds": seconds},
        )
        record_audit(connection, who, "wall.turn", seconds=seconds)


def record_reload(engine: Engine, who: str, show: str, reason: str, silent_s: float) -> None:
    """A screen's watchdog found its page dead: `reason` "painting" or "answering", after `silent_s`
    seconds."""
    with engine.begin() as connection:
        record_audit(connection, who, "wall.reloaded", show=show, reason=reason, silent_s=silent_s)


def _end_turn(
    engine: Engine, region: str, who: str, minutes: int, what: str, incident: int | None = None
) -> int:
    which = RUNNING if incident is None else WAITING
    with engine.begin() as connection:
        _lock(connection, region)
        ended = connection.scalar(
            text(f"""
            update wall_turn set ends_at = clock_timestamp() + make_interval(mins => :minutes), held_by = case
                when :minutes > 0 then :who end
            where {which} returning incident_id"""),
            {"region": region, "minutes": minutes, "who": who, "incident": incident},
        )
        if ended is None:
            raise NotFound("wall.no_turn")
        _announce(connection, region, who, what, incident=ended)
        return ended


def _lock(connection: Connection, region: str) -> None:
    connection.execute(text("select wall_lock(:region)"), {"region": region})


def _announce(connection: Connection, region: str, who: str, what: str, **parameters: object) -> None:
    """Log it, then announce: the lock is held for as short a time as can be."""
    record_audit(connection, who, what, **parameters)
    connection.execute(text("select wall_tell(:region)"), {"region": region})
