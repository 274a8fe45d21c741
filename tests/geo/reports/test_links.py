"""A link opens one paper for a while and no longer; who made, opened and revoked it stands in the audit."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import Engine, text

from geo.database import connect_engine, transact
from geo.errors import InvalidInput, NotFound
from geo.reports import keep, links
from geo.settings import Settings
from tests.support.connected import engine_as

editor, web, owner = engine_as("editor"), engine_as("web"), engine_as("owner")
CONTENT = {
    "kind": "morning",
    "first": "2025-02-26",
    "last": "2025-02-26",
    "read_at": "2025-02-27T07:00:00+05:00",
}


@pytest.fixture
def report(editor: Engine, settings: Settings) -> int:
    papers = {"ru": b"%PDF-ru", "kk": b"%PDF-kk"}
    number = transact(editor, lambda one: keep.keep(one, settings.city, "aidos", CONTENT, papers, "mayor"))
    assert number is not None
    return number


def shared(editor: Engine, settings: Settings, report: int, lang: str = "ru", days: int = 7) -> str:
    return transact(editor, lambda one: links.share(one, settings.city, "aidos", report, lang, days))


def opened(web: Engine, settings: Settings, token: str) -> tuple[int, str]:
    return transact(web, lambda one: links.open_shared(one, settings.city, token))


def test_one_of_an_entry_and_a_day_is_kept_once(editor: Engine, settings: Settings, report: int) -> None:
    again = transact(editor, lambda one: keep.keep(one, settings.city, "aidos", CONTENT, {}, "mayor"))
    by_hand = transact(editor, lambda one: keep.keep(one, settings.city, "aidos", CONTENT, {}, None))
    assert again is None and by_hand not in (None, report)
    with editor.connect() as connection:
        assert keep.is_kept(connection, "71", "mayor", date(2025, 2, 26))
        assert not keep.is_kept(connection, "71", "mayor", date(2025, 2, 27))
        newest, oldest = keep.kept_reports(connection, "71")
        assert (oldest.id, oldest.languages, oldest.is_intact) == (report, ("kk", "ru"), True)
        assert keep.kept_reports(connection, "71", before=newest.id) == [oldest]
        assert keep.find_paper(connection, "71", report, "kk") == b"%PDF-kk"
        with pytest.raises(NotFound, match=r"report\.no_paper"):
            keep.find_paper(connection, "71", report, "en")
        with pytest.raises(NotFound, match=r"report\.unknown"):
            keep.find_report(connection, "71", 999)


def test_a_link_opens_its_paper_and_its_token_is_not_kept(
    editor: Engine, web: Engine, owner: Engine, settings: Settings, report: int
) -> None:
    token = shared(editor, settings, report)
    assert opened(web, settings, token) == (report, "ru")
    with owner.connect() as connection:
        [one] = links.open_links(connection, "71", report)
        assert (one.opened, one.made_by) == (1, "aidos")
        stored = connection.execute(text("select l::text from report_link l")).scalar_one()
        assert token not in stored
        acts = connection.execute(text("select who, what from audit order by id")).all()
    assert [tuple(act) for act in acts] == [
        ("aidos", "report.kept"),
        ("aidos", "report.shared"),
        (f"link:{one.id}", "report.opened"),
    ]


@pytest.mark.parametrize("end", ["over", "revoked", "unknown"])
def test_a_link_that_has_ended_opens_nothing(
    editor: Engine, web: Engine, owner: Engine, settings: Settings, report: int, end: str
) -> None:
    token = shared(editor, settings, report)
    with owner.begin() as connection:
        [one] = links.open_links(connection, "71")
        if end == "over":
            connection.execute(text("update report_link set expires_at = now()"))
    if end == "revoked":
        transact(editor, lambda connection: links.revoke(connection, settings.city, "saule", one.id))
        with pytest.raises(NotFound, match=r"report\.link"):
            transact(editor, lambda connection: links.revoke(connection, settings.city, "saule", one.id))
    with pytest.raises(NotFound, match=r"report\.link"):
        opened(web, settings, token[:-1] if end == "unknown" else token)
    with owner.connect() as connection:
        assert links.open_links(connection, "71") == ([one] if end == "unknown" else [])


@pytest.mark.parametrize("days", [0, 31])
def test_a_link_lasts_a_month_at_most(editor: Engine, settings: Settings, report: int, days: int) -> None:
    with pytest.raises(InvalidInput, match=r"report\.days"):
        shared(editor, settings, report, days=days)


def test_there_is_no_link_to_a_paper_that_is_not_there(
    editor: Engine, settings: Settings, report: int
) -> None:
    with pytest.raises(NotFound, match=r"report\.no_paper"):
        shared(editor, settings, report, lang="en")


def test_who_reads_keeps_nothing(settings: Settings) -> None:
    reader = connect_engine(settings, "reader")
    with pytest.raises(Exception, match="permission denied|read-only"):
        transact(reader, lambda one: keep.keep(one, settings.city, "aidos", CONTENT, {}))
    reader.dispose()
