"""`./ikomek wall token`: the whole address of a screen; `./ikomek user token`: of a declared feed."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text

from dashboard import words
from dashboard.commands import accounts
from dashboard.machine import state
from geo.accounts import sessions, users
from geo.errors import NotFound
from geo.settings import Settings


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    before = words.language.set("en")
    yield
    words.language.reset(before)


def add_screen(settings: Settings, capsys: pytest.CaptureFixture[str]) -> tuple[str, str]:
    """The last line of the output, without the token, and what is said beside it."""
    assert accounts.main(settings, ["wall", "token", "operations", "--label", "hall"]) == 0
    out, err = capsys.readouterr()
    return out.splitlines()[-1].split("?token=")[0], err


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("http://127.0.0.1:8109", "127.0.0.1 is this machine alone"),
        ("https://[::1]:9443", "::1 is this machine alone"),
        ("https://wall.example:9443", ""),
    ],
)
def test_a_screen_gets_the_address_of_what_runs(
    settings: Settings, capsys: pytest.CaptureFixture[str], address: str, shown: str
) -> None:
    state.MachineState(state.Started.of(os.getpid()), phase="running", address=address).write(settings.data)
    whole, link = add_screen(settings, capsys)
    assert whole == f"{address}/wall/operations"
    assert link.startswith(shown) and bool(link) == bool(shown)


def test_without_a_server_its_name_is_a_placeholder_that_is_explained(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    whole, link = add_screen(settings, capsys)
    assert whole == "http://SERVER:8109/wall/operations"
    assert "in place of SERVER" in link


def test_a_token_is_bound_to_a_declared_feed_alone(
    settings: Settings, owner: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    users.add_user(owner, "sender", "push", None)
    with pytest.raises(NotFound, match="user.token_feed"):
        accounts.main(settings, ["user", "token", "sender", "--feed", "police"])
    with owner.begin() as connection:
        for key in ("police", "mine"):
            connection.execute(
                text("insert into feed (region, key, interval_s) values (:region, :key, 60)"),
                {"region": settings.city.region, "key": key},
            )
    with pytest.raises(NotFound) as refused:
        accounts.main(settings, ["user", "token", "sender", "--feed", "polise"])
    message = words.error_words(refused.value)
    assert "“polise”" in message and "Declared: mine, police." in message and "IKOMEK_FEEDS=FILE" in message
    with owner.connect() as connection:
        assert connection.execute(text("select count(*) from user_session")).scalar_one() == 0
    assert accounts.main(settings, ["user", "token", "sender", "--feed", "mine"]) == 0
    found = sessions.find_principal(owner, capsys.readouterr().out.strip())
    assert found is not None and found.feed == "mine"
