"""Addresses of a list to buildings: what is sure, by which rule, and what is left to a person."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from geo.addresses.folding import fold_house, fold_street
from geo.addresses.geocoding import Gazetteer
from geo.addresses.line_notes import AFTER, BEFORE, without_room
from geo.addresses.street_directory import StreetDirectory
from geo.settings import Settings
from geo.voters.matching import AddressMatch, AddressMatcher, KnownRule, line_key
from geo.voters.staging import room_key

STREETS = (
    ("Кенесары көшесі", "улица Кенесары", ("4", "4/1", "4/2", "12А", "17")),
    ("Абай даңғылы", "проспект Абая", ("4", "17", "19")),
    ("Абай көшесі", "улица Абая", ("17",)),
    ("Мәңгілік Ел даңғылы", "проспект Мангилик Ел", ("35", "35А", "55/20")),
    ("Сарайшық көшесі", "улица Сарайшык", ("7", "7/2")),
    ("Ш-276 көшесі", "улица Ш-276", ("1", "3")),
    ("Тәуелсіздік даңғылы", "проспект Тәуелсіздік", ("5", "5/7")),
    ("Жетісу-2 шағын ауданы", "микрорайон Жетысу-2", ("2", "8Б")),
    ("Әлия Молдағұлова көшесі", "улица Алии Молдагуловой", ("11",)),
)
ADD = text("""insert into building (region, source, source_id, street_kk, street_ru, house, street_norm,
        house_norm, point_4326)
    select :region, 'test', :key, :kk, :ru, :house, :street_norm, :house_norm,
        st_setsrid(st_makepoint(71.40 + 0.01 * :x, 51.10 + 0.005 * :y), 4326) returning id""")
Match = Callable[[str], AddressMatch]


@pytest.fixture
def houses(connection: Connection, settings: Settings) -> dict[tuple[str, str], int]:
    """(street in Russian, house) -> id."""
    found = {}
    for x, (kk, ru, numbers) in enumerate(STREETS):
        for y, house in enumerate(numbers):
            norm = fold_street(ru)
            bound = {"kk": kk, "ru": ru, "house": house, "key": f"{x}.{y}", "x": x, "y": y}
            bound |= {"street_norm": norm, "house_norm": fold_house(house), "region": settings.city.region}
            found[ru, house] = connection.execute(ADD, bound).scalar_one()
    return found


def matcher(connection: Connection, settings: Settings, **options: object) -> AddressMatcher:
    def execute(statement: str, bound: dict) -> list[tuple]:
        return [tuple(row) for row in connection.execute(text(statement), bound)]

    return AddressMatcher(Gazetteer(StreetDirectory.read(settings.city, execute), execute), **options)


@pytest.fixture
def match(connection: Connection, settings: Settings, houses: dict) -> Match:
    matched = matcher(connection, settings)

    def one(address: str) -> AddressMatch:
        line, _ = without_room(address)
        return matched.match([line])[line]

    return one


SURE = (
    ("г. Астана, улица Кенесары, д. 4, кв. 17", "exact", "улица Кенесары", "4"),
    ("Астана қ., Кенесары көшесі, 4/1-үй, 5-пәтер", "exact", "улица Кенесары", "4/1"),
    ("УЛ. КЕНЕСАРЫ 12 А", "exact", "улица Кенесары", "12А"),
    ("ул. Kенесары, 17", "exact", "улица Кенесары", "17"),
    ("Кенесары улица, дом 4 корпус 2, комн. 3", "rule", "улица Кенесары", "4/2"),
    ("Кенесары 4", "rule", "улица Кенесары", "4"),
    ("ul. Kenesary 17", "rule", "улица Кенесары", "17"),
    ("пр. Абая, 17", "exact", "проспект Абая", "17"),
    ("Абай даң. 19", "exact", "проспект Абая", "19"),
    ("ул. Абая, 17", "exact", "улица Абая", "17"),
    ("Мәңгілік Ел даңғылы 35 «А»", "exact", "проспект Мангилик Ел", "35А"),
    ("пр-т Мангилик Ел 55 / 20, кв 8", "exact", "проспект Мангилик Ел", "55/20"),
    ("Сарайшык 7 корп 2, кв 41", "rule", "улица Сарайшык", "7/2"),
    ("Ш-276 көш., 1", "exact", "улица Ш-276", "1"),
    ("мкр. Жетысу-2, 8 Б", "exact", "микрорайон Жетысу-2", "8Б"),
    ("ул. Сарайшык, 7-45", "rule", "улица Сарайшык", "7"),
    ("ул. Кенесрыа, 17", "similar", "улица Кенесары", "17"),
)
UNSURE = (
    ("Абая 17", "several"),
    ("пер. Сарайшык 7", "other_kind"),
    ("проспект Мангилик Ел, 35Б", "no_such_house"),
    ("ул. Кенесары, 999", "no_such_house"),
    ("ул. Ш-277, 1", "no_such_street"),
    ("ул. Вымышленная, 4", "no_such_street"),
    ("рядом с рынком", "no_house"),
    ("Тауелсиздик", "no_house"),
)


def test_what_is_sure(match: Match, houses: dict[tuple[str, str], int]) -> None:
    found = {address: match(address) for address, *_ in SURE}
    wrong = {
        address: found[address]
        for address, way, street, house in SURE
        if (found[address].way, found[address].building) != (way, houses[street, house])
    }
    assert wrong == {}


def test_what_is_left_to_a_person_and_why(match: Match) -> None:
    found = {address: match(address) for address, _ in UNSURE}
    assert {address: one.reason for address, one in found.items()} == dict(UNSURE)
    assert all(one.way == "unsure" and one.building is None for one in found.values())
    assert len(found["Абая 17"].candidates) == 2


def test_a_house_that_is_near_is_shown_and_never_taken(
    match: Match, houses: dict[tuple[str, str], int]
) -> None:
    found = match("проспект Мангилик Ел, 35Б")
    assert {one.building for one in found.candidates} == {
        houses["проспект Мангилик Ел", house] for house in ("35А", "35")
    }
    assert all(0 < one.score < 0.8 and one.reason == "near_number" for one in found.candidates)


def test_a_decision_goes_before_everything(
    connection: Connection, settings: Settings, houses: dict[tuple[str, str], int]
) -> None:
    rules = {line_key("Абая 17"): KnownRule(5, houses["улица Абая", "17"])}
    nowhere = {line_key("ул. Кенесары 4"): KnownRule(6, None)}
    decided = matcher(connection, settings, rule_of=lambda line: (rules | nowhere).get(line_key(line)))
    found = decided.match(["абая  17", "ул. Кенесары, 4"])
    assert [(one.way, one.building, one.rule) for one in found.values()] == [
        ("decided", houses["улица Абая", "17"], 5),
        ("decided", None, 6),
    ]


def test_every_line_has_an_answer(match: Match, houses: dict[tuple[str, str], int]) -> None:
    """A building that there is, or none and a reason; whatever somebody wrote."""

    @given(st.text(max_size=60))
    def answered(address: str) -> None:
        found = match(address)
        assert found.building is None or found.building in houses.values()
        assert (found.way == "unsure") == (found.building is None)
        assert 0 <= found.score <= 1 and found.reason

    answered()


@given(
    st.integers(1, 999), st.sampled_from((", кв. {}", ", кв {}", ", {}-пәтер", ", квартира № {}", " кв.{}"))
)
def test_a_flat_is_cut_off_and_kept(flat: int, form: str) -> None:
    line, room = without_room("ул. Кенесары, д. 4/1" + form.format(flat))
    assert line == "ул. Кенесары, д. 4/1"
    assert room_key(room) == str(flat)


PARTS = "ул. Абая|д. 5|кв. 17|12-кв|17-пәтер|подъезд 2|3 этаж|№ 5|#|кв|7А|;|-".split("|")


@given(st.lists(st.tuples(st.sampled_from(PARTS), st.sampled_from(("", " ", ", ", ",")))).map(tuple))
def test_a_line_read_in_parts_is_that_read_as_a_whole(parts: tuple[tuple[str, str], ...]) -> None:
    address = "".join(part + by for part, by in parts)
    cut: list[str] = []

    def keep(match: re.Match[str]) -> str:
        cut.append(match[0].strip(" ,;"))
        return ""

    assert without_room(address) == (AFTER.sub(keep, BEFORE.sub(keep, address)), ", ".join(cut))
