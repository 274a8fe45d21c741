"""How the last backup by hand went is known whatever became of the database."""

from dataclasses import replace
from pathlib import Path

import pytest

from dashboard import words
from dashboard.commands import attempts
from dashboard.commands.ages import backup_by_hand
from geo.errors import Unavailable
from geo.settings import Settings


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (None, "was made on"),
        (Unavailable("database.away"), words.error_words(Unavailable("database.away"), "en")),
        (KeyboardInterrupt(), "KeyboardInterrupt"),
        (RuntimeError("pg_dump: server closed\nthe connection"), "pg_dump: server closed the connection"),
    ],
)
def test_status_tells_how_the_last_backup_by_hand_went(
    settings: Settings, tmp_path: Path, error: BaseException | None, expected: str
) -> None:
    settings = replace(settings, data=tmp_path)
    before = words.language.set("en")
    assert backup_by_hand(settings) == []
    try:
        with attempts.noted(tmp_path, Path("/b.tar")):
            assert "has not ended" in backup_by_hand(settings)[0]
            if error:
                raise error
    except BaseException as raised:
        assert raised is error
    [line] = backup_by_hand(settings)
    words.language.reset(before)
    assert expected in line and "/b.tar" in line and ("failed" in line) == (error is not None)


def test_a_note_that_cannot_be_written_or_read_stops_nothing(settings: Settings, tmp_path: Path) -> None:
    """A full disk is the usual reason for both: the backup's own error is what counts."""
    away = tmp_path / "not there"
    with attempts.noted(away, Path("/b.tar")):
        pass
    with pytest.raises(Unavailable), attempts.noted(away, Path("/b.tar")):
        raise Unavailable("database.away")
    for body in ("", "[]", '{"another": "release"}'):
        (tmp_path / attempts.NAME).write_text(body, encoding="utf-8")
        assert backup_by_hand(replace(settings, data=tmp_path)) == []
