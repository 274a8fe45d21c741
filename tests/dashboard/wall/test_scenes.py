"""Scene files: what ships is right, and a wrong one is refused by line and key."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from dashboard.wall.scenes import FOLDER, check_scene, find_scene, load_scene, shipped
from dashboard.wall.scenes.frame import frame
from dashboard.wall.scenes.panels import CHECKS, PANELS
from dashboard.wall.scenes.requests import CARD, asks_of
from dashboard.words import LANGUAGES, catalogue, error_words
from geo.errors import InvalidInput, NotFound
from geo.settings import DEFAULT_CITY, City, Settings
from geo.statistics.definitions import BY_KEY
from layers.panels.kinds import SOURCES
from layers.scope import Scope

CITY = City.load(DEFAULT_CITY)
SHIPPED = sorted(FOLDER.glob("*.toml"))
ROOT = Path(__file__).parents[3]
ASSETS = ROOT / "assets"


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_scene_is_valid_and_named_like_its_file(path: Path) -> None:
    assert load_scene(path).key == path.stem


def test_the_scenes_are_there_the_operational_picture_first() -> None:
    assert shipped() == (
        *("operations", "day109", "districts", "districts_other", "electoral"),
        *("kpi", "rating", "safety"),
    )


@pytest.mark.parametrize("scene", shipped())
def test_a_goal_of_a_shipped_scene_is_the_goal_of_the_figure(scene: str) -> None:
    for key, stated in find_scene(scene).goals.items():
        figure = BY_KEY[key]
        assert figure.goal and stated == figure.goal.value * (1 if figure.unit == "seconds" else 100), key


def test_a_figure_that_is_none_of_its_level_is_refused(tmp_path: Path) -> None:
    """Its panel would never have a value."""
    scene = FOLDER.joinpath("kpi.toml").read_text(encoding="utf-8")
    changed = tmp_path / "kpi.toml"
    changed.write_text(scene.replace('["on_time", "returned"]', '["on_time", "one_take"]'), encoding="utf-8")
    _, mistakes = check_scene(changed)
    assert [(mistake.code, mistake.parameters["value"]) for mistake in mistakes] == [
        ("scene.one_of", "one_take")
    ]


def test_every_district_of_the_city_has_its_map_in_some_scene() -> None:
    shown = [
        panel.options["district"]
        for key in shipped()
        for panel in find_scene(key).panels
        if panel.kind == "map" and "district" in panel.options
    ]
    assert sorted(shown) == ["almaty", "baikonyr", "esil", "nura", "saraishyq", "saryarqa"]


def test_the_smallest_letter_is_twenty_minutes_of_arc_at_the_farthest_seat() -> None:
    """At 8 m a 55-inch 4K screen (0.685 m, 2160 px) needs a capital of 46.5 mm: a font of about 206 px."""
    assert find_scene("operations").seen_from(8, 0.685).letter_share * 2160 == pytest.approx(206, abs=2)


def test_every_kind_has_checks_a_drawing_and_where_it_asks_a_source() -> None:
    drawn = "".join(
        path.read_text(encoding="utf-8")
        for path in ASSETS.rglob("*.js")
        if "wall" in str(path.relative_to(ASSETS))
    )
    assert all(f"wall.panels.{kind} = {{" in drawn for kind in PANELS)
    assert {option.rstrip("?") for options in PANELS.values() for option in options} == set(CHECKS)
    assert set(SOURCES) == set(PANELS) - {"map", "flood"}


@pytest.mark.parametrize(
    ("old", "new", "line_of", "key", "code"),
    [
        ("zoom = 13", "zoom = 13\nzom = 13", "zom", "panels.zom", "scene.unknown_key"),
        ("zoom = 13", "zoom = 40", "zoom", "panels.zoom", "scene.whole"),
        ("refresh_s = 4", "refresh_s = 1", "refresh_s", "refresh_s", "scene.between"),
        ('"one_take"', '"one_tke"', "figures =", "panels.figures", "scene.one_of"),
        ("centre = [71.440, 51.142]", "centre = [51.142]", "centre", "panels.centre", "scene.lon_lat"),
        ("rows = 6", "", "[[panels]]", "panels.rows", "scene.missing"),
        ("one_take = 82", "one_take = true", "one_take =", "goals.one_take", "scene.between"),
        ('kind = "topics"', 'kind = "topiks"', "topiks", "panels.kind", "scene.one_of"),
        (
            'kind = "topics"\ncolumn = 2',
            'kind = "topics"\ncolumn = 3',
            "column = 3",
            "panels.column",
            "scene.column",
        ),
        ('kk = "Жедел жағдай"\n', "", "[names]", "names.kk", "scene.missing"),
        ("columns = [0, 33]", "columns = 2", "columns", "columns", "scene.numbers"),
        ('feeds = ["inquiries"', 'feeds = [1, "inquiries"', "feeds", "feeds", "scene.text"),
        ('language = "ru"', 'language = "de"', "language", "language", "scene.one_of"),
    ],
)
def test_a_wrong_value_is_refused_with_its_line_and_key(
    tmp_path: Path, old: str, new: str, line_of: str, key: str, code: str
) -> None:
    changed = _changed(tmp_path, (old, new))
    with pytest.raises(InvalidInput) as refused:
        load_scene(changed)
    lines = changed.read_text(encoding="utf-8").splitlines()
    assert (refused.value.code, refused.value.parameters["key"]) == (code, key)
    assert line_of in lines[refused.value.parameters["line"] - 1]


def test_a_key_of_the_second_panel_is_told_from_the_same_key_of_the_first(tmp_path: Path) -> None:
    changed = _changed(tmp_path, ('kind = "attention"\ncolumn = 2', 'kind = "attention"\ncolumn = 9'))
    _, mistakes = check_scene(changed)
    lines = changed.read_text(encoding="utf-8").splitlines()
    assert [lines[mistake.parameters["line"] - 2] for mistake in mistakes] == ['kind = "attention"']


def test_every_mistake_is_found_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    scene, mistakes = check_scene(
        _changed(
            tmp_path, ("refresh_s = 4", "refresh_s = 1"), ("zoom = 13", "zoom = 40"), ("rows = 6", "rows = 0")
        )
    )
    assert scene is None
    assert [mistake.parameters["key"] for mistake in mistakes] == ["refresh_s", "panels.zoom", "panels.rows"]
    for lang in LANGUAGES:
        sentences = [error_words(mistake, lang) for mistake in mistakes]
        assert all(
            "scene.toml" in sentence and "{" not in sentence and str(mistake.parameters["line"]) in sentence
            for sentence, mistake in zip(sentences, mistakes, strict=True)
        )


def test_a_scene_without_panels_is_none(tmp_path: Path) -> None:
    source = (FOLDER / "operations.toml").read_text(encoding="utf-8").split("[[panels]]")[0]
    (tmp_path / "scene.toml").write_text(source, encoding="utf-8")
    _, mistakes = check_scene(tmp_path / "scene.toml")
    assert [(mistake.code, mistake.parameters["key"]) for mistake in mistakes] == [
        ("scene.missing", "panels")
    ]


def test_a_broken_file_says_where(tmp_path: Path) -> None:
    broken = tmp_path / "scene.toml"
    broken.write_text("key = \n", encoding="utf-8")
    with pytest.raises(InvalidInput) as refused:
        load_scene(broken)
    assert refused.value.code == "scene.file" and "line 1" in refused.value.parameters["reason"]


@pytest.mark.parametrize("key", ["nothing", "../operations", "operations.toml"])
def test_an_unknown_scene_is_not_found(key: str) -> None:
    with pytest.raises(NotFound):
        find_scene(key)


def test_the_command_names_the_file_and_the_lines_and_exits_with_1(
    settings: Settings, tmp_path: Path
) -> None:
    ours = {
        "IKOMEK_DATABASE_URL": settings.database_url.replace("+psycopg2", ""),
        "IKOMEK_REDIS_URL": settings.redis_url,
        "LC_ALL": "C",
        "PATH": "/usr/bin:/bin",
    }

    def check(path: Path) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, "-m", "dashboard.cli", "wall", "check", str(path)],
            env=ours,
            capture_output=True,
            text=True,
            cwd=ROOT,
        )

    wrong = check(_changed(tmp_path, ("refresh_s = 4", "refresh_s = 1"), ("rows = 6", "rows = 0")))
    assert (wrong.returncode, wrong.stdout) == (1, "")
    assert [
        str(tmp_path / "scene.toml") in line and "line " in line for line in wrong.stderr.splitlines()
    ] == [True, True]
    right = check(FOLDER / "operations.toml")
    assert right.returncode == 0 and "operations" in right.stdout and not right.stderr


@pytest.mark.parametrize("key", shipped())
def test_what_a_scene_asks_is_narrowed_and_stays_within_the_callers_scope(key: str) -> None:
    scene, scope = (
        find_scene(key),
        Scope(kinds=frozenset({"service", "police"}), districts=frozenset({"esil", "almaty"})),
    )
    asks = asks_of(scene, CITY, scope, "kk")
    assert asks[CARD][1].scope == scope
    for number, panel in enumerate(scene.panels):
        if str(number) in asks:
            narrowed = asks[str(number)][1].scope
            assert narrowed.kinds <= scope.kinds & frozenset(panel.options.get("kinds", scope.kinds))
            assert narrowed.districts <= scope.districts & frozenset(
                [panel.options.get("district")] if "district" in panel.options else scope.districts
            )


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("key", shipped())
def test_a_frame_speaks_its_language_and_holds_one_card_at_most(key: str, lang: str) -> None:
    laid = json.dumps(
        frame(find_scene(key), lang, CITY.precincts).to_plotly_json(),
        default=lambda part: part.to_plotly_json(),
        ensure_ascii=False,
    )
    assert find_scene(key).names[lang] in laid
    assert laid.count('"wall-card"') in (0, 2)
    assert not [word for word in catalogue(lang).entries if word.startswith("wall.") and f'"{word}"' in laid]


def _changed(folder: Path, *changes: tuple[str, str]) -> Path:
    """The operational picture with some texts replaced, each of which must be there."""
    source = (FOLDER / "operations.toml").read_text(encoding="utf-8")
    for old, new in changes:
        assert old in source
        source = source.replace(old, new, 1)
    (folder / "scene.toml").write_text(source, encoding="utf-8")
    return folder / "scene.toml"
