"""What `etl try` finds out: types, a proposed mapping, a picture; and that it writes nothing."""

import tomllib
from dataclasses import fields
from pathlib import Path
from zoneinfo import ZoneInfo

import geopandas as gpd
import pyarrow as pa
import pytest
from playwright.sync_api import Page
from shapely import LineString, box

from etl import commands
from etl.declarations import keys
from etl.declarations.files import load_feeds
from etl.entities.registry import ENTITIES
from etl.preview import inference
from etl.registry import Feed, find
from etl.runs import engine
from geo.errors import InvalidInput

ALMATY = ZoneInfo("Asia/Almaty")
BODY = """Номер;Дата обращения;Дата закрытия;Статус;Тема;Адрес;Широта;Долгота
1;01.05.2024 10:00;;открыт;Нет света;Абая, 1;51,13;71,43
2;02.05.2024 10:00;;открыт;Нет света;;;
3;когда-то;;открыт;Лифт;;51,14;71,44
"""


@pytest.mark.parametrize(
    ("values", "type_"),
    [
        (["1", "2.0", ""], "integer"),
        (["1,5", "2"], "number"),
        (["да", "нет"], "boolean"),
        (["01.05.2024", "2024-05-01 10:00"], "time"),
        (["05/13/2024 10:00:00 PM", "05/01/2024"], "time"),
        (["a", "1"], "text"),
        ([*["01.05.2024 10:00"] * 8, "вчера вечером", "31.11.2026"], "time"),
        ([*["01.05.2024 10:00"] * 7, "вчера вечером", "31.11.2026"], "text"),
        (["", None], "blank"),
    ],
)
def test_the_type_is_the_narrowest_that_fits_all(values: list, type_: str) -> None:
    assert inference.type_of(pa.array(values, pa.string()), ALMATY) == type_


def test_a_column_of_times_with_a_few_bad_cells_is_proposed_and_the_cells_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], settings
) -> None:
    """And of the rows of a code page that are counted, the header is none."""
    times = [*(f"{n % 28 + 1:02}.05.2026 10:00" for n in range(44)), "вчера вечером", "31.11.2026"]
    file = tmp_path / "mine.csv"
    lines = ["Номер;Дата обращения", *(f"а{n};{time}" for n, time in enumerate(times))]
    file.write_bytes("\n".join([*lines, ""]).encode("cp1251"))
    commands.main(settings, ["etl", "try", "incident", str(file)])
    out = capsys.readouterr().out
    assert 'opened_at = "Дата обращения"' in out and 'opened_at = ""' not in out
    assert 'Дата обращения: cells that are no time, 2: "вчера вечером", "31.11.2026"' in out
    counted = [line.split() for line in out.splitlines() if "text.encoding_guessed" in line]
    assert counted and all("46" in words and "47" not in words for words in counted), counted


def proposal(entity: str, **columns: list[str]) -> dict[str, str]:
    """Field -> column."""
    looked = {
        name.replace("__", " "): inference.Looked.at(pa.chunked_array([values]), ALMATY)
        for name, values in columns.items()
    }
    return {field: column for column, field in inference.proposed(looked, ENTITIES[entity]).items()}


def test_columns_are_matched_once_by_what_they_are_called() -> None:
    found = proposal(
        "incident",
        Unique__Key=["1", "2"],
        Longitude=["71.4", "71.5"],
        Дата__обращения=["01.02.2024", "03.02.2024"],
        Complaint_Type=["a", "a"],
        Statuss=["open", "open"],
        weather=["x", "y"],
    )
    assert found == {
        "source_id": "Unique Key",
        "lon": "Longitude",
        "opened_at": "Дата обращения",
        "category": "Complaint_Type",
        "status": "Statuss",
    }


def test_what_a_column_holds_weighs_as_much_as_its_name() -> None:
    """An id differs in every row, a category has few values, an address has a house; a name that says
    otherwise is not enough."""
    table = {
        "time": ["2010-01-01 06:00:00", "2010-01-01 07:00:00"],
        "type": ["ln", "rd"],
        "number": ["1", "1"],
        "location": ["parking lot", "house"],
        "address": ["1 sample ln", "2 sample rd"],
        "offense": ["theft", "theft"],
        "lon": ["-95.4", "-95.3"],
        "lat": ["29.7", "29.7"],
    }
    assert proposal("incident", **table) == {
        "opened_at": "time",
        "address": "address",
        "category": "offense",
        "lon": "lon",
        "lat": "lat",
    }
    assert proposal(
        "incident", number=["5", "6"], id=["1", "1"], date=["x y", "z"], created=["2024-01-01", "2024-01-02"]
    ) == {"source_id": "number", "opened_at": "created"}


def test_a_noun_in_place_of_a_feed_proposes_a_declaration_that_works(settings, file, capsys, rows) -> None:
    path = file("обращения.csv", BODY)
    assert commands.main(settings, ["etl", "try", "incident", str(path)]) == 0
    declared_ = capsys.readouterr().out
    declared = declared_.partition("\n\ncolumn")[0]
    assert tomllib.loads(declared)["incident"]["fields"] == {
        "source_id": "Номер",
        "opened_at": "Дата обращения",
        "closed_at": "Дата закрытия",
        "status": "Статус",
        "category": "Тема",
        "address": "Адрес",
        "lat": "Широта",
        "lon": "Долгота",
    }
    shown = " ".join(declared_.split())
    for part in (
        "Широта number 67% lat 51,13",
        "read good rejected no_coordinates 3 2 1 1",
        "3 value.time opened_at когда-то",
        "new_categories: Нет света",
    ):
        assert part in shown
    feeds = file("feeds.toml", declared)
    assert engine.run(settings, find(load_feeds(feeds), "incident"), [str(path)]).written == 2


def test_a_proposal_without_an_id_and_with_turned_coordinates_works(settings, file, capsys, rows) -> None:
    path = file(
        "calls.csv",
        "date,offense,street address,lon,lat\n2024-01-01,theft,Абая 5,51.16,71.43\n2024-01-02,"
        "theft,Абая 6,51.17,71.44\n2024-01-03,theft,Абая 7,71.44,51.17\n",
    )
    assert commands.main(settings, ["etl", "try", "incident", str(path)]) == 0
    declared = capsys.readouterr().out.partition("\n\ncolumn")[0]
    declared_ = tomllib.loads(declared)["incident"]
    assert (declared_["content_id"], declared_["swapped"]) == (True, True) and "source_id" not in declared_[
        "fields"
    ]
    feed = find(load_feeds(file("feeds.toml", declared)), "incident")
    first, second = (engine.run(settings, feed, [str(path)]) for _ in range(2))
    assert (first.written, first.no_coordinates, second.written) == (3, 1, 0)


def test_every_key_of_a_feed_is_on_the_page_of_keys(settings, capsys) -> None:
    commands.main(settings, ["etl", "keys"])
    declared_ = capsys.readouterr().out
    for field in fields(Feed):
        assert field.name in keys.NOT_KEYS or f"* `{field.name}` (" in declared_
    assert all(f"* `{entity}`: " in declared_ for entity in ENTITIES) and "%H%M" in declared_


def test_the_picture_shows_what_the_file_holds(settings, tmp_path: Path, capsys, browser_page: Page) -> None:
    path, drawn = tmp_path / "roads.geojson", tmp_path / "picture.html"
    gpd.GeoDataFrame(
        {"theme": ["road", "water"]},
        geometry=[LineString([(71.40, 51.10), (71.42, 51.12)]), box(71.41, 51.10, 71.43, 51.11)],
        crs=4326,
    ).to_file(path)
    commands.main(settings, ["etl", "try", "basemap", str(path), "--picture", str(drawn)])
    assert f"picture: {drawn}" in capsys.readouterr().out
    browser_page.goto(drawn.as_uri())
    assert browser_page.locator("svg path").evaluate_all(
        "all => all.map((path) => [path.className.baseVal, path.getTotalLength() > 100])"
    ) == [["areas", True], ["lines", True]]
    assert "roads.geojson · read 2 · rejected 0" in browser_page.locator("p").inner_text()


def test_a_column_that_the_file_lacks_names_the_line_of_the_declaration(settings, file) -> None:
    feeds = file(
        "feeds.toml",
        '[a]\nnoun = "incident"\n[a.constants]\nkind = "service"\n[a.fields]\nsource_id = '
        '"id"\nopened_at = "when"\n',
    )
    with pytest.raises(InvalidInput, match="feed.column") as caught:
        commands.main(settings, ["etl", "try", "a", str(file("x.csv", "id\n1\n")), "--feeds", str(feeds)])
    assert caught.value.parameters["at"] == f"{feeds}:7"
