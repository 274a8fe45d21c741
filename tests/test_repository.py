"""What must never stand in a file of the repository: an address of a package registry, a lock entry bound
to one, a path of somebody's machine."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BINARY = {".png", ".jpg", ".woff2", ".gpkg", ".parquet", ".ico", ".zip"}
# Written in halves, so that this file passes its own test.
FORBIDDEN = [
    re.compile(first + second, re.IGNORECASE)
    for first, second in (
        (r"registry\.npm", r"js\.org"),
        (r"\bpypi\.", r"org\b"),
        (r"files\.python", r"hosted\.org"),
        (r"deb\.", r"debian\.org"),
        (r"security\.", r"debian\.org"),
        (r"unpkg\.", r"com"),
        (r"cdn\.js", r"delivr\.net"),
        (r"cdn", r"js\.cloudflare"),
        (r"fonts\.google", r"apis\.com"),
        (r"tile\.open", r"streetmap\.org"),
        (r"file:///", r"\w"),
        (r"--(extra-)?index", r"-url\s+\S"),
        (r"--find", r"-links\s+\S"),
        (r"(?<![\w.])/wo", r"rk/"),
        (r"\.\./sha", r"red/"),
    )
]


def tracked() -> list[Path]:
    """Every file of the repository: what git would commit, or all that the ignore file's folders do not
    hold when there is no git."""
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert listed.returncode == 0, listed.stderr
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_no_registry_and_no_ones_machine() -> None:
    found = []
    for path in tracked():
        if path.suffix in BINARY:
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            found += [
                f"{path.relative_to(ROOT)}:{number}: {match.group()}"
                for pattern in FORBIDDEN
                if (match := pattern.search(line))
            ]
    assert not found, "\n".join(found)


def test_the_npm_lock_has_hashes_and_no_addresses() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    assert not [name for name, package in packages.items() if "resolved" in package]
    assert not [
        name
        for name, package in packages.items()
        if name and not package.get("integrity", "").startswith("sha512-")
    ]


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-test.lock"])
def test_every_locked_python_package_has_a_hash(name: str) -> None:
    entries = re.split(
        r"\n(?=[a-zA-Z])", re.sub(r"^\s*#.*\n", "", (ROOT / name).read_text(), flags=re.MULTILINE).strip()
    )
    assert len(entries) > 50
    assert not [
        entry.splitlines()[0] for entry in entries if "==" not in entry or "--hash=sha256:" not in entry
    ]


def test_the_test_lock_holds_the_lock_in_the_same_versions() -> None:
    versions = [
        set(re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==(\S+)", (ROOT / name).read_text(), re.MULTILINE))
        for name in ("requirements.lock", "requirements-test.lock")
    ]
    assert versions[0] <= versions[1]


def test_the_top_of_the_tree_is_as_agreed() -> None:
    top = {path.relative_to(ROOT).parts[0] for path in tracked()}
    assert top <= {
        "dashboard",
        "geo",
        "layers",
        "etl",
        "assets",
        "tests",
        "pyproject.toml",
        "README.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        "ikomek",
        ".ci",
        "LICENSE",
        ".gitignore",
        "requirements.lock",
        "requirements-test.lock",
        "requirements-bench.lock",
        "requirements-contract.lock",
        "requirements-fuzz.lock",
        "requirements-maup.lock",
        "package.json",
        "biome.jsonc",
        "package-lock.json",
    }
