"""In which encoding a table of text is written, and its bytes as UTF-8 whatever they were.

UTF-8 and UTF-16 are told by their own rules. What is neither is an 8-bit page of Cyrillic: CP1251 of
Windows, KZ-1048 (the same with the Kazakh letters), or CP866 of DOS, whichever gives the likelier words;
or, as a whole file, one of older systems or of Latin letters with marks (CP1252).
Exports of several systems put together mix them by the row: each cell that is sound UTF-8 is read as that,
and every other by its page. How many rows were read by such a guess is counted in `Decoder.guessed`, so
that none is read so in silence.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from functools import cached_property
from math import log
from typing import BinaryIO

HEAD_BYTES = 1 << 16
BLOCK_BYTES = 1 << 20
CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\f\x1a\x1b"))
MOST_CONTROLS = 0.05
"""The largest share of control characters among the bytes of a text; what has more is no text."""
WIDE_ZEROS = 0.1
"""UTF-16 without a mark: this share of its bytes is zero at least (digits, delimiters), nearly all at odd
or nearly all at even places."""
PAGES = ("cp1251", "kz1048", "cp866")
"""Likeliest first."""
RARE_PAGES = ("koi8-r", "mac-cyrillic", "iso8859-5")
"""Code pages of systems long gone: accepted only for a whole file, and where one is likelier by the factor
`RARE`."""
RARE = 8.0
LATIN = "cp1252"
"""The page of a text whose letters beyond ASCII stand inside Latin words: no word is of both scripts."""
BEYOND_ASCII, IN_LATIN = (
    re.compile(rb"[\xc0-\xff]"),
    re.compile(rb"(?<=[A-Za-z])[\xc0-\xff]|[\xc0-\xff](?=[A-Za-z])"),
)
FREQUENCIES = dict(
    zip(
        "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъёәғқңөұүһі",
        (
            11,
            8.5,
            8,
            7.4,
            6.7,
            6.3,
            5.5,
            4.7,
            4.5,
            4.4,
            3.5,
            3.2,
            3,
            2.8,
            2.6,
            2,
            1.9,
            1.7,
            1.7,
            1.7,
            1.6,
            1.4,
            1.2,
            1,
            0.9,
            0.7,
            0.6,
            0.5,
            0.4,
            0.3,
            0.3,
            0.04,
            0.04,
            0.4,
            0.4,
            0.6,
            0.4,
            0.3,
            0.3,
            0.3,
            0.02,
            0.4,
        ),
    )
)
"""The frequency of letters in Russian text, in percent, and roughly that of the letters that only Kazakh
has."""
PUNCTUATION = "«»№–—…“”„’‘°§©®•\u00a0"
ODD, MISPLACED = -9.0, -4.0
"""Scores of a character that no such text holds, and of a capital after a small letter."""
LEAST_LETTERS = 3
"""A cell that its file's page cannot mean is read by another page only where it has as many letters as
this."""
SEQUENCE = re.compile(
    rb"[\xc2-\xc5\xd0-\xd3][\x80-\xbf]|\xe2[\x80-\x86][\x80-\xbf]|\xef\xbb\xbf|\xf0\x9f[\x80-\xbf]{2}"
)
"""A character of UTF-8 beyond ASCII, of the scripts that such files hold: words of CP866 may be
sound UTF-8 of others ("ули" is a Chinese character)."""
CODE_PAGE = re.compile(r"^(?:ansi|oem|cp|windows|ibm|dos)?[ _-]?(\d{3,4})$")
"""How a companion of a Shapefile writes one: "ANSI 1251", "866"."""
CELLS = re.compile(rb'([,;\t|"\r\n]+)')
WORDS = re.compile(rb"([ \xa0]+)")
CAPITAL_INSIDE = re.compile(r"[а-яёәғқңөұүһі][А-ЯЁӘҒҚҢӨҰҮҺІ]")


def find_encoding(stream: BinaryIO) -> Decoder:
    """How a stream is to be read. Raises ValueError for what is no text."""
    head = stream.read(HEAD_BYTES)
    wide = wide_encoding(head)
    if wide is not None:
        return Decoder(wide)
    if len(head) - len(head.translate(None, CONTROLS)) > MOST_CONTROLS * len(head):
        raise ValueError("not a text")
    stream.seek(0)
    decoder = codecs.getincrementaldecoder("utf-8")()
    block = b""
    try:
        while block := stream.read(BLOCK_BYTES):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return likeliest(block)
    return Decoder("utf-8", sound=True)


def declared(encoding: str) -> Decoder:
    """The decoder of an encoding that a declaration names."""
    page = codecs.lookup(encoding).name
    return Pages(page, (page,)) if page in PAGES else Decoder(encoding)


def of_page(name: str, sample: bytes) -> Decoder:
    """The decoder of a file that says its encoding, or code page, itself ("" = it does not). It is not
    believed against its own bytes."""
    page = CODE_PAGE.sub(r"cp\1", name.strip().lower())
    if page in PAGES:
        return declared(page)
    return (
        likeliest(sample)
        if not sample.isascii() and not SEQUENCE.sub(b"", sample).isascii()
        else Decoder("utf-8")
    )


def wide_encoding(head: bytes) -> str | None:
    if head[:4] in (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE):
        return "utf-32"
    if head[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return "utf-16"
    even, odd = head[::2].count(0), head[1::2].count(0)
    if even + odd < WIDE_ZEROS * len(head) or not head:
        return None
    return "utf-16-le" if odd > 9 * even else "utf-16-be" if even > 9 * odd else None


def likeliest(block: bytes) -> Decoder:
    """How a text is to be read of which a piece is not all UTF-8: by the page in which what is left of that
    piece is likeliest."""
    cells = [cell for cell in CELLS.split(block) if not cell.isascii()]
    left = [cell for cell in cells if not mostly_utf8(cell)]
    rest = b" ".join(left)
    if 2 * len(IN_LATIN.findall(rest)) > len(BEYOND_ASCII.findall(rest)):
        return RarePage(LATIN)
    scores = {page: score(rest.decode(page, "replace")) for page in (*PAGES, *RARE_PAGES)}
    usual, rare = (max(pages, key=scores.__getitem__) for pages in (PAGES, RARE_PAGES))
    if len(left) == len(cells) and scores[rare] > scores[usual] + RARE:
        whole = RarePage(rare)
        if not whole.odd.search(rest.decode(rare, "replace")):  # else it is a mixture of the usual ones
            return whole
    return Pages(usual)


def mostly_utf8(piece: bytes) -> bool:
    """Whether a piece that is not ASCII is UTF-8, damaged here and there perhaps."""
    sound = SEQUENCE.findall(piece)
    return bool(sound) and 2 * sum(map(len, sound)) >= len(piece.translate(None, bytes(range(128))))


def score(text: str) -> float:
    """How likely a text is as Russian or Kazakh; 0 for one without a character beyond ASCII."""
    return sum(map(letter_score, filter(beyond_ascii, text))) + MISPLACED * len(CAPITAL_INSIDE.findall(text))


def beyond_ascii(char: str) -> bool:
    return char > "\x7f"


def letter_score(char: str) -> float:
    share = FREQUENCIES.get(char.lower())
    return log(share / 100 * len(FREQUENCIES)) if share else -1.0 if char in PUNCTUATION else ODD


class Decoder:
    """Bytes of one stream as text. Each byte that is no text in its encoding becomes U+FFFD."""

    def __init__(self, encoding: str, sound: bool = False) -> None:
        self.encoding, self.sound, self.guessed = encoding, sound, 0
        self.heading = 0  # lines of the stream before its first row: they are no rows that were guessed

    def cell(self, piece: bytes) -> str:
        """A text that is whole."""
        return piece.decode(self.encoding, "replace")

    def text(self, piece: bytes) -> str:
        """The beginning of a stream; what breaks off at its end is left out."""
        return codecs.getincrementaldecoder(self.encoding)("replace").decode(piece)

    def utf8(self, stream: BinaryIO) -> Iterator[bytes]:
        """The stream in UTF-8, block by block."""
        decoder = codecs.getincrementaldecoder(self.encoding)("replace")
        while block := stream.read(BLOCK_BYTES):
            yield decoder.decode(block).encode()
        yield decoder.decode(b"", final=True).encode()


class Pages(Decoder):
    """Text of an 8-bit page, with rows or cells of UTF-8, or of another page, between. One page to choose
    from: it was declared, and nothing is guessed."""

    def __init__(self, page: str, among: tuple[str, ...] = PAGES) -> None:
        super().__init__(page)
        self.among = among

    @cached_property
    def odd(self) -> re.Pattern[str]:
        """Characters that a text of this page does not hold, unless the page is not its own."""
        return re.compile(
            f"[^\\x00-\\x7f{''.join(FREQUENCIES)}{''.join(FREQUENCIES).upper()}{PUNCTUATION}]|{CAPITAL_INSIDE.pattern}"
        )

    def cell(self, piece: bytes) -> str:
        text, guessed = self.line(piece)
        self.guessed += guessed and len(self.among) > 1
        return text

    def text(self, piece: bytes) -> str:
        return "".join(self.line(line)[0] for line in piece.splitlines(keepends=True))

    def utf8(self, stream: BinaryIO) -> Iterator[bytes]:
        held = b""
        while block := stream.read(BLOCK_BYTES):
            whole, newline, held = (held + block).rpartition(b"\n")
            yield self.lines(whole + newline)
        yield self.lines(held)

    def lines(self, block: bytes) -> bytes:
        found = [self.line(line) for line in block.splitlines(keepends=True)]
        rows = found[self.heading :]
        self.heading -= len(found) - len(rows)
        self.guessed += sum(guessed for _, guessed in rows) if len(self.among) > 1 else 0
        return "".join(text for text, _ in found).encode()

    def line(self, line: bytes) -> tuple[str, bool]:
        """Its text, and whether any of it was not UTF-8."""
        if (text := self.as_utf8(line)) is not None:
            return text, False
        paged = line.decode(self.encoding, "replace")
        if SEQUENCE.search(line) is None and not self.odd.search(paged):
            return paged, True
        return "".join(self.piece(cell, WORDS) for cell in CELLS.split(line)), True

    def as_utf8(self, piece: bytes) -> str | None:
        """A piece that is sound UTF-8; none where it is not, or is of a script that nobody writes here and
        would be words of the page."""
        try:
            text = piece.decode()
        except UnicodeDecodeError:
            return None
        return (
            text
            if SEQUENCE.sub(b"", piece).isascii() or self.odd.search(piece.decode(self.encoding, "replace"))
            else None
        )

    def piece(self, piece: bytes, parts: re.Pattern[bytes] | None = None) -> str:
        """A cell; where it holds both UTF-8 and something else, word by word (`parts`)."""
        if (text := self.as_utf8(piece)) is not None:
            return text
        if parts is not None and SEQUENCE.search(piece) is not None:
            return "".join(self.piece(part) for part in parts.split(piece))
        paged = piece.decode(self.encoding, "replace")
        # "Төл" of KZ-1048 begins like UTF-8: what is a word of the page is no damaged text.
        if mostly_utf8(piece) and self.odd.search(paged):
            return piece.decode("utf-8", "replace")
        return self.by_page(piece)

    def by_page(self, piece: bytes) -> str:
        text = piece.decode(self.encoding, "replace")
        if not self.odd.search(text):
            return text
        likelier = (piece.decode(page, "replace") for page in self.among)
        return next(
            (other for other in likelier if not self.odd.search(other) and letters(other) >= LEAST_LETTERS),
            text,
        )


class RarePage(Pages):
    """Text that is of one page from end to end, but for lines of UTF-8."""

    def line(self, line: bytes) -> tuple[str, bool]:
        text = self.as_utf8(line)
        return (text, False) if text is not None else (line.decode(self.encoding, "replace"), True)


def letters(text: str) -> int:
    return sum(char.lower() in FREQUENCIES for char in text)
