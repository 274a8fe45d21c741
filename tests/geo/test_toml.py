"""Where a key stands in a TOML file."""

from __future__ import annotations

from pathlib import Path

import pytest

from geo.errors import InvalidInput
from geo.toml import TomlFile

TEXT = """key = "room"
[names]
kk = "a"
"ru" = "b"

[[panel]]
kind = "map"
[panel.options]
zoom = 11
[[panel]]
kind = "list"
options.most = 5
[ feed . fields ]
lon = "x"
"""


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        (("key",), 1),
        (("names", "ru"), 4),
        (("names", "en"), 2),
        (("panel",), 6),
        (("panel", 0, "kind"), 7),
        (("panel", 0, "options", "zoom"), 9),
        (("panel", 0, "options", "pitch"), 8),
        (("panel", 1, "kind"), 11),
        (("panel", 1, "options", "most"), 12),
        (("panel", 1, "title"), 10),
        (("feed", "fields", "lon"), 14),
        (("feed", "fields", "lat"), 13),
        (("feed", "noun"), 13),
        (("nowhere",), 1),
    ],
)
def test_a_key_has_a_line_and_one_that_is_missing_the_line_of_what_is_nearest(
    tmp_path: Path, keys: tuple, line: int
) -> None:
    path = tmp_path / "file.toml"
    path.write_text(TEXT, encoding="utf-8")
    assert TomlFile.read(path, "scene.file").line(keys) == line


@pytest.mark.parametrize(
    "content",
    [
        b"key = ",
        b"\xff\xfe",
        None,
        b"key = " + b"[" * 3000,
        b"key = " + b"{a = " * 3000,
        b"key = " + b"9" * 5000,
        b"key = 9223372036854775808",
        b"key = 0x" + b"f" * 5000,
    ],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "file.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InvalidInput) as refused:
        TomlFile.read(path, "feeds.file")
    code = "file.not_utf8" if content == b"\xff\xfe" else "feeds.file"
    assert refused.value.code == code and refused.value.parameters["file"] == str(path)


@pytest.mark.parametrize(
    "digits", ["9" * 5000, "-" + "9" * 5000, "1_0" * 2500, "0x" + "f" * 16, "1" + "0" * 19]
)
@pytest.mark.parametrize("written", ["{}", "[1, [{}]]", "{{ a = {} }}"])
def test_a_whole_number_too_large_is_refused_with_its_line(tmp_path: Path, digits: str, written: str) -> None:
    path = tmp_path / "file.toml"
    path.write_text(f"first = 1\nkey = {written.format(digits)}\n")
    with pytest.raises(InvalidInput) as refused:
        TomlFile.read(path, "feeds.file")
    assert refused.value.parameters["reason"] == "a whole number has more than 64 bits (at line 2)"
