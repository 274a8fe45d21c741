"""An address line as people write it, read as what it asks for: a house of a street, a crossing of two
streets, or a street.

Cities, districts, postal codes, flats and the words around a crossing are left out, in Kazakh, Russian and
English. Nothing here knows which streets there are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from geo.addresses.folding import FOLDED_TYPES, fold
from geo.addresses.house_numbers import LETTER, house_key
from geo.addresses.line_notes import street_and_house

CITY_WORDS = r"(?:г\.?|гор\.?|город|қ\.?|city of)\s*"
DISTRICT = re.compile(r"\b(?:р-н\.?|район|ауданы|district)\b", re.IGNORECASE)
COUNTRY = re.compile(r"^(?:республика казахстан|рк|қазақстан республикасы|қр|kazakhstan)$", re.IGNORECASE)
POST_CODE = re.compile(r"^(?:\d{6}|[a-z]{2} \d{5}(?:-\d{4})?)$", re.IGNORECASE)
NUMBER = (
    rf"[0-9]{{1,5}}(?:\s?[{LETTER}](?![{LETTER}]))?(?:\s?[/\-]\s?[0-9]{{1,"
    rf"4}}\s?(?:[{LETTER}](?![{LETTER}]))?)?"
)
PART = (
    rf"(?:(?:корпус|корп|к|стр|с)\.?[0-9]{{1,3}}|[\s,"
    rf"]+(?:корпус|корп|к|блок|строение|стр|с|c|литера|литер|лит)\.?\s?[0-9]*[{LETTER}]?(?![{LETTER}]))?"
)
HOUSE_LAST = re.compile(
    rf"(?:^|[\s,])(?:(?:дом|д|үй|үйі|строение|стр|house|dom|no)\b\.?\s*)?№?\s*(?P<house>{NUMBER}{PART}{PART})\s*(?:үй|үйі|дом)?$",
    re.IGNORECASE,
)
HOUSE_INSIDE = re.compile(
    rf"(?<=[{LETTER}.,])[\s,.]+(?:(?:дом|д|үй|үйі|строение|стр|house|dom|no)\b\.?\s*)?№?\s*(?P<house>{NUMBER}{PART})(?=[\s,;]|$)",
    re.IGNORECASE,
)
HOUSE_FIRST = re.compile(
    r"^(?:(?:дом|д|house|dom|no|№)\.?\s*)?(?P<house>[0-9]{1,6}(?:-[0-9]{1,6})?[a-z]?)[\s,]+"
    r"(?:(?:block of|blk of|block|блок|по)\s+)?(?P<street>[^\W\d_].*|[0-9]+(?:st|nd|rd|th)\s.*)$",
    re.IGNORECASE,
)
CROSSING_WORDS = re.compile(
    r"\b(?:(?:на углу|угол|уг|пересечени[еи]|перекр[её]сток|перекр[её]стке)(?: улиц)?|intersection(?: of)?"
    r"|corner of|қиылысы\w*|қиылысында|бұрышы\w*)\b\.?",
    re.IGNORECASE,
)
BETWEEN = re.compile(
    r"\s+(?:и|мен|пен|бен|және|с|and|at|x|х)\s+|\s*[/&\\×+]\s*|\s+[-–—]\s+|\s*;\s*", re.IGNORECASE
)
LATIN_TYPES = "|".join(
    sorted((word for word in FOLDED_TYPES if word.isascii() and len(word) > 1), key=len, reverse=True)
)
TO_ITS_TYPE = re.compile(
    rf"^(?P<street>[a-z0-9 .'-]*?\b"
    rf"(?:{LATIN_TYPES}|way|ter|terrace|pl|place|ct|court|sq|square|hwy|pkwy|wharf|katu|tie)\b)\.?(?:\s|$)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class AddressLine:
    """What a line asks for: `streets` of a crossing (two), or one street and perhaps `house` (as
    `geo.addresses.house_numbers.house_key` writes it), which is `written` in the line."""

    streets: tuple[str, ...]
    house: str | None = None
    written: str | None = field(default=None, compare=False)

    @property
    def crossing(self) -> bool:
        return len(self.streets) == 2


@lru_cache(maxsize=20_000)
def read_line(address: str, city_names: frozenset[str] = frozenset()) -> tuple[AddressLine, ...]:
    """The ways to read a line, likeliest first; empty where it names no street. `city_names` are folded.

    >>> read_line("г. Астана, ул. Кенесары, д. 4/1, кв. 7", frozenset({"астана"}))
    (AddressLine(streets=('ул. Кенесары',), house='4/1', written='4/1'),)
    >>> [line.streets for line in read_line("угол ул. Абая и пр. Республики")][0]
    ('ул. Абая', 'пр. Республики')
    """
    plain = without_city(street_and_house(address), city_names)
    if not any(letter.isalpha() for letter in plain):
        return ()
    readings = [*crossings(plain), *houses(plain), AddressLine((to_its_type(plain),))]
    if not CROSSING_WORDS.search(plain):
        readings.sort(
            key=lambda line: line.house is None
        )  # "Кенесары 4/1" is a house: a crossing only where no such street has it
    if readings[0].house is not None:
        readings = [line for line in readings if line.house or line.crossing]
    return tuple(dict.fromkeys(readings))


def street_and_house_of(address: str, city_names: frozenset[str]) -> tuple[str, str] | None:
    """Street and house as they are written, by the likeliest reading; none where the line names no house.

    >>> street_and_house_of("г. Астана, ул. Кенесары, д. 4/1, кв. 7", folded_names(frozenset({"астана"})))
    ('ул. Кенесары', '4/1')
    """
    found = next((line for line in read_line(address, city_names) if line.written), None)
    return (found.streets[0], found.written) if found and found.written else None


@lru_cache(maxsize=100)
def folded_names(called: frozenset[str]) -> frozenset[str]:
    """The names of a city (`City.called`) as lines are read with them."""
    return frozenset(map(fold, called))


def without_city(line: str, city_names: frozenset[str]) -> str:
    """A line without the parts between commas that are the city, a district or a postal code, and without
    "г. Астана" at its beginning."""
    parts = [part.strip() for part in line.split(",")]
    kept = [part for part in parts if part and not is_city(part, city_names)]
    line = ", ".join(kept or parts)
    for beginning in _beginnings(city_names):
        line = beginning.sub("", line)
    return line.strip(" ,")


@lru_cache(maxsize=100)
def _beginnings(city_names: frozenset[str]) -> tuple[re.Pattern[str], ...]:
    """A line that begins with the city, by each of its names."""
    return tuple(re.compile(rf"^{CITY_WORDS}{re.escape(name)}\b[\s,]*", re.IGNORECASE) for name in city_names)


@lru_cache(maxsize=2**16)
def is_city(part: str, city_names: frozenset[str]) -> bool:
    words = [word for word in fold(part).split() if word not in ("г", "гор", "город", "к", "каласы", "city")]
    return (
        " ".join(words) in city_names
        or POST_CODE.match(part) is not None
        or COUNTRY.match(part) is not None
        or (DISTRICT.search(part) is not None and not any(map(str.isdigit, part)))
    )


def crossings(line: str) -> list[AddressLine]:
    """Two streets of a line that has something between them, or says that it is a crossing; of names that
    stand side by side every way to part them."""
    named = CROSSING_WORDS.search(line)
    bare = CROSSING_WORDS.sub(" ", line) if named else line
    parted = [BETWEEN.split(bare)]
    if named:
        parted += [bare.split(","), CROSSING_WORDS.split(line)]
    elif not any(map(str.isdigit, line)):
        parted.append(line.split(","))
    for sides in parted:
        if len(found := _streets(sides)) == 2:
            return [AddressLine((found[0], found[1]))]
    words = bare.split() if named else []
    ways = [_streets((" ".join(words[:n]), " ".join(words[n:]))) for n in range(1, len(words))]
    return [AddressLine((way[0], way[1])) for way in ways if len(way) == 2]


def _streets(sides: Iterable[str]) -> list[str]:
    return [to_its_type(side.strip(" ,.")) for side in sides if any(map(str.isalpha, side))]


def houses(line: str) -> list[AddressLine]:
    """The house after its street, or, in English, before it; then the first number after a name, whatever
    follows, and that of the street alone where a quarter is named before it."""
    found = []
    if (first := HOUSE_FIRST.match(line)) is not None:
        house = first["house"].split("-")[0]
        found.append(AddressLine((to_its_type(first["street"]),), house_key(house), house))
    for last in filter(None, (HOUSE_LAST.search(line), HOUSE_INSIDE.search(line))):
        street = line[: last.start()].strip(" ,")
        if any(map(str.isalpha, street)):
            house = last["house"].replace(",", " ")
            ways = (street, street.rpartition(",")[2].strip()) if "," in street else (street,)
            found += [AddressLine((way,), house_key(house), house) for way in ways]
    return found


def to_its_type(street: str) -> str:
    """An English street ends with its type: what follows is a neighbourhood, a city, a state.

    >>> to_its_type("W Springfield St  Roxbury MA 02118"), to_its_type("ул. Абая")
    ('W Springfield St', 'ул. Абая')
    """
    found = TO_ITS_TYPE.match(street)
    return (found["street"] if found else street).strip(" ,")
