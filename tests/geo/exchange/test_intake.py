"""What is cut out of words, and what is left."""

from __future__ import annotations

import pytest

from geo.exchange.intake import CUT, without_contacts


@pytest.mark.parametrize(
    "contact",
    [
        "+7 701 555 44 33",
        "87015554433",
        "8 (701) 555-44-33",
        "7 7172 55-44-33",
        "7015554433",
        "+44 20 7946 0958",
        "a.b+c@example.kz",
        "850417300122",
        "850417 300 122",
        "850417-300122",
    ],
)
def test_a_way_to_reach_somebody_is_cut_out(contact: str) -> None:
    assert without_contacts(f" Звоните {contact}, жду ") == f"Звоните {CUT}, жду"


@pytest.mark.parametrize(
    "words",
    [
        "с 2026-11-29 10:00 до 2026-11-30",
        "Кабанбай батыра 53/2, кв. 118, подъезд 3",
        "счёт 1204, 1148 и 41",
        "51.1300, 71.4300",
        "трубы d=800 мм, 2 000 м",
        "лицевой счёт 850417300123, договор 9904170012345",
    ],
)
def test_other_numbers_stay(words: str) -> None:
    assert without_contacts(words) == words


def test_long_words_take_no_time() -> None:
    words = "a." * 2000
    assert without_contacts(words) == words
