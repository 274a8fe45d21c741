"""The system users that our processes run as: PostgreSQL refuses to run as root, and nothing that answers a
stranger needs to.

Started by root, each process runs as a user of its own, which signs in to the database as that process's
roles alone (`dashboard.machine.configuration` writes the map) and owns a folder
(`dashboard.machine.folders`). Only the supervisor and its watcher, which start them, stay root. Started by
anybody else, everything runs as that person.
"""

from __future__ import annotations

import fcntl
import os
import pwd
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from dashboard.machine.errors import MachineError

ROLES = (
    *("owner", "web", "etl", "reader", "editor", "relay", "jobs", "accounts", "sealer", "auditor"),
    *("voters", "lookup"),
)
"""Roles of the database, as `geo.database` names them, which cannot be imported before anything is
installed."""


@dataclass(frozen=True)
class Account:
    """A system user and its group of the same name. `roles`: what it may sign in as at the private database;
    `groups`: those of the servers whose sockets it may open."""

    user: str
    roles: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


DATABASE = Account("ikomek", (*ROLES, "superuser"))
"""PostgreSQL and what prepares its content: whoever owns its files has everything in them anyway."""
REDIS = Account("ikomek-redis")
VOTERS = Account("ikomek-voters", ("voters", "lookup"), (DATABASE.user,))
"""It alone may read the keys of the electoral list; its socket is opened by its group."""
WEB = Account("ikomek-web", ("web", "reader", "editor"), (DATABASE.user, REDIS.user, VOTERS.user))
RELAY = Account("ikomek-relay", ("relay",), (DATABASE.user, REDIS.user))
ETL = Account("ikomek-etl", ("etl",), (DATABASE.user,))
JOBS = Account("ikomek-jobs", ("jobs", "editor", "reader", "owner", "sealer", "auditor"), (DATABASE.user,))
"""It has the owner's role too: it makes partitions, dumps, and restores what it has dumped. It reads for
reports, seals the audit, and alone may read the key that signs it."""
ACCOUNTS = {
    "postgres": DATABASE,
    "prepare": DATABASE,
    "archive": DATABASE,
    "redis": REDIS,
    "web": WEB,
    "voters": VOTERS,
    "relay": RELAY,
    "etl": ETL,
    "simulator": ETL,
    "jobs": JOBS,
}
"""The accounts by process."""
EVERY = tuple(dict.fromkeys(ACCOUNTS.values()))
LOCK = Path("/run/ikomek-accounts.lock")


def is_root() -> bool:
    return os.geteuid() == 0


def own_name() -> str:
    """The user that calls."""
    return pwd.getpwuid(os.geteuid()).pw_name


def database_user() -> str:
    """The name of the user that owns the database's files."""
    return DATABASE.user if is_root() else own_name()


def missing(accounts: Iterable[Account] = EVERY) -> list[str]:
    """Names of the system users that are not there yet."""
    return [account.user for account in accounts if not _exists(account.user)]


def ensure_accounts() -> None:
    """Create the system users when root starts us and they are not there yet."""
    if not is_root() or not missing():
        return
    with open(
        os.open(LOCK, os.O_WRONLY | os.O_CREAT, 0o600)
    ) as lock:  # two that add users at the same time refuse each other
        fcntl.flock(lock, fcntl.LOCK_EX)
        for user in missing():
            _create(user)


def _create(user: str) -> None:
    command = [
        "useradd",
        "--system",
        "--user-group",
        "--no-create-home",
        "--home-dir",
        "/nonexistent",
        "--shell",
        "/usr/sbin/nologin",
        user,
    ]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode and not _exists(user):
        raise MachineError(
            f"The system user '{user}' could not be created: {done.stderr.strip()}. Create "
            f"it by hand: {' '.join(command)}"
        )


def run_as(
    account: Account, command: Sequence[str | Path], signal_on_parents_death: str | None = None
) -> list[str]:
    """`command` so that it runs as `account` when root calls, and as the caller otherwise. Optionally the
    kernel signals it when its parent dies ("INT", "TERM")."""
    prefix: list[str] = []
    if is_root():
        groups = ["--groups", ",".join(account.groups)] if account.groups else ["--clear-groups"]
        prefix = ["--reuid", account.user, "--regid", account.user, *groups, "--no-new-privs"]
    if signal_on_parents_death:
        prefix += ["--pdeathsig", signal_on_parents_death]
    words = [str(word) for word in command]
    if not prefix:
        return words
    setpriv = shutil.which("setpriv")
    if not setpriv:
        raise MachineError("The program 'setpriv' is missing. On Debian: apt-get install util-linux")
    return [setpriv, *prefix, "--", *words]


def account_can(account: Account, command: list[str | Path]) -> bool:
    """Whether `account` can run `command`, with success. Through a shell, for setpriv itself still reaches
    what only root may."""
    done = subprocess.run(
        run_as(account, ["sh", "-c", 'exec "$@"', "sh", *command]), stderr=subprocess.DEVNULL, cwd="/"
    )
    return done.returncode == 0


def give(path: Path, account: Account | None, mode: int) -> None:
    """Make `account` (none: root) the owner of `path`, with these permissions. Without root everything is
    the caller's, and closed to all others."""
    if is_root():
        user = account.user if account else "root"
        shutil.chown(path, user, user)
    path.chmod(mode if is_root() else mode & 0o700)


def _exists(user: str) -> bool:
    try:
        pwd.getpwnam(user)
    except KeyError:
        return False
    return True
