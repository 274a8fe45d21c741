"""Lists whose time is over: the persons of a version go and its key is destroyed so many days after another
one has followed it, or, where nobody ever approved it, after it was loaded; its counts stay. Keys of lists
that never came to be go too."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Engine, text

from geo.settings import City
from geo.voters import lasting
from geo.voters.forgetting import End, forget_persons
from geo.voters.keys import KeyRing
from geo.voters.model import take_turn

RULE, DAYS = "voter_lists", 365
"""The rule's name in the city's `[retention]`, and how long lists are kept where it says nothing."""
WHO = "retention"
OVER = text("""
    select l.id, l.state from voters.list_version l where l.region = :region
        and (l.state = 'checked' and l.loaded_at < :before
            or l.state = 'superseded' and (select min(f.approved_at) from voters.list_version f
                where f.region = l.region and f.approved_at > l.approved_at) < :before)
    order by l.id""")
ENDS: dict[str, End] = {"checked": "rejected", "superseded": "erased"}


def erase_due(voters: Engine, city: City, ring: KeyRing, now: datetime) -> list[int]:
    """The versions that were erased, each in a transaction of its own. `voters` connects as the role of that
    name. Raises `Conflict` ("voters.busy") while another holds the lock of the list."""
    before, erased = now - timedelta(days=city.retention.get(RULE, DAYS)), []
    with voters.connect() as connection:
        over = connection.execute(OVER, {"region": city.region, "before": before}).all()
    for row in over:
        with voters.begin() as connection:
            key = forget_persons(connection, city, ring, row.id, ENDS[row.state], WHO)
        ring.destroy(key)
        erased.append(row.id)
    return erased


def sweep_keys(voters: Engine, city: City, ring: KeyRing) -> None:
    """The keys that a killed import or another killed command left. Raises `Conflict` ("voters.busy") while
    one is at work: its key is its own."""
    if ring.has_pending():
        with voters.begin() as connection:
            take_turn(connection)
            lasting.sweep(connection, city.region, ring)
