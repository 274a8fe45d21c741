"""Scene files: what ships is right, and a wrong one is refused by line and key."""
from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.scenes import FOLDER, find_scene, load_scene
from geo.errors import InvalidInput, NotFound

SHIPPED = sorted(FOLDER.glob("*.toml"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_scene_is_valid_and_named_like_its_file(path: Path) -> None:
    assert load_scene(path).key == path.stem


def test_the_smallest_letter_is_twenty_minutes_of_arc_at_the_farthest_seat() -> None:
    """At 8 m a 55-inch 4K screen (0.685 m, 2160 px) needs a capital of 46.5 mm: a font of about 206 px."""
    scene = find_scene("operations")
    share = scene.letter_share * (8 / scene.farthest_seat_m) * (scene.screen_height_m / 0.685)
    assert share * 2160 == pytest.approx(206, abs=2)


@pytest.mark.parametrize(("old", "new", "line_of", "key"), [
    ("zoom = 13", "zom = 13", "zom", "map.zom"),
    ("zoom = 13", "zoom = 40", "zoom", "map.zoom"),
    ("refresh_s = 4", "refresh_s = 1", "refresh_s", "refresh_s"),
    ('"one_take"', '"one_tke"', "figures", "panels.figures"),
    ("centre = [71.440, 51.142]", "centre = [51.142]", "centre", "map.centre"),
    ("topics = 6", "", "[panels]", "panels.topics"),
    ("one_take_percent = 82", "one_take_percent = true", "one_take_percent", "goals.one_take_percent"),
])
def test_a_wrong_value_is_refused_with_its_line_and_key(tmp_path: Path, old: str, new: str, line_of: str, key: str) -> None:
    source = (FOLDER / "operations.toml").read_text(encoding="utf-8")
    assert old in source
    changed = tmp_path / "scene.toml"
    changed.write_text(source.replace(old, new), encoding="utf-8")
    with pytest.raises(InvalidInput) as refused:
        load_scene(changed)
    lines = changed.read_text(encoding="utf-8").splitlines()
    assert refused.value.code == "scene.key"
    assert refused.value.parameters["key"] == key
    assert line_of in lines[refused.value.parameters["line"] - 1]


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
