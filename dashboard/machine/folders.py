"""The data folder: whose each part of it is, and who may enter.

Started by root, the folder itself is root's: the processes pass through it to what is theirs, and write
nothing in it. A socket is opened by its server's group. Started by anybody else, all of it is that person's
alone.
"""

from __future__ import annotations

import os
from pathlib import Path

from dashboard.machine.accounts import (
    DATABASE,
    EVERY,
    JOBS,
    REDIS,
    VOTERS,
    WEB,
    Account,
    ensure_accounts,
    give,
    is_root,
)

PASSED, OPEN_TO_GROUP, CLOSED, READ = 0o711, 0o710, 0o700, 0o755


def make_folders(data: Path) -> None:
    """Every folder of a data folder but the database's own. What an earlier version left to one user for
    all is given to whose it is now."""
    ensure_accounts()
    _folder(data, None, PASSED)
    _folder(data / "run", DATABASE, OPEN_TO_GROUP)
    _folder(data / "redis", REDIS, OPEN_TO_GROUP)
    _folder(data / "log", None, CLOSED)
    _folder(data / "work", None, PASSED)
    _folder(data / "audit", JOBS, READ)  # signed heads for anybody to read, the key beside them for it alone
    _folder(data / "accounts", WEB, CLOSED)  # the key that seals the secrets of second factors
    _folder(data / "rating", DATABASE, PASSED)  # public keys for all, the private one not
    _folder(data / "pitr", None, PASSED)  # the plan, which nobody but root changes
    for name in ("lock", "spool"):
        _folder(data / "pitr" / name, DATABASE, CLOSED)
    _folder(data / "voters-service", VOTERS, OPEN_TO_GROUP)
    keys = _folder(data / "voters", VOTERS, CLOSED)
    for account in EVERY:
        _folder(work_folder(data, account), account, CLOSED)
    if is_root():
        for path in (*data.iterdir(), *(data / "log").iterdir()):
            if path.is_symlink() or path.is_file():
                os.chown(path, 0, 0, follow_symlinks=False)
        for path in keys.iterdir():
            give(path, VOTERS, 0o600)


def work_folder(data: Path, account: Account) -> Path:
    """The home of a process: what it writes besides its log, such as a pushed body on its way."""
    return data / "work" / account.user


def own_folder(path: Path, account: Account) -> Path:
    """A folder inside the data folder that `account` (and root) alone may enter."""
    return _folder(path, account, CLOSED)


def _folder(path: Path, account: Account | None, mode: int) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    give(path, account, mode)
    return path
