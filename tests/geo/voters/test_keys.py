"""Keys and what they seal: nothing is read without them, nothing is exchanged between rows, a folder that
others may read is refused, and what a killed import left is gone at the next."""

from __future__ import annotations

import base64
import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import InvalidInput, Unavailable
from geo.settings import Settings
from geo.voters.keys import KeyRing
from geo.voters.sealing import ListKey


@pytest.fixture
def bare(tmp_path: Path) -> Settings:
    """Settings of a data folder of the test's own; no database is needed."""
    return Settings.load({"IKOMEK_DATA": str(tmp_path / "data")})


@given(st.text(), st.binary(min_size=1, max_size=16))
def test_what_is_sealed_opens_as_itself_and_nowhere_else(text: str, owner: bytes) -> None:
    key, other = ListKey("a", os.urandom(32)), ListKey("a", os.urandom(32))
    sealed = key.seal("name", owner, text)
    assert key.open("name", owner, sealed) == text
    assert key.seal("name", owner, text) != sealed
    for column, of, by in (("iin", owner, key), ("name", owner + b"x", key), ("name", owner, other)):
        with pytest.raises(Unavailable, match="voters.sealed"):
            by.open(column, of, sealed)


def test_a_hash_is_another_under_another_key() -> None:
    one, other = ListKey("a", os.urandom(32)), ListKey("b", os.urandom(32))
    assert one.lookup("850417300122") == one.lookup("850417300122") != other.lookup("850417300122")
    assert one.digest("x") != one.lookup("x")


def test_keys_come_back_and_go_for_good(bare: Settings) -> None:
    key = KeyRing.of(bare).create()
    KeyRing.of(bare).settle(key)
    ring = KeyRing.of(bare)
    assert ring.get(key.id).lookup("1") == key.lookup("1")
    assert {path.stat().st_mode & 0o077 for path in ring.folder.iterdir()} == {0}
    assert key.secret not in b"".join(path.read_bytes() for path in ring.folder.iterdir())
    ring.destroy(key.id)
    with pytest.raises(Unavailable, match="voters.key_missing"):
        ring.get(key.id)


def test_a_key_that_others_may_read_is_refused(bare: Settings) -> None:
    ring = KeyRing.of(bare)
    ring.folder.chmod(0o750)
    with pytest.raises(Unavailable, match="voters.key_mode"):
        KeyRing.of(bare)
    ring.folder.chmod(0o700)
    (ring.folder / "master.key").chmod(0o640)
    with pytest.raises(Unavailable, match="voters.key_mode"):
        KeyRing.of(bare)


def test_the_master_key_may_come_from_the_environment(bare: Settings, tmp_path: Path) -> None:
    given_ = base64.b64encode(os.urandom(32)).decode()
    held = replace(bare, voters_master=given_, voters_keys=tmp_path / "elsewhere")
    key = KeyRing.of(held).create()
    assert not (tmp_path / "elsewhere" / "master.key").exists()
    assert given_ not in repr(held)
    with pytest.raises(Unavailable, match="voters.key_unreadable"):
        KeyRing.of(replace(held, voters_master=base64.b64encode(os.urandom(32)).decode())).get(key.id)
    with pytest.raises(InvalidInput, match="voters.master"):
        KeyRing.of(replace(held, voters_master="short"))


def test_what_a_killed_import_left_is_swept_and_what_was_committed_is_kept(bare: Settings) -> None:
    ring = KeyRing.of(bare)
    committed, left, settled = ring.create(), ring.create(), ring.create()
    ring.settle(settled)
    ring.sweep([committed.id])
    assert ring.get(committed.id) and ring.get(settled.id)
    with pytest.raises(Unavailable, match="voters.key_missing"):
        ring.get(left.id)
