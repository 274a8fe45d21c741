"""`./ikomek precincts`: a plan into every kind of file and back without a difference; a broken file reported, refused, and cleaned when asked to."""
from __future__ import annotations

import json
from pathlib import Path

import etl.plan_files
import pytest
import shapely
from sqlalchemy import text

from dashboard import words
from dashboard.commands import precincts
from geo.database import connect_engine
from geo.errors import InvalidInput, NotFound
from geo.plan_compare import compare
from geo.settings import Settings


@pytest.fixture(autouse=True)
def english() -> None:
    words.language.set("en")


def run(settings: Settings, *argv: object) -> int:
    return precincts.main(settings, ["precincts", *map(str, argv)], etl.plan_files)


def newest(settings: Settings) -> tuple[int, str, str]:
    engine = connect_engine(settings, "owner")
    with engine.connect() as connection:
        found = tuple(connection.execute(text("select id, state, created_by from plan order by id desc limit 1")).one())
    engine.dispose()
    return found


def differences(settings: Settings, plan: int) -> tuple[int, int]:
    """Houses that moved, and the ground that changed hands (m2), against the plan in force."""
    engine = connect_engine(settings, "owner")
    with engine.connect() as connection:
        houses = compare(connection, settings.city, plan).houses
        ground = connection.scalar(text("""select sum(st_area(st_symdifference(a.geom, b.geom))) from precinct a join precinct b using (region, number)
            where a.plan_id = 1 and b.plan_id = :plan"""), {"plan": plan})
    engine.dispose()
    return houses, round(ground)


@pytest.mark.parametrize("ending", ["geojson", "gpkg", "shp"])
def test_polygons_come_back_as_they_went(demo_copy: Settings, tmp_path: Path, capsys: pytest.CaptureFixture, ending: str) -> None:
    file = tmp_path / f"plan.{ending}"
    assert run(demo_copy, "export", 1, file) == 0
    assert run(demo_copy, "check", file) == 0
    assert run(demo_copy, "import", file, "--name", "again") == 0
    plan, state, who = newest(demo_copy)
    assert f"Draft {plan} “again”: 12 precincts" in capsys.readouterr().out
    assert state == "draft" and who.startswith("cli:") and differences(demo_copy, plan) == (0, 0)
    assert run(demo_copy, "compare", plan) == 0
    assert "0 houses and 0 voters move" in capsys.readouterr().out


def test_a_list_and_a_text_come_back_as_they_went(demo_copy: Settings, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    for name, said in (("plan.csv", "rejected 0"), ("plan.txt", "questions to settle: 0")):
        assert run(demo_copy, "export", 1, tmp_path / name, "--lang", "kk") == 0
        assert run(demo_copy, "import", tmp_path / name) == 0
        assert said in capsys.readouterr().out
        assert differences(demo_copy, newest(demo_copy)[0])[0] == 0
    assert run(demo_copy, "import", tmp_path / "plan.csv", "--plan", newest(demo_copy)[0]) == 0
    assert "moved to another precinct 0, rejected 0" in capsys.readouterr().out


def broken(settings: Settings, path: Path) -> None:
    """The city's plan with its first precinct grown by 3 m over its neighbours."""
    run(settings, "export", 1, path)
    content = json.loads(path.read_text())
    first = content["features"][0]
    grown = shapely.buffer(shapely.from_geojson(json.dumps(first["geometry"])), 0.00003, join_style="mitre")
    first["geometry"] = json.loads(shapely.to_geojson(shapely.MultiPolygon([grown])))
    path.write_text(json.dumps(content))


def test_a_broken_file_is_reported_refused_and_cleaned_when_asked_to(demo_copy: Settings, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    file = tmp_path / "broken.geojson"
    broken(demo_copy, file)
    before = newest(demo_copy)
    assert run(demo_copy, "check", file) == 1 and run(demo_copy, "import", file) == 1
    said = capsys.readouterr()
    assert "Overlap: 0" not in said.out and "Not imported" in said.err and newest(demo_copy) == before
    assert run(demo_copy, "import", file, "--clean", "--difference", tmp_path / "changed.geojson") == 0
    said = capsys.readouterr().out
    assert "Cleaning changed" in said and newest(demo_copy) != before
    changed = json.loads((tmp_path / "changed.geojson").read_text())["features"]
    assert changed and all(feature["properties"]["gained_m2"] + feature["properties"]["lost_m2"] > 0 for feature in changed)


def test_a_plan_is_checked_and_a_precinct_gets_proposals(demo_copy: Settings, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    assert run(demo_copy, "check") == run(demo_copy, "check", 1) in (0, 1)
    assert "Over the cap" in capsys.readouterr().out
    run(demo_copy, "export", 1, tmp_path / "p.gpkg")
    run(demo_copy, "import", tmp_path / "p.gpkg")
    assert run(demo_copy, "propose", newest(demo_copy)[0], 1) in (0, 1)
    with pytest.raises(NotFound):
        run(demo_copy, "propose", 1, 99)
    assert run(demo_copy, "compare", newest(demo_copy)[0], 1, "--notify", tmp_path / "notify.csv") == 0
    assert (tmp_path / "notify.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_all_passports_in_one_file(demo_copy: Settings, tmp_path: Path) -> None:
    run(demo_copy, "export", 1, tmp_path / "all.html", "--lang", "kk")
    said = (tmp_path / "all.html").read_text(encoding="utf-8")
    assert said.count("<article") == said.count('<svg class="map"') == 12 and "<script" not in said and said.endswith("</html>")
    assert "Сайлау учаскесінің төлқұжаты" in said and "жұп жағы" in said


@pytest.mark.parametrize(("name", "content", "code"), [
    ("x.geojson", "{", "source.unreadable"), ("y.geojson", '{"type": "FeatureCollection", "features": []}', "plan_file.number_field"),
    ("z.geojson", '{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"number": "x"}, "geometry": {"type": "Point", "coordinates": [1, 2]}}]}',
     "plan_file.number"),
])
def test_a_file_that_cannot_be_read_says_why(tmp_path: Path, name: str, content: str, code: str) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(InvalidInput) as raised:
        etl.plan_files.read_precincts(tmp_path / name, Settings.load({}).city)
    assert raised.value.code == code


def test_a_form_that_nobody_writes(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as raised:
        etl.plan_files.write_precincts(tmp_path / "x.docx", [])
    assert raised.value.code == "plan_file.form"
