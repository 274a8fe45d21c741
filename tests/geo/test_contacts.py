"""What is cut out of words, and what is left."""

from __future__ import annotations

import time

import pytest

from geo.contacts import CUT, without_contacts


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
        "8–701–555–44–33",
        "+7\u00a0701\u00a0555\u00a044\u00a033",
        "850417300122",
        "850417 300 122",
        "850417-300122",
    ],
)
def test_a_way_to_reach_somebody_is_cut_out(contact: str) -> None:
    assert without_contacts(f" Звоните {contact}, жду ") == f" Звоните {CUT}, жду "


@pytest.mark.parametrize(
    ("words", "left"),
    [
        ("тел.87015554433", "тел.•••"),
        ("тел87015554433 Айгүл", "тел••• Айгүл"),
        ("с 7.12.2026 8 701 555 44 33", "с 7.12.2026 •••"),
        ("7.12.2026 – 15.12.2026, 87015554433", "7.12.2026 – 15.12.2026, •••"),
        ("ИИН: 850417300123", "ИИН: •••"),
        ("жсн 850417 300123 деді", "жсн ••• деді"),
        ("(701) 555 44 33 и a@b.kz", "(••• и •••"),
    ],
)
def test_what_stands_beside_it_stays(words: str, left: str) -> None:
    assert without_contacts(words) == left


@pytest.mark.parametrize(
    "words",
    [
        "с 2026-11-29 10:00 до 2026-11-30",
        "Кабанбай батыра 53/2, кв. 118, подъезд 3",
        "счёт 1204, 1148 и 41",
        "51.1300, 71.4300",
        "трубы d=800 мм, 2 000 м",
        "отключение воды 7.12.2026 – 15.12.2026",
        "8.11.2026 21.10",
        "лицевой счёт 850417300123, договор 9904170012345",
    ],
)
def test_other_numbers_stay(words: str) -> None:
    assert without_contacts(words) == words


def test_long_words_take_no_time() -> None:
    for words in ("a." * 2000, "7 " * 4000 + "@", "8(" * 4000, "+7" * 4000, "1 " * 9000, "ИИН " * 3000 + "1"):
        began = time.process_time()
        without_contacts(words)
        assert time.process_time() - began < 1
