"""The days before the vote with what is open before each, held against rows; by a role that has no right on
the electoral list."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from geo.deadlines.calendar import load_calendar, set_day
from geo.settings import City, Settings
from layers.election_dates import last_working_day, read_dates

VOTE = date(2027, 3, 14)
REGION = "71"


def write(owner: Engine, statement: str, **bound: object) -> None:
    with owner.begin() as connection:
        connection.execute(text(statement), {"region": REGION, **bound})


def list_version(owner: Engine, id_: int, state: str, **counts: int) -> None:
    write(
        owner,
        """insert into voters.list_version (region, id, state, file_sha256, voting_day, loaded_by, before,
            added, removed, base_id) overriding system value
            values (:region, :id, :state, '', :vote, 'anna', :before, :added, :removed, :base)""",
        **{"id": id_, "state": state, "vote": VOTE, "before": 0, "added": 0, "removed": 0, "base": None}
        | counts,
    )


@pytest.fixture
def on(reader: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Any:
    """What is read on a day."""

    def read(day: date, city: City = settings.city) -> dict[str, Any]:
        monkeypatch.setattr(City, "today", lambda self: day)
        with reader.connect() as connection:
            return read_dates(connection, city, "en")

    return read


def open_of(found: dict[str, Any]) -> dict[str, dict[str, int]]:
    return {one["key"]: {left["key"]: left["n"] for left in one["open"]} for one in found["dates"]}


def states(found: dict[str, Any]) -> dict[str, str]:
    return {one["key"]: one["state"] for one in found["dates"]}


def test_without_a_list_or_a_law_there_are_no_days(on: Any, owner: Engine, settings: Settings) -> None:
    assert on(date(2027, 2, 10)) == {}
    list_version(owner, 1, "rejected")
    assert on(date(2027, 2, 10)) == {}
    list_version(owner, 2, "checked")
    assert on(date(2027, 2, 10), replace(settings.city, precincts=None)) == {}


def test_what_is_open_is_counted_before_its_day(on: Any, owner: Engine) -> None:
    list_version(owner, 1, "current", before=100, added=20, removed=5)
    list_version(owner, 2, "checked", before=115, added=3, base=1)
    list_version(owner, 3, "checked", before=0, added=9)  # was compared with none: it waits in vain
    address = """insert into voters.address (region, list_id, id, hash, line, way, reason, score, candidates,
        persons)
        select :region, :list, n, '', '', :way, 'several', 0.5, '[]', 2 from generate_series(1, :n) n"""
    write(owner, address, list=2, way="unsure", n=14)
    write(owner, address, list=1, way="unsure", n=3)
    flag = """insert into voters.flag (region, list_id, level, of_id, code, before, after, accepted_by)
        values (:region, 2, 'house', :of, 'emptied', 9, 0, :by)"""
    for of, by in ((1, None), (2, "anna"), (3, None)):
        write(owner, flag, of=of, by=by)
    write(
        owner,
        """insert into plan (region, id, name, state, in_force_from, created_by)
            values (:region, 1, 'in force', 'published', '2020-01-01', 't')""",
    )
    write(
        owner,
        """insert into precinct (region, plan_id, id, number, kind, voters)
            select :region, 1, n, n, case when n > 4 then 'closed' else 'open' end, n * 1000
            from generate_series(1, 6) n""",
    )
    write(
        owner,
        """insert into building (region, source, source_id, voters, tag_quality)
            select :region, 't', n::text, n - 1, 'register' from generate_series(1, 3) n""",
    )
    write(
        owner,
        """insert into assignment (region, plan_id, building_id, precinct_id)
            select :region, 1, id, 1 from building where voters = 2""",
    )
    found = on(date(2027, 2, 10))
    assert (found["voters"], found["cap"], found["voting_day"]) == (115, 3000, "2027-03-14")
    assert open_of(found) == {
        "register": {},
        "applications": {"addresses": 14, "flags": 2},
        "commissions": {"waiting": 1, "package": 1},
        "inspection": {"stations": 4},
        "inspection_closed": {"closed_stations": 2},
        "voting": {"over_cap_now": 1, "unassigned": 1},
    }
    assert [one["in_days"] for one in found["dates"]] == [-40, 2, 12, 17, 27, 32]
    assert states(found) == {
        "register": "past",
        "applications": "soon",
        **dict.fromkeys(("commissions", "inspection", "inspection_closed", "voting"), "ahead"),
    }
    assert states(on(date(2027, 2, 13)))["applications"] == "late"
    write(owner, "update voters.flag set accepted_by = 'anna'")
    write(owner, "update voters.address set way = 'decided'")
    assert states(on(date(2027, 2, 13)))["applications"] == "past"


def test_a_package_that_was_taken_is_not_open(on: Any, owner: Engine) -> None:
    list_version(owner, 1, "current")
    transfer = """insert into voters.transfer (region, list_id, manifest, sha256, name, voters, size, address,
        state, sent_by, received_at)
        values (:region, :list, :manifest, '', 'n', 1, 1, 'a', :state, 'anna', :at)"""
    write(owner, transfer, list=1, manifest=b"1", state="sending", at=None)
    assert open_of(on(date(2027, 2, 10)))["commissions"] == {"package": 1}
    write(owner, transfer, list=1, manifest=b"2", state="received", at="2027-02-09")
    assert open_of(on(date(2027, 2, 10)))["commissions"] == {}


def test_it_warns_before_the_last_working_day(on: Any, owner: Engine, settings: Settings) -> None:
    """The lists go to the commissions on Monday 22 February; were that a holiday, on Friday 19."""
    list_version(owner, 1, "current")
    day = date(2027, 2, 22)
    assert states(on(day - timedelta(days=4)))["commissions"] == "ahead"
    with owner.begin() as connection:
        set_day(connection, REGION, day, False, "holiday", "anna")
    found = on(day - timedelta(days=4))
    assert states(found)["commissions"] == "soon"
    assert {one["key"]: one["work_by"] for one in found["dates"]}["commissions"] == "2027-02-19"
    with owner.connect() as connection:
        calendar = load_calendar(connection, settings.city)
    assert last_working_day(calendar, date(2027, 2, 21)) == date(2027, 2, 19)
    assert last_working_day(calendar, date(2027, 2, 18)) == date(2027, 2, 18)


def test_who_reads_the_counts_reads_no_list(reader: Engine, owner: Engine) -> None:
    list_version(owner, 1, "current")
    with reader.connect() as connection:
        assert connection.execute(text("select voters from electoral_counts('71')")).scalar_one() == 0
        with pytest.raises(DBAPIError, match="permission denied"):
            connection.execute(text("select * from voters.list_version"))
