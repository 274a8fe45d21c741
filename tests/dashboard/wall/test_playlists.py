"""Playlists: which scene runs when, and a wrong file is refused by its line."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from dashboard.wall.playlists import FOLDER, Show, Turn, find_show, is_playlist, load_playlist
from dashboard.wall.screens import Screen
from geo.errors import InvalidInput, NotFound

PLAYLIST = """key = "mine"
critical = "operations"

[names]
kk = "Кезек"
ru = "Смена"
en = "Rotation"

[[scenes]]
scene = "operations"
seconds = 30

[[scenes]]
scene = "operations"
seconds = 12.5
"""


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.toml")), ids=lambda path: path.stem)
def test_a_shipped_playlist_is_valid_and_named_like_its_file(path: Path) -> None:
    assert load_playlist(path).key == path.stem and is_playlist(path)


def test_the_running_scene_follows_from_the_clock_alone() -> None:
    show = Show("mine", "a", (Turn("a", 10), Turn("b", 5)))
    assert [show.running(15 * 1_000_000 + second, UTC) for second in (0, 9.9, 10, 14.9, 15)] == [
        "a",
        "a",
        "b",
        "b",
        "a",
    ]
    assert show.scenes == ("a", "b")


def test_scenes_have_hours_and_weekdays_of_the_citys_clock() -> None:
    zone = ZoneInfo("Asia/Almaty")
    show = Show(
        "mine",
        "day",
        (
            Turn("day", 10, from_min=8 * 60, until_min=20 * 60),
            Turn("night", 10, from_min=20 * 60, until_min=8 * 60),
            Turn("sunday", 10, days=(7,)),
        ),
    )

    def seen(*at: int) -> set[str]:
        return {
            show.running(datetime(*at, tzinfo=zone).timestamp() + second, zone) for second in range(0, 30, 5)
        }

    assert seen(2026, 11, 27, 8, 0) == {"day"} and seen(2026, 11, 27, 7, 59) == {"night"}
    assert seen(2026, 11, 27, 23, 30) == seen(2026, 11, 28, 3, 0) == {"night"}
    assert seen(2026, 11, 29, 12, 0) == {"day", "sunday"}
    assert (
        Show("mine", "a", (Turn("a", 5, days=(7,)),)).running(
            datetime(2026, 11, 27, tzinfo=zone).timestamp(), zone
        )
        == "a"
    ), "a wall is never empty"


def test_hours_are_read_and_a_wrong_one_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(PLAYLIST + 'from = "20:00"\nuntil = "06:30"\ndays = ["sat", "sun"]\n', encoding="utf-8")
    assert load_playlist(path).turns[1] == Turn("operations", 12.5, (6, 7), 1200, 390)
    for wrong in ('from = "8:00"', 'until = "24:30"', 'days = ["sonntag"]'):
        path.write_text(f"{PLAYLIST}{wrong}\n", encoding="utf-8")
        with pytest.raises(InvalidInput) as refused:
            load_playlist(path)
        assert refused.value.parameters["line"] == 16


def test_a_scene_alone_is_a_show_of_one() -> None:
    show = find_show("operations")
    assert (show.key, show.critical, show.scenes) == ("operations", "operations", ("operations",))
    assert not is_playlist(FOLDER / "no such file.toml")


@pytest.mark.parametrize("key", ["nothing", "../rotation", "rotation.toml"])
def test_an_unknown_playlist_is_not_found(key: str) -> None:
    with pytest.raises(NotFound) as refused:
        find_show(key)
    assert (
        "rotation" in refused.value.parameters["known"] and "operations" in refused.value.parameters["known"]
    )


@pytest.mark.parametrize(
    ("old", "new", "line", "key"),
    [
        ("critical", "criticl", 2, "criticl"),
        ('"operations"\n\n', '"nothing"\n\n', 2, "critical"),
        ('ru = "Смена"\n', "", 4, "names.ru"),
        ("seconds = 12.5", "seconds = 1", 15, "scenes.seconds"),
        ("seconds = 12.5", "", 13, "scenes.seconds"),
        ('scene = "operations"\nseconds = 30', 'scene = "none"\nseconds = 30', 10, "scenes.scene"),
        ('key = "mine"', "key = 7", 1, "key"),
    ],
)
def test_a_wrong_value_is_refused_with_its_line_and_key(
    tmp_path: Path, old: str, new: str, line: int, key: str
) -> None:
    assert old in PLAYLIST
    path = tmp_path / "mine.toml"
    path.write_text(PLAYLIST.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InvalidInput) as refused:
        load_playlist(path)
    assert (refused.value.parameters["line"], refused.value.parameters["key"]) == (line, key)


def test_a_screen_is_read_from_the_address() -> None:
    assert Screen.read("2x3:1,2", "3.5") == Screen(2, 3, 1, 2, 3.5)
    assert Screen.read(None, None) == Screen()


@pytest.mark.parametrize(
    ("screen", "bezel"),
    [
        ("2x3", None),
        ("2x3:3,1", None),
        ("2x3:0,1", None),
        ("99x1:1,1", None),
        ("2x3:1,2", "x"),
        ("2x3:1,2", "-1"),
        (None, "nan"),
    ],
)
def test_a_screen_that_is_none_is_refused(screen: str | None, bezel: str | None) -> None:
    with pytest.raises(InvalidInput):
        Screen.read(screen, bezel)
