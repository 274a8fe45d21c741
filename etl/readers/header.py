"""How a table of text begins: the delimiter that its first lines tell, and the names of its columns."""

from __future__ import annotations

import io
import re
from collections import Counter
from csv import Error
from csv import reader as rows_of
from dataclasses import dataclass
from typing import BinaryIO

from etl.registry import Feed
from geo.errors import InvalidInput

DELIMITERS = ",;\t|"
LOOKED_AT = 20
"""Lines that tell the delimiter."""
HEADER_LINES = 10
MOST_HEADER = 64 << 20
"""Bytes of a header whose columns are counted."""
SEPARATOR = re.compile(r'^"?sep=(.)"?$', re.IGNORECASE)
"""Excel's own line above a table."""
LINE_END = re.compile(r"\r\n|\n|\r")
BREAK = re.compile(r"\s*[\r\n]+\s*")


@dataclass(frozen=True)
class Top:
    """How a table of text begins: its delimiter, the names of its columns, the lines to skip up to the
    first row, and those after them that were seen."""

    delimiter: str
    names: list[str]
    skip: int
    rows: list[str]


def top_of(head: str, feed: Feed, source: str = "") -> Top:
    """Where the rows begin: the header is the first line of `head` with anything in it, from line
    `header_row` on, after Excel's `sep=;` if that is there. Without a header the columns are named by the
    declaration, else by their places from 1. Raises ValueError where there is no header."""
    lines = lines_of(head)
    first = next_filled(lines, feed.header_row - 1)
    declared = SEPARATOR.match(lines[first]) if first < len(lines) else None
    if declared:
        first = next_filled(lines, first + 1)
    delimiter = feed.delimiter or (declared[1] if declared else find_delimiter(lines[first:]))
    if not feed.header:
        return Top(delimiter, named_by_index(lines[first:], delimiter, feed, source), first, lines[first:])
    cells, after = header_cells(lines[first:], delimiter)
    return Top(
        delimiter,
        fitted(columns(cells), lines[first + after :], delimiter),
        first + after,
        lines[first + after :],
    )


def lines_of(head: str) -> list[str]:
    """Lines as the parser counts them."""
    lines = LINE_END.split(head)
    return lines if lines[-1] else lines[:-1]


def next_filled(lines: list[str], start: int) -> int:
    return next((index for index in range(start, len(lines)) if lines[index].strip()), len(lines))


def header_cells(lines: list[str], delimiter: str) -> tuple[list[str], int]:
    """The cells of the header, and how many lines it takes: a quoted name may hold line breaks. Raises
    ValueError where nothing is left."""
    if not lines:
        raise ValueError("no header")
    whole = rows_of((f"{line}\n" for line in lines[:HEADER_LINES]), delimiter=delimiter, strict=True)
    try:
        return next(whole, []), whole.line_num
    except Error:
        return next(rows_of(lines[:1], delimiter=delimiter), []), 1


def named_by_index(lines: list[str], delimiter: str, feed: Feed, source: str) -> list[str]:
    """The declared names, else "1", "2" ... Raises `InvalidInput` ("source.columns")."""
    width = len(next(rows_of(lines[:1], delimiter=delimiter), []))
    names = (
        fitted(list(feed.columns), lines, delimiter)
        if feed.columns
        else [str(index + 1) for index in range(width)]
    )
    if lines and len(names) != width:
        raise InvalidInput("source.columns", source=source, declared=len(feed.columns), found=width)
    return names


def find_delimiter(lines: list[str]) -> str:
    """The one that cuts the most of the first lines into equally many columns, and into more than one."""
    shown = [f"{line}\n" for line in lines if line.strip()][:LOOKED_AT]

    def fits(delimiter: str) -> tuple[int, int]:
        widths = Counter(len(row) for row in rows_of(shown, delimiter=delimiter))
        return max(((alike, width) for width, alike in widths.items() if width > 1), default=(0, 0))

    return max(DELIMITERS, key=fits)


def columns(cells: list[str]) -> list[str]:
    """The names in a header, spaces around them dropped and line breaks made spaces; a second `x` becomes
    `x_2`. Raises ValueError for an empty one."""
    seen: Counter[str] = Counter()
    names = []
    if not any(cells):
        raise ValueError("no header")
    for cell in cells:
        name = BREAK.sub(" ", cell.strip())
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return names


def fitted(names: list[str], lines: list[str], delimiter: str) -> list[str]:
    """The names, with one more or one less that is empty where the rows end in a delimiter and the header
    does not, or the other way round."""
    first = next(rows_of([next(filter(str.strip, lines), "")], delimiter=delimiter), [])
    if len(first) == len(names) + 1 and not first[-1].strip():
        return [*names, ""]
    return names[:-1] if len(first) == len(names) - 1 and not names[-1] else names


def header_width(stream: BinaryIO, top: Top) -> int:
    """How many columns a header has of which the first lines show a part."""
    for _ in range(top.skip - 1):
        stream.readline(MOST_HEADER)
    return max(len(top.names), stream.readline(MOST_HEADER).count(top.delimiter.encode()) + 1)


def cells_of(line: str, delimiter: str) -> list[str]:
    """One where the line cannot be cut."""
    try:
        return next(rows_of([line], delimiter=delimiter), [])
    except Error:
        return [line]


def is_one_row(text: str, delimiter: str) -> bool:
    """Whether a text of several lines is spelled as one row, its line breaks inside quotes."""
    rows = rows_of(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        return "\n" in text and next(rows, None) is not None and next(rows, None) is None
    except Error:
        return False
