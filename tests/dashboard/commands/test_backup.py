"""A backup is one moment, is proved by a restore before it is called good, and revives nothing that was
taken from somebody."""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import signal
import subprocess
import tarfile
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import psycopg2
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from dashboard.commands import backup as command
from dashboard.machine import backup, encryption
from dashboard.machine.errors import MachineError, WrongUsage
from dashboard.words import word
from geo.accounts import sessions, users
from geo.accounts.passkeys import list_passkeys
from geo.audit import chain, heads, restores
from geo.audit.records import record_audit
from geo.database import connect_engine, sql_state, transact
from geo.errors import InvalidInput
from geo.exchange.keys import find_client, issue_key, revoke_key
from geo.incidents.cases.proof import Attach, attach
from geo.intake import runs
from geo.pictures.intake import Picture
from geo.recovery import backup as backups
from geo.recovery import pushes, servers
from geo.settings import Settings
from geo.work import daily_backup
from geo.work.daily_backup import DailyBackup
from tests.support.audit_town import report, write
from tests.support.connected import engine_as
from tests.support.desk import Desk, officer


@pytest.fixture
def target(settings: Settings, tmp_path: Path) -> Iterator[Path]:
    """A folder for backups; the databases that a restore leaves beside ours are dropped at the end."""
    folder = tmp_path / "backups"
    folder.mkdir()
    yield folder
    for suffix in ("restoring", "verifying", "before_restore"):
        servers.drop(settings, servers.database_name(servers.named(settings, suffix)))


people = engine_as("accounts", "people")
"""The engine of who lets people in, on the test's own database."""


web = engine_as("web")
"""The web server's, there too."""


def restore(settings: Settings, file: Path, identity: Path | None = None, keep_tokens: bool = False) -> None:
    command.bring_back(settings, argparse.Namespace(file=file, identity=identity, keep_tokens=keep_tokens))


def ask(settings: Settings, statement: str) -> object:
    with backups.owner(settings) as connection, connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0]


KEYS = "select array_agg(idempotency_key order by id) from inbox"


class Writer(threading.Thread):
    """Commits a row after another until told to stop."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.dsn = backups.role_dsn(settings, "owner")
        self.rows = 0
        self.done = threading.Event()
        self.begun = threading.Event()

    def run(self) -> None:
        connection = psycopg2.connect(self.dsn)
        connection.autocommit = True
        with connection.cursor() as cursor:
            while not self.done.is_set():
                cursor.execute(
                    "insert into audit (who, what, caller_type) values ('writer', 'wrote', 'process')"
                )
                self.rows += 1
                self.begun.set()
        connection.close()


def test_a_backup_taken_while_rows_are_written_can_be_restored(settings: Settings, target: Path) -> None:
    writer = Writer(settings)
    writer.start()
    try:
        assert writer.begun.wait(10)
        command.save(settings, target / "busy.backup")
    finally:
        writer.done.set()
        writer.join()
    manifest = backup.read_manifest(target / "busy.backup")
    assert 0 < manifest["rows"]["audit"] < writer.rows
    restore(settings, target / "busy.backup")
    assert (
        ask(settings, "select count(*) from audit where what <> 'backup.restored'")
        == (manifest["rows"]["audit"])
    )


def test_what_is_acknowledged_during_a_restore_is_kept(
    settings: Settings,
    target: Path,
    web: Engine,
    owner: Engine,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """From its start until the copy is in place nothing is taken; before and after, all is. What was taken
    after the backup and waits goes along; what was loaded is said."""
    refused = []

    def push(key: str) -> None:
        with web.begin() as connection:
            runs.push(connection, "71", "police", key, "pusher", "text/csv", b"source_id\n1\n")

    def meanwhile(step: Callable[..., object]) -> Callable[..., object]:
        def work(*given: object, **more: object) -> object:
            with pytest.raises(DBAPIError) as error:
                push("late")
            refused.append(sql_state(error.value))
            return step(*given, **more)

        return work

    push("early")
    command.save(settings, target / "a.backup", verify=False)
    for key in ("loaded", "waits"):
        push(key)
    with owner.begin() as connection:
        connection.execute(text("update inbox set state = 'done' where idempotency_key = 'loaded'"))
    for module, name in ((backups, "create_fresh"), (backup, "restore_into"), (backups, "finish")):
        monkeypatch.setattr(module, name, meanwhile(getattr(module, name)))
    restore(settings, target / "a.backup")
    web.dispose()
    push("after")
    assert refused == ["25006"] * 3
    assert ask(settings, KEYS) == ["early", "waits", "after"]
    kept = servers.database_name(servers.named(settings, "before_restore"))
    lacking = word("command.restore.lacking", loaded=1, failed=0, feeds="police", kept=kept)
    out = capsys.readouterr().out.splitlines()
    assert out[out.index(lacking) - 1] == word("command.restore.taken_over", count=1)
    assert (
        ask(settings, "select parameters ->> 'taken_over' from audit where what = 'backup.restored'") == "1"
    )


def test_what_waits_is_in_the_restored_database_once_however_often_a_restore_is_killed(
    settings: Settings, target: Path, web: Engine, owner: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pushes, and a run to repeat. Killed amid the taking over, between it and the swap, and right after the
    swap."""

    def push(key: str, body: bytes) -> int:
        with web.begin() as connection:
            return runs.push(connection, "71", "police", key, "pusher", "text/csv", body)[0]

    def die(*given: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    push("early", b"source_id\n1\n")
    with owner.begin() as connection:
        ran = connection.execute(
            text("""insert into run (region, feed, state, source) values ('71', 'police', 'done', '/in/a.csv')
            returning id""")
        ).scalar_one()
    file = target / "a.backup"
    command.save(settings, file, verify=False)
    body = b"source_id\n" + bytes(range(256)) * 4096
    promised = [push(key, body + key.encode()) for key in ("waits-1", "waits-2")]
    with web.begin() as connection:
        promised.append(runs.repeat(connection, "71", ran, "pusher"))
    for module, name in (
        (pushes, "_skip_given_numbers"),
        (restores, "record_restore"),
        (backups, "forget_cache"),
    ):
        with monkeypatch.context() as patched:
            patched.setattr(module, name, die)
            killed = multiprocessing.get_context("fork").Process(target=restore, args=(settings, file))
            killed.start()
            killed.join()
        assert killed.exitcode == -signal.SIGKILL, name
    restore(settings, file)
    assert ask(settings, KEYS) == ["early", "waits-1", "waits-2", f"repeat-{ran}-0"]
    assert ask(settings, "select array_agg(run_id order by id) from inbox where id > 1") == promised
    digests = "select bool_and(sha256(body) is not distinct from digest and state = 'waiting') from inbox"
    assert ask(settings, digests) is True


def test_a_restore_brings_the_pictures_of_incidents_back(settings: Settings, target: Path) -> None:
    desk = Desk(settings)
    picture = Picture(b"\xff\xd8 whole \x00", b"\xff\xd8 small \x00", 4, 3)
    transact(
        desk.editor,
        lambda connection: attach(
            connection, desk.city, officer("aidos"), desk.incidents[0], Attach("after"), picture, 1, uuid4()
        ),
    )
    command.save(settings, target / "pictures.backup")
    desk.execute("delete from incident_proof")
    desk.close()
    restore(settings, target / "pictures.backup")
    kept = ask(
        settings, "select encode(picture, 'hex') || '.' || encode(thumbnail, 'hex') from incident_proof"
    )
    assert kept == f"{picture.whole.hex()}.{picture.thumbnail.hex()}"


def test_a_restored_audit_goes_on_and_what_was_signed_since_the_backup_is_known_to_be_replaced(
    settings: Settings, target: Path, web: Engine
) -> None:
    sealer = connect_engine(settings, "sealer")
    for whos, backs_up in (("ab", True), ("cde", False)):
        write(web, whos)
        chain.seal(sealer)
        heads.write_head(settings, sealer)
        if backs_up:
            command.save(settings, target / "a.backup")
    restore(settings, target / "a.backup")
    sealer.dispose()
    write(web, "f")
    chain.seal(sealer)
    heads.write_head(settings, sealer)
    auditor = connect_engine(settings, "auditor")
    found = report(settings, auditor)
    auditor.dispose()
    sealer.dispose()
    assert (found.faults, found.replaced, found.last) == ([], 1, 4), "a, b, the restore, f"
    assert ask(settings, "select parameters ->> 'replaced' from audit where what = 'backup.restored'") == "6"


def test_a_backup_is_dated_by_the_moment_of_its_rows_and_not_by_the_end_of_its_dump(
    settings: Settings, target: Path, web: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is committed while the dump runs is not in it, and comes after the moment that is stated."""
    dump_into = backup.dump_into

    def slowly(*given: object) -> Path:
        time.sleep(1.1)
        write(web, "l")
        return dump_into(*given)

    monkeypatch.setattr(backup, "dump_into", slowly)
    write(web, "e")
    command.save(settings, target / "slow.backup", verify=False)
    made = datetime.fromisoformat(backup.read_manifest(target / "slow.backup")["made_at"])
    early, late = (ask(settings, f"select max(at) from audit where who = '{who}'") for who in "el")
    assert early <= made + timedelta(milliseconds=1) and made < late - timedelta(seconds=1)
    web.dispose()
    restore(settings, target / "slow.backup")
    assert ask(settings, "select string_agg(who, '') from audit where who in ('e', 'l')") == "e"
    stated = ask(settings, "select parameters ->> 'made_at' from audit where what = 'backup.restored'")
    assert datetime.fromisoformat(stated) == made


def test_a_restore_says_what_else_is_gone_and_how_many_decisions_of_which_act(
    settings: Settings, target: Path, web: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    def decide(what: str, times: int, **parameters: object) -> None:
        for _ in range(times):
            with web.begin() as connection:
                record_audit(connection, "aidos", what, **parameters)

    def restored_lines() -> list[str]:
        web.dispose()
        restore(settings, target / "a.backup")
        web.dispose()
        out = capsys.readouterr().out.splitlines()
        return out[out.index(word("command.restore.gone", made=made, kept=kept)) + 1 :]

    kept = servers.database_name(servers.named(settings, "before_restore"))
    decide("building.tagged", 1)
    command.save(settings, target / "a.backup", verify=False)
    made = backup.read_manifest(target / "a.backup")["made_at"]
    decide("building.tagged", 2)
    decide("plan.changed", 3, plan=1)
    decide("mode.set", 1, before="calm", mode="storm")
    decide("incident.seen", 5)
    changes, tag, plan, settings_, mode = (
        word(f"audit.{code}")
        for code in ("kind.write", "act.building.tagged", "act.plan.changed", "kind.setting", "act.mode.set")
    )
    assert restored_lines() == [
        word("command.restore.gone_count", count=6),
        f"  {changes}: {plan} (plan.changed): 3, {tag} (building.tagged): 2",
        f"  {settings_}: {mode} (mode.set): 1",
    ]
    assert restored_lines() == [word("command.restore.gone_nothing", made=made)]
    with backups.owner(settings) as connection, connection.cursor() as cursor:
        cursor.execute("truncate audit cascade")  # a database that has never seen what the backup holds
    assert restored_lines() == [word("command.restore.gone_unknown", kept=kept)]


def test_a_backup_that_cannot_be_restored_is_never_there(
    settings: Settings, target: Path, owner: Engine
) -> None:
    with owner.begin() as connection:  # a check that holds here, and not where the dump is read back
        connection.execute(
            text("""create function only_here(text) returns boolean language sql as
            $$ select current_database() not like '%verifying' $$""")
        )
        connection.execute(text("insert into audit (who, what, caller_type) values ('a', 'b', 'process')"))
        connection.execute(text("alter table audit add constraint here check (only_here(who))"))
    with pytest.raises(MachineError, match="Could not restore the dump"):
        command.save(settings, target / "wrong.backup")
    assert list(target.iterdir()) == []


def test_a_table_that_the_dump_lost_is_found_by_the_trial_restore(settings: Settings, target: Path) -> None:
    with backup.workplace(target / "lost.backup") as folder, backups.snapshot(settings) as moment:
        dump = backup.dump_into(folder, backups.environment(settings), moment.id)
        whole, _ = backup.pack(dump, moment.stated())
        with pytest.raises(InvalidInput, match="backup.rows"):
            command.verify_restore(settings, whole, moment.rows | {"incident": 5})
    assert ask(settings, "select count(*) from pg_database where datname like '%verifying'") == 0


def test_what_was_revoked_since_stays_revoked(
    settings: Settings, target: Path, people: Engine, owner: Engine, web: Engine
) -> None:
    for name in ("leaves", "stays"):
        users.add_user(people, name, "push", None)
    users.add_user(people, "boss", "administrator", "correct horse battery")
    tokens = {name: sessions.add_token(people, name) for name in ("leaves", "stays")}
    screens = [sessions.add_device(people, "operations", label) for label in ("kept", "stolen")]
    signed_in = sessions.sign_in(web, "boss", "correct horse battery")
    programs = [issue_key(people, "test", client) for client in ("kept", "revoked")]
    with owner.begin() as connection:
        connection.execute(
            text("""insert into passkey (user_id, credential_id, public_key, sign_count, host, label)
                select u.id, convert_to(l, 'UTF8'), '', 0, 'localhost', l
                from app_user u, unnest(array['kept', 'stolen']) l where u.name = 'boss'""")
        )
        connection.execute(
            text("""insert into linked_login (issuer, subject, user_id)
                select 'https://id.example.kz', n, u.id from app_user u, unnest(array['1', '2']) n
                where u.name = 'boss'""")
        )
    command.save(settings, target / "before.backup", verify=False)
    revoke_key(people, "test", programs[1][0])
    users.disable_user(people, "leaves")
    sessions.revoke_device(people, sessions.hash_token(screens[1])[:12])
    users.set_password(people, "boss", "another horse battery")
    with owner.begin() as connection:
        connection.execute(text("delete from passkey where label = 'stolen'"))
        connection.execute(text("delete from linked_login where subject = '2'"))
        connection.execute(text("update app_user set organisation = 'another' where name = 'boss'"))
    restore(settings, target / "before.backup")
    for engine in (people, owner):
        engine.dispose()
    assert [one.label for one in list_passkeys(people, "boss")] == ["kept"]
    with owner.connect() as connection:
        assert connection.scalars(text("select subject from linked_login")).all() == ["1"]
    assert [user["organisation"] for user in users.list_users(people)] == ["another", None, None]
    assert sessions.find_principal(people, tokens["stays"]) is not None
    assert sessions.find_principal(people, screens[0]) is not None
    assert [
        sessions.find_principal(people, token) for token in (tokens["leaves"], screens[1], signed_in)
    ] == [None] * 3
    assert sessions.sign_in(web, "boss", "another horse battery")
    assert [find_client(web, key) is not None for _, key in programs] == [True, False]
    assert [user["name"] for user in users.list_users(people) if user["disabled_at"]] == ["leaves"]


def test_after_a_total_loss_screens_go_on_only_when_asked_for(
    settings: Settings, target: Path, people: Engine, owner: Engine, web: Engine
) -> None:
    users.add_user(people, "boss", "administrator", "correct horse battery")
    screen, signed_in = (
        sessions.add_device(people, "operations"),
        sessions.sign_in(web, "boss", "correct horse battery"),
    )
    command.save(settings, target / "all.backup", verify=False)
    for keep, shown in ((True, True), (False, False)):
        with owner.begin() as connection:
            connection.execute(text("delete from user_session"))
        restore(settings, target / "all.backup", keep_tokens=keep)
        for engine in (people, owner):
            engine.dispose()
        assert (sessions.find_principal(people, screen) is not None) is shown
        assert sessions.find_principal(people, signed_in) is None


@pytest.fixture(scope="module")
def age_keys(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """A recipient of age and the file with its private key."""
    file = tmp_path_factory.mktemp("age") / "key.txt"
    subprocess.run(["age-keygen", "-o", file], check=True, capture_output=True)
    return subprocess.run(
        ["age-keygen", "-y", file], check=True, capture_output=True, text=True
    ).stdout.strip(), file


@pytest.fixture(scope="module")
def pgp_keys(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """Files with an OpenPGP public key and its private one."""
    folder = tmp_path_factory.mktemp("pgp")
    with encryption._keyring() as home:
        gpg = [*map(str, encryption._gpg(home))]
        subprocess.run(
            [*gpg, "--quick-generate-key", "Backup <backup@centre.example>", "default", "default", "never"],
            check=True,
        )
        for file, words in (("public.asc", ["--export"]), ("private.asc", ["--export-secret-keys"])):
            (folder / file).write_bytes(
                subprocess.run([*gpg, "--armor", *words], check=True, capture_output=True).stdout
            )
    return str(folder / "public.asc"), folder / "private.asc"


@pytest.mark.parametrize("kind", ["age_keys", "pgp_keys"])
def test_an_encrypted_backup_opens_with_its_key_alone(
    kind: str,
    settings: Settings,
    target: Path,
    request: pytest.FixtureRequest,
    owner: Engine,
) -> None:
    recipient, identity = request.getfixturevalue(kind)
    with owner.begin() as connection:
        connection.execute(
            text("insert into setting (key, value) values ('sealed', '\"a word nobody else writes\"')")
        )
    file = target / "sealed.backup"
    command.save(settings, file, recipient, verify=False)
    assert encryption.is_sealed(file) and [path.name for path in target.iterdir()] == ["sealed.backup"]
    with pytest.raises(MachineError, match="--identity"):
        restore(settings, file)
    wrong = target / "wrong.txt"
    wrong.write_text("no key")
    with pytest.raises(MachineError, match="Could not"):
        restore(settings, file, wrong)
    restore(settings, file, identity)
    assert ask(settings, "select value from setting where key = 'sealed'") == "a word nobody else writes"


def test_a_recipient_that_is_none_is_refused_before_anything_is_written(
    settings: Settings, target: Path
) -> None:
    with pytest.raises(WrongUsage, match="neither"):
        command.save(settings, target / "a.backup", "somebody@example")
    assert list(target.iterdir()) == []


@pytest.mark.parametrize(
    "manifest",
    [
        {"format": 1, "revision": "0001", "rows": {}, "made_at": "2026-01-01T00:00:00Z"},
        {"format": 1, "revision": "0001", "rows": {}, "made_at": "2026-01-01T00:00:00Z", "sha256": "short"},
        {"format": 1, "revision": "0001", "rows": [], "made_at": "2026-01-01T00:00:00Z", "sha256": "0" * 64},
        {"format": 2},
        [],
        7,
    ],
)
def test_a_manifest_without_what_is_checked_is_refused_in_words(manifest: object, target: Path) -> None:
    (target / "manifest.json").write_text(json.dumps(manifest))
    with tarfile.open(target / "b.tar", "w") as tar:
        tar.add(target / "manifest.json", "manifest.json")
    with pytest.raises(MachineError, match="cannot be checked|format|not a backup"):
        backup.read_manifest(target / "b.tar")


def test_the_daily_backup_keeps_the_newest_and_touches_no_other_file(
    settings: Settings, target: Path, owner: Engine
) -> None:
    for name in (
        "ikomek-2026-01-01T0230.backup",
        "ikomek-2026-01-02T0230.backup",
        "ikomek-2026-01-03T0230.backup",
        "mine.backup",
    ):
        (target / name).write_text("old")
    command.make_daily(settings)
    assert len(list(target.iterdir())) == 4
    daily_backup.plan(owner, DailyBackup("02:30", str(target), 2, None, False))
    command.make_daily(settings)
    names = sorted(path.name for path in target.iterdir())
    assert names[:1] == ["ikomek-2026-01-03T0230.backup"] and names[-1] == "mine.backup" and len(names) == 3
    backup.read_manifest(target / names[1])
