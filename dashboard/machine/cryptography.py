"""The inventory of keys, algorithms and their uses (`cryptography.toml`), and how old the keys of a data
folder are. Nothing of a key is read but when it was written."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("cryptography.toml")


@dataclass(frozen=True)
class KeyAge:
    """`most`: the days of the schedule; none = it is renewed on suspicion alone."""

    name: str
    algorithm: str
    path: Path
    days: int
    most: int | None
    renew: str

    @property
    def is_due(self) -> bool:
        return self.most is not None and self.days > self.most


@cache
def inventory() -> dict[str, Any]:
    """The tables "key", "use" and "algorithm", each a list."""
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def ages(data: Path, now: datetime) -> Iterator[KeyAge]:
    """A file that several kinds name counts as the first of them; those that the caller may not look at are
    left out."""
    seen: set[Path] = set()
    for key in inventory()["key"]:
        if "file" not in key:
            continue
        with suppress(PermissionError):
            for path in sorted(set(data.glob(key["file"])) - seen):
                seen.add(path)
                written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
                days = (now - written).days
                yield KeyAge(key["name"], key["algorithm"], path, days, key.get("days"), key["renew"])
