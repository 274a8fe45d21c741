"""What `etl try` finds out: types, a proposed mapping, a picture; and that it writes nothing."""
import tomllib
from pathlib import Path
from zoneinfo import ZoneInfo

import geopandas as gpd
import pyarrow as pa
import pytest
from playwright.sync_api import Page
from shapely import LineString, box

from etl import commands, engine, inference
from etl.declarations import load_feeds
from etl.nouns import NOUNS
from etl.registry import find
from geo.errors import InvalidInput

ALMATY = ZoneInfo("Asia/Almaty")
BODY = """Номер;Дата обращения;Дата закрытия;Статус;Тема;Адрес;Широта;Долгота
1;01.05.2024 10:00;;открыт;Нет света;Абая, 1;51,13;71,43
2;02.05.2024 10:00;;открыт;Нет света;;;
3;когда-то;;открыт;Лифт;;51,14;71,44
"""


@pytest.mark.parametrize(("values", "type_"), [
    (["1", "2.0", ""], "integer"), (["1,5", "2"], "number"), (["да", "нет"], "boolean"), (["01.05.2024", "2024-05-01 10:00"], "time"),
    (["05/13/2024 10:00:00 PM", "05/01/2024"], "time"), (["a", "1"], "text"), (["", None], "blank"),
])
def test_the_type_is_the_narrowest_that_fits_all(values: list, type_: str) -> None:
    assert inference.type_of(pa.array(values, pa.string()), ALMATY) == type_


def test_columns_are_matched_once_by_what_they_are_called() -> None:
    free = [field.name for field in NOUNS["incident"].fields]
    assert [inference.guess(name, free) for name in ("Unique Key", "Longitude", "Дата обращения", "Complaint_Type", "Statuss", "weather")] == [
        "source_id", "lon", "opened_at", "category", "status", None]


def test_a_noun_in_place_of_a_feed_proposes_a_declaration_that_works(settings, file, capsys, rows) -> None:
    path = file("обращения.csv", BODY)
    assert commands.main(settings, ["etl", "try", "incident", str(path)]) == 0
    said = capsys.readouterr().out
    declared = said.partition("\n\ncolumn")[0]
    assert tomllib.loads(declared)["incident"]["fields"] == {
        "source_id": "Номер", "opened_at": "Дата обращения", "closed_at": "Дата закрытия", "status": "Статус", "category": "Тема", "address": "Адрес",
        "lat": "Широта", "lon": "Долгота"}
    shown = " ".join(said.split())
    for part in ("Широта number 67% lat 51,13", "read good rejected no_coordinates 3 2 1 1", "3 value.time opened_at когда-то", "new_categories: Нет света"):
        assert part in shown
    feeds = file("feeds.toml", declared)
    assert engine.run(settings, find(load_feeds(feeds), "incident"), [str(path)]).written == 2


def test_the_picture_shows_what_the_file_holds(settings, tmp_path: Path, capsys, browser_page: Page) -> None:
    path, drawn = tmp_path / "roads.geojson", tmp_path / "picture.html"
    gpd.GeoDataFrame({"theme": ["road", "water"]}, geometry=[LineString([(71.40, 51.10), (71.42, 51.12)]), box(71.41, 51.10, 71.43, 51.11)], crs=4326).to_file(path)
    commands.main(settings, ["etl", "try", "basemap", str(path), "--picture", str(drawn)])
    assert f"picture: {drawn}" in capsys.readouterr().out
    browser_page.goto(drawn.as_uri())
    assert browser_page.locator("svg path").evaluate_all("all => all.map((path) => [path.className.baseVal, path.getTotalLength() > 100])") == [
        ["areas", True], ["lines", True]]
    assert "roads.geojson · read 2 · rejected 0" in browser_page.locator("p").inner_text()


def test_a_column_that_the_file_lacks_names_the_line_of_the_declaration(settings, file) -> None:
    feeds = file("feeds.toml", '[a]\nnoun = "incident"\n[a.constants]\nkind = "service"\n[a.fields]\nsource_id = "id"\nopened_at = "when"\n')
    with pytest.raises(InvalidInput, match="feed.column") as caught:
        commands.main(settings, ["etl", "try", "a", str(file("x.csv", "id\n1\n")), "--feeds", str(feeds)])
    assert caught.value.parameters["at"] == f"{feeds}:7"
