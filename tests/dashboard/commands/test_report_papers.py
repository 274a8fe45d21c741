"""./ikomek report morning|week|month ...: made, kept, opened, printed again to the same bytes, shared."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from dashboard.commands import report, report_papers
from geo.errors import InvalidInput, NotFound
from geo.reports.schedule import VARIABLE
from geo.settings import Settings
from tests.support.connected import engine_as

owner = engine_as("owner")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(settings: Settings, *argv: str) -> int:
    return report.main(settings, ["report", *argv])


def test_one_is_made_kept_opened_and_printed_again(
    settings: Settings, folder: Path, owner: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ("--day", "2025-02-26", "--language", "ru", "--mail", "mayor@example.org")
    assert run(settings, "morning", *given) == 0
    path = folder / "ikomek-morning-2025-02-26-ru.pdf"
    made = path.read_bytes()
    assert made.startswith(b"%PDF-") and path.name in capsys.readouterr().out
    with owner.connect() as connection:
        number = connection.execute(text("select id from report")).scalar_one()
        assert connection.execute(text("select address from report_mail")).scalars().all() == [
            "mayor@example.org"
        ]
    assert run(settings, "kept") == 0 and "2025-02-26" in capsys.readouterr().out
    assert run(settings, "open", str(number), "--language", "ru", "--out", "again.pdf") == 0
    assert (folder / "again.pdf").read_bytes() == made
    with pytest.raises(FileExistsError):
        run(settings, "open", str(number), "--language", "ru", "--out", "again.pdf")
    assert run(settings, "reprint", str(number)) == 0
    with owner.begin() as connection:
        connection.execute(text("update report set body = replace(body, '2025-02-26', '2025-02-25')"))
    assert run(settings, "reprint", str(number)) == 1, "a line that was changed is found"


def test_a_link_is_made_listed_and_revoked(
    settings: Settings, owner: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    run(settings, "week", "--day", "2025-02-26")
    with owner.connect() as connection:
        number = connection.execute(text("select id from report")).scalar_one()
    capsys.readouterr()
    assert run(settings, "share", str(number), "--language", "kk", "--days", "2") == 0
    assert capsys.readouterr().out.startswith("/api/v1/reports/shared?token=")
    assert run(settings, "links") == 0 and " kk " in capsys.readouterr().out
    with owner.connect() as connection:
        link = connection.execute(text("select id from report_link")).scalar_one()
    assert run(settings, "unshare", str(link)) == 0
    with pytest.raises(NotFound, match=r"report\.link"):
        run(settings, "unshare", str(link))


def test_the_schedule_is_checked(
    settings: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    assert run(settings, "schedule") == 0
    printed = capsys.readouterr().out
    assert all(kind in printed for kind in ("morning", "week", "month"))
    (folder / "wrong.toml").write_text('[[report]]\nkey = "Mayor"\n', encoding="utf-8")
    with pytest.raises(InvalidInput) as found:
        run(settings, "schedule", "wrong.toml")
    assert found.value.parameters["line"] == 2


def test_what_has_not_ended_and_no_language_are_refused(settings: Settings) -> None:
    with pytest.raises(InvalidInput, match=r"report\.day"):
        run(settings, "month", "--day", settings.city.today().isoformat())
    with pytest.raises(InvalidInput, match=r"report\.language"):
        run(settings, "morning", "--language", "de")
    yesterday = settings.city.today() - timedelta(1)
    assert report_papers._days("month", yesterday) == (yesterday.replace(day=1), yesterday)
    assert report_papers._days("week", date(2025, 2, 26)) == (date(2025, 2, 24), date(2025, 2, 26))
