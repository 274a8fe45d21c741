"""In which encoding a table of text is written, and its bytes as UTF-8 whatever they were."""
from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import BinaryIO

HEAD_BYTES = 1 << 16
BLOCK_BYTES = 1 << 20
CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\f\x1a\x1b"))
MOST_CONTROLS = 0.05
"""Of a text's bytes; what has more is no text."""
WIDE_ZEROS = 0.1
"""UTF-16 without a mark: this share of its bytes is zero at least (digits, delimiters), nearly all at odd or nearly all at even places."""
FEW = 0.05
"""UTF-8 in which no more of its letters than this cannot be read is damaged UTF-8, and not another encoding."""


def find_encoding(stream: BinaryIO) -> tuple[str, bool]:
    """The encoding, and whether every byte agrees with UTF-8. CP1251, which Kazakhstan's older systems write, is what is none of the others.

    Raises ValueError for what is no text.
    """
    head = stream.read(HEAD_BYTES)
    wide = wide_encoding(head)
    if wide is not None:
        return wide, False
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
        return encoding_of(block), False
    return "utf-8", True


def wide_encoding(head: bytes) -> str | None:
    if head[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return "utf-16"
    even, odd = head[::2].count(0), head[1::2].count(0)
    if even + odd < WIDE_ZEROS * len(head) or not head:
        return None
    return "utf-16-le" if odd > 9 * even else "utf-16-be" if even > 9 * odd else None


def encoding_of(block: bytes) -> str:
    """Of a piece of text: UTF-8, damaged here and there perhaps, or CP1251."""
    text = block.decode("utf-8", "replace")
    letters = len(text) - len(text.encode("ascii", "ignore"))
    return "utf-8" if text.count("\ufffd") <= FEW * letters else "cp1251"


def as_utf8(stream: BinaryIO, encoding: str) -> Iterator[bytes]:
    """The stream in UTF-8; each byte that is no text in its encoding becomes U+FFFD."""
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    while block := stream.read(BLOCK_BYTES):
        yield decoder.decode(block).encode()
    yield decoder.decode(b"", final=True).encode()
