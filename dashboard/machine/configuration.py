"""PostgreSQL's configuration: its settings, and who may sign in as which role.

Signing in is by the socket's peer: each process's system user may be that process's roles, and root each of
them; nobody else gets in, and there is no password. `fsync`, `full_page_writes` and `synchronous_commit`
stay on: with the last one off a kill lost acknowledged commits.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from dashboard.machine.accounts import DATABASE, EVERY, database_user, is_root, own_name
from dashboard.machine.pitr_plan import OFF, archive_command


def write(folder: Path, sockets: Path, throwaway: bool) -> None:
    """Writes into the database's folder, at every start, so that a newer version of the product brings its
    own settings."""
    _replace(folder / "pg_hba.conf", "local all all peer map=ikomek\n")
    _replace(
        folder / "pg_ident.conf",
        "".join(f"ikomek {user} ikomek_{role}\n" for user, roles in signing_in().items() for role in roles),
    )
    _replace(
        folder / "ikomek.conf",
        "".join(
            f"{key} = {value}\n"
            for key, value in tuning(sockets, throwaway, archive_command(folder.parent)).items()
        ),
    )
    main = folder / "postgresql.conf"
    include = "include_if_exists = 'ikomek.conf'\n"
    if include not in main.read_text():
        _replace(main, main.read_text() + include)


def signing_in() -> dict[str, tuple[str, ...]]:
    """System user -> the roles that it may sign in as. Root, who may become each of them, may be each role;
    without root one user is all of ours."""
    if is_root():
        return {"root": DATABASE.roles} | {account.user: account.roles for account in EVERY}
    return dict.fromkeys(("root", own_name()), DATABASE.roles)


def tuning(sockets: Path, throwaway: bool, archive: str = OFF) -> dict[str, str]:
    """PostgreSQL's settings by name: for two cores and a share of the memory, read from what the machine
    has.

    What is logged never carries a row: neither the statement of an error nor its detail, for both may hold
    a citizen's words.
    """
    memory_mb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    shared_mb = 128 if throwaway else max(128, min(2048, memory_mb // 8))
    settings = {
        "listen_addresses": "''",
        "unix_socket_directories": f"'{sockets}'",
        "unix_socket_permissions": "0770" if is_root() else "0700",
        "max_connections": "200",
        "shared_buffers": f"{shared_mb}MB",
        "effective_cache_size": f"{memory_mb // 2}MB",
        "work_mem": "32MB",
        "maintenance_work_mem": "256MB",
        "max_wal_size": "512MB",
        "min_wal_size": "256MB",
        "wal_compression": "lz4",
        "checkpoint_timeout": "2min",
        "random_page_cost": "1.1",
        "jit": "off",
        "max_parallel_workers_per_gather": "1",
        "timezone": "'UTC'",
        "log_timezone": "'UTC'",
        "log_line_prefix": "'%m [%p] %q%u@%d '",
        "log_min_error_statement": "panic",
        "log_min_messages": "log",
        "log_error_verbosity": "terse",
        "log_statement": "none",
        "idle_in_transaction_session_timeout": "'10min'",
        "dynamic_shared_memory_type": "posix",
    }
    if not throwaway:
        # On from the first start: what archives can then be changed without another.
        settings |= {
            "archive_mode": "on",
            "archive_command": quoted(archive),
            "archive_timeout": "0" if archive == OFF else "60s",
        }
    durable = "off" if throwaway else "on"
    return settings | dict.fromkeys(("fsync", "full_page_writes", "synchronous_commit"), durable)


def quoted(text: str) -> str:
    """A value as PostgreSQL's configuration has it."""
    return "'" + text.replace("'", "''") + "'"


def _replace(path: Path, text: str) -> None:
    """Write whole or not at all, keeping the owner of a file that is there."""
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(text)
    fresh.chmod(0o600)
    shutil.chown(fresh, database_user())
    fresh.rename(path)
