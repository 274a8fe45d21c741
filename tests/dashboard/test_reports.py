"""Reports by themselves: made once when they are due, kept, and sent by a real mail server; a wrong file of
the schedule makes none and is named."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, text

from dashboard import jobs, reports
from geo.database import connect_engine, connected_engine, transact
from geo.errors import InvalidInput
from geo.reports import keep
from geo.reports.schedule import VARIABLE
from geo.settings import Settings
from tests.dashboard.paper.test_paper import hand_over
from tests.support.connected import engine_as
from tests.support.desk import Desk
from tests.support.listeners import MailServer, listening

owner, jobs_engine = engine_as("owner"), engine_as("jobs", "jobs_engine")


@pytest.fixture
def mail(monkeypatch: pytest.MonkeyPatch) -> Iterator[MailServer]:
    with listening(MailServer()) as server:
        monkeypatch.setenv("IKOMEK_SMTP_URL", f"smtp://127.0.0.1:{server.server_address[1]}")
        monkeypatch.setenv("IKOMEK_MAIL_FROM", "ikomek@example.org")
        yield server


@pytest.fixture
def schedule(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "reports.toml"
    path.write_text(
        '[[report]]\nkey = "mayor"\nkind = "morning"\nat = "07:00"\nlanguages = ["ru", "kk"]\n'
        'mail = ["mayor@example.org", "akim@example.org"]\n',
        encoding="utf-8",
    )
    monkeypatch.setenv(VARIABLE, str(path))
    return path


def kept(owner: Engine) -> list[keep.KeptReport]:
    with owner.connect() as connection:
        return list(keep.kept_reports(connection, "71"))


def test_what_is_due_is_kept_once_and_sent(
    settings: Settings, schedule: Path, mail: MailServer, owner: Engine, jobs_engine: Engine
) -> None:
    reports.make_due(settings)
    reports.make_due(settings)
    [one] = kept(owner)
    yesterday = settings.city.today() - timedelta(1)
    assert one.last in (yesterday, yesterday - timedelta(1)), "of the last morning that was due"
    assert (one.kind, one.schedule, one.languages) == ("morning", "mayor", ("kk", "ru"))
    assert reports.deliver(jobs_engine, settings.city) == 2
    assert reports.deliver(jobs_engine, settings.city) == 0
    assert sorted(message["To"] for message in mail.heard) == ["akim@example.org", "mayor@example.org"]
    message = mail.heard[0]
    assert "Утренний отчёт" in message["Subject"] and "ikomek@example.org" in message["From"]
    body = message.get_body(("plain",))
    assert body is not None and "Обращения 109: 0" in body.get_content()
    names = [part.get_filename() for part in message.iter_attachments()]
    assert names == [f"ikomek-morning-{one.last}-{lang}.pdf" for lang in ("ru", "kk")]
    with owner.connect() as connection:
        papers = [keep.find_paper(connection, "71", one.id, lang) for lang in ("ru", "kk")]
    assert [part.get_content() for part in message.iter_attachments()] == papers
    assert reports.papers_of(one.content, ("ru", "kk")) == dict(zip(("ru", "kk"), papers))


def test_a_server_that_refuses_is_asked_again(
    settings: Settings, schedule: Path, mail: MailServer, owner: Engine, jobs_engine: Engine
) -> None:
    mail.refuses = True
    reports.make_due(settings)
    assert reports.deliver(jobs_engine, settings.city) == 0
    with owner.begin() as connection:
        errors = connection.execute(text("select error, tries from report_mail")).all()
        assert all("550" in row.error and row.tries == 1 for row in errors) and len(errors) == 2
        connection.execute(text("update report_mail set next_at = now()"))
    mail.refuses = False
    assert reports.deliver(jobs_engine, settings.city) == 2
    names = {message["Message-ID"] for message in mail.heard}
    assert len(names) == 2, "each under a name of its own, which does not change"


def test_a_wrong_file_makes_none_and_is_told_by_its_line(
    settings: Settings, schedule: Path, owner: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    schedule.write_text('[[report]]\nkey = "mayor"\nkind = "yearly"\nat = "07:00"\n', encoding="utf-8")
    now = datetime.now(UTC)
    assert reports.next_due(settings, now) == now + reports.WRONG_FILE_PAUSE
    with pytest.raises(InvalidInput, match=r"report\.schedule"):
        reports.make_due(settings)
    assert kept(owner) == []
    schedule.write_text("", encoding="utf-8")
    assert reports.next_due(settings, now) is None, "nothing is planned"


def test_the_clock_makes_it(settings: Settings, schedule: Path, owner: Engine) -> None:
    engine = connect_engine(settings, "jobs")
    outage = jobs.Outage(jobs.log, "what is due")
    due = [job for job in jobs.JOBS if job.key == "reports"]
    jobs.look(settings, engine, outage, tuple(due))
    assert kept(owner) == [], "it is planned for the next morning"
    with owner.begin() as connection:
        connection.execute(text("update job set due_at = now() where key = 'reports'"))
    jobs.look(settings, engine, outage, tuple(due))
    engine.dispose()
    assert [one.kind for one in kept(owner)] == ["morning"]
    with owner.connect() as connection:
        state = connection.execute(text("select failures, due_at > now() from job")).one()
    assert tuple(state) == (0, True)


def test_the_newest_hand_over_is_a_report_once(settings: Settings, schedule: Path, owner: Engine) -> None:
    schedule.write_text('[[report]]\nkey = "shift"\nkind = "shift"\nat = "08:00"\n', encoding="utf-8")
    reports.make_due(settings)
    assert kept(owner) == [], "no shift was handed over yet"
    desk = Desk(settings, incidents=2)
    number = hand_over(desk)
    reports.make_due(settings)
    reports.make_due(settings)
    desk.close()
    [one] = kept(owner)
    assert one.kind == "shift" and one.content["handover"] == number
    assert one.languages == tuple(sorted(settings.city.languages))


def test_a_report_and_its_mails_are_kept_together(settings: Settings, schedule: Path, owner: Engine) -> None:
    editor = connect_engine(settings, "editor")
    made = reports.MadeReport(
        {
            "kind": "morning",
            "first": "2025-02-26",
            "last": "2025-02-26",
            "read_at": "2025-02-27T07:00:00+05:00",
        },
        {"ru": b"%PDF"},
    )
    with pytest.raises(RuntimeError):
        transact(editor, lambda connection: _fail_after(connection, settings, made))
    assert kept(owner) == []
    assert reports.store(editor, settings.city, "aidos", made, None, ["a@example.org"]) is not None
    editor.dispose()
    with owner.connect() as connection:
        assert connection.execute(text("select address from report_mail")).scalars().all() == [
            "a@example.org"
        ]


def _fail_after(connection: Connection, settings: Settings, made: reports.MadeReport) -> None:
    keep.keep(connection, settings.city, "aidos", made.content, made.papers)
    raise RuntimeError("killed here")


def test_a_demo_city_has_its_first_reports_at_once(demo_copy: Settings, schedule: Path) -> None:
    with (
        connected_engine(demo_copy, "jobs") as engine,
        connected_engine(demo_copy, "owner") as owner,
    ):
        due = tuple(job for job in jobs.JOBS if job.key == "reports")
        for _ in range(2):
            jobs.look(demo_copy, engine, jobs.Outage(jobs.log, "what is due"), due)
        assert [one.schedule for one in kept(owner)] == ["mayor"], "and the next one is of the next morning"
