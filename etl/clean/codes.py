"""Codes: ids, house numbers and the like, which programs take for numbers or dates. 12.0 is 12; what
became a date (1/2 -> 1 February) is not guessed back."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from etl.clean.texts import EXACT, translate

MONTH = (
    r"(?:янв|фев|мар|апр|май|мая|июн|июл|авг|сент?|окт|ноя|дек|jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec"
    r"|қаң|ақп|нау|сәу|мам|мау|шіл|там|қыр|қаз|қар|жел)\.?"
)
DATED = (
    rf"(?i)^(?:\d{{4}}-\d{{2}}-\d{{2}}[ T]00:00(?::00(?:\.0+)?)?|\d{{1,2}}[-. ]{MONTH}(?:[-. ]\d{{2,"
    rf"4}})?|{MONTH}[-. ]\d{{2,4}})$"
)
"""A cell that a spreadsheet made a date: its midnight, or the day or month as it shows them."""
MONTH_FIRST = rf"(?i)^{MONTH}[-. ]\d{{2,4}}$"
CAPITALS = r"^[A-Z]{3,}[-. ]\d+$"
"""No spreadsheet shows a month so: SEP-10 is an id."""
LETTERED = r"^\p{L}+[-. ]\d+$"
DAY = r"^(?:\d{4}-\d{2}-\d{2}|\d{1,2}[./]\d{1,2}[./]\d{2,4})(?:[ T]0?0:00(?::00(?:\.0+)?)?)?$"
"""A whole date, which no house number is."""
SHORTENED = r"^\d(?:[.,]\d+)?(?:E\+\d{2,}|e\+0?(?:1[6-9]|[2-9]\d|[1-9]\d\d))$"
"""A long number as a spreadsheet shows it, or one beyond `EXACT` as a program does: its last digits are
gone, and several numbers look the same."""
WHOLE, EXPONENT = r"^([+-]?\d+)\.0+$", r"^\d(?:\.\d+)?e\+0?\d{1,2}$"
"""The latter as programs write it, with a sign: "7e10" is a code of letters and digits."""


def tidied(array: pa.Array) -> pa.Array:
    """Texts of codes with whole floats as the integers that they are, however they are written."""
    array = pc.replace_substring_regex(array, WHOLE, r"\1")
    written = pc.match_substring_regex(array, EXPONENT)
    return (
        pc.if_else(written, translate(array, integer, pa.string()), array)
        if pc.any(written).as_py()
        else array
    )


def integer(text: str) -> str:
    """A number in the way of programs, all of its digits there, as an integer if it is one.

    >>> integer("1.00080241913e+11"), integer("1.5e0")
    ('100080241913', '1.5e0')
    """
    digits, e, exponent = text.partition("e")
    whole, _, fraction = digits.partition(".")
    if (
        not (e and (whole + fraction).isdigit() and exponent.removeprefix("+").isdigit())
        or len(fraction) > int(exponent)
        or float(text) >= EXACT
    ):
        return text
    return whole + fraction.ljust(int(exponent), "0")


def dated(array: pa.Array, is_house: bool) -> pa.Array:
    """Mask of the codes that a spreadsheet has turned into a date. An id of letters and a number in capitals,
    or among others of that shape, is none: where a spreadsheet made dates, the others are what it left alone
    (12/345)."""
    found = pc.match_substring_regex(array, DATED)
    if is_house:
        return pc.or_kleene(found, pc.match_substring_regex(array, DAY))
    if not pc.any(found).as_py():
        return found
    own = pc.match_substring_regex(array, CAPITALS)
    others = array.filter(pc.invert(found))
    lettered = pc.sum(pc.match_substring_regex(others, LETTERED)).as_py() or 0
    if 2 * lettered > len(others) - others.null_count:
        own = pc.or_kleene(own, pc.match_substring_regex(array, MONTH_FIRST))
    return pc.and_kleene(found, pc.invert(own))


def shortened(array: pa.Array) -> pa.Array:
    return pc.match_substring_regex(array, SHORTENED)


def inexact(array: pa.Array) -> pa.Array:
    """Mask of the codes that a file's column holds as floats so large that each stands for several whole
    numbers."""
    if not pa.types.is_floating(array.type):
        return pa.nulls(len(array), pa.bool_())
    return pc.greater_equal(pc.abs(pc.cast(array, pa.float64())), EXACT)
