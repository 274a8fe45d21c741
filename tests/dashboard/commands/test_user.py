"""`./ikomek user token`: a token bound to a declared feed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text

from dashboard import words
from dashboard.commands import user
from geo.accounts import sessions, users
from geo.errors import NotFound
from geo.settings import Settings


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    before = words.language.set("en")
    yield
    words.language.reset(before)


def test_a_token_is_bound_to_a_declared_feed_alone(
    settings: Settings, owner: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    users.add_user(owner, "sender", "push", None)
    with pytest.raises(NotFound, match="user.token_feed"):
        user.main(settings, ["user", "token", "sender", "--feed", "police"])
    with owner.begin() as connection:
        for key in ("police", "mine"):
            connection.execute(
                text("insert into feed (region, key, interval_s) values (:region, :key, 60)"),
                {"region": settings.city.region, "key": key},
            )
    with pytest.raises(NotFound) as refused:
        user.main(settings, ["user", "token", "sender", "--feed", "polise"])
    message = words.error_words(refused.value)
    assert "“polise”" in message and "Declared: mine, police." in message and "IKOMEK_FEEDS=FILE" in message
    with owner.connect() as connection:
        assert connection.execute(text("select count(*) from user_session")).scalar_one() == 0
    assert user.main(settings, ["user", "token", "sender", "--feed", "mine"]) == 0
    found = sessions.find_principal(owner, capsys.readouterr().out.strip())
    assert found is not None and found.feed == "mine"
