"""Files of text that people write: what cannot be kept is told by its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from geo.errors import InvalidInput
from geo.written_text import read_written


def test_a_character_of_code_zero_is_told_by_its_line(tmp_path: Path) -> None:
    path = tmp_path / "articles.csv"
    path.write_text("key;body_en\nwater;a\0b\n", encoding="utf-8")
    with pytest.raises(InvalidInput) as caught:
        read_written(path, "answers.file")
    assert (caught.value.code, caught.value.parameters["line"]) == ("file.zero", 2)


def test_others_are_read_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "articles.csv"
    path.write_bytes("\ufeffключ;\u202eтекст\n".encode())
    assert read_written(path, "answers.file") == "ключ;\u202eтекст\n"
