"""What the processes wrote: one file each in the data folder's `log`."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from dashboard.machine.errors import MachineError, WrongUsage


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
