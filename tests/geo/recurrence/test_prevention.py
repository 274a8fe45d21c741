"""Preventive measures: who may answer for one, how it ends, and what it changed against comparable places."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from dashboard.commands import prevention as command
from geo.errors import Conflict, InvalidInput, NotFound
from geo.recurrence.effect import effect_of
from geo.settings import Settings
from tests.support.connected import engine_as
from tests.support.first_comer import assert_first

owner = engine_as("owner")
MANAGER = """insert into manager (id, key, name, post_kk, post_ru, post_en) overriding system value
    values (1, 'deputy', 'Б. Сәрсенов', 'О', 'Зам', 'Deputy')"""


def test_half_of_what_it_would_be_is_an_effect_and_the_city_getting_better_is_none() -> None:
    """Twenty places went from 40 to 40, this one from 40 to 20: half, proven. Where all halved it is not."""
    others = {f"other{n}": 40 for n in range(20)}
    found = effect_of("here", {"here": 40, **others}, {"here": 20, **others})
    assert found and found.times == pytest.approx(20.5 / 40.5, rel=1e-3)
    assert found.is_proven and found.high < 1 and (found.others, found.others_before) == (20, 800)
    halved = effect_of("here", {"here": 40, **others}, dict.fromkeys(("here", *others), 20))
    assert halved and halved.times == pytest.approx(1, abs=0.02) and not halved.is_proven


def test_comparable_are_places_with_about_as_many_and_few_say_nothing() -> None:
    before = {"here": 10, "near": 11, **{f"far{n}": 1000 + n for n in range(30)}}
    found = effect_of("here", before, {"here": 10, "near": 1})
    assert found and found.others == 20 and found.others_before < 20_000
    assert effect_of("here", {"here": 2, "near": 2}, {}) is None
    assert effect_of("here", {"here": 9}, {"here": 1}) is None


def test_a_measure_is_proposed_and_ends_once(
    settings: Settings, owner: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    with owner.begin() as connection:
        connection.execute(text(MANAGER))
    due = (settings.city.today() + timedelta(30)).isoformat()
    arguments = ["prevention", "add", "street:улица Кенесары", "deputy", due, "заменить трубу"]
    assert command.main(settings, arguments) == 0
    for at, wrong, error, code in (
        (2, "house:4", InvalidInput, "prevention.location"),
        (3, "nobody", NotFound, "prevention.owner"),
        (4, "2020-01-01", InvalidInput, "prevention.due"),
        (5, " ", InvalidInput, "prevention.measure"),
    ):
        with pytest.raises(error, match=code.replace(".", r"\.")):
            command.main(settings, [*arguments[:at], wrong, *arguments[at + 1 :]])
    with pytest.raises(NotFound, match=r"prevention\.topic"):
        command.main(settings, [*arguments, "--topic", "nothing"])
    tomorrow = (settings.city.today() + timedelta(1)).isoformat()
    with pytest.raises(InvalidInput, match=r"prevention\.ahead"):
        command.main(settings, ["prevention", "done", "1", "--day", tomorrow])
    assert command.main(settings, ["prevention", "list"]) == 0
    assert "street:улица Кенесары" in capsys.readouterr().out
    assert command.main(settings, ["prevention", "done", "1"]) == 0
    with pytest.raises(Conflict) as ended:
        command.main(settings, ["prevention", "drop", "1"])
    assert_first(ended, "prevention.ended", str(ended.value.parameters["who"]))
    with pytest.raises(NotFound, match=r"prevention\.unknown"):
        command.main(settings, ["prevention", "drop", "7"])
    with owner.connect() as connection:
        assert connection.scalars(text("select what from audit order by id")).all() == [
            "prevention.added",
            "prevention.done",
        ]
