"""The chain: sealed behind its writers, whatever the order of their commits, and read again by
verification, which names the one row that was tampered with."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from contextlib import closing

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from geo.audit import chain, heads
from geo.audit.records import record_audit
from geo.errors import Unavailable
from geo.settings import Settings
from tests.support.audit_town import FAULT, compute_anew, report, tamper, write


def sealed(connection: Connection) -> list[str]:
    """Who, in the order of the chain."""
    rows = connection.execute(
        text("select a.who from audit_seal s join audit a on a.id = s.audit_id order by s.position")
    )
    return list(rows.scalars())


def test_rows_are_sealed_once_each_and_nothing_is_wrong(
    settings: Settings, web: Engine, sealer: Engine, auditor: Engine
) -> None:
    write(web, ("anna", "berik"))
    assert chain.seal(sealer) == 2
    write(web, ("anna",))
    assert (chain.seal(sealer), chain.seal(sealer)) == (1, 0)
    heads.write_head(settings, sealer)
    found = report(settings, auditor)
    assert found.faults == []
    assert (found.rows, found.last, found.heads, found.pending) == (3, 3, 1, 0)


def test_what_commits_late_is_sealed_later_and_holds_nobody_up(
    web: Engine, sealer: Engine, auditor: Engine, settings: Settings, connection: Connection
) -> None:
    with web.connect() as slow:
        record_audit(slow, "slow", "signed_out")  # the lowest id
        write(web, ("anna",))
        assert chain.seal(sealer) == 1
        write(web, ("berik",))
        assert chain.seal(sealer) == 1
        assert report(settings, auditor).faults == []
        slow.commit()
    found = report(settings, auditor)
    assert (found.pending, found.faults) == (1, [])
    assert chain.seal(sealer) == 1
    assert sealed(connection) == ["anna", "berik", "slow"]


def test_a_number_that_was_rolled_back_is_missing_and_no_tampering(
    web: Engine, sealer: Engine, auditor: Engine, settings: Settings
) -> None:
    write(web, ("anna",))
    with web.connect() as given_up:
        record_audit(given_up, "nobody", "signed_out")
        given_up.rollback()
    write(web, ("berik",))
    chain.seal(sealer)
    found = report(settings, auditor)
    assert (found.missing_ids, found.faults) == (1, [])


def test_two_sealers_make_one_chain(
    web: Engine, sealer: Engine, auditor: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chain, "BATCH", 3)
    write(web, map(str, range(40)))
    counts: list[int] = []
    both = [threading.Thread(target=lambda: counts.append(chain.seal(sealer))) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    chain.seal(sealer)
    found = report(settings, auditor)
    assert (found.rows, found.faults) == (40, [])


def test_a_database_whose_transactions_are_counted_anew_goes_on(
    web: Engine, sealer: Engine, auditor: Engine, settings: Settings, connection: Connection
) -> None:
    """This is so after a move by hand to a younger server."""
    write(web, ("anna",))
    chain.seal(sealer)
    connection.execute(text("update audit_chain set settled = 1000000000000"))
    connection.commit()
    write(web, ("berik",))
    assert chain.seal(sealer) == 1
    assert report(settings, auditor).faults == []


@pytest.mark.parametrize("how", FAULT)
def test_each_tampering_is_found_at_its_place(
    how: str, settings: Settings, web: Engine, sealer: Engine, auditor: Engine, connection: Connection
) -> None:
    write(web, map(str, range(7)))
    chain.seal(sealer)
    heads.write_head(settings, sealer)
    code, position = tamper(connection, how, 4)
    connection.commit()
    assert [(fault.code, fault.position) for fault in report(settings, auditor).faults] == [(code, position)]


@pytest.mark.parametrize("number", [-(2**63), -5, 0, 2**62, 2**63 - 1])
def test_a_row_is_found_whatever_number_it_was_given(
    number: int, settings: Settings, web: Engine, sealer: Engine, auditor: Engine, connection: Connection
) -> None:
    write(web, map(str, range(3)))
    chain.seal(sealer)
    connection.execute(
        text("""insert into audit (id, at, who, what, caller_type, transaction)
            overriding system value
            select :number, at, 'somebody', what, caller_type, transaction from audit where id = 2"""),
        {"number": number},
    )
    connection.commit()
    assert [(fault.code, fault.audit_id) for fault in report(settings, auditor).faults] == [
        ("inserted", number)
    ]


@pytest.mark.parametrize("position", [1, 7])
@pytest.mark.parametrize("how", ["who", "hash", "remove", "remove_whole"])
def test_the_first_and_the_last_row_too(
    how: str,
    position: int,
    settings: Settings,
    web: Engine,
    sealer: Engine,
    auditor: Engine,
    connection: Connection,
) -> None:
    write(web, map(str, range(7)))
    chain.seal(sealer)
    heads.write_head(settings, sealer)
    code, found_at = tamper(connection, how, position)
    connection.commit()
    assert [(fault.code, fault.position) for fault in report(settings, auditor).faults] == [(code, found_at)]


def test_a_chain_that_is_computed_anew_no_longer_agrees_with_what_was_signed(
    settings: Settings, web: Engine, sealer: Engine, auditor: Engine, connection: Connection
) -> None:
    for people in ("ab", "cde", "fg"):
        write(web, people)
        chain.seal(sealer)
        heads.write_head(settings, sealer)
    tamper(connection, "who", 4)
    compute_anew(connection, 4)
    connection.commit()
    [fault] = report(settings, auditor).faults
    assert fault.code == "rewritten"
    assert (fault.parameters["first"], fault.parameters["last"]) == (3, 5), "between two heads"


def test_a_tail_that_is_cut_off_is_missed_by_the_last_head(
    settings: Settings, web: Engine, sealer: Engine, auditor: Engine, connection: Connection
) -> None:
    write(web, map(str, range(6)))
    chain.seal(sealer)
    heads.write_head(settings, sealer)
    connection.execute(text("delete from audit where id > 4"))
    connection.execute(text("delete from audit_seal where position > 4"))
    connection.commit()
    [fault] = report(settings, auditor).faults
    assert (fault.code, fault.parameters) == ("removed_seals", {"first": 5, "last": 6})


def test_a_row_dated_back_before_it_was_sealed_is_named(
    settings: Settings, web: Engine, sealer: Engine, auditor: Engine, connection: Connection
) -> None:
    write(web, "ab")
    chain.seal(sealer)
    heads.write_head(settings, sealer)
    write(web, "c")
    connection.execute(text("update audit set at = at - interval '2 hours' where who = 'c'"))
    connection.commit()
    chain.seal(sealer)
    assert named(settings, auditor) == [("late", 3)]


def named(settings: Settings, auditor: Engine) -> list[tuple[str, int | None]]:
    return [(fault.code, fault.position) for fault in report(settings, auditor).faults]


def test_without_the_row_that_says_how_far_it_is_sealed_nothing_inserted_is_hidden_from_a_reader(
    settings: Settings, web: Engine, sealer: Engine, auditor: Engine, connection: Connection
) -> None:
    write(web, "ab")
    chain.seal(sealer)
    tamper(connection, "insert", 1)
    connection.execute(text("delete from audit_chain"))
    connection.commit()
    found = report(settings, auditor)
    assert (found.pending, [fault.code for fault in found.faults]) == (1, ["no_chain"])


@pytest.mark.parametrize("tables", ["audit", "audit, audit_seal", "audit, audit_seal, audit_statement"])
def test_a_table_that_was_emptied_is_missed_row_by_row_or_by_the_last_head(
    settings: Settings, web: Engine, sealer: Engine, auditor: Engine, connection: Connection, tables: str
) -> None:
    write(web, "abc")
    chain.seal(sealer)
    heads.write_head(settings, sealer)
    connection.execute(text(f"truncate {tables} restart identity"))
    connection.commit()
    faults = [(fault.code, fault.position) for fault in report(settings, auditor).faults]
    whole = [("removed", 1), ("removed", 2), ("removed", 3)]
    assert faults == (whole if tables == "audit" else [("removed_seals", 1)])


def test_a_sealer_that_dies_in_the_middle_loses_and_doubles_nothing(
    settings: Settings, web: Engine, sealer: Engine, auditor: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chain, "BATCH", 3)
    write(web, "abcdefgh")
    real, calls = chain._seal_rows, []

    def dying(connection: Connection, link: chain.Link, rows: Sequence[tuple[int, str]]) -> chain.Link:
        calls.append(real(connection, link, rows))
        if len(calls) == 2:  # one batch is committed, the second is written and not
            connection.execute(text("select pg_terminate_backend(pg_backend_pid())"))
        return calls[-1]

    monkeypatch.setattr(chain, "_seal_rows", dying)
    with pytest.raises(DBAPIError):
        chain.seal(sealer)
    assert report(settings, auditor).rows == 3
    assert chain.seal(sealer) == 5
    found = report(settings, auditor)
    assert (found.rows, found.pending, found.faults) == (8, 0, [])


ACTS = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from(["write", "commit", "rollback", "seal", "head"])),
    min_size=4,
    max_size=30,
)


@given(acts=ACTS, how=st.sampled_from(sorted(FAULT)), at=st.integers(0, 2**20))
@examples(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_sessions_do_at_once_one_tampering_is_found(
    settings: Settings,
    web: Engine,
    sealer: Engine,
    auditor: Engine,
    owner: Engine,
    acts: list[tuple[int, str]],
    how: str,
    at: int,
) -> None:
    """Three sessions write, commit and give up in any order while the chain is sealed between them. It is
    whole; then one thing is done to one row, and that is all that is found."""
    _begin_anew(settings, owner)
    sessions = [web.connect() for _ in range(3)]
    for who, act in acts:
        if act == "write":
            record_audit(sessions[who], str(who), "signed_in", way="link")
        elif act == "seal":
            chain.seal(sealer)
        elif act == "head":
            heads.write_head(settings, sealer)
        else:
            getattr(sessions[who], act)()
    for session in sessions:
        with closing(session):
            session.commit()
    write(web, ("last",))
    chain.seal(sealer)
    heads.write_head(settings, sealer)
    whole = report(settings, auditor)
    assert (whole.faults, whole.pending) == ([], 0)
    with owner.begin() as connection:
        code, position = tamper(connection, how, 1 + at % whole.last)
    found = report(settings, auditor).faults
    assert [(fault.code, fault.position) for fault in found] == [(code, position)]


def _begin_anew(settings: Settings, owner: Engine) -> None:
    with owner.begin() as connection:
        connection.execute(text("truncate audit, audit_seal, audit_statement restart identity"))
        connection.execute(text("update audit_chain set settled = 0, epoch = 0"))
    for path in (heads.folder_of(settings) / heads.HEADS).glob("*.jsonl"):
        path.unlink()


def test_heads_are_written_to_both_places_and_a_place_that_is_gone_is_said(
    settings: Settings, web: Engine, sealer: Engine, auditor: Engine, tmp_path: object
) -> None:
    from dataclasses import replace

    copy = settings.data / "elsewhere"
    copy.mkdir()
    both = replace(settings, audit_copy=copy)
    write(web, ("anna",))
    chain.seal(sealer)
    heads.write_head(both, sealer)
    here, there = (sorted((folder / heads.HEADS).glob("*")) for folder in heads.folders_of(both))
    assert [path.read_bytes() for path in here] == [path.read_bytes() for path in there]
    assert report(settings, auditor, copy).heads == 1, "an auditor needs the copy alone"
    blocked = replace(settings, audit_copy=here[0])  # a file, where a folder should be
    with pytest.raises(Unavailable, match="audit.place"):
        heads.write_head(blocked, sealer)
    assert report(settings, auditor).heads == 2, "the data folder has it all the same"


def test_a_line_cut_off_by_a_kill_is_replaced_and_one_that_was_altered_is_found(
    settings: Settings, web: Engine, sealer: Engine, auditor: Engine
) -> None:
    write(web, ("anna",))
    chain.seal(sealer)
    heads.write_head(settings, sealer)
    [file] = (heads.folder_of(settings) / heads.HEADS).glob("*")
    with file.open("ab") as torn:
        torn.write(b'{"body": "{\\"at\\"')
    assert report(settings, auditor).faults == []
    heads.write_head(settings, sealer)
    assert (report(settings, auditor).heads, report(settings, auditor).faults) == (2, [])
    file.write_bytes(file.read_bytes().replace(b"position", b"positiom", 1))
    assert [fault.code for fault in report(settings, auditor).faults] == ["forged"]


def test_what_root_writes_belongs_to_whom_the_data_folder_belongs_to(
    settings: Settings, sealer: Engine
) -> None:
    """A restore by root does so before the processes have ever signed."""
    if os.geteuid() == 0:
        os.chown(settings.data, 65534, 65534)
    heads.write_head(settings, sealer)
    written = list(heads.folder_of(settings).rglob("*"))
    assert {path.name for path in written} >= {"seal.key", "heads", "keys"}
    assert {path.stat().st_uid for path in written} == {settings.data.stat().st_uid}
