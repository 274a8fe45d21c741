"""A picture that somebody sent, as it is kept: checked and made anew by a child process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from geo.errors import InvalidInput

DECODER = Path(__file__).with_name("decode.py")
LIMIT_S = 40
"""A limit in elapsed time; the child has a limit of its own in processor time."""


@dataclass(frozen=True)
class Picture:
    """JPEGs without metadata; sizes in pixels. `taken_at`, `lon` and `lat` (EPSG:4326) as the file's own
    metadata had them, none where it had none."""

    whole: bytes
    thumbnail: bytes
    width: int
    height: int
    taken_at: datetime | None = None
    lon: float | None = None
    lat: float | None = None


def prepare(content: bytes, zone: ZoneInfo) -> Picture:
    """`zone`: of the camera's clock where the file does not say. Raises `InvalidInput` ("picture.format",
    "picture.mixed", "picture.animated", "picture.pixels", "picture.damaged": also one whose decoder died or
    came to no end)."""
    try:
        child = subprocess.run(
            [sys.executable, "-I", str(DECODER)],
            input=content,
            capture_output=True,
            timeout=LIMIT_S,
            env={"PATH": os.defpath},
            cwd="/",
            check=True,
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        raise InvalidInput("picture.damaged") from error
    line, _, pictures = child.stdout.partition(b"\n")
    head = json.loads(line)
    if "refused" in head:
        raise InvalidInput(head["refused"], **head["parameters"])
    whole, small = head["lengths"]
    return Picture(
        pictures[:whole],
        pictures[whole : whole + small],
        head["width"],
        head["height"],
        _moment(head["taken"], zone),
        head["lon"],
        head["lat"],
    )


def _moment(text: str | None, zone: ZoneInfo) -> datetime | None:
    """None for a day or an hour that there is not."""
    try:
        taken = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    return taken.replace(tzinfo=zone) if taken and not taken.tzinfo else taken
