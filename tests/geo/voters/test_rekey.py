"""New keys for everything: whoever had the folder before has nothing, nobody and nothing is lost, and
whatever is killed between any two steps leaves the old keys or the new, never what cannot be read."""

from __future__ import annotations

import base64
import os
import shutil
import signal
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text

from etl.demo.voters.writing import InventedList
from geo.database import connect_engine
from geo.errors import Conflict, Unavailable
from geo.settings import Settings
from geo.voters import houses, lasting, looks, rekey, rules
from geo.voters.access import who_saw
from geo.voters.keys import KeyRing
from geo.voters.model import take_turn, versions
from geo.voters.regions.doubles import struck_off
from geo.voters.staging import open_row
from tests.geo.voters.conftest import Ask
from tests.support.connected import engine_as
from tests.support.killable import eventually
from tests.support.voters_list import approve, load, write

lookup = engine_as("lookup", of="demo_copy")
auditor = engine_as("auditor", of="demo_copy")
owner_of_copy = engine_as("owner", "owner_of_copy", of="demo_copy")
STEPS = ("rename", "link", "unlink", "fsync")
"""Calls of the system between which a process that changes the folder can be killed."""
MOST_STEPS = 200
PERSONS = 12
ALL = text("select * from voters.person where list_id = :list order by line")


@dataclass(frozen=True)
class Town:
    """Two lists, the second in force, in which a line was decided, a person was struck off in favour of
    another region, and another was looked at."""

    settings: Settings
    lines: InventedList
    seen: str
    struck: str
    undecided: str


@pytest.fixture
def town(
    demo_copy: Settings, people: InventedList, tmp_path: Path, owner_of_copy: Engine, lookup: Engine
) -> Town:
    sound = [line for line in people.lines if line.building and not line.fault and not line.also][:PERSONS]
    sound[0].cells["Адрес регистрации"] = unknown = "ул. Никому Неизвестная, д. 1, кв. 5"
    lines = InventedList(sound)
    approve(demo_copy, load(demo_copy, write(lines, tmp_path / "first.csv")).id)
    sound[5].cells["Фамилия"] = "Новофамильный"
    approve(demo_copy, load(demo_copy, write(lines, tmp_path / "second.csv")).id)
    struck, seen = sound[2].cells["ИИН"], sound[3].cells["ИИН"]
    ring = KeyRing.of(demo_copy)
    with owner_of_copy.begin() as connection:
        _strike_off(connection, demo_copy, ring, struck)
    looks.look(lookup, demo_copy.city, ring, seen, "anna", "call", "109-7")
    return Town(demo_copy, lines, seen, struck, unknown)


def _strike_off(connection: Connection, settings: Settings, ring: KeyRing, number: str) -> None:
    """Writes what a comparison with another region and its decision leave."""
    region = settings.city.region
    (listed,) = [row for row in versions(connection, region) if row.state == "current"]
    comparison = connection.scalar(
        text("""insert into voters.comparison (region, session, role, other, list_id, own_rows, sent,
                begun_by, finished_by, finished_at)
            values (:region, '\\x00', 'begins', '75', :list, 1, '\\x00', 'anna', 'anna', now())
            returning id"""),
        {"region": region, "list": listed.id},
    )
    found = {
        "region": region,
        "comparison": comparison,
        "hash": ring.get(listed.key_id).lookup(number),
        "lasting": lasting.doubles_key(connection, region, ring).lookup(number),
    }
    connection.execute(
        text("""insert into voters.region_double (region, comparison_id, hash, lasting, decision, reason,
                decided_by, decided_at)
            values (:region, :comparison, :hash, :lasting, 'struck', 'moved', 'anna', now())"""),
        found,
    )


def renew(settings: Settings, step: Callable[[], None] = lambda: None) -> None:
    """Makes new keys the way the command does."""
    ring, engine = KeyRing.of(settings), connect_engine(settings, "voters", pool_size=1)
    with engine.begin() as connection:
        done = rekey.rekey(connection, settings.city, ring, "aigerim")
        step()
    step()
    rekey.finish(ring, done)
    engine.dispose()


def check_readable(town: Town, voters: Engine, auditor: Engine) -> None:
    """Every person of each list, the rule, who was struck off, who saw the person that was seen."""
    settings, ring = town.settings, KeyRing.of(town.settings)
    region = settings.city.region
    numbers = {line.cells["ИИН"] for line in town.lines.lines}
    with voters.connect() as connection, auditor.connect() as audits:
        for version in versions(connection, region):
            key = ring.get(version.key_id)
            rows = connection.execute(ALL, {"list": version.id}).all()
            assert {open_row(key, row, row.line).iin for row in rows} == numbers
            assert all(key.lookup(open_row(key, row, 0).iin) == bytes(row.hash) for row in rows)
        (rule,) = rules.shown(connection, region, lasting.rules_key(connection, region, ring))
        assert rule.line in town.undecided
        key = lasting.doubles_key(connection, region, ring)
        assert struck_off(connection, region) == {key.lookup(town.struck)}
        seen = who_saw(connection, audits, settings.city, ring, town.seen, "auditor", "Complaint 7")
        assert "anna" in {one.who for one in seen}
        connection.rollback()


def test_whatever_is_killed_leaves_what_can_be_read(town: Town, voters: Engine, auditor: Engine) -> None:
    """Before each call of the system that changes the folder, before and after the commit, one after the
    other: each goes on from what the one before it has left."""
    for n in range(1, MOST_STEPS):
        killed = _killed_at(n, town.settings)
        check_readable(town, voters, auditor)
        ring = KeyRing.of(town.settings)
        eventually(lambda: _sweep(town, voters))
        check_readable(town, voters, auditor)
        left = [path.name for path in ring.folder.iterdir() if path.is_file()]
        assert [name for name in left if not name.endswith(".key")] == [], n
        if not killed:
            assert n > 40, "there are as many steps"
            return
        for path in ring.folder.glob("looks-*.key"):
            path.unlink()  # nobody was seen since: else each round would have more steps than the last
    raise AssertionError("it never came to its end")


def _sweep(town: Town, voters: Engine) -> bool:
    """Whether the lock is free: the database lets go of a killed process in its own time."""
    with voters.begin() as connection:
        try:
            take_turn(connection)
        except Exception as error:
            assert getattr(error, "code", "") == "voters.busy"
            return False
        lasting.sweep(connection, town.settings.city.region, KeyRing.of(town.settings))
    return True


def _killed_at(n: int, settings: Settings) -> bool:
    """Whether new keys, made in a process that is killed before its step `n`, did not come to their end."""
    child = os.fork()
    if child == 0:
        try:
            with _counted(n) as step:
                renew(settings, step)
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert status in (0, signal.SIGKILL), status
    return status != 0


@contextmanager
def _counted(n: int) -> Iterator[Callable[[], None]]:
    taken = 0

    def step() -> None:
        nonlocal taken
        taken += 1
        if taken == n:
            os.kill(os.getpid(), signal.SIGKILL)

    def stepping(call: Callable[..., object]) -> Callable[..., object]:
        def made(*given: object, **named: object) -> object:
            step()
            return call(*given, **named)

        return made

    for name in STEPS:
        setattr(os, name, stepping(getattr(os, name)))
    yield step


def test_whoever_had_the_folder_before_opens_nothing(
    town: Town, voters: Engine, auditor: Engine, tmp_path: Path
) -> None:
    shutil.copytree(KeyRing.of(town.settings).folder, tmp_path / "stolen")
    renew(town.settings)
    check_readable(town, voters, auditor)
    own = KeyRing.of(town.settings)
    stolen = KeyRing.of(replace(town.settings, voters_keys=tmp_path / "stolen"))
    region = town.settings.city.region
    with voters.connect() as connection:
        for version in versions(connection, region):
            with pytest.raises(Unavailable, match="voters.key_missing"):
                stolen.get(version.key_id)
        with pytest.raises(Unavailable, match="voters.sealed"):
            rules.shown(connection, region, stolen.lasting("rules")[0])
        lasting_hashes = struck_off(connection, region)
        assert stolen.lasting("doubles")[0].lookup(town.struck) not in lasting_hashes
    assert own.looks().secret != stolen.looks().secret
    assert [key.secret for key in own.all_looks()][1:] == [stolen.looks().secret], (
        "the audit is not rewritten"
    )
    masters = [ring.masters.wrapping() for ring in (own, stolen)]
    assert masters[0] != masters[1]
    # The keys of today, taken with the master key of before.
    (tmp_path / "stolen" / "rules.key").write_bytes((own.folder / "rules.key").read_bytes())
    with pytest.raises(Unavailable, match="voters.key_unreadable"):
        stolen.lasting("rules")


def test_what_was_decided_holds_for_the_next_list(town: Town, tmp_path: Path, ask: Ask) -> None:
    renew(town.settings)
    town.lines.lines[7].cells["Фамилия"] = "Другофамильный"
    following = load(town.settings, write(town.lines, tmp_path / "third.csv")).id
    (refused,) = ask("select code from voters.refusal where list_id = :list", list=following)
    assert refused.code == "struck_off"
    (line,) = ask("select way, rule_id from voters.address where list_id = :list", list=following)
    assert line.rule_id is not None and line.way == "decided"
    (row,) = ask("select corrected, added, removed from voters.list_version where id = :list", list=following)
    assert (row.corrected, row.added, row.removed) == (1, 0, 1)


def test_how_a_list_changed_a_house_is_seen_as_before(town: Town, voters: Engine, ask: Ask) -> None:
    settings, changed_one = town.settings, town.lines.lines[5]

    def seen() -> list[houses.ChangedVoter]:
        ring = KeyRing.of(settings)
        return houses.changed(voters, settings.city, ring, 2, changed_one.building or 0, "vera")

    before = seen()
    assert [one.change for one in before] == ["corrected"]
    renew(settings)
    assert seen() == before


def test_who_looks_while_keys_are_renewed_is_not_told_that_nobody_is_there(
    town: Town, lookup: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded, city = looks.record, town.settings.city

    def renewing(*given: Any) -> bytes:
        found = recorded(*given)
        renew(town.settings)
        return found

    monkeypatch.setattr(looks, "record", renewing)
    with pytest.raises(Conflict, match="voters.busy"):
        looks.look(lookup, city, KeyRing.of(town.settings), town.seen, "vera", "call", "109-8")
    monkeypatch.undo()
    assert looks.look(lookup, city, KeyRing.of(town.settings), town.seen, "vera", "call", "109-8").surname


def test_a_master_key_that_is_given_is_exchanged(town: Town, voters: Engine, auditor: Engine) -> None:
    """From the file to the environment, to another there, and back; the one before is needed until then."""
    first, second = (base64.b64encode(os.urandom(32)).decode() for _ in range(2))
    folder = KeyRing.of(town.settings).folder
    steps = [
        (first, None),
        (second, first),
        (None, second),
    ]
    for given, before in steps:
        held = replace(town.settings, voters_master=given, voters_master_before=before)
        check_readable(replace(town, settings=held), voters, auditor)
        renew(held)
        alone = replace(held, voters_master_before=None)
        check_readable(replace(town, settings=alone), voters, auditor)
        assert (folder / "master.key").exists() == (given is None)
    assert not list(folder.glob("master.[!k]*"))


def test_new_keys_that_were_taken_back_leave_the_old(town: Town, voters: Engine, auditor: Engine) -> None:
    ring = KeyRing.of(town.settings)
    for _ in range(2):
        with voters.connect() as connection:
            rekey.rekey(connection, town.settings.city, ring, "aigerim")
            connection.rollback()
        check_readable(town, voters, auditor)
    renew(town.settings)
    check_readable(town, voters, auditor)
