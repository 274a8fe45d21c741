"""What is wrong with a row by itself."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.voters.rows import VoterRow, checked, read_date

VOTING_DAY = date(2027, 3, 14)
GOOD = VoterRow(1, "850417300122", "Ахметов", "Нурлан", "", "17.04.1985", "ул. Кенесары, 4", "")


def fault(**changes: str) -> tuple[str, dict] | None:
    ((_, _, found),) = checked([GOOD._replace(**changes)], VOTING_DAY)
    return None if found is None else tuple(found)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, None),
        ({"patronymic": "Серикулы"}, None),
        ({"iin": "850417300123"}, "iin"),
        ({"iin": "85041730012"}, "iin"),
        ({"birth": "31.02.1985"}, "birth"),
        ({"birth": "17.04.1885"}, "birth"),
        ({"birth": "14.03.2009"}, None),
        ({"birth": "15.03.2009"}, "under_age"),
        ({"deceased": "01.02.2026"}, "deceased"),
        ({"deceased": "нет"}, None),
        ({"deceased": "01.02.2026", "iin": "850417300123"}, "deceased"),
        ({"deceased": "01.02.2026", "iin": "", "address": ""}, "deceased"),
        ({"birth": "15.03.2009", "iin": ""}, "under_age"),
    ],
)
def test_the_first_fault_of_a_row(changes: dict[str, str], code: str | None) -> None:
    found = fault(**changes)
    assert (found[0] if found else None) == code


@pytest.mark.parametrize("field", ["iin", "surname", "first_name", "birth", "address"])
def test_a_field_that_is_missing_is_named(field: str) -> None:
    assert fault(**{field: ""}) == ("missing", {"fields": [field]})


def test_a_spreadsheet_that_cut_the_zeros_off_is_understood() -> None:
    """Only where the birth date says that they were there."""
    row = GOOD._replace(iin="61211600012", birth="11.12.2006")
    ((read, _, found),) = checked([row], VOTING_DAY)
    assert found is None and read.iin == "061211600012"
    ((read, _, found),) = checked([row._replace(birth="11.12.2005")], VOTING_DAY)
    assert found is not None and found.code == "iin"


@given(st.dates(date(1900, 1, 1), date(2030, 12, 31)))
def test_a_date_is_read_however_it_is_written(day: date) -> None:
    if day >= date(1927, 5, 18):  # before it a day number is as short as a year
        assert read_date(str((day - date(1899, 12, 30)).days)) == day
    for form in ("%d.%m.%Y", "%Y-%m-%d", "%d/%m/%Y", "%Y-%m-%d 00:00:00"):
        assert read_date(day.strftime(form)) == day


@pytest.mark.parametrize("text", ["9999", "73051", "99999", "123456", "31154.5", "1985"])
def test_a_number_that_is_no_day_is_none(text: str) -> None:
    assert read_date(text) is None


@given(st.text(max_size=12))
def test_what_is_no_date_is_none(text: str) -> None:
    found = read_date(text)
    assert found is None or str(found.year) in text or text[:5].isdecimal()
