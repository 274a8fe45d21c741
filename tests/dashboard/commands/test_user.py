"""Tokens by command: bound to a declared feed, told of before they end, renewed; an account that is a
manager's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, text

from dashboard import words
from dashboard.commands import ages, user, wall
from geo.accounts import sessions, token_terms, users
from geo.errors import Conflict, InvalidInput, NotFound
from geo.settings import Settings
from layers.scope import Scope


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


def test_a_token_is_renewed_and_both_work_until_the_new_one_is_taken_over(
    settings: Settings, owner: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    users.add_user(owner, "prometheus", "monitor", None)
    assert user.main(settings, ["user", "token", "prometheus"]) == 0
    old = capsys.readouterr().out.strip()
    [listed] = token_terms.list_tokens(owner, "prometheus")
    assert (listed.expires_at - listed.created_at).days == sessions.TERM_DAYS
    assert token_terms.ending(owner) == []

    assert user.main(settings, ["user", "token", "prometheus", "--renew", listed.id]) == 0
    new = capsys.readouterr().out.strip()
    assert {sessions.find_principal(owner, token).name for token in (old, new)} == {"prometheus"}
    assert token_terms.ending(owner) == [], "it has just been renewed"
    with owner.begin() as connection:
        connection.execute(
            text("update user_session set seen_at = now() + interval '2 hours' where token_hash = :hash"),
            {"hash": sessions.hash_token(old)},
        )
    [still] = token_terms.ending(owner)
    assert (still.id, (still.expires_at - still.renewed_at).days) == (listed.id, token_terms.OVERLAP.days)
    assert user.main(settings, ["user", "tokens", "prometheus"]) == 0
    assert listed.id in capsys.readouterr().out
    with pytest.raises(NotFound, match=r"token\.unknown"):
        user.main(settings, ["user", "token", "prometheus", "--renew", "0" * 12])


def test_a_token_that_ends_is_told_of_before_and_refused_afterwards(
    settings: Settings, owner: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    token = sessions.add_device(owner, "operations", "Hall")
    sessions.add_device(owner, "operations", "Lobby")
    for days, message in ((20, "the token ends on"), (-2, "the token ended on")):
        with owner.begin() as connection:
            connection.execute(
                text(
                    "update user_session set expires_at = now() + :days * interval '1 day' "
                    "where label = 'Hall'"
                ),
                {"days": days},
            )
        [line] = ages.ending_tokens(settings, datetime.now(UTC))
        assert line.startswith("Screen: Hall") and message in line and "./ikomek wall renew " in line
        assert (sessions.find_principal(owner, token) is not None) == (days > 0)
    assert wall.main(settings, ["wall", "renew", line.rsplit(" ", 1)[1]]) == 0
    address = capsys.readouterr().out.strip().splitlines()[-1]
    assert sessions.find_principal(owner, address.partition("token=")[2]).scene == "operations"
    assert ages.ending_tokens(settings, datetime.now(UTC)) == []


@pytest.mark.parametrize("days", ["", "0", "-1", "3651", "a year"])
def test_a_term_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, days: str) -> None:
    monkeypatch.setenv(token_terms.VARIABLE, days)
    with pytest.raises(InvalidInput, match=r"token\.days"):
        token_terms.term_days()


def test_a_scope_is_set_anew_and_a_wrong_key_is_refused(
    settings: Settings, owner: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    add = ["user", "add", "scoped", "--role", "duty", "--no-password", "--district"]
    with owner.begin() as connection:
        connection.execute(
            text("""insert into district (region, key, name_kk, name_ru, name_en, valid_from, geom_4326,
                    geom_3857)
                select :region, 'esil', '', '', '', date '2020-01-01', box, st_transform(box, 3857)
                from (select st_multi(st_makeenvelope(71, 51, 72, 52, 4326)) as box) b"""),
            {"region": settings.city.region},
        )
    with pytest.raises(NotFound, match=r"user\.district"):
        user.main(settings, [*add, "no-such-district"])
    with pytest.raises(SystemExit):
        user.main(settings, [*add, "esil", "--kind", "polise"])
    assert user.main(settings, [*add, "esil", "--kind", "police"]) == 0
    token = sessions.use_one_time(owner, sessions.one_time_link(owner, "scoped").partition("=")[2])
    who = sessions.find_principal(owner, token)
    assert (who.districts, who.kinds) == (("esil",), ("police",))
    capsys.readouterr()
    assert user.main(settings, ["user", "scope", "scoped", "--kind", "service"]) == 0
    assert "scoped: districts *; kinds service." in capsys.readouterr().out
    assert sessions.find_principal(owner, token) is None, "a stream would go on with the old scope"
    token = sessions.use_one_time(owner, sessions.one_time_link(owner, "scoped").partition("=")[2])
    who = sessions.find_principal(owner, token)
    assert (who.districts, who.kinds) == (None, ("service",))
    with pytest.raises(NotFound, match=r"user\.organisation"):
        user.main(settings, ["user", "scope", "scoped", "--organisation", "nobody"])


def test_every_role_has_the_kinds_that_are_written_down(owner: Engine) -> None:
    """A contractor sees none until somebody says for whom they work, and electoral staff see no police."""
    with owner.connect() as connection:
        roles = set(connection.scalars(text("select key from user_role")))
    assert users.KINDS_BY_DEFAULT.keys() <= roles
    seen = {role: users.kinds_of(role, None) for role in roles}
    assert seen["performer"] == () and users.kinds_of("performer", None, "heat") == users.OF_ORGANISATION
    assert {role for role, kinds in seen.items() if kinds is None} == {
        *("wall", "operator", "duty", "inspector", "executive", "auditor", "administrator"),
        *("push", "monitor"),
    }


def test_an_organisation_narrows_every_role(settings: Settings, owner: Engine) -> None:
    with owner.begin() as connection:
        connection.execute(
            text("""insert into performer (key, type, name_kk, name_ru, name_en)
                values ('heat', 'utility', '', '', '')""")
        )
        roles = list(users.permissions_by_role(connection))
    assert {"duty", "performer", "operator", "executive", "administrator"} <= set(roles)
    for role in roles:
        name = f"of {role}"
        add = ["user", "add", name, "--role", role, "--no-password"]
        if role in users.OF_WHOLE_CITY:
            for scope in ({"organisation": "heat"}, {"districts": ["esil"]}):
                with pytest.raises(Conflict, match=r"user\.whole_city"):
                    users.add_user(owner, name, role, None, **scope)
            assert user.main(settings, add) == 0
            with pytest.raises(Conflict, match=r"user\.whole_city"):
                user.main(settings, ["user", "scope", name, "--organisation", "heat"])
            continue
        assert user.main(settings, [*add, "--organisation", "heat"]) == 0
        token = sessions.use_one_time(owner, sessions.one_time_link(owner, name).partition("=")[2])
        who = sessions.find_principal(owner, token)
        scope = Scope.of(who)
        kind = (who.kinds or ("service", ""))[0]
        assert not scope.is_whole and not who.sees_all_of({"service"}), role
        assert not scope.sees(kind, None, performer="water"), role
        assert scope.sees(kind, None, performer="heat") == (who.kinds != ()), role
        assert scope.where()[1]["scope_performer"] == "heat", role


def test_an_account_is_linked_to_one_manager(
    settings: Settings, owner: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    with owner.begin() as connection:
        connection.execute(
            text("""insert into manager (id, key, name, post_kk, post_ru, post_en)
            values (1, 'm1', 'm', '', '', '')""")
        )
    for name in ("deputy", "other"):
        users.add_user(owner, name, "executive", None)
    with pytest.raises(NotFound, match="user.manager"):
        user.main(settings, ["user", "manager", "deputy", "m2"])
    assert user.main(settings, ["user", "manager", "deputy", "m1"]) == 0
    token = sessions.use_one_time(owner, sessions.one_time_link(owner, "deputy", "x").split("token=")[1])
    assert sessions.find_principal(owner, token).manager == "m1"
    with pytest.raises(Conflict, match="user.manager_taken"):
        user.main(settings, ["user", "manager", "other", "m1"])
    assert user.main(settings, ["user", "manager", "deputy"]) == 0
    assert user.main(settings, ["user", "manager", "other", "m1"]) == 0
    assert sessions.find_principal(owner, token).manager is None
    assert "deputy is no longer linked" in capsys.readouterr().out
