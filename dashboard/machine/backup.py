"""A backup's file: a tar of `manifest.json` and `database.dump` (PostgreSQL's custom format, compressed),
written whole or not at all.

The manifest states the product's schema, the moment whose rows it holds, how many rows each table has,
and the SHA-256 of the dump. Encrypted (`dashboard.machine.encryption`), the whole tar lies inside.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dashboard.machine import workplaces
from dashboard.machine.errors import MachineError
from dashboard.machine.programs import program, program_environment

FORMAT = 1
MANIFEST = "manifest.json"
DUMP = "database.dump"
STATED = {"format": int, "revision": str, "rows": dict, "made_at": str, "sha256": str}
"""The keys of a manifest, and their types in JSON."""


NAME_ONE = "Name a file that './ikomek backup' wrote."


@contextmanager
def workplace(file: Path) -> Iterator[Path]:
    """A folder of ours beside `file`, for what is not whole yet; removed at the end. Raises
    `MachineError`."""
    if not file.parent.is_dir():
        raise MachineError(
            f"There is no folder {file.parent} to write the backup into. Create it, or name another."
        )
    with workplaces.work_in(file.parent, workplaces.BACKUP) as folder:
        yield folder


def dump_into(folder: Path, environment: dict[str, str], snapshot: str) -> Path:
    """Dump the database that `environment` (libpq's variables) names, as it was at an exported snapshot.
    Raises `MachineError`."""
    dump = folder / DUMP
    command: list[str | Path] = [
        program("pg_dump"),
        "--format",
        "custom",
        "--snapshot",
        snapshot,
        "--file",
        str(dump),
    ]
    run(command, "dump the database", environment)
    return dump


def pack(dump: Path, stated: dict[str, Any]) -> tuple[Path, dict[str, Any]]:
    """The tar beside the dump, which goes into it, and the manifest."""
    manifest = stated | {
        "format": FORMAT,
        "bytes": dump.stat().st_size,
        "sha256": _digest(dump),
    }
    whole = dump.with_name("backup.tar")
    with tarfile.open(whole, "w") as tar:
        text = json.dumps(manifest, indent=1).encode()
        entry = tarfile.TarInfo(MANIFEST)
        entry.size, entry.mode, entry.mtime = len(text), 0o600, int(time.time())
        tar.addfile(entry, io.BytesIO(text))
        tar.add(dump, DUMP)
    dump.unlink()
    return whole, manifest


def place(whole: Path, file: Path) -> None:
    """Give a finished file its name: from then on it is there, whatever dies."""
    whole.chmod(0o600)
    for path in (whole, file.parent):
        handle = os.open(path, os.O_RDONLY)
        os.fsync(handle)
        os.close(handle)
        if path == whole:
            whole.rename(file)


def read_manifest(file: Path) -> dict[str, Any]:
    """Raises `MachineError` for a file that is no backup of ours, or whose manifest lacks what a restore
    checks."""
    try:
        with tarfile.open(file) as tar:
            member = tar.extractfile(MANIFEST)
            manifest = json.load(member) if member else {}
    except FileNotFoundError as error:
        raise MachineError(f"There is no file {file}. Check its path.") from error
    except (tarfile.TarError, KeyError, ValueError, RecursionError, OSError) as error:
        raise MachineError(f"{file} is not a backup of this product: {error}. {NAME_ONE}") from error
    if not isinstance(manifest, dict):
        raise MachineError(
            f"{file} is not a backup of this product: its manifest is not a JSON object. {NAME_ONE}"
        )
    if manifest.get("format") != FORMAT:
        raise MachineError(
            f"{file} has the format {manifest.get('format')}; this version reads {FORMAT}. Restore it with "
            "the version that wrote it."
        )
    for key, type_ in STATED.items():
        if not isinstance(manifest.get(key), type_):
            raise MachineError(
                f"{file} cannot be checked: its manifest does not state '{key}'. Nothing was changed; "
                "restore a backup whose manifest is whole."
            )
    if not re.fullmatch("[0-9a-f]{64}", str(manifest["sha256"])):
        raise MachineError(
            f"{file} cannot be checked: 'sha256' in its manifest is no SHA-256. Nothing was changed; "
            "restore a backup whose manifest is whole."
        )
    return manifest


def restore_into(file: Path, environment: dict[str, str], jobs: int = 2) -> None:
    """Fill the empty database that `environment` names. Raises `MachineError`, before a row is written if
    the file was damaged."""
    manifest = read_manifest(file)
    with workplaces.work_in(roomiest(file.parent), workplaces.RESTORE) as folder:
        dump = folder / DUMP
        _extract(file, dump)
        if _digest(dump) != manifest["sha256"]:
            raise MachineError(
                f"{file} is damaged: its dump does not match the checksum in its manifest. Nothing "
                f"was changed. Use another backup."
            )
        contents = folder / "contents"
        contents.write_text(restorable(dump))
        run(
            [
                program("pg_restore"),
                "--exit-on-error",
                "--use-list",
                contents,
                "--jobs",
                str(jobs),
                "--dbname",
                environment["PGDATABASE"],
                dump,
            ],
            "restore the dump",
            environment,
        )


def restorable(dump: Path) -> str:
    """The list of what a dump holds, without the comments on extensions: only their owner may write those,
    and they bring them."""
    done = subprocess.run(
        [str(program("pg_restore")), "--list", str(dump)],
        env=program_environment(),
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise MachineError(f"Could not read the dump: {done.stderr.strip()[-2000:]}")
    lines = done.stdout.splitlines(keepends=True)
    return "".join(line for line in lines if " COMMENT - EXTENSION " not in line)


def _extract(file: Path, dump: Path) -> None:
    try:
        with tarfile.open(file) as tar, open(dump, "wb") as target:
            shutil.copyfileobj(tar.extractfile(DUMP), target)
    except (tarfile.TarError, KeyError, OSError) as error:
        raise MachineError(f"{file} is damaged: {error}. Nothing was changed. Use another backup.") from error


def roomiest(beside: Path) -> Path:
    """The folder beside the backup if we may write there, for a dump may be larger than the system's
    temporary folder."""
    return beside if os.access(beside, os.W_OK) else Path(tempfile.gettempdir())


def _digest(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def run(command: list[str | Path], what: str, environment: dict[str, str] | None = None) -> None:
    """Raises `MachineError` ("Could not `what`", with the program's own words)."""
    done = subprocess.run(
        [str(word) for word in command],
        env=program_environment() | (environment or {}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    if done.returncode:
        raise MachineError(f"Could not {what}: {done.stderr.strip()[-2000:]}")
