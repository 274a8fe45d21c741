"""Disks, memory and processors of this machine, as the kernel tells anybody."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from geo.monitoring.reading import Reading

MEMORY = Path("/proc/meminfo")


def disks(folders: Iterable[Path]) -> Iterator[Reading]:
    """A reading for each file system that one of the folders lies on, named by the first of them; a folder
    that is not there is left out."""
    seen = set()
    for folder in folders:
        try:
            device, found = folder.stat().st_dev, os.statvfs(folder)
        except OSError:
            continue
        if device in seen or not found.f_blocks:
            continue
        seen.add(device)
        # What only root may still write is no room for us.
        free, used = found.f_bavail, found.f_blocks - found.f_bfree
        gigabytes = round(free * found.f_frsize / 1e9, 1)
        share = 100 * free / (free + used) if free + used else 0.0
        yield Reading("disk_free", round(share, 2), str(folder), {"gigabytes": gigabytes})


def memory(source: Path = MEMORY) -> Iterator[Reading]:
    """What could be given to a process without swapping."""
    kilobytes = {
        name: int(rest.split()[0])
        for name, _, rest in (line.partition(":") for line in source.read_text().splitlines())
    }
    whole, free = kilobytes["MemTotal"], kilobytes["MemAvailable"]
    gigabytes = round(free / 1e6, 1)
    yield Reading("memory_free", round(100 * free / whole, 2), parameters={"gigabytes": gigabytes})


def load() -> Iterator[Reading]:
    """Processes that run or wait for a processor, over the last minute, for each processor."""
    yield Reading("load", round(os.getloadavg()[0] / (os.cpu_count() or 1), 2))
