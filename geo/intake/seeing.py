"""Who may see what a feed brings: rows that are no incidents yet have no district, and often no kind that can
be trusted. They are shown to those whose scope holds all that the feed may bring, and these alone send them
again, ask for its runs and accept what was found in it. Counts, states and times are everybody's."""

from __future__ import annotations

from sqlalchemy import Connection, text

from geo.accounts.users import Principal
from geo.errors import Forbidden

OF_FEED = text("select key, kinds from feed where region = :region and key = :id")
OF_RUN = text("""select r.feed as key, f.kinds from run r
    left join feed f on f.region = r.region and f.key = r.feed where r.region = :region and r.id = :id""")
OF_REJECT = text("""select r.feed as key, f.kinds from reject j
    join run r on r.region = j.region and r.id = j.run_id
    left join feed f on f.region = r.region and f.key = r.feed where j.region = :region and j.id = :id""")
WHOSE = {"feed": OF_FEED, "run": OF_RUN, "reject": OF_REJECT}


def need_whole(
    connection: Connection, region: str, principal: Principal, what: str, which: str | int
) -> None:
    """Raises `Forbidden` ("feed.outside") where the caller's scope does not hold all that the feed may bring.
    `what`: "feed" (by its key), or the "run" or "reject" of one (by its id). What is not there is in nobody's
    way: the command says so."""
    found = connection.execute(WHOSE[what], {"region": region, "id": which}).one_or_none()
    if found is not None and not principal.sees_all_of(found.kinds):
        raise Forbidden("feed.outside", feed=found.key)
