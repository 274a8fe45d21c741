"""A JSON text that is read piece by piece: its values one after another, or those of a list deep inside
it, without holding the whole."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from typing import BinaryIO

from etl.chunk import MOST_ROW_BYTES
from geo.foreign_json import read_foreign_json

BLOCK = 1 << 20
SPACE = re.compile(r"[ \t\r\n\x1e]*")
"""A record separator stands before each text of a sequence (RFC 8142)."""
BETWEEN = re.compile(r"[ \t\r\n,]*")
LONG = 10_000
"""A list of this many objects is the one that was looked for."""
SHOWN = 60
KEPT = 1000
"""Characters of a value that is too long."""
BETWEEN_TOKENS = re.compile(r"[ \t\r\n,:]*")
PLAIN = re.compile(r'[^ \t\r\n,:"\[\]{}]*')
"""A number, or a word, as far as it is held."""
IN_TEXT = re.compile(r'(?:[^"\\]++|\\.)*+', re.DOTALL)
"""The text between quotation marks, as far as it is held."""
MOST_DIGITS = 4000
"""The most digits of a whole number that Python still converts."""


def whole_number(digits: str) -> int | str:
    """A longer one is kept as the text that it is: cleaning says what is wrong with it."""
    return int(digits) if len(digits) <= MOST_DIGITS else digits


DECODER = json.JSONDecoder(parse_int=whole_number)


def is_json(line: bytes) -> bool:
    try:
        read_foreign_json(line, whole_number)
    except ValueError:
        return False
    return True


class Long:
    """Stands for a value that is longer than any row should be: how it begins."""

    def __init__(self, text: str) -> None:
        self.text = text


class Text:
    """A place in a text. Every method raises ValueError, with what stands there, where the text breaks off
    or is no JSON."""

    def __init__(self, stream: BinaryIO, errors: str = "strict") -> None:
        """`errors`: what becomes of bytes that are no text, in the words of `codecs`."""
        self.stream, self.held, self.at, self.ended, self.read = (
            codecs.getreader("utf-8-sig")(stream, errors),
            "",
            0,
            False,
            0,
        )

    def values(self, one: bool = False) -> Iterator[object]:
        """The values that follow one another up to the end of the text, those of each list among them one by
        one; `one`: no more than the value that begins here, or the values of that list."""
        while begins := self.next():
            if begins == "[":
                self.at += 1
                yield from self.items()
            else:
                yield self.value()
            if one:
                return

    def items(self) -> Iterator[object]:
        while self.next(BETWEEN) != "]":
            if not self.next():
                raise ValueError(f"row {self.read + 1}: the list is not closed")
            yield self.value()
        self.at += 1

    def enter(self, name: str) -> None:
        """Go to the value of a name in the object that begins here."""
        others = []
        for other in self.names():
            if other == name:
                return
            others.append(other)
            self.skip()
        raise ValueError(f'no "{name}" among {", ".join(others) or "nothing"}')

    def names(self) -> Iterator[str]:
        """The names of the object that begins here, the place being the value of each; who takes a name
        reads its value before the next."""
        self.expect("{")
        while self.next(BETWEEN) != "}":
            name = str(self.value())
            self.expect(":")
            yield name
        self.at += 1

    def lists(self, path: tuple[str, ...] = ()) -> Iterator[tuple[str, int]]:
        """Path and number of objects of each list of objects inside the object that begins here, as far as
        a long one."""
        for name in self.names():
            inner = self.next()
            if inner == "{":
                yield from self.lists((*path, name))
            elif inner == "[":
                self.at += 1
                objects = 0
                for item in self.items():
                    objects += isinstance(item, dict)
                    if objects == LONG:
                        yield ".".join((*path, name)), objects
                        return
                if objects:
                    yield ".".join((*path, name)), objects
            else:
                self.skip()

    def expect(self, char: str) -> None:
        if self.next() != char:
            raise ValueError(f"not JSON: {self.shown()}")
        self.at += 1

    def next(self, skipped: re.Pattern[str] = SPACE) -> str:
        """The next character that is not skipped, and go there; nothing at the end."""
        self.at = skipped.match(self.held, self.at).end()
        while self.at == len(self.held) and self.more():
            self.at = skipped.match(self.held, self.at).end()
        return self.held[self.at : self.at + 1]

    def value(self) -> object:
        """The value that begins here; `Long` where it has more characters than a row may have bytes."""
        self.next()
        while True:
            try:
                value, end = DECODER.raw_decode(self.held, self.at)
            except RecursionError:
                raise ValueError(f"row {self.read + 1}: nested too deeply: {self.shown()}") from None
            except ValueError:
                if len(self.held) - self.at > MOST_ROW_BYTES:
                    long = Long(self.held[self.at : self.at + KEPT])
                    self.skip()
                    self.read += 1
                    return long
                if not self.more():
                    raise ValueError(f"row {self.read + 1}: not JSON: {self.shown()}") from None
                continue
            if end < len(self.held) or not self.more():  # a number may go on in the next piece
                self.at, self.read = end, self.read + 1
                return value

    def skip(self) -> None:
        """Go past the value that begins here without holding it, however long it is."""
        depth = 0
        while char := self.next(BETWEEN_TOKENS):
            if char == '"':
                self.skip_text()
            elif char in "[{":
                self.at, depth = self.at + 1, depth + 1
            elif char in "]}":
                self.at, depth = self.at + 1, depth - 1
            else:
                self.skip_while(PLAIN)
            if depth <= 0:
                return
        raise ValueError(f"row {self.read + 1}: the text ends in the middle of a value")

    def skip_text(self) -> None:
        self.at += 1
        self.skip_while(IN_TEXT)
        while self.held[self.at : self.at + 1] == "\\" and self.more():  # what it escapes was not read yet
            self.skip_while(IN_TEXT)
        self.expect('"')

    def skip_while(self, pattern: re.Pattern[str]) -> None:
        self.at = pattern.match(self.held, self.at).end()
        while self.at == len(self.held) and self.more():
            self.at = pattern.match(self.held, self.at).end()

    def more(self) -> bool:
        """Read on; at least as much again as is held, so that a long value is not decoded over and over.
        False at the end."""
        if self.ended:
            return False
        self.held, self.at = self.held[self.at :], 0
        block = self.stream.read(max(BLOCK, len(self.held)))
        self.held, self.ended = self.held + block, not block
        return True

    def shown(self) -> str:
        return repr(self.held[self.at : self.at + SHOWN])
