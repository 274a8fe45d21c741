"""One key for the spellings of one name, in three alphabets and several cases."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.addresses.names import name_key, only_ones

DISTRICTS = (
    ("Almaty", "Almaty District", "Алматы", "район Алматы", "Алматы ауданы", "Алматинский район", "АЛМАТЫ"),
    ("Saraiyshyq", "Saraiyshyk District", "Сарайшык", "Сарайшық ауданы", "район «Сарайшык»"),
    ("Esil", "Yesil", "Есиль", "р-н Есиль", "Есильский район", "Есіл ауданы"),
    ("Saryarqa", "Saryarka", "Сарыарка", "Сарыарқа ауданы", "Сарыаркинский район"),
    ("Nura", "Нура", "Нұра ауданы", "р-н Нура"),
    ("Baikonyr", "Baiqonyr", "Байқоңыр"),
    ("Байконур", "Байконурский район"),
)
STREETS = (
    ("ул. Абая", "Абай көшесі", "проспект Абая", "Abay ave"),
    ("ул. Алии Молдагуловой", "Әлия Молдағұлова көшесі"),
    ("проспект Кабанбай батыра", "Қабанбай батыр даңғылы", "Қабанбай батыр даңғылының", "Батыр Кабанбай"),
    ("Кенесары", "Kенeсары", "Kenesary st"),
    ("проспект Республики", "Республика даңғылы"),
    ("ул. 1905 года",),
    ("ул. 905 года",),
)


@pytest.mark.parametrize("spellings", DISTRICTS + STREETS)
def test_spellings_of_one_name_have_one_key(spellings: tuple[str, ...]) -> None:
    assert len({name_key(spelling) for spelling in spellings}) == 1 and name_key(spellings[0])


def test_names_have_keys_of_their_own() -> None:
    keys = [name_key(spellings[0]) for spellings in DISTRICTS + STREETS]
    assert len(set(keys)) == len(keys)


def test_a_key_of_several_leads_nowhere() -> None:
    assert only_ones([("Абая", 1), ("Абай", 1), ("Мира", 2), ("Мир", 3), ("улица", 4)]) == {
        name_key("Абая"): 1
    }


@given(st.text())
def test_any_text_has_a_key_and_keeps_it(text: str) -> None:
    assert name_key(text) == name_key(f" {text.upper().lower()} ") or not text.isascii()


@given(st.text(alphabet="абвгдежзиклмнопрстуфхцчшыэюяәғқңөұүһі ", min_size=1))
def test_a_word_for_street_changes_nothing(name: str) -> None:
    assert name_key(f"ул. {name}") == name_key(f"{name} көшесі") == name_key(name)
