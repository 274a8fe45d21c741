"""A package is sent: what is there already stays, what fails is tried again after longer and longer pauses,
what was killed goes on where it was. It ends with a receipt that is kept, or with an error that says who has
to do what."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text

from geo.audit.keys import open_signer
from geo.audit.records import record_audit
from geo.errors import Conflict, IkomekError, InvalidInput, Unavailable
from geo.settings import City
from geo.voters.keys import KeyRing
from geo.voters.model import current, version
from geo.voters.package.manifest import read_manifest
from geo.voters.package.verify import verify
from geo.voters.transfer import model
from geo.voters.transfer.archive import PackageArchive
from geo.voters.transfer.channel import Channel
from geo.voters.transfer.destination import Destination
from geo.voters.transfer.https import HttpsChannel
from geo.voters.transfer.model import TransferState
from geo.voters.transfer.receipts import read_receipt
from geo.voters.transfer.sftp import SftpChannel

LOCK_TRANSFER = 8109_21
"""One command at a time sends."""
CHANNELS: dict[str, Callable[[Destination, str, PackageArchive], Channel]] = {
    "sftp": SftpChannel,
    "https": HttpsChannel,
}
SENT = ("current", "superseded")
"""States of a list whose package may leave: approved, and its persons are still there."""
NOTE_S = 2.0
"""How often the table hears of the bytes that have arrived."""
SPREAD = 0.2
"""A pause is longer by up to this share: two that failed together are not to come back together."""
SESSION_ENDS_S = 3.0
"""The time in which the database notices that a sender was killed."""

Progress = Callable[[str, int, int], None]
"""(step: "verifying", "sending", "waiting"; bytes done; bytes of all)."""


@dataclass
class Sending:
    """One command that sends. `wait_s`: how long it goes on trying."""

    engine: Engine
    destination: Destination
    archive: PackageArchive
    transfer: TransferState
    approved_at: datetime
    """When its list came into force: no package of it is older. Its sending may be begun long after one has
    arrived: to another name of the receiver, or after a restored backup."""
    who: str
    wait_s: float
    progress: Progress
    _failures: int = field(default=0, init=False)
    """Failures since the last byte that got through."""
    _whole: bool = field(default=False, init=False)
    """Whether the receiver was seen to hold the whole."""
    _noted: float = field(default=0.0, init=False)

    def run(self) -> None:
        """Raises what the last attempt raised."""
        until = time.monotonic() + self.wait_s
        while True:
            try:
                self._attempt()
                return
            except Unavailable as error:
                pause_s = self._pause(error)
                if time.monotonic() + pause_s > until:
                    self._note(model.note_failed, error, None)
                    raise
                self._note(model.note_failed, error, pause_s)
                self.progress("waiting", 0, 0)
                time.sleep(pause_s)
                self._failures += 1
            except IkomekError as error:
                self._note(model.note_failed, error, None)
                raise

    def _pause(self, error: Unavailable) -> float:
        """Seconds; never shorter than the receiver wants, within the longest."""
        to = self.destination
        pause_s = max(to.retry_s * 2 ** min(self._failures, 30), float(error.parameters.get("retry_s", 0)))
        return min(pause_s, to.longest_retry_s) * (1 + SPREAD * random.random())

    def _attempt(self) -> None:
        self._note(model.note_attempt)
        channel = CHANNELS[self.destination.way](self.destination, self.transfer.name, self.archive)
        with closing(channel):
            if not self._whole:
                self._deliver(channel)
            self._take_receipt(channel)

    def _deliver(self, channel: Channel) -> None:
        arrived = channel.arrived()
        if not arrived.whole or arrived.bytes != self.archive.size:
            at = self._resume(channel, arrived.bytes, arrived.whole)
            for block in self.archive.blocks(at, self.destination.block_bytes):
                channel.append(at, block)
                at += len(block)
                self._failures = 0
                self._note_bytes(at)
            channel.finish()
        self._record(model.note_delivered, "voters.delivered")
        self._whole = True

    def _resume(self, channel: Channel, there: int, whole: bool) -> int:
        """The byte from which it goes on: what is there and cannot be of this file is taken away."""
        if whole or there > self.archive.size:
            channel.discard()
            there = 0
        self._note(model.note_sent, there)
        self._record(model.note_again, "voters.sent", there)
        return there

    def _take_receipt(self, channel: Channel) -> None:
        """Raises `Unavailable` ("voters.transfer.no_receipt") while there is none."""
        receipt = None
        if self.destination.way != "sftp" or self.destination.receipts:
            body = channel.receipt()
            if body is None:
                raise Unavailable("voters.transfer.no_receipt", host=self.destination.host)
            key, name = self.destination.receipt_key, self.transfer.name
            try:
                receipt = read_receipt(body, name, self.archive.sha256, self.approved_at, key)
            except Unavailable as error:
                if error.code == "voters.transfer.other_bytes":
                    channel.discard()
                    self._record(model.note_again, "voters.sent", 0)
                    self._whole = False
                raise
        self._record(model.keep_receipt, "voters.receipt_kept", receipt)

    def _note(self, what: Callable[..., None], *given: Any) -> None:
        with self.engine.begin() as connection:
            what(connection, self.transfer.id, *given)

    def _record(self, what: Callable[..., bool], act: str, *given: Any) -> None:
        """Another state, recorded with it."""
        with self.engine.begin() as connection:
            if what(connection, self.transfer.id, *given):
                about = {"list": self.transfer.list_id, "hash": self.transfer.manifest.hex()}
                record_audit(connection, self.who, act, **about)

    def _note_bytes(self, sent: int) -> None:
        self.progress("sending", sent, self.archive.size)
        if time.monotonic() - self._noted > NOTE_S:
            self._noted = time.monotonic()
            self._note(model.note_sent, sent)


def send(
    engine: Engine,
    city: City,
    ring: KeyRing,
    folder: Path,
    destination: Destination,
    who: str,
    wait_s: float,
    progress: Progress = lambda what, done, of: None,
    replaced: int | None = None,
) -> TransferState:
    """How the transfer stands at its end; one whose receipt is kept is not sent again. `engine`: of the role
    "voters", with two connections. `replaced`: a list that is sent although another is in force; one whose
    sending was begun while it was in force goes on without it.

    Raises `InvalidInput` ("voters.no_package", "voters.transfer.not_whole", "voters.transfer.not_ours"),
    `Conflict` ("voters.transfer.busy", "voters.transfer.changed", "voters.transfer.replaced",
    "voters.not_approved"), and what the way to
    the receiver raises (`geo.voters.transfer.channel`).
    """
    with _alone(engine):
        progress("verifying", 0, 0)
        archive, transfer, approved_at = _registered(engine, city, ring, folder, destination, who, replaced)
        if transfer.state != "received":
            Sending(engine, destination, archive, transfer, approved_at, who, wait_s, progress).run()
        with engine.connect() as connection:
            return model.one(connection, city.region, transfer.id)


def _registered(
    engine: Engine,
    city: City,
    ring: KeyRing,
    folder: Path,
    destination: Destination,
    who: str,
    replaced: int | None,
) -> tuple[PackageArchive, TransferState, datetime]:
    """The package as one file, its row, and when its list was approved; recorded before a byte leaves."""
    body, manifest = read_manifest(folder)
    found = verify(folder)
    if found.faults:
        raise InvalidInput("voters.transfer.not_whole", folder=str(folder), n=len(found.faults))
    if found.signed_by != open_signer(ring.folder).fingerprint or manifest["region"] != city.region:
        raise InvalidInput("voters.transfer.not_ours", folder=str(folder))
    archive, hash_ = PackageArchive(folder), sha256(body).digest()
    about = {
        "list": manifest["list"],
        "manifest": hash_,
        "sha256": archive.sha256,
        "name": f"{city.region}-{manifest['voting_day']}-{manifest['list']}-{hash_.hex()[:16]}.tar",
        "voters": manifest["voters"],
        "size": archive.size,
    }
    with engine.begin() as connection:
        listed = version(connection, city.region, manifest["list"])
        state = listed.state
        if state not in SENT:
            raise Conflict("voters.not_approved", list=manifest["list"], state=state)
        in_force = current(connection, city.region)
        if (
            state != "current"
            and manifest["list"] != replaced
            and not model.is_begun(connection, city.region, hash_, destination.shown)
        ):
            number = in_force.id if in_force else "–"
            raise Conflict("voters.transfer.replaced", list=manifest["list"], current=number)
        transfer = model.register(connection, city.region, destination.shown, who, **about)
        if transfer.sha256 != archive.sha256:
            raise Conflict("voters.transfer.changed", file=folder.name)
        if transfer.state != "received":
            record_audit(connection, who, "voters.sent", list=transfer.list_id, hash=hash_.hex())
    return archive, transfer, listed.approved_at


@contextmanager
def _alone(engine: Engine) -> Iterator[None]:
    """The lock ends with its session, a moment after one who was killed: waited for so long."""
    with engine.connect() as connection:
        end = time.monotonic() + SESSION_ENDS_S
        while not connection.scalar(text("select pg_try_advisory_lock(:lock)"), {"lock": LOCK_TRANSFER}):
            connection.rollback()
            if time.monotonic() > end:
                raise Conflict("voters.transfer.busy")
            time.sleep(0.1)
        connection.commit()
        try:
            yield
        finally:
            connection.execute(text("select pg_advisory_unlock(:lock)"), {"lock": LOCK_TRANSFER})
            connection.commit()
