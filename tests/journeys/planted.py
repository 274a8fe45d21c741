"""Names and numbers planted in an invented list, and how they are looked for in whatever comes out."""

from __future__ import annotations

import gzip
import json
import zlib
from pathlib import Path

from etl.demo.voters.faults import ListLine

SURNAME, FIRST = "Баршасынанайырықша", "Ешкімдежоқ"
"""A name that nobody else and nothing else here has."""


def needles(chosen: list[ListLine]) -> list[bytes]:
    """In each form that a file or an answer may hold them in."""
    texts = [SURNAME, SURNAME.upper(), FIRST, *(line.cells["ИИН"] for line in chosen)]
    written = [one.encode(form) for one in texts for form in ("utf-8", "utf-16-le")]
    return written + [json.dumps(one)[1:-1].encode() for one in texts]


def found_in(content: bytes, wanted: list[bytes]) -> list[bytes]:
    for unpack in (gzip.decompress, zlib.decompress):
        try:
            content += unpack(content)
        except (OSError, EOFError, zlib.error):
            continue
    return [one for one in wanted if one in content]


def search_files(folders: list[Path], wanted: list[bytes]) -> list[Path]:
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    for path in files:
        assert found_in(path.read_bytes(), wanted) == [], path
    return files
