"""`./ikomek sbom [FILE]`: the bill of materials of a release as CycloneDX 1.6 in JSON: every package of
Python, npm and Debian that it runs with, its version, its licence and the hashes of the lock files.

The same checkout on the same machine gives the same bytes: the serial number is made of the contents, and
there is no time in it.
"""

from __future__ import annotations

import base64
import json
import re
import subprocess
import tomllib
import uuid
from collections.abc import Iterator
from importlib.metadata import PackageMetadata, distributions
from pathlib import Path
from typing import Any

from dashboard.machine import packages
from dashboard.machine.errors import MachineError
from dashboard.machine.paths import Paths
from dashboard.machine.progress import say
from dashboard.machine.python_packages import LOCK

Component = dict[str, Any]

LOCKED = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;]+)", re.MULTILINE)
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def write_bill(paths: Paths, file: Path | None) -> int:
    """To the terminal where no file is named; one that is there stays. Exit code."""
    written = json.dumps(bill(paths), indent=1, ensure_ascii=False) + "\n"
    if file is None:
        print(written, end="")
        return 0
    try:
        with file.open("x", encoding="utf-8") as out:
            out.write(written)
    except OSError as error:
        raise MachineError(f"{file} cannot be written ({error.strerror}). Name another file.") from error
    say(f"{file}: {len(json.loads(written)['components'])} components")
    return 0


def bill(paths: Paths) -> dict[str, Any]:
    project = tomllib.loads((paths.root / "pyproject.toml").read_text())["project"]
    components = sorted(
        [*python_components(paths), *npm_components(paths), *debian_components()], key=lambda one: one["purl"]
    )
    contents = json.dumps(components, sort_keys=True)
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, contents)}",
        "version": 1,
        "metadata": {
            "component": {"type": "application", "name": project["name"], "version": project["version"]}
        },
        "components": components,
    }


def python_components(paths: Paths) -> Iterator[Component]:
    """What the lock holds, with the licences that the installed packages name."""
    text = (paths.root / LOCK).read_text()
    licences = installed_licences(paths)
    found = list(LOCKED.finditer(text))
    ends = [*[one.start() for one in found[1:]], len(text)]
    for one, end in zip(found, ends, strict=True):
        name, version = one[1].lower(), one[2]
        hashes = sorted(HASH.findall(text, one.end(), end))
        yield _component("pypi", name, version, licences.get(name), [("SHA-256", value) for value in hashes])


def installed_licences(paths: Paths) -> dict[str, str]:
    """Package -> its licence as its own data names it: an SPDX expression, a classifier, or the first line of
    a text. One that names none is absent."""
    folders = [str(folder) for folder in (paths.root / ".venv/lib").glob("python3*/site-packages")]
    licences = {}
    for one in distributions(path=folders):
        classified = [
            line.rpartition("::")[2].strip()
            for line in one.metadata.get_all("Classifier") or []
            if line.startswith("License ::") and not line.endswith("OSI Approved")
        ]
        written = _field(one.metadata, "License").strip().partition("\n")[0]
        licence = _field(one.metadata, "License-Expression") or " OR ".join(classified) or written
        if licence:
            licences[re.sub(r"[-_.]+", "-", one.metadata["Name"]).lower()] = licence
    return licences


def npm_components(paths: Paths) -> Iterator[Component]:
    """What the browser gets: not what only the tests use."""
    for path, one in json.loads((paths.root / "package-lock.json").read_text())["packages"].items():
        if path and not one.get("dev"):
            algorithm, _, value = one["integrity"].partition("-")
            hashed = base64.b64decode(value).hex()
            name = path.rpartition("node_modules/")[2]
            yield _component(
                "npm", name, one["version"], one.get("license"), [(f"SHA-{algorithm[3:]}", hashed)]
            )


def debian_components() -> Iterator[Component]:
    """The packages that it needs and this system has from Debian."""
    for name in sorted({need.package for need in packages.needs_for(tests=False)}):
        found = subprocess.run(
            ["dpkg-query", "--show", "--showformat=${Version}", name], capture_output=True, text=True
        )
        if found.returncode == 0 and found.stdout:
            yield _component("deb/debian", name, found.stdout, None, [])


def _field(given: PackageMetadata, name: str) -> str:
    """Empty where there is none."""
    return given[name] if name in given else ""


def _component(
    kind: str, name: str, version: str, licence: str | None, hashes: list[tuple[str, str]]
) -> Component:
    purl = f"pkg:{kind}/{name.replace('@', '%40')}@{version}"
    one: Component = {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}
    if licence:
        one["licenses"] = [{"license": {"name": licence}}]
    if hashes:
        one["hashes"] = [{"alg": algorithm, "content": value} for algorithm, value in hashes]
    return one
