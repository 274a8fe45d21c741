"""The legal text of precincts, and that reading it gives back exactly the buildings it was written from."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.addresses.house_numbers import house_key, natural, side
from geo.addresses.street_names import street_key
from geo.plans.decision_text.read import Unmatched, read
from geo.plans.decision_text.register import Register, RegisterAddress
from geo.plans.decision_text.write import document, lines

HOUSES = ["2", "4", "14", "14/1", "14А", "16", "18", "1", "3", "5", "7А", "13 корпус 2", "б/н"]


def register(lang: str = "ru", houses: list[str] = HOUSES) -> Register:
    return Register(
        [RegisterAddress(i, "Кенесары көшесі", "улица Кенесары", house) for i, house in enumerate(houses)],
        lang,
    )


def written(held: Register, precinct_of: dict[int, int]) -> str:
    return "\n".join(
        document(number, held.lang, found) for number, found in sorted(lines(held, precinct_of).items())
    )


def test_a_range_stands_only_where_nothing_in_between_belongs_elsewhere() -> None:
    held = register()
    whole = dict.fromkeys(range(13), 1)
    assert (
        lines(held, whole)[1][0].written("ru")
        == "улица Кенесары: 2–18 (чётные), 1–13 корпус 2 (нечётные), «б/н»"
    )
    without = whole | {3: 2}
    assert (
        lines(held, without)[1][0].written("ru")
        == "улица Кенесары: 2–14 (чётные), 14А–18 (чётные), 1–13 корпус 2 (нечётные), «б/н»"
    )
    assert lines(held, without)[2][0].written("ru") == "улица Кенесары: 14/1"


def test_a_decision_in_kazakh() -> None:
    held = register("kk")
    assert document(7, "kk", lines(held, {0: 7, 1: 7, 7: 7})[7], "№ 7 мектеп") == (
        "№ 7 сайлау учаскесі\nОрналасқан жері: № 7 мектеп\nШекаралары:\nКенесары көшесі: 2, 4, 1\n"
    )


@pytest.mark.parametrize("lang", ["kk", "ru"])
def test_the_text_reads_back_with_its_station(lang: str) -> None:
    held = register(lang)
    precinct_of = {i: 1 + i % 2 for i in range(13)}
    text = "\n".join(
        document(number, lang, found, f"Мектеп, Кенесары көшесі, {number}")
        for number, found in lines(held, precinct_of).items()
    )
    reading = read(text, [held])
    assert reading.unmatched == [] and reading.precinct_of() == precinct_of
    assert [section.location for section in reading.sections] == [
        "Мектеп, Кенесары көшесі, 1",
        "Мектеп, Кенесары көшесі, 2",
    ]


LETTERS = st.text("АаӘБгҚкХ", max_size=2)
PLAIN = st.builds(
    "{}{}{}".format,
    st.integers(1, 60),
    LETTERS,
    st.sampled_from(["", "/1", "/2А", "/10", "-1", " корпус 2", "к3", " Д"]),
)
ODD_ONES = st.sampled_from(
    [
        "б/н",
        "№ 5",
        "дом 7",
        "12, 14",
        "3–9",
        "2-8",
        "«А»",
        "15;",
        "9 (двор)",
        "чётная",
        "8.",
        "все",
        "1:2",
        "»",
        "б/н,",
    ]
) | st.text(max_size=6)
STREETS = st.sampled_from(
    [
        ("Абай көшесі", "улица Абая"),
        ("Абай даңғылы", "проспект Абая"),
        (None, "ул. 1 Мая"),
        ("А-192 көшесі", None),
        ("12-шағын ауданы", "12-й микрорайон"),
        ("Абай 2 көшесі", "улица Абая 2"),
        (None, "Линия, 3"),
        (None, "5"),
        ("Сарыарқа; жұп жағы", "улица: чётная"),
        (None, "«Нұр» көшесі"),
        (None, "дома"),
        (None, "А. 1"),
    ]
) | st.tuples(st.none(), st.text("Аб 1.,:;«»–/-", min_size=1, max_size=8))


@st.composite
def cities(draw) -> tuple[list[RegisterAddress], dict[int, int]]:
    rows = draw(st.lists(st.tuples(STREETS, PLAIN | PLAIN | ODD_ONES, st.integers(0, 3)), max_size=60))
    addresses = [RegisterAddress(i, kk, ru, house) for i, ((kk, ru), house, _) in enumerate(rows)]
    return addresses, {i: precinct for i, (_, _, precinct) in enumerate(rows) if precinct}


@settings(max_examples=300, deadline=None)
@given(cities(), st.sampled_from(["kk", "ru"]))
def test_any_city_reads_back_as_it_was_written(
    city: tuple[list[RegisterAddress], dict[int, int]], lang: str
) -> None:
    addresses, precinct_of = city
    held = Register(addresses, lang)
    untold = held.untold(precinct_of)
    reading = read(written(held, precinct_of), [held, Register(addresses, "ru" if lang == "kk" else "kk")])
    assert reading.unmatched == []
    assert reading.precinct_of() == {
        building: precinct for building, precinct in precinct_of.items() if building not in untold
    }


def test_two_buildings_of_one_address_in_two_precincts_cannot_be_told() -> None:
    held = register(houses=["7А", "7 а", "", "9"])
    assert held.untold({0: 1, 1: 2, 2: 1, 3: 1}) == {
        0: "shared_address",
        1: "shared_address",
        2: "no_address",
    }
    assert held.untold({0: 1, 1: 1, 3: 1}) == {}
    assert read(written(held, {0: 1, 1: 1, 3: 2}), [held]).precinct_of() == {0: 1, 1: 1, 3: 2}


OLD = """
Приложение к решению акима
Избирательный участок № 5
Центр: школа № 3, улица Кенесары, 16
Границы: ул. Кенесары дома с № 2 по № 14/1 (четная сторона), 14а, 13 корп. 2 и 1, 99; пр. Абая 1, 3.

Участок № 6 (школа)
Границы: Кенесары (нечетная сторона) 3-7, 18; улица Кенесары: все дома
"""


def test_an_old_decision_gives_what_is_known_and_a_worklist_of_the_rest() -> None:
    held = register()
    reading = read(OLD, [held, register("kk")])
    assert [(section.number, section.location) for section in reading.sections] == [
        (5, "школа № 3, улица Кенесары, 16"),
        (6, None),
    ]
    assert reading.sections[0].buildings == {0, 1, 2, 3, 4, 7, 11}
    assert reading.sections[1].buildings == set(range(13))
    assert reading.unmatched[:2] == [
        Unmatched(5, "house_unknown", "улица Кенесары, 99"),
        Unmatched(5, "street_unknown", "пр Абая 1, 3"),
    ]
    assert Unmatched(6, "named_twice", "улица Кенесары, 2", 5) in reading.unmatched
    assert reading.precinct_of()[0] == 5


@pytest.mark.parametrize(
    ("text", "named", "codes"),
    [
        ("улица Кенесары: № 2-4", {0, 1}, ["side_assumed"]),
        ("улица Кенесары: 1–4", {0, 1, 7, 8}, []),
        ("Кенесары көшесі № 2-ден № 14-ке дейін жұп жағы", {0, 1, 2}, []),
        ("Кенесары көшесі: тақ жағы № 1–7А үйлер", {7, 8, 9, 10}, []),
        ("улица Кенесары: чётная сторона полностью", {0, 1, 2, 3, 4, 5, 6}, []),
        ("улица Кенесары: чётная сторона № 1–3", {0}, []),
        ("улица Кенесары: нечётная сторона № 8–12", set(), ["range_empty"]),
        ("улица Кенесары: 9-3", set(), ["house_unknown"]),
        ("улица Кенесары 1 3 5", {7, 8, 9}, []),
        ("12, 14", set(), ["street_unknown"]),
    ],
)
def test_a_phrase_names_its_streets_and_houses(text: str, named: set[int], codes: list[str]) -> None:
    reading = read(f"Участок № 1\nГраницы: {text}", [register(), register("kk")])
    assert (reading.sections[0].buildings, [line.code for line in reading.unmatched]) == (named, codes)


def test_a_name_that_two_streets_share_is_asked_about() -> None:
    held = Register(
        [RegisterAddress(1, None, "улица Абая", "1"), RegisterAddress(2, None, "проспект Абая", "1")], "ru"
    )
    assert [line.code for line in read("Участок № 1\nГраницы: Абая: 1", [held]).unmatched] == [
        "street_ambiguous"
    ]
    assert read("Участок № 1\nГраницы: просп. Абая: 1", [held]).sections[0].buildings == {2}


def test_houses_and_streets_have_one_key_in_every_spelling() -> None:
    assert house_key("10 Д") == "10д" != house_key("10") and house_key("дом 10 А") == "10а" == house_key(
        "10a"
    )
    assert sorted(["16", "14а", "14/10", "14", "2", "14/2"], key=lambda key: natural(key)) == [
        "2",
        "14",
        "14/2",
        "14/10",
        "14а",
        "16",
    ]
    assert [side(key) for key in ("14/1", "7а", "б/н", "")] == ["even", "odd", None, None]
    assert street_key("Сарыарқа даңғылы") != street_key("Сарыарқа көшесі") and street_key(
        "Абая ул."
    ) == street_key("улица Абая")
