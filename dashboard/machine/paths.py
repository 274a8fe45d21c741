"""Where things are: the checkout, the code that runs, its virtual environment and the data folder.

Started by root, our processes run as users of their own. A checkout that they cannot read (a clone in
root's home) is mirrored to `/var/lib/ikomek`, and everything runs from there; `./ikomek up` brings the
mirror up to date each time.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from dashboard.machine.accounts import is_root

STATE = Path("/var/lib/ikomek")
CITY_FILE = "city.toml"
"""The file name in `geo.settings`, which cannot be imported before anything is installed."""
START_FILE = "start.json"
"""The options of the last `up` (`dashboard.machine.start_options`)."""
MADE = {"log", "redis", "run", "work", "lost+found"}
"""Names that a first start which was cut short leaves in a data folder."""
NOT_MIRRORED = {".git", ".ikomek", "node_modules", "__pycache__", "vendor", ".pytest_cache", ".hypothesis"}


@dataclass(frozen=True)
class Paths:
    """`checkout` is where the launcher lies; `root` is what runs: the checkout itself, or its mirror. All
    paths are absolute.

    `as_caller`: what is installed there is run by whoever calls, not by the service user.
    """

    checkout: Path
    root: Path
    data: Path
    as_caller: bool = False

    @property
    def python(self) -> Path:
        return self.root / ".venv/bin/python"

    @property
    def install_log(self) -> Path:
        return self.root / "build/install.log"

    @property
    def mirrored(self) -> bool:
        return self.root != self.checkout


def find_paths(checkout: Path, data: str | None) -> Paths:
    """`data` is the folder asked for; without it the one that `IKOMEK_DATA` names, else the one of the
    last `up --data`, else `.ikomek`."""
    root = (
        checkout
        if _readable_by_service(checkout)
        else STATE / f"{checkout.name}-{hashlib.sha256(bytes(checkout)).hexdigest()[:8]}"
    )
    chosen = data or os.environ.get("IKOMEK_DATA") or _last_chosen(root) or str(root / ".ikomek")
    return Paths(checkout, root, Path(chosen).expanduser().resolve())


def in_checkout(checkout: Path) -> Paths:
    """The paths for tests and benchmarks, which run as the caller and need no service user to read the
    code."""
    return Paths(checkout, checkout, checkout / ".ikomek", as_caller=True)


def remember(paths: Paths) -> None:
    """Let `status`, `down` and the others find the data folder that `up --data` was given."""
    path = _remembered(paths.root)
    if paths.data == paths.root / ".ikomek":
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{paths.data}\n")


def _last_chosen(root: Path) -> str | None:
    """The folder of the last `up --data`, while it is there."""
    path = _remembered(root)
    folder = path.read_text().strip() if path.exists() else ""
    return folder if folder and os.path.isdir(folder) else None


def _remembered(root: Path) -> Path:
    return root / "build/data-folder"


def _readable_by_service(checkout: Path) -> bool:
    """Whether the service user can read it, by the permission bits alone, for that user may not exist yet."""
    if not is_root():
        return True
    entered = all(folder.stat().st_mode & 0o001 for folder in (checkout, *checkout.parents))
    return entered and all(
        path.stat().st_mode & 0o004
        for path in (checkout / "ikomek", checkout / "geo", checkout / "geo/__init__.py")
    )


def reachable_by_service(folder: Path) -> bool:
    """Whether the service user can come as far as `folder`, which need not exist yet."""
    return not is_root() or all(above.stat().st_mode & 0o001 for above in folder.parents if above.exists())


def in_other_use(folder: Path) -> bool:
    """Whether there are things in a folder that no `up` ever put there, such as a home or /tmp."""
    names = {path.name for path in folder.iterdir()} if folder.exists() else set()
    return not (names & {"pg", "up.lock", "servers", CITY_FILE, START_FILE} or names <= MADE)


def mirror(paths: Paths) -> None:
    """Make `root` equal to the checkout: new and changed files copied, vanished ones removed, what was
    installed there kept."""
    wanted = {path.relative_to(paths.checkout) for path in _sources(paths.checkout)}
    for relative in sorted(wanted):
        _copy(paths.checkout / relative, paths.root / relative)
    for path in list(_sources(paths.root)):
        if path.relative_to(paths.root) not in wanted:
            path.unlink()


def _sources(root: Path) -> list[Path]:
    found = []
    for folder, names, files in os.walk(root):
        top = Path(folder) == root
        names[:] = [
            name
            for name in names
            if name not in NOT_MIRRORED and not name.startswith(".venv") and not (top and name == "build")
        ]
        found += [Path(folder) / name for name in files if not name.endswith(".pyc")]
    return found


def _copy(source: Path, target: Path) -> None:
    have = target.stat() if target.exists() else None
    want = source.stat()
    if have and (have.st_size, have.st_mtime_ns) == (want.st_size, want.st_mtime_ns):
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source, target)
    target.chmod(0o755 if want.st_mode & 0o100 else 0o644)
