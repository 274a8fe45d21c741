"""Address lines as people write them, in three languages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.addresses.address_lines import read_line
from geo.addresses.house_numbers import house_key

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


STREETS = ("улица А-189", "Н-362", "Ш144", "проспект 25", "улица 37-я", "37-я улица", "мкр. 4", "ул. Абая")
CORPUS = ("{h} корпус {c}", "{h}, корпус {c}", "{h} корп. {c}", "{h} блок {c}", "{h}к{c}", "{h} korpus {c}")
BLOCK_FIRST = ("{h}, {c}-корпус", "{h} {c} корпус", "{h}, {c} блок", "{h} {c}-блок")
FLAT = ("", ", кв. 5", " кв 5", ", 5-пәтер", " 5 кв", ", подъезд 2, кв. 17")


@given(
    st.sampled_from(STREETS),
    st.integers(1, 999),
    st.one_of(
        st.tuples(st.sampled_from(CORPUS + BLOCK_FIRST), st.integers(1, 99).map(str)),
        st.tuples(st.sampled_from(CORPUS[:4]), st.sampled_from("АБВ")),
    ),
    st.sampled_from(FLAT),
)
def test_a_house_keeps_its_part_on_a_street_with_figures_in_its_name(
    street: str, house: int, part: tuple[str, str], flat: str
) -> None:
    form, of = part
    first = read_line(f"{street} {form.format(h=house, c=of)}{flat}")[0]
    assert first.streets == (street.replace("37-я", "37я"),)
    assert first.house == house_key(f"{house} корпус {of}")


@pytest.mark.parametrize("line", ["", "  ", "71", "12/4", "№ 5"])
def test_a_line_without_a_street_names_none(line: str) -> None:
    assert read_line(line) == ()


@given(st.text(max_size=80))
def test_any_text_can_be_read(line: str) -> None:
    assert all(1 <= len(read.streets) <= 2 for read in read_line(line, NAMES))
