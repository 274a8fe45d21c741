"""One measured value. What it is of (`subject`) never holds a person's data: a folder, a server's name, an
address of ours."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

MEASURES = {
    "disk_free": "%",
    "memory_free": "%",
    "load": "per core",
    "database_bytes": "bytes",
    "connections": "%",
    "oldest_transaction": "s",
    "cache_hits": "%",
    "replication_lag": "s",
    "wal_archive": "s",
    "certificate": "days",
    "backup_age": "h",
    "audit_unsealed": "s",
}
"""Key -> unit."""


@dataclass(frozen=True)
class Reading:
    """`value` in the unit of its key; `parameters`: what a sentence about it says besides."""

    key: str
    value: float
    subject: str = ""
    parameters: dict[str, Any] = field(default_factory=dict)
