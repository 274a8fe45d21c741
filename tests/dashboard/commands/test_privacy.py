"""./ikomek privacy list and breach, as a person runs them."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, text

from dashboard import words
from dashboard.commands import privacy
from geo.accounts.users import add_user
from geo.audit.records import record_audit
from geo.privacy.register import read_register
from geo.settings import Settings
from tests.support.connected import engine_as

accounts, web, voters = (engine_as(role) for role in ("accounts", "web", "voters"))
DAYS = ["--from", "2000-01-01", "--to", "2100-01-01"]


def test_the_register_says_what_is_kept_why_and_who_sees_it(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    words.language.set("en")
    assert privacy.main(settings, ["privacy", "list"]) == 0
    printed = capsys.readouterr().out
    assert printed.count("  why: ") == len(read_register())
    voters = printed[printed.index("Voters: IIN") :]
    assert "kept: 365 d\n" in voters and "voters.person: hash, content" in voters
    assert "seen by: nobody on a page" in printed[: printed.index("Requests")], "callers"


def test_a_breach_is_reported_with_its_term_and_recorded(
    settings: Settings, accounts: Engine, web: Engine, voters: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    words.language.set("en")
    add_user(accounts, "dana", "duty", None)
    with web.begin() as connection:
        record_audit(connection, "dana", "incident.seen", incident=7, kind="police")
    found = ["--found", "2026-12-04T18:00"]
    assert privacy.main(settings, ["privacy", "breach", " Dana", *DAYS, *found]) == 0, "as they sign in"
    printed = capsys.readouterr().out
    assert "Found 2026-12-04 18:00. The authority must be told by 2026-12-07 18:00" in printed
    assert "dana, duty officer, from" in printed and "1 times" in printed and "incidents 1" in printed
    assert "./ikomek user disable dana" in printed and "voters breach" not in printed
    with voters.begin() as connection:
        record_audit(connection, "dana", "voters.seen", list=1)
    assert privacy.main(settings, ["privacy", "breach", "dana", *DAYS]) == 0
    assert "./ikomek voters breach dana --from 2000-01-01T00:00" in capsys.readouterr().out
    with web.connect() as connection:
        kept = connection.scalars(
            text("select parameters from audit where what = 'privacy.breach_seen' order by id")
        ).all()
    assert kept == [{"name": "dana", "count": 1}, {"name": "dana", "count": 2}]


def test_a_login_that_did_nothing_and_is_nobody_is_said(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    words.language.set("en")
    privacy.main(settings, ["privacy", "breach", "ghost", *DAYS])
    printed = capsys.readouterr().out
    assert "no user of this name" in printed and "no look and no export" in printed
