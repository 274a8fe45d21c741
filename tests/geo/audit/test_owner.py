"""What the owner of the database can do to the audit, who has no key: each is named."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import ProgrammingError

from geo.audit import chain, heads, keys, statements
from geo.audit.heads import ChainStatement
from geo.audit.keys import open_signer
from geo.audit.verify import Report, verify_within
from geo.database import Role, connected
from geo.settings import Settings
from tests.support.audit_town import FAULT, compute_anew, report, tamper, write

LENGTH, EVERY = 30, 10
"""Rows of the chain, and between two heads."""
RESTORED = 5
"""Where a restore that was stated goes on."""


@pytest.fixture
def signed(settings: Settings, web: Engine, sealer: Engine, owner: Engine) -> Settings:
    """A chain with a restore in its past and four heads."""
    write(web, map(str, range(RESTORED)))
    chain.seal(sealer)
    heads.write_head(settings, sealer)
    restore(settings, owner, 1)
    for begin in range(RESTORED, LENGTH, EVERY):
        write(web, (str(n) for n in range(begin, min(begin + EVERY, LENGTH))))
        chain.seal(sealer)
        heads.write_head(settings, sealer)
    return settings


def restore(settings: Settings, owner: Engine, epoch: int) -> None:
    signer = open_signer(heads.folder_of(settings))
    with owner.begin() as connection:
        now = connection.execute(text("select now()")).scalar_one()
        link = chain.last_link(connection)
        statement = ChainStatement("restore", epoch, link, now, link)
        connection.execute(text("update audit_chain set epoch = :epoch"), {"epoch": epoch})
        heads.state(connection, signer, statement)
    heads.write_outside(settings, signer, statement)


@dataclass(frozen=True)
class Trick:
    """Statements of the owner, for a position; `codes`: one of these names it; `exact`: at its position."""

    sql: tuple[str, ...]
    codes: tuple[str, ...]
    exact: bool = True


OBJECT = ("object",)
ROW = "(select audit_id from audit_seal where position = :p)"
BACKDATED = """insert into audit (id, at, who, what, caller_type, transaction) overriding system value
    values (900000 + :p, now() - interval '3 hours', 'nobody', 'signed_in', 'person', {})"""
TRICKS = {
    "infinity": Trick((f"update audit set at = 'infinity' where id = {ROW}",), ("changed",)),
    "minus_infinity": Trick((f"update audit set at = '-infinity' where id = {ROW}",), ("changed",)),
    "farthest": Trick((f"update audit set at = '294276-12-31' where id = {ROW}",), ("changed",)),
    "writer": Trick((f"update audit set written_by = 'ikomek_jobs' where id = {ROW}",), ("changed",)),
    "no_writer": Trick((f"update audit set written_by = null where id = {ROW}",), ("changed",)),
    "number": Trick((f"update audit set id = id + 5000 where id = {ROW}",), ("removed",)),
    "tail": Trick(
        (
            "delete from audit a using audit_seal s where s.audit_id = a.id and s.position >= :p",
            "delete from audit_seal where position >= :p",
        ),
        ("removed_seals",),
    ),
    "middle": Trick(
        (
            """delete from audit a using audit_seal s
            where s.audit_id = a.id and s.position between :p and :p + 3""",
            "delete from audit_seal where position between :p and :p + 3",
        ),
        ("removed_seals",),
    ),
    "epoch": Trick(("update audit_chain set epoch = 0",), ("epoch",), exact=False),
    "epoch_ahead": Trick(("update audit_chain set epoch = 9",), ("epoch",), exact=False),
    "no_chain": Trick(("delete from audit_chain",), ("no_chain",), exact=False),
    "no_restore": Trick(("delete from audit_statement",), ("unstated", "epoch"), exact=False),
    "kind": Trick(("update audit_statement set kind = 'checkpoint'",), ("misstated",), exact=False),
    "backdated": Trick(
        (BACKDATED.format("pg_current_xact_id()::text::bigint"),), ("unsealed", "inserted"), exact=False
    ),
    "ahead_of_time": Trick((BACKDATED.format("999999999999"),), ("inserted",), exact=False),
    "policy": Trick(
        ("alter table audit enable row level security", "create policy p on audit using (true)"),
        OBJECT,
        False,
    ),
    "rule": Trick(
        ("create rule r as on insert to audit where new.who = 'x' do instead nothing",), OBJECT, False
    ),
    "trigger": Trick(
        (
            "create function swallow() returns trigger language plpgsql as 'begin return null; end'",
            "create trigger t before insert on audit for each row execute function swallow()",
        ),
        OBJECT,
        False,
    ),
    "view": Trick(
        ("alter table audit rename to audit_real", "create view audit as select * from audit_real"),
        OBJECT,
        False,
    ),
    "child": Trick(("create table audit_child () inherits (audit)",), OBJECT, False),
    "right": Trick(("grant update on audit to ikomek_web",), OBJECT, False),
    "default": Trick(("alter table audit alter at set default now() - interval '1 day'",), OBJECT, False),
    "default_writer": Trick(("alter table audit alter written_by set default 'ikomek_web'",), OBJECT, False),
    "constraint": Trick(("alter table audit_seal drop constraint pk_audit_seal",), OBJECT, False),
    "column": Trick(("alter table audit add column hidden text",), OBJECT, False),
    "lying_function": Trick(
        (
            f"update audit set who = 'zz' where id = {ROW}",
            """create function public.sha256(bytea) returns bytea language sql immutable as $$
            select pg_catalog.sha256(pg_catalog.convert_to(
                pg_catalog.replace(pg_catalog.convert_from($1, 'UTF8'), 'zz', '7'), 'UTF8')) $$""",
            "set local search_path = public, pg_catalog",
        ),
        ("changed",),
    ),
}
"""What is done to a row or around it, beside those of `tests.support.audit_town`."""


def look(settings: Settings, connection: Connection) -> Report:
    folders = heads.folders_of(settings)
    return verify_within(connection, folders, keys.read_public(folders))


def by_support(how: str) -> Callable:
    def at(connection: Connection, position: int, found: Callable[[], Report]) -> bool:
        code, expected = tamper(connection, how, position)
        return [(one.code, one.position) for one in found().faults] == [(code, expected)]

    return at


def by_trick(trick: Trick) -> Callable:
    def at(connection: Connection, position: int, found: Callable[[], Report]) -> bool:
        for statement in trick.sql:
            connection.execute(text(statement), {"p": position} if ":p" in statement else {})
        named = [one for one in found().faults if one.code in trick.codes]
        return bool(named) and (not trick.exact or named[0].position == position)

    return at


def anew(connection: Connection, position: int, found: Callable[[], Report]) -> bool:
    tamper(connection, "who", position)
    compute_anew(connection, position)
    [fault] = found().faults
    return fault.code == "rewritten" and fault.parameters["first"] <= position <= fault.parameters["last"]


def anew_in_an_old_epoch(connection: Connection, position: int, found: Callable[[], Report]) -> bool:
    connection.execute(text("update audit_chain set epoch = 0"))
    tamper(connection, "who", position)
    compute_anew(connection, position)
    return [one.code for one in found().faults] in (["epoch", "rewritten"], ["rewritten", "epoch"])


def swap(what: str) -> Callable:
    """Two rows of the chain change places, by one column of their seals, or as wholes."""

    def at(connection: Connection, position: int, found: Callable[[], Report]) -> bool:
        one, other = sorted((position, 1 + (position + 6) % LENGTH))
        connection.execute(text("alter table audit_seal drop constraint uq_audit_seal_audit_id"))
        connection.execute(
            text(f"""update audit_seal a set {what} from audit_seal b where (a.position, b.position)
                in ((:one, :other), (:other, :one))"""),
            {"one": one, "other": other},
        )
        connection.execute(
            text("alter table audit_seal add constraint uq_audit_seal_audit_id unique (audit_id)")
        )
        named = [(f.code, f.position, f.parameters.get("other")) for f in found().faults]
        return named == [("swapped", one, other)]

    return at


HOW: dict[str, Callable] = {
    **{how: by_support(how) for how in FAULT},
    **{how: by_trick(trick) for how, trick in TRICKS.items()},
    "anew": anew,
    "anew_in_an_old_epoch": anew_in_an_old_epoch,
    "swap_rows": swap("audit_id = b.audit_id"),
    "swap_seals": swap("audit_id = b.audit_id, hash = b.hash"),
}


def test_two_hundred_tamperings_by_the_owner_are_each_named(signed: Settings, owner: Engine) -> None:
    chance, missed = random.Random(109), []
    with owner.connect() as connection:
        assert look(signed, connection).faults == []
        connection.rollback()
        for n in range(200):
            how = sorted(HOW)[n % len(HOW)]
            position = 1 + chance.randrange(LENGTH - 1)
            if not HOW[how](connection, position, lambda: look(signed, connection)):
                missed.append((how, position, look(signed, connection).faults))
            connection.rollback()
    assert missed == []


def test_heads_signed_under_an_old_epoch_after_a_restore_are_named(
    signed: Settings, owner: Engine, auditor: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statements, "SWAP", timedelta(0))
    signer = open_signer(heads.folder_of(signed))
    with owner.begin() as connection:
        now = connection.execute(text("select now()")).scalar_one()
        head = ChainStatement("head", 0, chain.last_link(connection), now)
    heads.write_outside(signed, signer, head)
    assert [fault.code for fault in report(signed, auditor).faults] == ["old_epoch"]


def test_the_epoch_of_a_head_is_that_of_the_signed_restores(
    signed: Settings, owner: Engine, sealer: Engine
) -> None:
    with owner.begin() as connection:
        connection.execute(text("update audit_chain set epoch = 0"))
    assert heads.write_head(signed, sealer).epoch == 1


def test_heads_that_were_taken_out_are_missed(
    signed: Settings, auditor: Engine, owner: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    [file] = (heads.folder_of(signed) / heads.HEADS).glob("*")
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join(lines[:3] + lines[4:]))
    assert [fault.code for fault in report(signed, auditor).faults] == ["head_gap"]
    file.unlink()
    with owner.begin() as connection:
        connection.execute(text("delete from audit_statement"))
        connection.execute(text("update audit_chain set epoch = 0"))
    monkeypatch.setattr(statements, "SIGNED_EVERY", timedelta(0))
    assert [fault.code for fault in report(signed, auditor).faults] == ["unsigned"]


def test_what_stands_behind_the_last_head_is_said(
    signed: Settings, web: Engine, sealer: Engine, auditor: Engine
) -> None:
    write(web, "xy")
    chain.seal(sealer)
    found = report(signed, auditor)
    assert (found.faults, found.last - found.signed) == ([], 2)
    assert found.signed_at is not None


def test_the_last_row_that_no_head_covers_is_changed_or_its_hash_is(
    signed: Settings, web: Engine, sealer: Engine, auditor: Engine, owner: Engine
) -> None:
    write(web, "x")
    chain.seal(sealer)
    with owner.begin() as connection:
        tamper(connection, "hash", LENGTH + 1)
    assert [(f.code, f.position) for f in report(signed, auditor).faults] == [("either", LENGTH + 1)]


def test_settings_that_decide_what_a_name_means_are_named(
    signed: Settings, owner: Engine, auditor: Engine
) -> None:
    name = owner.url.database
    set_path = f'alter database "{name}" set search_path = public, pg_catalog'
    with owner.begin() as connection:
        connection.execute(text(set_path))
    try:
        auditor.dispose()
        found = report(signed, auditor).faults
    finally:
        with owner.begin() as connection:
            connection.execute(text(f'alter database "{name}" reset search_path'))
    assert [fault.parameters for fault in found] == [{"object": "*: search_path", "what": "setting"}]


@pytest.mark.parametrize("role", ["web", "etl", "jobs", "editor", "accounts", "voters", "lookup", "relay"])
def test_no_other_role_can_hold_the_seal(role: Role, settings: Settings, web: Engine, sealer: Engine) -> None:
    write(web, "x")
    with connected(settings, role) as connection:
        connection.execute(text("select pg_advisory_lock(810905)"))
        with pytest.raises(ProgrammingError, match="permission denied"):
            connection.execute(text("select 1 from audit_chain for update"))
        assert chain.seal(sealer) == 1


def test_a_row_says_which_role_wrote_it_whoever_it_names(web: Engine, connection: Connection) -> None:
    write(web, ("administrator",))
    row = connection.execute(text("select who, written_by from audit")).one()
    assert tuple(row) == ("administrator", "ikomek_web")
    with web.connect() as forging, pytest.raises(ProgrammingError, match="permission denied"):
        forging.execute(
            text("""insert into audit (who, what, caller_type, written_by)
            values ('a', 'signed_in', 'command', 'ikomek_accounts')""")
        )


def test_rows_of_before_agree_with_their_seals(
    settings: Settings, web: Engine, sealer: Engine, auditor: Engine, owner: Engine
) -> None:
    write(web, "ab")
    with owner.begin() as connection:
        connection.execute(text("update audit set written_by = null"))
    chain.seal(sealer)
    write(web, "c")
    chain.seal(sealer)
    assert report(settings, auditor).faults == []
    write(web, "d")
    with owner.begin() as connection:
        connection.execute(text("update audit set written_by = null where who = 'd'"))
    chain.seal(sealer)
    assert [(f.code, f.position) for f in report(settings, auditor).faults] == [("unwritten", 4)]
