"""The law as dated settings: the newest that has come holds, and the days before a vote follow from it."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.city_file import CityTable
from geo.city_texts import LANGUAGES, in_each_language
from geo.election_law import ElectionLaw, election_dates, law_on
from geo.errors import InvalidInput
from geo.settings import DEFAULT_CITY, City
from geo.toml import TomlFile

RAW: dict[str, Any] = {
    "since": date(2018, 6, 29),
    "cap": 3000,
    "register": ["01-01", "07-01"],
    "applications_days": 30,
    "commissions_days": 20,
    "inspection_days": 15,
    "inspection_closed_days": 5,
    "source": "law",
    "articles": {"cap": 23},
}


def law(raw: dict[str, Any]) -> ElectionLaw:
    return ElectionLaw.read(CityTable(TomlFile(Path("city.toml"), "", {}), raw, ()))


LAW = law(RAW)


def test_the_days_are_those_of_the_law() -> None:
    found = {
        one.key: (one.day.isoformat(), one.days_before) for one in election_dates(LAW, date(2027, 3, 14))
    }
    assert found == {
        "register": ("2027-01-01", None),
        "applications": ("2027-02-12", 30),
        "commissions": ("2027-02-22", 20),
        "inspection": ("2027-02-27", 15),
        "inspection_closed": ("2027-03-09", 5),
        "voting": ("2027-03-14", 0),
    }


@given(st.dates(date(1990, 1, 1), date(2150, 1, 1)))
def test_they_are_in_order_and_the_register_is_closed_before_the_lists_go(vote: date) -> None:
    found = election_dates(LAW, vote)
    assert [one.day for one in found] == sorted(one.day for one in found)
    by_key = {one.key: one.day for one in found}
    assert (by_key["register"].month, by_key["register"].day) in LAW.register
    assert 0 <= (by_key["commissions"] - by_key["register"]).days <= 184


def test_the_newest_law_that_has_come_holds() -> None:
    later = law(RAW | {"since": date(2026, 12, 1), "cap": 2500})
    laws = (later, LAW)
    assert [law_on(laws, date(2026, 11, day)).cap for day in (29, 30)] == [3000, 3000]
    assert law_on(laws, date(2026, 12, 1)).cap == 2500
    assert law_on(laws, date(1990, 1, 1)) is LAW, "before all of them the first"


def city(tmp_path: Path, old: str, new: str) -> City:
    text = DEFAULT_CITY.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "city.toml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    return City.load(path)


def test_the_cap_of_a_city_changes_with_the_law(tmp_path: Path) -> None:
    one_more = """[[election_law]]
since = 2001-01-01
cap = 2000
register = ["01-01"]
applications_days = 30
commissions_days = 20
inspection_days = 15
inspection_closed_days = 5
source = "another"

[former_streets]"""
    rules = city(tmp_path, "[former_streets]", one_more).precincts
    assert rules is not None and (rules.cap, rules.law.source["ru"]) == (2000, "another")
    later = city(tmp_path, "[former_streets]", one_more.replace("2001", "2901")).precincts
    assert later is not None and later.cap == 3000


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("[[election_law]]", "[[another]]"),
        ("commissions_days = 20", ""),
        ('"07-01"', '"13-01"'),
        ("since = 1995-09-28", 'since = "1995"'),
    ],
)
def test_a_law_that_cannot_be_read_names_the_file(tmp_path: Path, old: str, new: str) -> None:
    with pytest.raises(InvalidInput, match=r"city.key.*city\.toml"):
        city(tmp_path, old, new)


@pytest.mark.parametrize("path", sorted(DEFAULT_CITY.parent.glob("*.toml")), ids=lambda path: path.stem)
def test_what_people_see_of_a_city_is_in_each_of_its_languages(path: Path) -> None:
    raw = tomllib.loads(path.read_text())
    shown = [raw["names"], raw["attribution"], *(law["source"] for law in raw.get("election_law", ()))]
    if len(raw["languages"]) > 1:
        assert all(set(text) >= set(raw["languages"]) for text in shown)
    found = City.load(path)
    assert all(found.attribution[lang] for lang in LANGUAGES)


def test_a_language_that_a_text_leaves_out_has_its_last() -> None:
    assert in_each_language({"ru": "Закон", "en": "Law"}) == {"kk": "Law", "ru": "Закон", "en": "Law"}
    assert set(in_each_language("Law").values()) == {"Law"}
    with pytest.raises(ValueError):
        in_each_language({})
