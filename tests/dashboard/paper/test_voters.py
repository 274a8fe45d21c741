"""A precinct's list and the notices to houses on paper: every row once, room to sign, the same bytes of the
same content, what people wrote stays text, and 3,000 voters in a few seconds."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
import typst

from dashboard.paper import notices, voters
from dashboard.words import LANGUAGES, language, word
from geo.errors import TooLarge
from geo.plans.compare import Notices
from geo.settings import Settings
from geo.voters.printed import PRINTED_IN, PrintedList, PrintedVoter

ZONE = ZoneInfo("Asia/Almaty")
FEW_S = 10
"""Three seconds on two idle cores; others may be at work."""


def printed(n: int) -> PrintedList:
    rows = [
        PrintedVoter(f"Тегі{row} #panic() *Аты*", "1985-04-17", "Мәңгілік Ел", "35А", f"кв. {row}")
        for row in range(n)
    ]
    return PrintedList(
        412, "Есіл", "№ 7 мектеп", "Қабанбай, 5", "2027-03-14", "2027-02-09T05:00:00+00:00", rows
    )


def pages(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> dict:
    """What the template is given, and what it makes of it."""
    seen: dict = {}
    real = typst.compile

    def compile_(*args: object, sys_inputs: Mapping[str, str], **more: object) -> bytes:
        seen.update(json.loads(sys_inputs["data"]))
        return real(*args, sys_inputs=sys_inputs, **more)

    monkeypatch.setattr(typst, "compile", compile_)
    return seen


@pytest.mark.parametrize("lang", PRINTED_IN)
def test_a_list_has_every_voter_once_and_room_to_sign(given: dict, lang: str) -> None:
    pdf = voters.voters_pdf(printed(60), "name", lang, ZONE)
    assert pdf == voters.voters_pdf(printed(60), "name", lang, ZONE), "the same bytes of the same list"
    assert pdf != voters.voters_pdf(replace(printed(60), number=413), "name", lang, ZONE)
    voters.voters_pdf(printed(60), "name", lang, ZONE)
    assert pdf.startswith(b"%PDF-") and f"/Lang({lang})".encode() in pdf and pages(pdf) > 1
    assert [row[:2] for row in given["rows"]] == [[str(n + 1), f"Тегі{n} #panic() *Аты*"] for n in range(60)]
    assert given["rows"][0][2:] == ["17.04.1985", "Мәңгілік Ел, 35А, кв. 0"]
    assert len(given["signers"]) == 3 and "412" in given["about"]
    assert word("voters.printed.column.signature", lang) in given["columns"]
    assert given["made"] == "09.02.2027 10:00", "when it was approved, by the city's clock"


def test_three_thousand_voters_take_a_few_seconds() -> None:
    begun = time.process_time()
    pdf = voters.voters_pdf(printed(3_000), "address", "ru", ZONE)
    assert time.process_time() - begun < FEW_S
    assert 60 < pages(pdf) < 200


def house(n: int, **more: object) -> SimpleNamespace:
    row = {
        **{"street_kk": "Абай көшесі", "street_ru": "ул. Абая #panic()", "house": f"{n}", "voters": 12},
        **{"before": 77, "now": 331, "station_kk": "№ 7 мектеп", "station_ru": "школа № 7"},
        **{"address_kk": "Қабанбай, 5", "address_ru": "Кабанбая, 5"},
        **more,
    }
    return SimpleNamespace(_mapping=row, **row)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_house_is_told_from_where_to_where_and_the_station(
    given: dict, demo_settings: Settings, lang: str
) -> None:
    language.set(lang)
    homeless = {"now": None, "station_kk": None, "station_ru": None, "address_kk": None, "address_ru": None}
    found = Notices(8, date(2027, 2, 1), [house(1), house(2, **homeless), house(3, before=None)])
    pdf = notices.notices_pdf(found, demo_settings.city)
    assert pdf == notices.notices_pdf(found, demo_settings.city)
    assert pages(pdf) == 3, "the list, then two sheets to a page"
    kk, ru = given["sheets"][0]
    assert (kk["lang"], ru["lang"]) == ("kk", "ru")
    assert "331" in kk["now"] and "01.02.2027" in ru["now"] and "77" in ru["before"]
    assert ru["station"].endswith("школа № 7, Кабанбая, 5") and kk["station"].endswith("мектеп, Қабанбай, 5")
    assert given["sheets"][1][1]["station"] == word("notices.sheet.no_station", "ru")
    assert given["sheets"][2][1]["before"] == ""
    assert [row[1:3] for row in given["rows"]] == [["77", "331"], ["77", "–"], ["–", "331"]]


def test_more_houses_than_anybody_prints_are_refused(demo_settings: Settings) -> None:
    many = Notices(8, date(2027, 2, 1), [house(1)] * (notices.MOST_HOUSES + 1))
    with pytest.raises(TooLarge, match=r"plan\.notices"):
        notices.notices_pdf(many, demo_settings.city)
