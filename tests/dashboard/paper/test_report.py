"""A report on paper: two pages in every language, the same bytes of the same line, and charts whose shapes
are the numbers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import typst
from sqlalchemy import Engine

from dashboard.paper import charts, report
from dashboard.paper.charts import ChartColumn
from dashboard.paper.report import report_pdf
from dashboard.wording.statistics import NONE
from dashboard.words import LANGUAGES, language, word
from geo.reports.keep import line_of
from geo.settings import Settings
from layers.reading import snapshot
from layers.statistics.report import read_report
from tests.layers.statistics.test_report import DAYS
from tests.support.connected import engine_as

engine = engine_as("reader", "engine", of="demo_settings", scope="module")
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def contents(engine: Engine, demo_settings: Settings) -> dict[str, dict[str, Any]]:
    with snapshot(engine) as connection:
        return {kind: read_report(connection, demo_settings.city, kind, *days) for kind, days in DAYS.items()}


@pytest.fixture(params=LANGUAGES)
def lang(request: pytest.FixtureRequest) -> Iterator[str]:
    token = language.set(request.param)
    yield request.param
    language.reset(token)


@pytest.mark.parametrize("kind", DAYS)
def test_two_pages_and_the_same_bytes_of_the_same_line(
    contents: dict[str, dict[str, Any]], kind: str, lang: str
) -> None:
    pdf = report_pdf(contents[kind])
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 2
    assert f"/Lang({lang})".encode() in pdf and b"/StructTreeRoot" in pdf
    assert report_pdf(json.loads(line_of(contents[kind]))) == pdf


def test_it_says_its_numbers_in_words(
    contents: dict[str, dict[str, Any]], lang: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: dict[str, Any] = {}

    def taken(template: Path, **options: Any) -> bytes:
        kept.update(json.loads(options["sys_inputs"]["data"]))
        return b""

    monkeypatch.setattr(typst, "compile", taken)
    content = contents["morning"]
    report_pdf(content)
    assert kept["title"] == word("report.title.morning") and "2025" in kept["period"]
    plain = [re.sub(r"\D", "", tile["n"]) for tile in kept["tiles"]]
    assert plain == [str(round(one["n"])) for one in content["counts"]]
    assert len(kept["levels"]["rows"]) == len(content["levels"])
    assert "{" not in json.dumps({key: kept[key] for key in ("notes", "about", "source", "tiles")}).replace(
        '{"', ""
    ), "every sentence is filled in"


def test_no_change_is_told_across_the_day_from_which_a_demo_city_counts_in_full(
    contents: dict[str, dict[str, Any]],
) -> None:
    assert {kind: one["mixed_from"] for kind, one in contents.items()} == {
        "morning": "2025-03-06",
        "week": "2025-03-06",
        "month": None,
    }
    for kind, content in contents.items():
        mixed = content["mixed_from"] is not None
        changes = {report._tile(content, one)["change"] for one in content["counts"]}
        assert (changes == {NONE}) == mixed, kind
        assert not mixed or not any(report._tile(content, one)["large"] for one in content["counts"])
        assert any("2025" in note and "%" in note for note in report._notes(content)[:1]) == mixed


def test_a_day_of_which_nothing_is_known_is_two_pages_too(lang: str, contents: dict[str, Any]) -> None:
    empty = json.loads(line_of(contents["morning"]))
    empty |= {"directions": [], "districts": [], "hours": [[0, 0]] * 24, "surges": []}
    empty["counts"] = [one | {"n": 0, "before": 0} for one in empty["counts"]]
    empty["days"] = [[day, 0, 0] for day, _, _ in empty["days"]]
    empty["levels"] = [one | {"value": None, "weeks": [None] * 13} for one in empty["levels"]]
    empty["waiting"] = {"median": None, "p90": None, "closed": 0, "open": 0}
    assert len(re.findall(rb"/Type\s*/Page\b", report_pdf(empty))) == 2


def test_columns_are_as_high_as_their_numbers() -> None:
    bars = [ChartColumn(100, 50, "a"), ChartColumn(50, None, "b", pale=True), ChartColumn(0, 100, ring=True)]
    drawn = ElementTree.fromstring(charts.columns(bars, 100, 50, str))
    heights = [float(part.get("height", 0)) for part in drawn.iter(f"{SVG}rect")]
    assert heights[0] == pytest.approx(2 * heights[1]) and heights[2] == 0
    assert [part.text for part in drawn.iter(f"{SVG}text") if part.text in ("a", "b")] == ["a", "b"]
    assert len(list(drawn.iter(f"{SVG}circle"))) == 1


@pytest.mark.parametrize(
    ("most", "end"), [(0, 4), (3, 4), (5, 8), (565, 600), (9397, 10_000), (12_100, 16_000), (2, 4)]
)
def test_a_scale_ends_at_a_round_number_above_the_most(most: float, end: float) -> None:
    assert charts.scale_of(most) == end >= most


def test_a_line_has_a_gap_where_nothing_was_counted() -> None:
    drawn = ElementTree.fromstring(charts.spark([1.0, 2.0, None, 2.0, 3.0], 2.0, 26, 6))
    assert len(list(drawn.iter(f"{SVG}line"))) == 1 + 2, "the goal, and two pieces"
    assert charts.spark([None, None], 2.0, 26, 6) == ""


def test_its_colours_are_those_of_the_light_theme() -> None:
    assert charts.colours()["ground"] == "#eef1f4" and charts.colours()["text"] == "#12181e"
