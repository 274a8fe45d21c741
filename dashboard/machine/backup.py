"""A backup's file: a tar of `manifest.json` and `database.dump` (PostgreSQL's custom format, compressed), written whole or not at all.

The manifest states the product's schema, when it was made, how many rows each main table has, and the SHA-256 of the dump.
"""
from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
import time
from pathlib import Path

from dashboard.machine.cluster import program, program_environment
from dashboard.machine.errors import MachineError

FORMAT = 1
MANIFEST = "manifest.json"
DUMP = "database.dump"


def write(file: Path, description: dict[str, object], environment: dict[str, str]) -> dict[str, object]:
    """Dump the database that `environment` (libpq's variables) names into `file`; returns the manifest. Raises `MachineError`."""
    if not file.parent.is_dir():
        raise MachineError(f"There is no folder {file.parent} to write the backup into.")
    with tempfile.TemporaryDirectory(prefix=".ikomek-backup-", dir=file.parent) as folder:
        dump = Path(folder) / DUMP
        _run([program("pg_dump"), "--format", "custom", "--file", dump], environment, "dump the database")
        manifest = description | {"format": FORMAT, "made_at": time.strftime("%FT%TZ", time.gmtime()), "bytes": dump.stat().st_size,
                                  "sha256": _digest(dump)}
        whole = Path(folder) / "backup.tar"
        with tarfile.open(whole, "w") as tar:
            text = json.dumps(manifest, indent=1).encode()
            entry = tarfile.TarInfo(MANIFEST)
            entry.size, entry.mode, entry.mtime = len(text), 0o600, int(time.time())
            tar.addfile(entry, io.BytesIO(text))
            tar.add(dump, DUMP)
        whole.chmod(0o600)
        with open(whole, "rb") as written:
            os.fsync(written.fileno())
        whole.rename(file)
    return manifest


def read_manifest(file: Path) -> dict[str, object]:
    """Raises `MachineError` for a file that is no backup of ours."""
    try:
        with tarfile.open(file) as tar:
            member = tar.extractfile(MANIFEST)
            manifest = json.load(member) if member else {}
    except FileNotFoundError as error:
        raise MachineError(f"There is no file {file}.") from error
    except (tarfile.TarError, KeyError, ValueError, OSError) as error:
        raise MachineError(f"{file} is not a backup of this product: {error}") from error
    if manifest.get("format") != FORMAT:
        raise MachineError(f"{file} has the format {manifest.get('format')}; this version reads {FORMAT}.")
    return manifest


def restore_into(file: Path, environment: dict[str, str], jobs: int = 2) -> None:
    """Fill the empty database that `environment` names. Raises `MachineError`, before a row is written if the file was damaged."""
    manifest = read_manifest(file)
    with tempfile.TemporaryDirectory(prefix="ikomek-restore-", dir=_roomiest(file.parent)) as folder:
        dump = Path(folder) / DUMP
        _extract(file, dump)
        if _digest(dump) != manifest["sha256"]:
            raise MachineError(f"{file} is damaged: its dump does not match the checksum in its manifest. Nothing was changed.")
        _run([program("pg_restore"), "--exit-on-error", "--jobs", str(jobs), "--dbname", environment["PGDATABASE"], dump], environment,
             "restore the dump")


def _extract(file: Path, dump: Path) -> None:
    try:
        with tarfile.open(file) as tar, open(dump, "wb") as target:
            shutil.copyfileobj(tar.extractfile(DUMP), target)
    except (tarfile.TarError, KeyError, OSError) as error:
        raise MachineError(f"{file} is damaged: {error}. Nothing was changed.") from error


def _roomiest(beside: Path) -> Path:
    """Beside the backup if we may write there, for a dump may be larger than the system's temporary folder."""
    return beside if os.access(beside, os.W_OK) else Path(tempfile.gettempdir())


def _digest(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _run(command: list[str | Path], environment: dict[str, str], what: str) -> None:
    done = subprocess.run([str(word) for word in command], env=program_environment() | environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        raise MachineError(f"Could not {what}: {done.stderr.strip()[-2000:]}")
