"""A file of the electoral list (CSV in any of its encodings, XLSX, packed by gzip or not) as chunks of rows,
in bounded memory."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.compute as pc

from etl import readers
from etl.chunk import Chunk, Source
from etl.plans.files import write_precincts
from etl.preview import beginnings
from etl.readers import workbook
from etl.registry import Feed
from etl.voters.columns import PARTS, WRITTEN, find_columns, named_alike
from etl.voters.kinds import PACKED, WORKBOOK, check_kind, ends_inside_a_row
from geo.errors import InvalidInput
from geo.voters import cells
from geo.voters.importing import ListFile
from geo.voters.rows import FIELDS, NEEDED, RowChunk, VoterRow

FEED = Feed("voters", "voters")
"""How its reader is told: whatever the file says of itself."""
FORMATS = (".csv", ".tsv", ".txt", WORKBOOK, PACKED)
TITLED = ("voters.columns", "voters.sheet_columns", "voters.unreadable", "run.only_rejects")
"""How it looks where a title stands above the header."""
GUESSED = "text.encoding_guessed"
"""By what code the reader counts the rows whose encoding it guessed."""
BLOCK_BYTES = 1 << 20
SPACES = ("  ", "\t", "\n", "\r", "\f")
"""What is made one space inside a text."""


def open_list(path: Path) -> ListFile:
    """Raises `InvalidInput`: "source.missing", "source.empty", "voters.no_file" for what is no regular file,
    "voters.format", "voters.other_kind"; while it is read "voters.columns", "voters.sheet_columns",
    "voters.sheet_blank", "voters.column_twice", "voters.unreadable", "voters.torn", those of
    `etl.readers`."""
    if not path.exists():
        raise InvalidInput("source.missing", source=path.name)
    if not path.is_file():
        raise InvalidInput("voters.no_file", file=path.name)
    if path.suffix.lower() not in FORMATS:
        raise InvalidInput("voters.format", file=path.name, known=", ".join(FORMATS))
    if not path.stat().st_size:
        raise InvalidInput("source.empty", source=path.name)
    check_kind(path)
    return ListFile(_sha256(path), _chunks(path))


def sheets(path: Path) -> tuple[str, list[str]] | None:
    """The sheet of a workbook that is read, and the others; none for what is no workbook, has one sheet, or
    is damaged: what is wrong with it is said by reading it."""
    if path.suffix.lower() != WORKBOOK:
        return None
    try:
        sheet, others = workbook.sheet_names(Source(path.name, path=path))
    except readers.DAMAGED:
        return None
    return (sheet, others) if others else None


def geopackage(rows: Sequence[Mapping[str, object]], made: datetime) -> bytes:
    """The borders of precincts, for the package: the same rows and date are the same bytes."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "borders.gpkg"
        write_precincts(path, rows, made)
        return path.read_bytes()


def count_rows(path: Path) -> int:
    """About how many rows there are; 0 = the format does not say."""
    return readers.count_rows([Source(path.name, path=path)], FEED) or 0


def _sha256(path: Path) -> bytes:
    found = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            found.update(block)
    return found.digest()


def _chunks(path: Path) -> Iterator[RowChunk]:
    """The header is the first row; where that names no columns of a list, the one below a title."""
    feed, begun = FEED, False
    try:
        for chunk in _read(path, feed):
            begun = True
            yield chunk
    except InvalidInput as error:
        if begun or error.code not in TITLED:
            raise
        feed = beginnings.find(Source(path.name, path=path), FEED)
        if feed.header_row == FEED.header_row:
            raise
    if feed is not FEED:
        yield from _read(path, feed)


def _read(path: Path, feed: Feed) -> Iterator[RowChunk]:
    columns: dict[str, str] | None = None
    source, broken_last, last = Source(path.name, path=path), False, 0
    try:
        for chunk in readers.read(source, feed):
            columns = columns or _columns(chunk, path)
            _check_alike(chunk, columns, path)
            rows = _rows(chunk, columns)
            numbers = [number for number, _ in rows.broken]
            newest = max([last, *numbers, *(row.line for row in rows.rows[-1:])])
            broken_last, last = newest in numbers, newest
            yield rows
    except InvalidInput as error:
        if error.code != "source.unreadable":
            raise
        if columns is None:
            _check_sheet(path)
        # The parser's own words may quote a row.
        raise InvalidInput("voters.unreadable", file=path.name) from None
    except pa.ArrowException:
        raise InvalidInput("voters.unreadable", file=path.name) from None
    if columns is None:
        _check_sheet(path)
    if path.suffix.lower() != WORKBOOK and ends_inside_a_row(source, broken_last):
        raise InvalidInput("voters.torn", file=path.name, row=last)


def _check_alike(chunk: Chunk, columns: dict[str, str], path: Path) -> None:
    """Raises `InvalidInput` ("voters.column_twice") where columns of one name do not say the same."""
    names = chunk.table.column_names
    for alike in named_alike(names, columns).values():
        first, *others = (chunk.table[name] for name in alike)
        if any(not first.equals(other) for other in others):
            positions = ", ".join(str(names.index(name) + 1) for name in alike)
            raise InvalidInput("voters.column_twice", file=path.name, column=alike[0], places=positions)


def _check_sheet(path: Path) -> None:
    """Raises `InvalidInput` ("voters.sheet_blank") where no row was found, and there are other sheets."""
    if (found := sheets(path)) is not None:
        sheet, others = found
        raise InvalidInput("voters.sheet_blank", file=path.name, sheet=sheet, others=", ".join(others))


def _columns(chunk: Chunk, path: Path) -> dict[str, str]:
    """Raises as `find_columns`; "voters.sheet_columns" where it was one sheet of several that was read."""
    try:
        return find_columns(chunk.table.column_names, path.name)
    except InvalidInput as error:
        if (found := sheets(path)) is None:
            raise
        sheet, others = found
        about = error.parameters | {"sheet": sheet, "others": ", ".join(others)}
        raise InvalidInput("voters.sheet_columns", **about) from None


def _rows(chunk: Chunk, columns: dict[str, str]) -> RowChunk:
    texts = {field: _texts(chunk.table, column) for field, column in columns.items()}
    blank = [""] * chunk.table.num_rows
    if "full_name" in texts:
        names = [_full_name(name) for name in texts["full_name"]]
        for n, field in enumerate(("surname", "first_name", "patronymic")):
            texts[field] = [name[n] for name in names]
    if "address" not in texts:
        texts["address"] = _joined([texts.get(part, blank) for part in PARTS])
    values = zip(chunk.numbers.tolist(), *(texts.get(field, blank) for field in FIELDS))
    return RowChunk(
        list(map(VoterRow._make, values)),
        [(broken.number, broken.text) for broken in chunk.broken],
        chunk.by_reader.get(GUESSED, 0),
        tuple(field for field in FIELDS if field not in NEEDED and field not in texts),
    )


def _texts(table: pa.Table, column: str) -> list[str]:
    """Spaces around and between words made one; empty where there is nothing."""
    texts = pc.utf8_trim_whitespace(pc.fill_null(table[column].cast(pa.string()), ""))
    found = texts.to_numpy().tolist()
    whole = "\0".join(found)
    if any(space in whole for space in SPACES):  # seldom, and looked for in each it takes as long as reading
        texts = pc.utf8_trim_whitespace(pc.replace_substring_regex(texts, r"\s+", " "))
        found = texts.to_numpy().tolist()
    return found


def _full_name(name: str) -> tuple[str, str, str]:
    """Surname, first name and all that follows, whatever spaces are between them."""
    name = name if name.isprintable() else cells.SPACES.sub(" ", name)
    surname, _, rest = name.partition(" ")
    first, _, patronymic = rest.partition(" ")
    return surname, first, patronymic


def _joined(parts: list[list[str]]) -> list[str]:
    """Street, house, part and room of each row in one line."""
    return [
        ", ".join(WRITTEN.get(name, "") + value for name, value in zip(PARTS, values) if value)
        for values in zip(*parts)
    ]
