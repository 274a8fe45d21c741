"""Reading a legal text back: our own, exactly; an old decision's as far as the register knows its streets
and houses, with a worklist of the rest.

What a word means is settled by the register: the longest run of words that is a street of the city is a
street, a number that a street has is a house.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from geo.addresses.folding import fold_street
from geo.addresses.house_numbers import house_key, natural, side
from geo.addresses.street_names import has_type, street_key
from geo.plans.decision_text.register import Register, RegisterHouse, RegisterStreet
from geo.plans.decision_text.words import (
    AND,
    BORDERS_HEAD,
    HEADS,
    LOCATION_LINE,
    NOISE,
    RANGES,
    SIDE_NOISE,
    SIDES,
    WHOLE,
    means_nothing,
)

TOKEN = re.compile(r"«(?P<quoted>(?:[^»]|»»)*)»|(?P<stop>[,;:\n()])|(?P<word>[^\s,;:()«»]+)")
MOST_WORDS = 8
"""The most words in the name of a street."""


@dataclass(frozen=True)
class Unmatched:
    """One thing of the worklist. `code`: street_unknown, street_ambiguous, house_unknown, range_empty,
    side_assumed, named_twice (then `other`, the number that names it too); of a plan also building_unnamed
    (then without a precinct)."""

    precinct: int | None
    code: str
    text: str
    other: int | None = None
    building: int | None = None


@dataclass
class Section:
    """One precinct of the text: its number, where its station is as the text says, and the buildings it
    names."""

    number: int
    location: str | None
    buildings: set[int] = field(default_factory=set)


@dataclass(frozen=True)
class DecisionReading:
    sections: list[Section]
    unmatched: list[Unmatched]

    def precinct_of(self) -> dict[int, int]:
        """Building -> precinct's number; the first that names it."""
        return {
            building: section.number for section in reversed(self.sections) for building in section.buildings
        }


@dataclass
class Mention:
    """`first` to `last` of a street, on `side` (none = as the numbers say); both none: the whole street or
    side."""

    street: RegisterStreet
    text: str
    first: str | None
    last: str | None
    side: str | None

    def houses(self) -> list[RegisterHouse]:
        sides = (
            [self.side]
            if self.side
            else [kind for kind in self.street.sides if kind is not None or self.first is None]
        )
        held = [house for kind in sides for house in self.street.sides.get(kind, [])]
        if self.first is None:
            return held
        return [house for house in held if natural(self.first) <= natural(house.key) <= natural(self.last)]


def read(text: str, registers: Sequence[Register]) -> DecisionReading:
    """Read a whole decision. `registers`: the city's addresses, the text's own language first. A part
    without a head of a precinct is passed over."""
    heads = list(HEADS.finditer(text))
    ends = [head.start() for head in heads[1:]] + [len(text)]
    sections: list[Section] = []
    unmatched: list[Unmatched] = []
    named: dict[int, int] = {}
    for head, end in zip(heads, ends):
        section = SectionReader(int(head["ru"] or head["kk"]), text[head.end() : end], registers)
        sections.append(section.read())
        unmatched += section.unmatched
        for building in sorted(section.section.buildings):
            if named.setdefault(building, section.section.number) != section.section.number:
                unmatched.append(
                    Unmatched(section.section.number, "named_twice", section.names[building], named[building])
                )
    return DecisionReading(sections, unmatched)


class SectionReader:
    """Goes through one precinct's part item by item, with the street it stands in."""

    def __init__(self, number: int, text: str, registers: Sequence[Register]) -> None:
        location = LOCATION_LINE.search(text)
        borders = BORDERS_HEAD.search(text)
        self.body = text[borders.end() :] if borders else LOCATION_LINE.sub("", text)
        self.section = Section(number, location["place"].strip() if location else None)
        self.registers = registers
        self.unmatched: list[Unmatched] = []
        self.names: dict[int, str] = {}
        """The text that named each building."""
        self.street: RegisterStreet | None = None
        self.side: str | None = None
        self.mentions: list[Mention] = []

    def read(self) -> Section:
        for words, quoted, stop, bracketed in items(self.body):
            if quoted is not None:
                self.take_quoted(quoted, stop)
            else:
                self.take(words, bracketed)
        self.settle()
        return self.section

    def take_quoted(self, text: str, stop: str) -> None:
        if stop == ":":
            self.enter(
                text,
                next(
                    (
                        found
                        for register in self.registers
                        if (found := register.streets.get(street_key(text)))
                    ),
                    None,
                ),
            )
        elif self.street and house_key(text) in self.street.houses:
            self.mention(self.street, text, house_key(text), house_key(text))
        else:
            self.not_matched("house_unknown", self.at(text))

    def take(self, words: list[str], bracketed: bool) -> None:
        known = self.street and house_key(" ".join(words)) in self.street.houses
        street, taken = (None, 0) if known else self.find_street(words)
        if street:
            self.enter(street.name, street)
        words, named_side = without_side(words[taken:])
        if named_side:
            self.name_side(named_side, bracketed)
        words = without_noise(words)
        if words and not self.take_houses(" ".join(words)):
            self.take_unknown(" ".join(words))

    def find_street(self, words: list[str]) -> tuple[RegisterStreet | None, int]:
        """The street with the longest name at the beginning of `words`, and how many they are. A name that
        several streets share goes to the worklist."""
        if means_nothing(words[0]):
            return None, 0
        for n in range(min(len(words), MOST_WORDS), 0, -1):
            name = " ".join(words[:n])
            if not any(letter.isalpha() for letter in name) or (words[0][0].isdigit() and not has_type(name)):
                continue
            for register in self.registers:
                if found := register.streets.get(street_key(name)):
                    return found, n
                bare = register.by_bare_name.get(fold_street(name), ()) if not words[0][0].isdigit() else ()
                if len(bare) == 1:
                    return bare[0], n
                if len(bare) > 1:
                    self.not_matched("street_ambiguous", name)
                    return None, n
        return None, 0

    def enter(self, name: str, street: RegisterStreet | None) -> None:
        self.settle()
        self.street, self.side = street, None
        if street is None:
            self.not_matched("street_unknown", name)

    def name_side(self, named: str, bracketed: bool) -> None:
        """Notes a side: one in brackets belongs to what stands before, else to what follows."""
        before = [
            mention for mention in self.mentions if mention.side is None and mention.first != mention.last
        ]
        if bracketed and before:
            before[-1].side = named
        elif bracketed and self.mentions:
            return
        else:
            self.side = named

    def take_houses(self, text: str) -> bool:
        """Numbers of the street we stand in: one, a range, the whole street, or several without commas.
        False: it is something else."""
        if self.street is None:
            return False
        key = house_key(text)
        if key in self.street.houses:
            self.mention(self.street, text, key, key)
        elif WHOLE.fullmatch(text):
            self.mention(self.street, text, None, None)
        elif bounds := next((found for pattern in RANGES if (found := pattern.fullmatch(text))), None):
            self.take_range(text, house_key(bounds["first"]), house_key(bounds["last"]))
        elif text[0].isdigit():
            parts = [part for part in AND.split(text) if part.strip()]
            parts = parts if len(parts) > 1 else text.split()
            if len(parts) < 2 or not all(part[0].isdigit() and self.take_houses(part) for part in parts):
                self.not_matched("house_unknown", self.at(text))
        else:
            return False
        return True

    def take_range(self, text: str, first: str, last: str) -> None:
        if self.street is None or natural(first) > natural(last):
            self.not_matched("house_unknown", self.at(text))
        else:
            self.mention(self.street, text, first, last)

    def take_unknown(self, text: str) -> None:
        """A street that the register does not have, or numbers after one."""
        if (
            text[0].isdigit()
            and self.unmatched
            and self.unmatched[-1].code in ("street_unknown", "street_ambiguous")
        ):
            last = self.unmatched.pop()
            self.not_matched(last.code, f"{last.text}, {text}")
        elif not text[0].isdigit():
            self.enter(text, None)
        else:
            self.not_matched("street_unknown", text)

    def mention(self, street: RegisterStreet, text: str, first: str | None, last: str | None) -> None:
        one = first is not None and first == last
        self.mentions.append(Mention(street, text, first, last, None if one else self.side))

    def settle(self) -> None:
        """Turn what was said of a street into its houses."""
        for mention in self.mentions:
            if (
                mention.first is not None
                and mention.last is not None
                and mention.first != mention.last
                and mention.side is None
                and side(mention.first) == side(mention.last)
            ):
                mention.side = side(mention.first)
                self.not_matched("side_assumed", self.at(mention.text))
            houses = (
                [mention.street.houses[mention.first]]
                if mention.first is not None and mention.first == mention.last
                else mention.houses()
            )
            if not houses:
                self.not_matched("range_empty", self.at(mention.text))
            for house in houses:
                self.section.buildings.update(house.buildings)
                self.names.update(dict.fromkeys(house.buildings, f"{mention.street.name}, {house.text}"))
        self.mentions = []

    def at(self, text: str) -> str:
        return f"{self.street.name}, {text}" if self.street else text

    def not_matched(self, code: str, text: str) -> None:
        self.unmatched.append(Unmatched(self.section.number, code, text))


def items(body: str) -> Iterator[tuple[list[str], str | None, str, bool]]:
    """The parts between separators: the words, or the text in «»; the separator after it; whether it stands
    in brackets."""
    words: list[str] = []
    quoted, bracketed = None, False
    for token in TOKEN.finditer(body + "\n"):
        if token["quoted"] is not None:
            quoted = token["quoted"].replace("»»", "»")
        elif token["word"] is not None:
            words.append(token["word"].rstrip("."))
        else:
            words = [word for word in words if word]
            if words and (
                quoted is None or token["stop"] == ":" or not all(is_label(word) for word in words)
            ):
                yield words, None, token["stop"], bracketed
            if quoted is not None:
                yield [], quoted, token["stop"], bracketed
            words, quoted = [], None
            bracketed = token["stop"] == "(" or (bracketed and token["stop"] != ")")


def is_label(word: str) -> bool:
    return word.casefold() in NOISE


def without_side(words: list[str]) -> tuple[list[str], str | None]:
    """The words without those for a side, and the side they name."""
    named = next((kind for word in words for kind, pattern in SIDES.items() if pattern.fullmatch(word)), None)
    if named is None:
        return words, None
    return [
        word
        for word in words
        if word.casefold() not in SIDE_NOISE
        and not any(pattern.fullmatch(word) for pattern in SIDES.values())
    ], named


def without_noise(words: list[str]) -> list[str]:
    """The words without those that stand around a number and mean nothing; "№2" is 2."""
    rest = [word.lstrip("№") for word in words]
    rest = [word for word in rest if word]
    while rest and rest[0].casefold() in NOISE:
        rest = rest[1:]
    while rest and rest[-1].casefold() in NOISE:
        rest = rest[:-1]
    return rest
