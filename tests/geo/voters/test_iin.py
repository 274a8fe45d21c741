"""The check digit of an IIN: the published vectors, and the formula written out once more as a reference."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.voters import iin

ELEVEN = st.text("0123456789", min_size=11, max_size=11)


def by_hand(eleven: str) -> int | None:
    """The rule as it is written down: two passes, digit by digit."""
    total = 0
    for weight, digit in enumerate(eleven, start=1):
        total += weight * int(digit)
    if total % 11 != 10:
        return total % 11
    total = 0
    for weight, digit in zip((3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2), eleven):
        total += weight * int(digit)
    return None if total % 11 == 10 else total % 11


@pytest.mark.parametrize("number", ["850417300122", "061211600012", "990101300409"])
def test_the_published_numbers_are_valid(number: str) -> None:
    assert iin.valid([number]).tolist() == [True]
    assert iin.check_digit(number[:11]) == int(number[11])


def test_a_number_that_no_digit_fits_is_not_used() -> None:
    assert iin.check_digit("99010130046") is None
    assert not iin.valid([f"99010130046{digit}" for digit in range(10)]).any()


@given(ELEVEN)
def test_the_digit_is_that_of_the_rule(eleven: str) -> None:
    digit = by_hand(eleven)
    assert iin.check_digit(eleven) == digit
    fitting = iin.valid([f"{eleven}{last}" for last in range(10)])
    assert fitting.tolist() == [last == digit for last in range(10)]


@given(st.lists(st.text(max_size=14)))
def test_whatever_else_stands_there_is_not_valid(texts: list[str]) -> None:
    """Each is judged by itself, whatever stands beside it."""
    judged = iin.valid([*texts, "850417300122"])
    assert judged[-1]
    for text, fits in zip(texts, judged):
        shaped = len(text) == 12 and text.isascii() and text.isdigit()
        assert fits == (shaped and by_hand(text[:11]) == int(text[11]))


def test_most_slips_of_one_digit_are_found() -> None:
    slips = [
        number[:at] + str(digit) + number[at + 1 :]
        for number in ("850417300122", "061211600012", "990101300409")
        for at in range(12)
        for digit in range(10)
        if number[at] != str(digit)
    ]
    assert iin.valid(slips).mean() < 0.12
