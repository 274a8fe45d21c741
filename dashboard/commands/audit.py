"""`./ikomek audit verify|export`: whether anything of the audit was changed afterwards, and its rows as a
file."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
from pathlib import Path

from dashboard.commands.meter import Meter
from dashboard.formats import number
from dashboard.words import code_words, word
from geo.audit import checks
from geo.audit.acts import KINDS
from geo.audit.verify import Discrepancy, Report
from geo.database import connected_engine
from geo.settings import Settings
from layers.audit import AuditFilter, write_csv
from layers.incidents.export import discard, whole_file

SHOWN = 100
"""Faults that are printed; all are counted."""
FILTERS = ("who", "kind", "act", "page", "origin", "request", "from", "to")


def main(settings: Settings, argv: list[str]) -> int:
    args = parse(argv)
    return args.run(settings, args)


def parse(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./ikomek audit", description=word("command.audit"))
    commands = parser.add_subparsers(required=True, metavar="verify|export")
    checking = commands.add_parser("verify", help=word("command.audit.verify"))
    checking.add_argument(
        "--heads", type=Path, action="append", metavar="FOLDER", help=word("command.audit.heads")
    )
    checking.add_argument(
        "--key", type=Path, action="append", default=[], metavar="FILE.pem", help=word("command.audit.key")
    )
    checking.set_defaults(run=run_verify)
    saving = commands.add_parser("export", help=word("command.audit.export"))
    saving.add_argument("file", type=Path)
    for name in FILTERS:
        saving.add_argument(f"--{name}", help=word(f"command.audit.filter.{name}", kinds=", ".join(KINDS)))
    saving.set_defaults(run=run_export)
    return parser.parse_args(argv[1:])


def run_verify(settings: Settings, args: argparse.Namespace) -> int:
    """Exit code 1 for a chain in which anything is wrong."""
    begun, meter = time.monotonic(), Meter("command.audit.progress")
    report = checks.verify_and_record(
        settings, args.heads, args.key, lambda done, of: meter(word("command.audit.rows"), done, of)
    )
    for fault in report.faults[:SHOWN]:
        print(fault_words(fault), file=sys.stderr)
    if len(report.faults) > SHOWN:
        print(word("command.audit.more_faults", n=len(report.faults) - SHOWN), file=sys.stderr)
    print(report_words(report, time.monotonic() - begun))
    return 1 if report.faults else 0


def fault_words(fault: Discrepancy) -> str:
    """The fault and its place in the chain, in words."""
    return code_words(
        f"audit.fault.{fault.code}",
        {
            "position": fault.position if fault.position is not None else "–",
            "row": fault.audit_id if fault.audit_id is not None else "–",
            **fault.parameters,
        },
    )


def report_words(report: Report, seconds: float) -> str:
    rate = report.rows / seconds if seconds else 0
    lines = [
        word("command.audit.read", rows=report.rows, first=report.first, last=report.last),
        word("command.audit.speed", seconds=f"{seconds:.1f}", rate=number(rate)),
        word("command.audit.heads_read", n=report.heads),
        word("command.audit.keys", keys=", ".join(report.keys) or "–"),
        word("command.audit.pending", n=report.pending),
        word("command.audit.missing", n=report.missing_ids),
        *([word("command.audit.replaced", n=report.replaced)] if report.replaced else []),
        *([_tail_words(report)] if report.signed_at else []),
        *([word("command.audit.no_heads")] if not report.heads else []),
        word("command.audit.faults", n=len(report.faults)) if report.faults else word("command.audit.whole"),
    ]
    return "\n".join(lines)


def _tail_words(report: Report) -> str:
    behind = max(0, report.last - report.signed)
    return word("command.audit.tail", n=behind, since=f"{report.signed_at:%Y-%m-%d %H:%M:%S} UTC")


def run_export(settings: Settings, args: argparse.Namespace) -> int:
    zone, query = settings.city.time_zone, {name: getattr(args, name) or "" for name in FILTERS}
    wanted = AuditFilter.parse(query, zone)
    file = args.file.resolve()
    with connected_engine(settings, "auditor", pool_size=1) as engine:
        with whole_file("audit.csv") as path:
            rows = write_csv(engine, wanted, path, zone)
            checks.record_export(settings, "csv", rows, wanted.as_query(zone))
            _put(path, file)
        discard(path)
    print(word("command.audit.exported", rows=rows, file=file))
    return 0


def _put(whole: Path, file: Path) -> None:
    """Copied beside it first: a file that is there is whole."""
    partial = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        shutil.copyfile(whole, partial)
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)
