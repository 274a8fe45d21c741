"""A verification of this installation's audit, and the record of it: by a person (`./ikomek audit verify`)
or by the daily job."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from geo.audit import heads, keys
from geo.audit.callers import caller
from geo.audit.records import record_audit
from geo.audit.verify import Report, verify
from geo.database import connected, connected_engine
from geo.errors import Conflict
from geo.settings import Settings


def verify_and_record(
    settings: Settings,
    folders: Sequence[Path] | None = None,
    key_files: Sequence[Path] = (),
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> Report:
    """`folders`: where heads lie, none = the places of this installation; `key_files`: public keys besides
    those that lie there."""
    searched = list(folders or heads.folders_of(settings))
    with connected_engine(settings, "auditor", pool_size=1) as engine:
        report = verify(engine, searched, keys.read_public(searched, key_files), progress)
    _record(settings, "audit.verified", position=report.last, rows=report.rows, faults=len(report.faults))
    return report


def verify_daily(settings: Settings) -> None:
    """Raises `Conflict` ("audit.tampered") where anything is wrong: the job then says so until it is
    whole."""
    report = verify_and_record(settings)
    if report.faults:
        first = report.faults[0]
        raise Conflict(
            "audit.tampered", n=len(report.faults), fault=first.code, position=first.position or "–"
        )


def record_export(settings: Settings, form: str, rows: int, filter_: Mapping[str, str]) -> None:
    _record(settings, "audit.exported", form=form, rows=rows, filter=dict(filter_))


def _record(settings: Settings, what: str, **parameters: object) -> None:
    with connected(settings, "sealer") as connection:
        who = "command" if caller.get().type == "command" else "jobs"
        record_audit(connection, who, what, **parameters)
