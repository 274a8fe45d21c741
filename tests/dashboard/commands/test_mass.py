"""./ikomek mass, as the owner of the categories types it."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, text

from dashboard.commands import mass
from dashboard.words import language
from geo.errors import InvalidInput, NotFound
from geo.settings import Settings


@pytest.fixture(autouse=True)
def english():
    token = language.set("en")
    yield
    language.reset(token)


def test_the_radius_of_a_category_is_shown_set_and_given_back(
    connection: Connection, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    connection.execute(
        text("""insert into category (id, key, kind, name_kk, name_ru, name_en, duplicate_radius_m)
        values (1, 'heating.none', 'service', 'a', 'a', 'a', 250)""")
    )
    connection.commit()

    def line(*argv: str) -> list[str]:
        assert mass.main(settings, ["mass", *argv]) == 0
        assert mass.main(settings, ["mass", "show"]) == 0
        return capsys.readouterr().out.splitlines()[-1].split()[:4]

    assert line() == ["heating.none", "250", "24", "3"]
    assert line("set", "heating.none", "500", "1.5", "5") == ["heating.none", "500", "1.5", "5"]
    assert line("clear", "heating.none") == ["heating.none", "250", "24", "3"]
    with pytest.raises(NotFound, match="mass.category_unknown"):
        mass.main(settings, ["mass", "set", "heating.nane", "500", "1"])
    with pytest.raises(InvalidInput, match="mass.rule"):
        mass.main(settings, ["mass", "set", "heating.none", "0", "1"])
