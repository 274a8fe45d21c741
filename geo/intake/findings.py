"""Findings: what is wrong with the content of a feed whose runs succeed, and what is held back for a
person.

A finding stands until a run of the feed no longer has it, or until a person accepts it (`release`): what
it held back may then be done by the next run, what was set aside is read again, and the columns that it
found are the usual ones from then on. While one stands, the feed is not well: it is an alarm.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from geo.audit.records import record_audit
from geo.base import Base, Now, Region
from geo.errors import Conflict, NotFound
from geo.settings import City


class Finding(Base):
    """One thing that is wrong, by its code and, where it concerns one source only, the source.
    `accepted_by`: who has released it; the next run uses that."""

    __tablename__ = "finding"
    region: Mapped[Region]
    feed: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(primary_key=True, server_default="")
    parameters: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    run_id: Mapped[int | None]
    found_at: Mapped[Now]
    accepted_by: Mapped[str | None]
    accepted_at: Mapped[datetime | None]


ACCEPT = text("""update finding set accepted_by = :who, accepted_at = now() where region = :region
    and feed = :feed and accepted_at is null
    returning code""")
NEW_COLUMNS = text("""update feed f set columns = array(select jsonb_array_elements_text(n.parameters ->
    'found')) from finding n
    where n.region = f.region and n.feed = f.key and n.code = 'content.columns' and f.region = :region
        and f.key = :feed""")
ACCEPTED = text("""select accepted_by, accepted_at from finding where region = :region and feed = :feed
    and accepted_at is not null order by accepted_at desc limit 1""")
READ_AGAIN = text("""update delivery set read_at = null, error_code = null, error_parameters = null
    where region = :region and feed = :feed and error_code is not null""")
WELL = text("""update feed set error_code = null, error_parameters = null, alarmed_at = null,
    failing_since = null, failures = 0,
        next_at = least(next_at, now())
    where region = :region and key = :feed""")


def release(connection: Connection, city: City, feed: str, who: str) -> list[str]:
    """Accept everything that was found of a feed, in the caller's transaction; returns the codes. What was
    held back or set aside is due at once.

    Raises `NotFound` ("finding.none") where nothing stands, `Conflict` ("finding.accepted") where somebody
    has accepted it: who and when.
    """
    bound = {"region": city.region, "feed": feed, "who": who}
    codes = sorted(connection.execute(ACCEPT, bound).scalars())
    if not codes:
        raise _none_stands(connection, city, feed)
    for statement in (NEW_COLUMNS, READ_AGAIN, WELL):
        connection.execute(statement, bound)
    record_audit(connection, who, "feed.release", feed=feed, codes=codes)
    return codes


def _none_stands(connection: Connection, city: City, feed: str) -> Conflict | NotFound:
    last = connection.execute(ACCEPTED, {"region": city.region, "feed": feed}).first()
    if last is None:
        return NotFound("finding.none", feed=feed)
    at = last.accepted_at.astimezone(city.time_zone).isoformat(timespec="seconds")
    return Conflict("finding.accepted", feed=feed, who=last.accepted_by, at=at)
