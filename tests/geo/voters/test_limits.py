"""How much one person may ask for: who guesses at the contact centre's question is stopped after a few
misses, nobody prints the whole list from the page, and each refusal is in the audit, which has no gap by
it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, text

from etl.demo.voters.writing import InventedList
from geo.errors import TooMany
from geo.settings import Settings
from geo.voters import iin, looks
from geo.voters.keys import KeyRing
from geo.voters.limits import (
    ADDRESSES,
    CITY_PRINTED,
    LOOKS,
    MISSES,
    PACE,
    PRINTED,
    QUESTIONS,
    QUESTIONS_PACE,
    Limit,
)
from tests.geo.voters.conftest import Ask
from tests.support.connected import engine_as
from tests.support.voters_service import answering, ask_list

lookup = engine_as("lookup", of="demo_copy")
owner_of_copy = engine_as("owner", "owner_of_copy", "demo_copy")
UNFIT = "850417300122"


@pytest.fixture
def demo_copy(listed_copy: Settings) -> Settings:
    """A list is in force."""
    return listed_copy


@pytest.fixture
def person(people: InventedList) -> dict[str, str]:
    """Somebody of the list in force."""
    return next(line.cells for line in people.lines if line.building and not line.fault and not line.also)


@pytest.fixture
def had(owner_of_copy: Engine) -> Callable[[Limit, str, int], None]:
    """`n` acts of a limit, this many minutes ago."""

    def add(limit: Limit, who: str, n: int, minutes: int = 10) -> None:
        with owner_of_copy.begin() as connection:
            connection.execute(
                text("""insert into audit (who, what, parameters, caller_type, at)
                    overriding system value select :who, :what, '{}', 'person',
                    now() - make_interval(mins => :minutes) from generate_series(1, :n)"""),
                {"who": who, "what": limit.acts[0], "n": n, "minutes": minutes},
            )

    return add


def gaps(ask: Ask) -> int:
    """Numbers of the audit that have no row."""
    (row,) = ask(
        "select (select last_value from audit_id_seq) - max(id) as behind, "
        "max(id) - min(id) + 1 - count(*) as within from audit"
    )
    return int(row.behind + row.within)


def refusals(ask: Ask) -> list[tuple[str, str]]:
    rows = ask("select who, parameters ->> 'code' as code from audit where what = 'refused' order by id")
    return [(row.who, row.code) for row in rows]


def test_who_guesses_a_number_is_stopped_and_another_is_not(
    demo_copy: Settings, person: dict[str, str], lookup: Engine, ask: Ask
) -> None:
    """The last digits of somebody of known birth date, tried one after the other."""
    number, birth, city = person["ИИН"], person["Дата рождения"], demo_copy.city
    guesses = [f"{number[:7]}{n:04}" for n in range(200)]
    tried = [
        f"{one}{digit}"
        for one in guesses
        if (digit := iin.check_digit(one)) is not None and f"{one}{digit}" != number
    ]

    def listed(one: str, who: str) -> bool:
        ring = KeyRing.of(demo_copy)  # as a process that has just begun
        return looks.listed(lookup, city, ring, one, birth, who)[0]

    for one in tried[: MISSES.most - 1]:
        assert not listed(one, "anna")
    assert listed(number, "anna"), "who fits is no miss"
    assert not listed(tried[MISSES.most], "anna")
    before = gaps(ask)
    for one in (number, tried[-1]):
        with pytest.raises(TooMany, match=r"voters\.misses") as raised:
            listed(one, "anna")
        assert 3_500 < raised.value.parameters["retry_s"] <= 3_600
    assert refusals(ask) == [("anna", "voters.misses")] * 2 and gaps(ask) == before
    assert listed(number, "boris")
    misses = ask("select who, parameters from audit where what = 'voter.not_listed'")
    assert [(row.who, row.parameters) for row in misses] == [("anna", {})] * MISSES.most


def test_misses_of_an_hour_ago_count_no_more(
    demo_copy: Settings, person: dict[str, str], lookup: Engine, had: Callable[..., None]
) -> None:
    had(MISSES, "anna", 50, minutes=61)
    ring = KeyRing.of(demo_copy)
    assert looks.listed(lookup, demo_copy.city, ring, person["ИИН"], person["Дата рождения"], "anna")[0]


def test_each_refusal_is_recorded_and_burns_no_number(
    demo_copy: Settings, person: dict[str, str], had: Callable[..., None], ask: Ask
) -> None:
    reason = {"why": "call", "document": "109-7"}
    number, birth = person["ИИН"], person["Дата рождения"]
    requests = {
        "look": {"number": number, **reason},
        "look_at_house": {"line": person["Адрес регистрации"], **reason},
        "listed": {"number": number, "birth": birth},
    }
    had(LOOKS, "anna", LOOKS.most)
    had(QUESTIONS, "anna", QUESTIONS.most)
    before = gaps(ask)
    with answering(demo_copy):
        for name, given in requests.items():
            with pytest.raises(TooMany, match=r"voters\.looks") as raised:
                ask_list(demo_copy, name, "anna", **given)
            assert 85_000 < raised.value.parameters["retry_s"] <= 86_400
            assert ask_list(demo_copy, name, "boris", **given)
    assert refusals(ask) == [("anna", "voters.looks")] * 3 and gaps(ask) == before
    seen = ask("select what from audit where who = 'anna' and at > now() - interval '5 minutes'")
    assert {row.what for row in seen} == {"refused"}


def test_nobody_looks_faster_than_a_person_reads(
    demo_copy: Settings, person: dict[str, str], had: Callable[..., None], ask: Ask
) -> None:
    reason = {"why": "call", "document": "109-7"}
    had(PACE, "anna", PACE.most, minutes=0)
    had(PACE, "boris", PACE.most, minutes=2)
    had(QUESTIONS_PACE, "anna", QUESTIONS_PACE.most, minutes=0)
    with answering(demo_copy):
        for name, given in (
            ("look", {"number": person["ИИН"], **reason}),
            ("listed", {"number": person["ИИН"], "birth": person["Дата рождения"]}),
        ):
            with pytest.raises(TooMany, match=r"voters\.pace") as raised:
                ask_list(demo_copy, name, "anna", **given)
            assert 0 < raised.value.parameters["retry_s"] <= 60
            assert ask_list(demo_copy, name, "boris", **given)
    assert refusals(ask) == [("anna", "voters.pace")] * 2


def test_so_many_precincts_are_printed_on_the_page_a_day(
    demo_copy: Settings, person: dict[str, str], had: Callable[..., None], ask: Ask
) -> None:
    number = ask("""select c.number from voters.person p
        join assignment a on a.building_id = p.building_id
        join precinct c on c.plan_id = a.plan_id and c.id = a.precinct_id
        where a.plan_id = (select id from plan where state = 'published') order by 1 limit 1""")[0].number
    wanted = {"number": number, "by": "name", "lang": "ru"}
    had(PRINTED, "anna", PRINTED.most - 1)
    had(PRINTED, "cli:boris", PRINTED.most + 1)
    with answering(demo_copy):
        assert ask_list(demo_copy, "printed", "anna", **wanted)["voters"]
        before = gaps(ask)
        with pytest.raises(TooMany, match=r"voters\.prints"):
            ask_list(demo_copy, "printed", "anna", **wanted)
        assert refusals(ask) == [("anna", "voters.prints")] and gaps(ask) == before
        assert ask_list(demo_copy, "printed", "boris", **wanted)["voters"], "the command counts for itself"
    counted = ask("select count(*) as n from audit where what = 'voters.printed' and who not like 'cli:%'")[
        0
    ].n
    for n in range(-(-(CITY_PRINTED.most - counted) // (PRINTED.most - 1))):
        had(PRINTED, f"clerk {n}", PRINTED.most - 1)
    with answering(demo_copy), pytest.raises(TooMany, match=r"voters\.city_prints"):
        ask_list(demo_copy, "printed", "dana", **wanted)
    assert refusals(ask)[-1] == ("dana", "voters.city_prints")


def test_addresses_are_counted_as_looks(demo_copy: Settings, had: Callable[..., None], ask: Ask) -> None:
    had(ADDRESSES, "anna", ADDRESSES.most)
    with answering(demo_copy):
        for name, given in (("addresses", {}), ("alike", {"address": 1})):
            with pytest.raises(TooMany, match=r"voters\.addresses"):
                ask_list(demo_copy, name, "anna", list_id=1, **given)
    assert refusals(ask) == [("anna", "voters.addresses")] * 2
