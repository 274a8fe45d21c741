"""The inventory of cryptography is whole: each use in a module is in it, each algorithm has a plan, and keys
that are due are told of."""

from __future__ import annotations

import os
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dashboard.machine import cryptography, doctor
from tests.support.cryptography_uses import uses_by_module, uses_of
from tests.test_asvs import has_name
from tests.test_repository import ROOT

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


def listed() -> dict[str, frozenset[str]]:
    found = defaultdict(set)
    for use in cryptography.inventory()["use"]:
        assert use["for"], use
        for module in use["modules"].split():
            found[module] |= set(use["algorithms"].split())
    return {module: frozenset(uses) for module, uses in found.items()}


def test_every_use_is_in_the_inventory_and_nothing_else() -> None:
    found = uses_by_module(ROOT)
    assert found == listed()
    assert len(found) > 60


@pytest.mark.parametrize(
    ("text", "uses"),
    [
        ("import hashlib\nhashlib.sha256(b'')", {"SHA-256"}),
        ("from hashlib import md5", {"MD5"}),
        ("from cryptography.hazmat.primitives.ciphers.aead import AESGCM", {"AES-256-GCM"}),
        ("import os\nkey = os.urandom(32)", {"random"}),
        ("import ssl", {"TLS"}),
        ("from secrets import token_hex", {"random"}),
        ("ROW = 'select md5(row::text) from reject'", {"MD5"}),
        ("import hashlib\nhashlib.file_digest(file, 'sha256')", set()),
        ("from uuid import UUID", set()),
    ],
)
def test_a_use_is_found_by_its_text(text: str, uses: set[str]) -> None:
    assert uses_of(text) == uses


@pytest.mark.parametrize(
    "text",
    [
        "import hashlib\nhashlib.sha3_512(b'')",
        "from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305",
    ],
)
def test_an_algorithm_without_a_name_is_refused(text: str) -> None:
    with pytest.raises(KeyError):
        uses_of(text)


def test_every_algorithm_has_a_plan_for_the_time_after_it() -> None:
    algorithms = cryptography.inventory()["algorithm"]
    planned = {name for one in algorithms for name in one["names"].split() if one["after"]}
    used = {name for use in cryptography.inventory()["use"] for name in use["algorithms"].split()}
    assert used <= planned
    falling = [one for one in algorithms if one["falls"]]
    assert {"TLS", "SSH", "Ed25519", "P-256"} <= {name for one in falling for name in one["names"].split()}


def test_every_key_says_how_it_is_renewed_and_by_when() -> None:
    keys = cryptography.inventory()["key"]
    for key in keys:
        assert all(key[name] for name in ("name", "algorithm", "user", "renew")), key
        assert "file" in key or "where" in key, key
    unscheduled = {key["file"] for key in keys if "days" not in key}
    assert unscheduled == {"audit/seal.key", "accounts/factor.key"}, "what they prove or open is kept"
    assert has_name("geo.audit.keys") and has_name("geo.voters.masters")


def test_the_doctor_tells_of_a_key_that_is_due(tmp_path: Path) -> None:
    for name, days in (("voters/master.key", 400), ("voters/looks.key", 3), ("accounts/factor.key", 4000)):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
        at = (NOW - timedelta(days=days)).timestamp()
        os.utime(path, (at, at))
    found = {one.what: one for one in doctor.keys(tmp_path, NOW)}
    due = [what for what, one in found.items() if not one.well]
    assert len(found) == 3 and len(due) == 1
    assert "master.key" in due[0] and "400" in due[0] and "rekey" in found[due[0]].remedy
    assert all(one.optional for one in found.values()), "what runs goes on"
