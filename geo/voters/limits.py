"""How much of the list one person may ask for in a time. It is counted in the audit before anything is
recorded, under the lock of the door, so that what is refused burns no number there; the refusal itself is a
row of the audit, in a transaction of its own. The functions in the database count looks and questions once
more, misses not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from sqlalchemy import Connection, Engine, text

from geo.audit.records import record_audit
from geo.errors import TooMany

HOUR_S, DAY_S = 3600, 24 * 3600


class Limit(NamedTuple):
    """At most `most` of `acts` (of `geo.audit.acts`) in `within_s`; `code`: of the refusal; `lock`: which
    lock is taken, by which the functions in the database know it too; `of_all`: everybody's from the pages
    count together."""

    code: str
    most: int
    acts: tuple[str, ...]
    within_s: int
    lock: str
    of_all: bool = False


LOOKS = Limit("voters.looks", 20, ("voter.seen", "voters.house_seen"), DAY_S, "voters.look")
PACE = Limit("voters.pace", 6, LOOKS.acts, 60, "voters.look")
"""Nobody reads an application, types its twelve digits and reads the answer in less than ten seconds: a
program does."""
PRINTED = Limit("voters.prints", 20, ("voters.printed",), DAY_S, "voters.printed")
"""Precincts printed from the page; the command prints all of them."""
CITY_PRINTED = Limit("voters.city_prints", 100, PRINTED.acts, DAY_S, "voters.city_prints", of_all=True)
"""What everybody printed from the page together: many names make no whole list of a city of 500 precincts."""
ADDRESSES = Limit("voters.addresses", 1500, ("voters.addresses_seen",), DAY_S, "voters.addresses")
"""Readings of the addresses that are to be decided, whose lines are opened: one for each decision, and none
of a program that waits for the next."""
QUESTIONS = Limit("voters.looks", 300, ("voter.listed",), DAY_S, "voters.listed")
QUESTIONS_PACE = Limit("voters.pace", 20, QUESTIONS.acts, 60, "voters.listed")
MISSES = Limit("voters.misses", 5, ("voter.not_listed",), HOUR_S, "voters.listed")
"""Questions of the contact centre that nobody in the list fits: who guesses misses."""
HOUSES_SEEN = Limit("voters.looks", 300, ("voters.house_changes_seen",), DAY_S, "voters.house_changes")
WITHOUT_SEEN = Limit("voters.looks", 300, ("voters.without_seen",), DAY_S, "voters.without")
"""Pages of persons without a building."""
EACH = (LOOKS, PACE, PRINTED, CITY_PRINTED, ADDRESSES, QUESTIONS, MISSES, HOUSES_SEEN, WITHOUT_SEEN)
CODES = frozenset(one.code for one in EACH)
TURN = text("select pg_advisory_xact_lock(hashtextextended(:lock || ' ' || :who, 0))")
WAIT_OF = """select ceil(extract(epoch from at - now()) + :within_s) from audit
    where {} and what = any(:acts) and at > now() - make_interval(secs => :within_s)
    order by at desc offset :most - 1 limit 1"""
WAIT, WAIT_OF_ALL = text(WAIT_OF.format("who = :who")), text(WAIT_OF.format("who not like 'cli:%'"))


def check(connection: Connection, who: str, *limits: Limit) -> None:
    """Whether `who` may ask for one more, in the transaction that will record it. Raises `TooMany` with the
    code of the limit that is reached."""
    for limit in limits:
        whose = {} if limit.of_all else {"who": who}
        connection.execute(TURN, {"lock": limit.lock, "who": "", **whose})
        bound = {"acts": list(limit.acts), "within_s": limit.within_s, "most": limit.most, **whose}
        wait_s = connection.scalar(WAIT_OF_ALL if limit.of_all else WAIT, bound)
        if wait_s is not None:
            raise TooMany(limit.code, most=limit.most, retry_s=max(1, int(wait_s)))


@contextmanager
def refusals_recorded(engine: Engine, who: str) -> Iterator[None]:
    """Puts a refusal of `check` into the audit, once its transaction is over."""
    try:
        yield
    except TooMany as error:
        with engine.begin() as connection:
            record_audit(connection, who, "refused", code=error.code, times=1)
        raise
