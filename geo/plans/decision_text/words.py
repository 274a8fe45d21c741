"""The words of a decision on precincts, in the two languages it is published in: as we write them, and as
decisions are found written."""

from __future__ import annotations

import re

from geo.addresses.house_numbers import EVEN, LETTER, ODD

LANGUAGES = ("kk", "ru")
HEAD = {"kk": "№ {number} сайлау учаскесі", "ru": "Избирательный участок № {number}"}
LOCATION = {"kk": "Орналасқан жері", "ru": "Местонахождение"}
BORDERS = {"kk": "Шекаралары", "ru": "Границы"}
SIDE = {"kk": {EVEN: "жұп", ODD: "тақ"}, "ru": {EVEN: "чётные", ODD: "нечётные"}}
"""Behind a range, in brackets."""

HEADS = re.compile(
    r"^[ \t]*(?:(?:избирательный\s+)?участок\s*№?\s*(?P<ru>\d{1,5})|№?\s*(?P<kk>\d{1,"
    r"5})\s*(?:-?\s*(?:ші|шы)\s+)?(?:сайлау\s+)?учаске(?:сі|лік)?)\b[^\n:]*?(?::|$)",
    re.IGNORECASE | re.MULTILINE,
)
BORDERS_HEAD = re.compile(r"(?:^|[\s.])(?:в\s+границах|границы?|шекара(?:лары|сы)?)\s*[:.–-]", re.IGNORECASE)
LOCATION_LINE = re.compile(
    r"^[ \t]*(?:местонахождение|местоположение|адрес|центр|орналасқан\s+жері|орталығы|мекенжайы|мекен-жайы)"
    r"[^:\n]*:\s*(?P<place>[^\n]*)$",
    re.IGNORECASE | re.MULTILINE,
)

SIDES = {
    EVEN: re.compile(r"(?:ч[её]тн\w*|жұп)", re.IGNORECASE),
    ODD: re.compile(r"(?:неч[её]тн\w*|тақ)", re.IGNORECASE),
}
SIDE_NOISE = frozenset("сторона стороны сторону стороне жағы жағындағы жақ номера нөмірлі".split())
NOISE = frozenset(
    "дом дома домов д дд № №№ үй үйі үйлер үйлері үйлердің нөмірлері — – - по и және мен а также".split()
)
"""Words that may stand before a number and mean nothing by themselves."""
AND = re.compile(r"\s(?:и|және|мен)\s", re.IGNORECASE)
WHOLE = re.compile(
    r"(?:все(?:\s+дома)?|вся|весь|полностью|целиком|толығымен|толық|барлық(?:\s+үйлер\w*)?)", re.IGNORECASE
)
# One sign a turn: of several, a line of a hundred letters can be cut in more ways than anybody waits for.
_NUMBER = rf"№?\s*(?P<{{}}>[0-9]{{{{1,5}}}}(?:/?[0-9{LETTER}])*?)"
RANGES = tuple(
    re.compile(pattern.format(first=_NUMBER.format("first"), last=_NUMBER.format("last")), re.IGNORECASE)
    for pattern in (
        r"№?\s*(?P<first>[0-9][^–—]*?)\s*[–—]\s*№?\s*(?P<last>[0-9][^–—]*)",
        r"{first}\s*-\s*{last}",
        r"(?:с|от)\s*{first}\s*(?:по|до)\s*{last}",
        r"{first}\s*-?(?:ден|дан|тен|тан|нен|нан)\s+(?:бастап\s+)?{last}\s*-?(?:ге|ға|ке|қа)\s*(?:дейін)?",
    )
)


def means_nothing(word: str) -> bool:
    """Whether a word says a side, or nothing: no street's name begins with it, unless it stands in «»."""
    return word.casefold() in NOISE | SIDE_NOISE or any(pattern.fullmatch(word) for pattern in SIDES.values())
