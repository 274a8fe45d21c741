"""./ikomek answers: a file is checked by line, taken whole or not at all, and comes out as it went in."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from dashboard.commands import answers
from geo.answers.file import import_articles
from geo.errors import InvalidInput
from geo.settings import Settings
from tests.geo.answers.test_answers import CATEGORIES, article


def test_out_and_in_again(
    connection: Connection, settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    connection.execute(text(CATEGORIES))
    import_articles(connection, settings.city, [article(settings.city.today())], "dana")
    connection.commit()
    path = tmp_path / "answers.csv"
    assert answers.main(settings, ["answers", "export", str(path)]) == 0
    assert answers.main(settings, ["answers", "check", str(path)]) == 0
    written = path.read_text(encoding="utf-8")
    path.write_text(written.replace("Диспетчерская", "Теплосети"), encoding="utf-8")
    assert answers.main(settings, ["answers", "import", str(path)]) == 0
    assert "1" in capsys.readouterr().out
    owners = connection.execute(text("select version, owner from answer_version order by version")).all()
    assert [tuple(row) for row in owners] == [(1, "Диспетчерская"), (2, "Теплосети")]


def test_one_mistake_and_nothing_is_taken(
    connection: Connection, settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    connection.execute(text(CATEGORIES))
    import_articles(connection, settings.city, [article(settings.city.today())], "dana")
    connection.commit()
    path = tmp_path / "answers.csv"
    answers.main(settings, ["answers", "export", str(path)])
    head, row = path.read_text(encoding="utf-8").strip().split("\n")
    second = row.replace("cold", "c2").replace("heating", "nowhere")
    path.write_text("\n".join([head, row.replace("холодно", "зябко"), second]), encoding="utf-8")
    assert answers.main(settings, ["answers", "check", str(path)]) == 1
    assert "nowhere" in capsys.readouterr().err
    with pytest.raises(InvalidInput, match=r"answers\.mistakes"):
        answers.main(settings, ["answers", "import", str(path)])
    assert connection.execute(text("select count(*) from answer_version")).scalar() == 1
    with pytest.raises(InvalidInput, match=r"answers\.file"):
        answers.main(settings, ["answers", "import", str(tmp_path / "none.csv")])
