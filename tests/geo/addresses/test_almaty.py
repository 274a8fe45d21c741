"""The 21 addresses of polling stations in Almaty (a public sample of 2021), as their commission wrote them:
with double spaces, letters apart from their numbers, microdistricts with numbers of their own."""

from __future__ import annotations

import pytest

from geo.addresses.address_lines import read_line

CITY = "город Алматы, "
NAMES = frozenset({"алматы"})
SAMPLE = {
    197: ("микрорайон Жетысу-2, 2", "Жетысу-2", "2"),
    198: (" микрорайон Жетысу-2, 8Б ", "Жетысу-2", "8б"),
    199: (" микрорайон Жетысу-2, 79", "Жетысу-2", "79"),
    200: (" микрорайон Жетысу-1, 32А", "Жетысу-1", "32а"),
    201: ("микрорайон Достык, улица Садвакасова, 29", "Садвакасова", "29"),
    202: (" микрорайон Жетысу-2,  2", "Жетысу-2", "2"),
    207: (" микрорайон Аксай-3Б, 27", "Аксай-3Б", "27"),
    208: ("микрорайон Мамыр-7, 8А ", "Мамыр-7", "8а"),
    209: ("микрорайон Мамыр-1, 21 ", "Мамыр-1", "21"),
    210: (" микрорайон Мамыр-1, 21", "Мамыр-1", "21"),
    211: ("микрорайон Мамыр-1, 21", "Мамыр-1", "21"),
    212: ("микрорайон Мамыр-7, 8А", "Мамыр-7", "8а"),
    213: (" микрорайон Мамыр, улица Степная, 8", "Степная", "8"),
    214: ("микрорайон Мамыр, улица Степная, 8", "Степная", "8"),
    215: (" улица Мұстай Кәрім, 58", "Мұстай Кәрім", "58"),
    554: (" микрорайон Мамыр-1, 21/1", "Мамыр-1", "21/1"),
    565: (" микрорайон Достык, улица Садвакасова, 27", "Садвакасова", "27"),
    582: (" улица Толе би, 287 А", "Толе би", "287а"),
    583: ("микрорайон Аксай-2, 69А", "Аксай-2", "69а"),
    1: ("улица Усть-Каменогорская, 1", "Усть-Каменогорская", "1"),
    2: ("улица Таджикская, 5Б", "Таджикская", "5б"),
}
"""Number of the station -> its line without the city, the street, the house."""


@pytest.mark.parametrize("station", SAMPLE)
def test_a_line_of_the_sample_names_its_house(station: int) -> None:
    line, street, house = SAMPLE[station]
    read = read_line(CITY + line, NAMES)[0]
    assert read.house == house
    assert read.streets[-1].endswith(street)
