"""A package sent to a real SFTP server and a real TLS server, which break off, are late, answer twice and
lie: it arrives whole, once, and its receipt is kept; whoever kills the sender, at whatever step."""

from __future__ import annotations

import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import NoResultFound

from dashboard.machine import cluster as machine
from geo.audit.keys import open_signer
from geo.errors import Conflict, Forbidden, IkomekError, InvalidInput, Unavailable
from geo.settings import Settings
from geo.voters.keys import KeyRing
from geo.voters.package.export import export
from geo.voters.transfer.archive import PackageArchive
from geo.voters.transfer.destination import FILE, Destination
from geo.voters.transfer.model import TransferState
from geo.voters.transfer.send import LOCK_TRANSFER, send
from tests.conftest import DEMO, _administer, clone, settings_for
from tests.support.certificates import Authority
from tests.support.connected import engine_as
from tests.support.receivers import FILES, RECEIVERS, Receiver
from tests.support.voters_list import approve, invented, load, write

WAYS = ("sftp", "https")
BLOCK = 50_000
PATIENCE_S = 20.0
SENDER = """
import os, signal, sys
from pathlib import Path
from dataclasses import replace
from geo.database import connect_engine
from geo.errors import Unavailable
from geo.settings import Settings
from geo.voters.keys import KeyRing
from geo.voters.transfer import model, send
from geo.voters.transfer.destination import Destination
from geo.voters.transfer.https import HttpsChannel
from geo.voters.transfer.sftp import SftpChannel
url, data, transfer, folder, stage = sys.argv[1:]
env = {"IKOMEK_DATA": data, "IKOMEK_VOTERS_TRANSFER": transfer}
settings = replace(Settings.load(env), database_url=url, own_database=True)
def kill(*args, **parameters):
    os.kill(os.getpid(), signal.SIGKILL)
def then_kill(function):
    def both(*args):
        function(*args)
        kill()
    return both
def trace(connection, who, what, **parameters):
    if what == "voters.receipt_kept":
        kill()
    record(connection, who, what, **parameters)
def fail(*args):
    raise Unavailable("voters.transfer.unreachable", host="cec.example", reason="ReadTimeout")
record = send.record_audit
if stage == "registered":
    model.register = kill
elif stage == "waiting":
    HttpsChannel.append = SftpChannel.append = fail
    send.time.sleep = kill
elif stage == "recorded":
    send.PackageArchive.blocks = kill
elif stage == "middle":
    for way in (HttpsChannel, SftpChannel):
        way.append = then_kill(way.append)
elif stage == "all_there":
    HttpsChannel.finish = SftpChannel.finish = kill
elif stage == "named":
    model.note_delivered = kill
elif stage == "receipt":
    model.keep_receipt = kill
elif stage == "trace":
    send.record_audit = trace
ring = KeyRing.of(settings)
send.send(connect_engine(settings, "voters", pool_size=2), settings.city, ring, Path(folder),
    Destination.of(settings, ring), "aigerim", 20)
"""
STAGES = ("registered", "recorded", "middle", "waiting", "all_there", "named", "receipt", "trace")


@pytest.fixture(scope="module")
def city(
    demo_settings: Settings, cluster: machine.Cluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Settings]:
    """A list in force."""
    clone(cluster, DEMO, "voters_transfer")
    folder = tmp_path_factory.mktemp("t")
    settings = settings_for(cluster, "voters_transfer", folder)
    approve(settings, load(settings, write(invented(settings), folder / "list.csv")).id)
    yield settings
    _administer(cluster, 'drop database "voters_transfer" with (force)')


voters = engine_as("voters", of="city", scope="module")
owner = engine_as("owner", of="city", scope="module")


@pytest.fixture(scope="module")
def package(city: Settings, voters: Engine, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("p") / "package"
    with voters.begin() as connection:
        export(connection, city.city, KeyRing.of(city), 1, folder, "aigerim")
    return folder


@dataclass
class Wire:
    """A receiver, and the settings that lead to it."""

    receiver: Receiver
    keys: Path
    raw: dict[str, Any]
    city: Settings
    voters: Engine
    package: Path

    def send(self, wait_s: float = PATIENCE_S, **changed: Any) -> TransferState:
        to = Destination.read(self.raw | changed, self.keys)
        ring = KeyRing.of(self.city)
        return send(self.voters, self.city.city, ring, self.package, to, "aigerim", wait_s)

    def state(self) -> dict[str, Any]:
        shown = Destination.read(self.raw, self.keys).shown
        statement = text("select * from voters.transfer where address = :address")
        with self.voters.connect() as connection:
            return dict(connection.execute(statement, {"address": shown}).mappings().one())

    def arrived_once(self) -> bool:
        (path,) = self.receiver.files
        return path.read_bytes() == b"".join(PackageArchive(self.package).blocks(0, 1 << 20))


Opened = Callable[..., Wire]


@pytest.fixture
def opened(city: Settings, voters: Engine, package: Path, tmp_path: Path) -> Iterator[Opened]:
    with ExitStack() as stack:

        def opening(way: str, **behaviour: Any) -> Wire:
            # A port may come again, an address may not: a package that was sent there is not sent again.
            folder, keys = tmp_path / "received" / uuid4().hex, tmp_path / "keys"
            folder.mkdir(parents=True), keys.mkdir()
            receiver = Receiver(folder, **behaviour)
            stack.enter_context(RECEIVERS[way](receiver, keys))
            quick = {"block_bytes": BLOCK, "timeout_s": 5.0, "retry_s": 0.02, "longest_retry_s": 0.2}
            raw = {"address": receiver.address, **FILES[way], **quick}
            return Wire(receiver, keys, raw, city, voters, package)

        yield opening


def recorded(owner: Engine, what: str) -> int:
    with owner.connect() as connection:
        counted = connection.execute(text("select count(*) from audit where what = :what"), {"what": what})
        return int(counted.scalar_one())


@pytest.mark.parametrize("way", WAYS)
def test_a_package_arrives_whole_and_its_receipt_is_kept(way: str, opened: Opened, owner: Engine) -> None:
    wire = opened(way)
    before = recorded(owner, "voters.sent"), recorded(owner, "voters.receipt_kept")
    done = wire.send()
    assert (done.state, done.receipt_number, done.sent) == ("received", "CEC-2027-000001", done.size)
    assert done.received_at.isoformat() == "2099-02-09T13:52:00+00:00"
    assert done.size > 2 * BLOCK and wire.receiver.taken == done.size and wire.arrived_once()
    with tarfile.open(wire.receiver.files[0]) as read:
        assert {one.name for one in read.getmembers()} == {
            path.relative_to(wire.package).as_posix() for path in wire.package.rglob("*") if path.is_file()
        }
    assert b"CEC-2027-000001" in bytes(wire.state()["receipt"])
    requests = wire.receiver.requests
    assert wire.send() == done and wire.receiver.requests == requests, "it is not sent again"
    after = recorded(owner, "voters.sent"), recorded(owner, "voters.receipt_kept")
    assert after == (before[0] + 1, before[1] + 1)


@pytest.mark.parametrize("way", WAYS)
def test_what_breaks_off_goes_on_where_it_was(way: str, opened: Opened) -> None:
    wire = opened(way, cuts=[1, 60_000, 60_001, 190_000])
    done = wire.send()
    assert done.state == "received" and done.attempts == 5 and wire.arrived_once()
    assert wire.receiver.taken <= done.size + 4 * BLOCK, "no byte but those of a broken block came twice"


@pytest.mark.parametrize("way", WAYS)
def test_a_late_answer_is_not_waited_for(way: str, opened: Opened) -> None:
    wire = opened(way, late_s=[0, 3.0])
    done = wire.send(timeout_s=0.5)
    assert done.state == "received" and done.attempts >= 2 and wire.arrived_once()


@pytest.mark.parametrize("way", WAYS)
def test_an_answer_that_is_lost_or_comes_twice_changes_nothing(way: str, opened: Opened) -> None:
    wire = opened(way, lost=1, twice=True)
    done = wire.send()
    assert done.state == "received" and done.attempts >= 2 and wire.arrived_once()
    assert wire.receiver.taken == done.size


@pytest.mark.parametrize("way", WAYS)
def test_bytes_that_are_stored_wrong_are_sent_again(way: str, opened: Opened) -> None:
    wire = opened(way, spoilt=[70_000])
    done = wire.send()
    assert done.state == "received" and wire.arrived_once()
    assert wire.receiver.taken == 2 * done.size


@pytest.mark.parametrize("way", WAYS)
def test_a_receipt_for_other_bytes_is_none(way: str, opened: Opened) -> None:
    wire = opened(way, receipts=[{"sha256": "00" * 32}])
    done = wire.send()
    assert done.state == "received" and done.receipt_number == "CEC-2027-000002" and wire.arrived_once()
    assert wire.receiver.taken == 2 * done.size


@pytest.mark.parametrize(
    "wrong",
    [
        {"package": "another.tar"},
        {"number": ""},
        {"received_at": "2027-02-09T18:52:00"},
        {"signature": "00" * 64},
        {"signature": "no"},
    ],
)
def test_a_receipt_that_is_not_right_is_not_kept(
    wrong: dict[str, str], opened: Opened, tmp_path: Path
) -> None:
    signer = open_signer(tmp_path / "cec")
    wire = opened("https", signer=signer, receipts=[wrong] * 50)
    (wire.keys / "cec.pem").write_bytes(signer.public_pem())
    with pytest.raises(Unavailable, match="voters.transfer.receipt"):
        wire.send(wait_s=0.1, receipt_key="cec.pem")
    state = wire.state()
    assert (state["state"], state["receipt"], state["retry_at"]) == ("delivered", None, None)
    assert state["error_code"] == "voters.transfer.receipt"
    wire.receiver.receipts.clear()
    assert wire.send(receipt_key="cec.pem").state == "received" and wire.state()["error_code"] is None


@pytest.mark.parametrize("way", WAYS)
def test_a_receipt_that_is_older_than_its_list_is_not_kept(way: str, opened: Opened) -> None:
    """It is asked for again, and taken once its date is right."""
    wire = opened(way, receipts=[{"received_at": "2025-12-01T10:00:00+05:00"}] * 50)
    with pytest.raises(Unavailable, match="voters.transfer.receipt_old"):
        wire.send(wait_s=0.1)
    state = wire.state()
    assert (state["state"], state["receipt"]) == ("delivered", None)
    assert state["error_code"] == "voters.transfer.receipt_old"
    wire.receiver.receipts.clear()
    if way == "https":  # the other writes its receipt once
        assert wire.send().state == "received"


@pytest.mark.parametrize("way", WAYS)
def test_a_receipt_is_waited_for(way: str, opened: Opened) -> None:
    wire = opened(way, unready=1000)
    with pytest.raises(Unavailable, match="voters.transfer.no_receipt"):
        wire.send(wait_s=0.3)
    assert wire.state()["state"] == "delivered"
    wire.receiver.unready = 2
    assert wire.send().state == "received" and wire.receiver.taken == wire.state()["size"]


def test_where_nobody_writes_receipts_reading_back_is_one(opened: Opened) -> None:
    wire = opened("sftp", unready=1000)
    done = wire.send(receipts=False)
    assert (done.state, done.receipt_number) == ("received", None) and wire.arrived_once()


@pytest.mark.parametrize("way", WAYS)
def test_who_is_not_the_receiver_is_sent_nothing(way: str, opened: Opened, tmp_path: Path) -> None:
    wire, other = opened(way), tmp_path / "other"
    other.mkdir()
    Authority(other)
    host = (wire.keys / "known_hosts").read_text() if way == "sftp" else ""
    if way == "sftp":
        with ExitStack() as stack:
            stack.enter_context(RECEIVERS["sftp"](Receiver(other), other))
            key = (other / "known_hosts").read_text().split(" ", 1)[1]
        (wire.keys / "other").write_text(f"{host.split(' ')[0]} {key}")
        changed = {"known_hosts": "other"}
    else:
        changed = {"authority": str(other / "authority.pem")}
    with pytest.raises(Forbidden, match="voters.transfer.(host_key|certificate)"):
        wire.send(**changed)
    assert wire.receiver.taken == 0 and wire.state()["attempts"] == 1


@pytest.mark.parametrize("way", WAYS)
def test_who_is_not_let_in_does_not_try_for_an_hour(way: str, opened: Opened, tmp_path: Path) -> None:
    wire, other = opened(way), tmp_path / "other"
    other.mkdir()
    with ExitStack() as stack:
        stack.enter_context(RECEIVERS[way](Receiver(other), other))
        own = {"sftp": {"key": "sftp.key"}, "https": {"key": "client.key", "certificate": "client.pem"}}[way]
    with pytest.raises(IkomekError, match="voters.transfer.(forbidden|certificate)"):
        wire.send(**{name: str(other / file) for name, file in own.items()})
    assert wire.receiver.taken == 0 and wire.state()["attempts"] == 1


def test_another_file_of_the_name_stays(opened: Opened) -> None:
    wire = opened("sftp", cuts=[1])
    with pytest.raises(Unavailable, match="voters.transfer.unreachable"):
        wire.send(wait_s=0)
    path = wire.receiver.folder / wire.state()["name"]
    path.write_bytes(b"another")
    with pytest.raises(Conflict, match="voters.transfer.taken"):
        wire.send()
    assert path.read_bytes() == b"another"


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("way", WAYS)
def test_whatever_is_killed_goes_on(
    way: str, stage: str, opened: Opened, owner: Engine, tmp_path: Path
) -> None:
    wire, kept = opened(way), recorded(owner, "voters.receipt_kept")
    path = tmp_path / "keys" / FILE
    path.write_text("".join(f"{name} = {value!r}\n" for name, value in wire.raw.items()))
    arguments = [wire.city.database_url, str(wire.city.data), str(path), str(wire.package), stage]
    killed = subprocess.run([sys.executable, "-c", SENDER, *arguments], cwd=Path(__file__).parents[4])
    assert killed.returncode == -9
    if stage == "registered":
        with pytest.raises(NoResultFound):
            wire.state()
    else:
        assert wire.state()["state"] != "received"
    assert recorded(owner, "voters.receipt_kept") == kept
    done = wire.send()
    assert done.state == "received" and wire.arrived_once()
    assert wire.receiver.taken <= done.size + BLOCK
    assert recorded(owner, "voters.receipt_kept") == kept + 1


def test_two_do_not_send_at_once(opened: Opened) -> None:
    wire = opened("https")
    with wire.voters.connect() as connection:
        connection.execute(text("select pg_advisory_lock(:lock)"), {"lock": LOCK_TRANSFER})
        with pytest.raises(Conflict, match="voters.transfer.busy"):
            wire.send()
        connection.execute(text("select pg_advisory_unlock(:lock)"), {"lock": LOCK_TRANSFER})


def test_only_a_whole_package_of_an_approved_list_leaves(
    opened: Opened, city: Settings, voters: Engine, tmp_path: Path
) -> None:
    wire = opened("https")
    spoilt = tmp_path / "spoilt"
    subprocess.run(["cp", "-r", wire.package, spoilt], check=True)
    (spoilt / "voters.xsd").write_text("another")
    with pytest.raises(InvalidInput, match="voters.transfer.not_whole"):
        replace(wire, package=spoilt).send()
    theirs = replace(city, voters_keys=tmp_path / "theirs")
    to = Destination.read(wire.raw, wire.keys)
    with pytest.raises(InvalidInput, match="voters.transfer.not_ours"):
        send(voters, city.city, KeyRing.of(theirs), wire.package, to, "aigerim", 1)
    assert wire.receiver.requests == 0


def test_a_replaced_list_leaves_only_if_it_is_named_or_was_on_its_way(
    opened: Opened, owner: Engine, voters: Engine, city: Settings
) -> None:
    fresh = opened("https")
    state = text("update voters.list_version set state = :state where id = 1")
    to = Destination.read(fresh.raw | {"address": "https://127.0.0.1:1/in"}, fresh.keys)
    ring = KeyRing.of(city)
    with pytest.raises(Unavailable):
        send(voters, city.city, ring, fresh.package, to, "aigerim", 0)
    with owner.begin() as connection:
        connection.execute(state, {"state": "superseded"})
    try:
        with pytest.raises(Conflict, match="voters.transfer.replaced"):
            fresh.send()
        assert fresh.receiver.requests == 0
        with pytest.raises(Unavailable):  # it goes on, to where nobody answers
            send(voters, city.city, ring, fresh.package, to, "aigerim", 0)
        to = Destination.read(fresh.raw, fresh.keys)
        with pytest.raises(Conflict, match="voters.transfer.replaced"):
            send(voters, city.city, ring, fresh.package, to, "aigerim", PATIENCE_S, replaced=7)
        done = send(voters, city.city, ring, fresh.package, to, "aigerim", PATIENCE_S, replaced=1)
        assert done.state == "received"
    finally:
        with owner.begin() as connection:
            connection.execute(state, {"state": "current"})


@pytest.mark.parametrize(
    "raw",
    [
        {"address": "ftp://receiver/in"},
        {"address": "https://user:word@receiver/in"},
        {"certificate": None},
        {"key": "nowhere.key"},
        {"timeout_s": 0},
        {"block_bytes": -1},
        {"receipts": "yes"},
        {"colour": 3},
    ],
)
def test_settings_that_cannot_be_used_name_the_file(
    raw: dict[str, Any], opened: Opened, city: Settings
) -> None:
    wire = opened("https")
    given = {name: value for name, value in (wire.raw | raw).items() if value is not None}
    path = wire.keys / FILE
    path.write_text(
        "".join(
            f"{name} = {str(value).lower() if isinstance(value, bool) else repr(value)}\n"
            for name, value in given.items()
        )
    )
    settings = replace(city, voters_transfer=path)
    with pytest.raises(InvalidInput, match=r"voters.transfer.settings.*transfer\.toml"):
        Destination.of(settings, KeyRing.of(city))
    (wire.keys / "client.key").chmod(0o644)
    path.write_text("".join(f"{name} = {value!r}\n" for name, value in wire.raw.items()))
    with pytest.raises(Unavailable, match="voters.key_mode"):
        Destination.of(settings, KeyRing.of(city))
