"""What somebody has decided is not overwritten by the next: who would decide otherwise is told by whom and
what, and undoes it first."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from etl.demo.voters.writing import InventedList
from geo.errors import Conflict, NotFound
from geo.settings import Settings
from geo.voters import worklist
from geo.voters.alike import decide_alike
from geo.voters.keys import KeyRing
from geo.voters.regions import doubles
from tests.geo.voters.conftest import Ask
from tests.support.voters_list import load, write

RULES = "select who, building_id from voters.address_rule where undone_at is null"


def test_an_address(demo_copy: Settings, people: InventedList, file: Path, voters: Engine, ask: Ask) -> None:
    line = next(one for one in people.lines if one.building and not one.fault)
    line.cells["Адрес регистрации"] = "ул. Никому Неизвестная, д. 5, кв. 1"
    list_id = load(demo_copy, write(people, file)).id
    ring, city = KeyRing.of(demo_copy), demo_copy.city
    with voters.begin() as connection:
        opened = worklist.open_addresses(connection, city, ring, list_id, 10_000)
        address = next(one.id for one in opened if "Неизвестная" in one.line)

    def decide(building: int | None, who: str) -> None:
        with voters.begin() as connection:
            worklist.decide(connection, city, ring, list_id, address, building, who)

    decide(line.building, "aigerim")
    decide(line.building, "botagoz")
    with pytest.raises(Conflict, match="voters.decided_otherwise") as refused:
        decide(None, "botagoz")
    assert refused.value.parameters["who"] == "aigerim" and refused.value.parameters["house"]
    with pytest.raises(Conflict, match="voters.decided_otherwise"), voters.begin() as connection:
        decide_alike(connection, city, ring, list_id, address, None, 2, "botagoz")
    assert ask(RULES) == [("aigerim", line.building)]
    with voters.begin() as connection:
        worklist.take_back(connection, city, list_id, address, "botagoz")
    decide(None, "botagoz")
    with pytest.raises(Conflict, match="voters.decided_none") as refused:
        decide(line.building, "aigerim")
    assert refused.value.parameters["who"] == "botagoz"
    assert ask(RULES) == [("botagoz", None)]


def test_a_double(demo_copy: Settings, voters: Engine) -> None:
    city = demo_copy.city
    with voters.begin() as connection:
        bound = {"region": city.region}
        comparison = connection.scalar(
            text("""insert into voters.comparison (region, session, role, other, list_id, own_rows, sent,
                begun_by) values (:region, '', 'begins', '75', 1, 1, '', 'aigerim') returning id"""),
            bound,
        )
        double = connection.scalar(
            text("""insert into voters.region_double (region, comparison_id, hash, lasting)
                values (:region, :comparison, '', '') returning id"""),
            bound | {"comparison": comparison},
        )
        doubles.decide(connection, city, double, "struck", "moved", "aigerim")
    with voters.begin() as connection:
        doubles.decide(connection, city, double, "struck", "has moved", "botagoz")
        with pytest.raises(Conflict, match=r"compare\.decided\.struck") as refused:
            doubles.decide(connection, city, double, "stays", "lives here", "botagoz")
        assert refused.value.parameters == {"double": double, "who": "aigerim"}
        doubles.undo(connection, city, double, "botagoz")
        with pytest.raises(NotFound, match=r"compare\.undecided"):
            doubles.undo(connection, city, double, "botagoz")
        doubles.decide(connection, city, double, "stays", "lives here", "botagoz")
        assert not doubles.struck_off(connection, city.region)
