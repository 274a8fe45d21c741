"""Where the table begins in a file that nobody has declared: under a title, on which line its header, or
deep inside an object of JSON."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

from etl.readers import Source, delimited, format_of, objects, whole, workbook
from etl.registry import Feed

LOOKED_AT = 30
DATA = re.compile(r"^[\d\s.,:/+-]+$")
"""Numbers and times, which stand in a row of data and in no header."""


def find(source: Source, feed: Feed) -> Feed:
    """The feed, with the `header_row` or `table` that its source seems to have. Raises `InvalidInput` for
    a file that cannot be read."""
    if source.path is None or not source.path.is_file() or not source.path.stat().st_size:
        return feed
    form = format_of(source, feed)
    with whole(source):
        if form == "json":
            return replace(feed, table=objects.find_list(source))
        if form == "csv":
            return with_header(feed, delimited.first_rows(source, feed, LOOKED_AT))
        if form == "xlsx":
            return with_header(feed, workbook.first_rows(source, feed, LOOKED_AT), joined=True)
    return feed


def with_header(feed: Feed, rows: list[list[str]], joined: bool = False) -> Feed:
    """The feed with its header's row; without a header where every row, the first one too, holds numbers
    or times."""
    filled = [row for row in rows if any(cell.strip() for cell in row)]
    if len(filled) > 1 and all(
        len(row) > 1 and any(DATA.match(cell.strip()) for cell in row if cell.strip()) for row in filled
    ):
        return replace(feed, header=False)
    return replace(feed, header_row=header_row(rows, joined))


def header_row(rows: list[list[str]], joined: bool = False) -> int:
    """The first row (from 1) that names as many columns as most rows fill, and holds no number; 1 where
    there is none. `joined`: what it leaves blank the row above may name.

    >>> header_row([["Report"], ["id", "x"], ["7", "8"], ["9", "10"]])
    2
    """
    filled = [{index for index, cell in enumerate(row) if cell.strip()} for row in rows]
    usual = Counter(len(columns) for columns in filled if len(columns) > 1).most_common(1)
    for index, row in enumerate(rows):
        named = filled[index] | (filled[index - 1] if joined and index else set())
        if (
            usual
            and filled[index]
            and len(named) >= usual[0][0]
            and not any(DATA.match(row[column]) for column in filled[index])
        ):
            return index + 1
    return 1
