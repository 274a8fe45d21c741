"""JSON of others that is nested deeper than Python reads is refused like any other that cannot be read; and
whoever reads JSON that is not our own reads it by `geo.foreign_json`."""

from __future__ import annotations

import io
import re
import tarfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from dashboard.machine import backup
from dashboard.machine.errors import MachineError
from dashboard.security import callbacks, oidc
from etl.readers import open311, parquet
from etl.sources import Source
from geo.audit.heads import ChainStatement
from geo.errors import InvalidInput, Unavailable
from geo.voters.package import unfinished, verify
from geo.voters.regions import files
from geo.voters.transfer.receipts import read_receipt

ROOT = Path(__file__).parents[1]
DEEP = b"[" * 100_000
OWN = {
    "dashboard/machine/archive.py",
    "dashboard/machine/backup.py",
    "dashboard/machine/development.py",
    "dashboard/machine/pitr.py",
    "dashboard/machine/pitr_plan.py",
    "dashboard/machine/preparing.py",
    "dashboard/machine/python_packages.py",
    "dashboard/machine/scripts.py",
    "dashboard/machine/start_options.py",
    "dashboard/machine/state.py",
    "dashboard/machine/supply.py",
    "etl/readers/typed_columns.py",
    "etl/runs/freshness.py",
    "geo/foreign_json.py",
    "geo/pictures/intake.py",
    "geo/rating/months.py",
    "geo/reports/keep.py",
    "geo/shifts/sign.py",
    "geo/statistics/kept.py",
    "geo/voters/client.py",
    "geo/voters/service.py",
    "layers/features/items.py",
    "layers/incidents/borders.py",
    "layers/live/cut.py",
    "layers/live/hub.py",
    "layers/live/stream.py",
    "layers/panels/rating.py",
    "layers/plans/studio.py",
    "layers/rating/reading.py",
    "layers/shifts.py",
}
"""What this product wrote itself, or the database; `dashboard.machine` has only the standard library."""


def as_file(folder: Path, body: bytes, name: str = "manifest.json") -> Path:
    (folder / name).write_bytes(body)
    return folder / name


def as_backup(folder: Path) -> Path:
    with tarfile.open(folder / "b.tar", "w") as tar:
        entry = tarfile.TarInfo(backup.MANIFEST)
        entry.size = len(DEEP)
        tar.addfile(entry, io.BytesIO(DEEP))
    return folder / "b.tar"


READERS: dict[str, tuple[type[Exception], Callable[[Path], Any]]] = {
    "package": (InvalidInput, lambda folder: verify.read_manifest(as_file(folder, DEEP).parent)),
    "proof": (InvalidInput, lambda folder: verify.read_proof(as_file(folder, DEEP))),
    "receipt": (
        Unavailable,
        lambda folder: read_receipt(DEEP[:16_000], "a.tar", b"", datetime.now(UTC), None),
    ),
    "comparison": (
        InvalidInput,
        lambda folder: files.read(as_file(folder, DEEP[: files.LONGEST_HEADER - 1] + b"\n")),
    ),
    "head": (ValueError, lambda folder: ChainStatement.read(DEEP.decode())),
    "open311": (InvalidInput, lambda folder: open311.rows(DEEP, "x")),
    "geoparquet": (
        InvalidInput,
        lambda folder: parquet.geometry_of({b"geo": DEEP}, cast(Source, SimpleNamespace(name="x"))),
    ),
    "backup": (MachineError, lambda folder: backup.read_manifest(as_backup(folder))),
    "callback": (InvalidInput, lambda folder: callbacks.check(DEEP, {}, cast(Any, None))),
}


@pytest.mark.parametrize("what", READERS)
def test_what_is_nested_too_deep_is_refused_as_unreadable(what: str, tmp_path: Path) -> None:
    error, read = READERS[what]
    with pytest.raises(error):
        read(tmp_path)


def test_where_unreadable_is_nothing_it_is_nothing(tmp_path: Path) -> None:
    as_file(tmp_path, DEEP)
    assert unfinished._manifest(tmp_path) is None
    assert oidc.from_cookie(oidc.base64.urlsafe_b64encode(DEEP).decode()) is None


def test_nobody_else_reads_json_by_hand() -> None:
    found = {
        path.relative_to(ROOT).as_posix()
        for folder in ("geo", "etl", "dashboard", "layers")
        for path in (ROOT / folder).rglob("*.py")
        if re.search(r"\bjson\.loads?\(|\.json\(\)", path.read_text(encoding="utf-8"))
    }
    assert found - {"geo/plans/editing/save.py"} == OWN
