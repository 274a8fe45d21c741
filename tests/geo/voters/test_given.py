"""What may be given to the list's process: free text that names nobody in any spelling, values of the types
that it takes, and the words that refuse the others; the same by each of its requests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import InvalidInput, NotFound
from geo.settings import Settings
from geo.voters.given import LONGEST, free_text
from tests.geo.voters.conftest import Ask
from tests.support.voters_service import answering, ask_list

IIN = "800517301006"
HIDDEN: dict[str, Any] = {
    "blocks": "8005 1730 1006",
    "halves": "800517 and 301006",
    "dots": "8.0.0.5.1.7.3.0.1.0.0.6",
    "full-width": "８００５１７３０１００６",
    "Arabic": "٨٠٠٥ ١٧٣٠ ١٠٠٦",
    "circles": "⑧⓪⓪⑤ ①⑦③⓪ ①⓪⓪⑥",
    "seven in a row": "Application 8005173",
    "a space of no width": "\u200b",
    "nothing that is seen": "\u3164",
    "marks alone": "- . -",
    "two lines": "Application 114\r\nanna: looked",
    "right to left": "Application \u202e411",
    "NUL": "Application\x00",
    "half of a pair": "Application \ud800",
    "long": "A" * (LONGEST + 1),
    "none": "   ",
    "a list": ["Application 114"],
    "a number": 114,
    "nothing": None,
}


@pytest.mark.parametrize("text", HIDDEN.values(), ids=HIDDEN.keys())
def test_what_hides_a_number_or_shows_nothing_is_refused(text: Any) -> None:
    with pytest.raises(InvalidInput, match=r"voters\.document") as raised:
        free_text(text, "voters.document")
    assert "8" not in str(raised.value)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Application 114 of 10.02.2026", "Application 114 of 10.02.2026"),
        ("ЗТ-2026-114 of 10.02.2026", "ЗТ-2026-114 of 10.02.2026"),
        ("  Өтініш № ЗТ-2026-114 ", "Өтініш No ЗТ-2026-114"),
        ("Ｃall １０９－７", "Call 109-7"),
        ("A" * LONGEST, "A" * LONGEST),
    ],
)
def test_a_reason_is_kept_in_one_form(text: str, kept: str) -> None:
    assert free_text(text, "voters.document") == kept


@given(st.lists(st.text(st.characters(exclude_categories=("N",)), max_size=3), min_size=13, max_size=13))
def test_whatever_stands_between_its_digits_an_iin_is_refused(between: list[str]) -> None:
    written = "".join(f"{gap}{digit}" for gap, digit in zip(between, IIN)) + between[-1]
    with pytest.raises(InvalidInput):
        free_text(written, "voters.document")


LOOK = {"number": IIN, "why": "call", "document": "109-7"}
HOUSE = {"line": "ул. Кенесары, д. 1", "why": "call", "document": "109-7"}
WRONG: dict[str, tuple[str, dict[str, Any], str]] = {
    "a list as IIN": ("look", LOOK | {"number": [IIN]}, "voters.given"),
    "a list as document": ("look", LOOK | {"document": ["109-7"]}, "voters.given"),
    "a number as document": ("look", LOOK | {"document": 1097}, "voters.given"),
    "NUL in a document": ("look", LOOK | {"document": "109\x007"}, "voters.given"),
    "a long document": ("look", LOOK | {"document": "A" * 201}, "voters.document"),
    "a book as document": ("look", LOOK | {"document": "A" * 100_000}, "voters.request_long"),
    "an IIN in a house's document": (
        "look_at_house",
        HOUSE | {"document": "８００５ 1730 1006"},
        "voters.document",
    ),
    "NUL in an address": ("look_at_house", HOUSE | {"line": "a\x00"}, "voters.given"),
    "a list as birth date": ("listed", {"number": IIN, "birth": ["17.05.1980"]}, "voters.given"),
    "a list's number as text": ("undo", {"list_id": "1", "address": 1}, "voters.given"),
    "a number that no column holds": ("undo", {"list_id": 1, "address": 2**70}, "voters.given"),
    "a text as page": ("without", {"page": "1"}, "voters.given"),
    "a truth as number": ("undo", {"list_id": 1, "address": True}, "voters.given"),
    "NUL in a level": (
        "accept_flag",
        {"list_id": 1, "level": "\x00", "of_id": 1, "code": "lost"},
        "voters.given",
    ),
    "an IIN in a decision": (
        "decide_double",
        {"double": 1, "decision": "struck", "reason": "800517 301006"},
        "voters.compare.reason",
    ),
}


@pytest.fixture
def service(demo_copy: Settings) -> Iterator[None]:
    with answering(demo_copy):
        yield


@pytest.mark.usefixtures("service")
def test_what_cannot_be_taken_is_refused_in_words_and_nothing_recorded(demo_copy: Settings, ask: Ask) -> None:
    (before,) = ask("select last_value as number from audit_id_seq")
    for what, (name, parameters, code) in WRONG.items():
        with pytest.raises(InvalidInput) as raised:
            ask_list(demo_copy, name, "anna", **parameters)
        assert raised.value.code == code, what
    with pytest.raises(NotFound, match=r"voters\.unknown_list"):
        ask_list(demo_copy, "lines", "anna", list_id=9, code=IIN)
    assert ask("select last_value as number from audit_id_seq") == [before]
