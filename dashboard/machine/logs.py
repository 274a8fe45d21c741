"""What the processes wrote: one file each in the data folder's `log`."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from dashboard.machine.errors import MachineError, WrongUsage
from dashboard.machine.progress import report

LIMIT_BYTES = 20 * 2**20


def show(folder: Path, name: str | None, lines: int, follow: bool) -> int:
    """The last lines of one log, or of all, each under its name; with `follow` what comes, until
    interrupted."""
    try:
        names = sorted(path.stem for path in folder.iterdir() if path.suffix == ".log")
    except FileNotFoundError:
        names = []
    except PermissionError as error:
        raise MachineError(
            f"The folder {folder} belongs to another account. Run this as root, or as its owner."
        ) from error
    if name is not None and name not in names:
        raise WrongUsage(f"There is no log '{name}' in {folder}. There are: {', '.join(names) or 'none'}.")
    chosen = [name] if name else names
    for one in chosen:
        text = (folder / f"{one}.log").read_text(errors="replace").splitlines()[-lines:] if lines else []
        print("\n".join([f"== {one}", *text] if len(chosen) > 1 else text))
    if follow:
        _follow({one: folder / f"{one}.log" for one in chosen})
    return 0


def show_from(log: Path, begin: int) -> int:
    """Print what a log holds from byte `begin` on; returns where it ends now."""
    with open(log, "rb") as file:
        if file.seek(0, 2) < begin:  # emptied by rotation
            begin = 0
        file.seek(begin)
        fresh = file.read()
    sys.stdout.write(fresh.decode(errors="replace"))
    sys.stdout.flush()
    return begin + len(fresh)


def rotate(folder: Path) -> None:
    """Keep one older file of each log, or none on a full disk. Programs append, so a log may be emptied
    under them."""
    for log in folder.glob("*.log"):
        if log.stat().st_size > LIMIT_BYTES:
            older = log.with_name(f"{log.name}.1")
            try:
                older.write_bytes(log.read_bytes())
            except OSError as error:
                older.unlink(missing_ok=True)
                report(f"{older} is not kept: {error}")
            with open(log, "r+b") as file:
                file.truncate()


def _follow(chosen: dict[str, Path]) -> None:
    ends = {name: path.stat().st_size for name, path in chosen.items()}
    last = None
    try:
        while True:
            for name, path in chosen.items():
                if path.stat().st_size != ends[name]:
                    if len(chosen) > 1 and last != name:
                        print(f"== {name}")
                        last = name
                    ends[name] = show_from(path, ends[name])
            time.sleep(0.2)
    except KeyboardInterrupt:
        return
