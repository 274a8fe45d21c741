"""Address lines as people write them, in three languages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.addresses.address_lines import read_line

NAMES = frozenset({"астана", "нур-султан", "казахстан", "boston"})


@pytest.mark.parametrize(
    ("line", "street", "house"),
    [
        ("Кенесары 4", "Кенесары", "4"),
        ("ул. Кенесары, д. 4/1, кв. 5", "ул. Кенесары", "4/1"),
        ("г Астана ул Кенесары 4 корп 2", "ул Кенесары", "4к2"),
        ("Қабанбай батыр даңғылы, 10А үй", "Қабанбай батыр даңғылы", "10а"),
        ("улица Добролюбова, 27А с1", "улица Добролюбова", "27ас1"),
        ("ул. Дубовой Рощи, 25 к2 с1", "ул. Дубовой Рощи", "25к2с1"),
        ("010000, Казахстан, г. Нур-Султан, пр. Мәңгілік Ел, 55/20, офис 4", "пр. Мәңгілік Ел", "55/20"),
        ("Алматы ауданы, Кенесары 5", "Кенесары", "5"),
        ("ул. 1905 года, 3", "ул. 1905 года", "3"),
        ("Мұнайшылар көшесі, 14А-үй, 5-пәтер", "Мұнайшылар көшесі", "14а"),
        ("улица Керегетас дом № 5", "улица Керегетас", "5"),
        ("микрорайон Жетысу-2, 2", "микрорайон Жетысу-2", "2"),
        ("Mannerheimintie 14 B", "Mannerheimintie", "14в"),
        ("198 W Springfield St Roxbury MA 02118", "W Springfield St", "198"),
        ("4000 Block of MISSION ST", "MISSION ST", "4000"),
        ("353-361 Athens St South Boston MA", "Athens St", "353"),
    ],
)
def test_a_line_names_a_house_of_a_street(line: str, street: str, house: str) -> None:
    first = read_line(line, NAMES)[0]
    assert (first.streets, first.house) == ((street,), house)


@pytest.mark.parametrize(
    ("line", "streets"),
    [
        ("угол ул. Абая и пр. Республики", ("ул. Абая", "пр. Республики")),
        ("Абая / Иманова", ("Абая", "Иманова")),
        ("Кенесары көшесі мен Республика даңғылының қиылысы", ("Кенесары көшесі", "Республика даңғылының")),
        ("INTERSECTION of Verdun St & Gallivan Blvd Dorchester MA", ("Verdun St", "Gallivan Blvd")),
        ("16TH ST/MISSION ST", ("16TH ST", "MISSION ST")),
        ("пересечение ул. Абая, ул. Иманова", ("ул. Абая", "ул. Иманова")),
    ],
)
def test_a_line_names_a_crossing(line: str, streets: tuple[str, str]) -> None:
    assert read_line(line)[0].streets == streets and read_line(line)[0].crossing


@pytest.mark.parametrize("line", ["", "  ", "71", "12/4", "№ 5"])
def test_a_line_without_a_street_names_none(line: str) -> None:
    assert read_line(line) == ()


@given(st.text(max_size=80))
def test_any_text_can_be_read(line: str) -> None:
    assert all(1 <= len(read.streets) <= 2 for read in read_line(line, NAMES))
