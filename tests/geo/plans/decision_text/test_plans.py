"""The demo city's legal text, both languages: what it names is read back to the last building, and a plan
is made of it; lists likewise."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, text

from geo.errors import InvalidInput, NotFound
from geo.plans.decision_text.plans import plan_texts, read_addresses, read_numbers
from geo.plans.decision_text.read import Unmatched
from geo.plans.editing.draft import Author
from geo.plans.export import assignment
from geo.plans.files.assignment_lists import assign_list, draft_from_list
from geo.plans.files.from_buildings import draft_from_text, read_decision
from geo.plans.files.unmatched import read_unmatched
from geo.plans.lifecycle import draft_from
from geo.plans.model import plan_in_force
from geo.plans.undo import steps, undo
from geo.settings import Settings
from tests.support.connected import connection_as

editor = connection_as("editor", of="demo_copy")


@pytest.fixture
def plan(editor: Connection, demo_copy: Settings) -> int:
    return plan_in_force(editor, demo_copy.city)


def decision(editor: Connection, settings: Settings, plan: int, lang: str) -> str:
    return "\n".join(texts.text for texts in plan_texts(editor, settings.city, plan, lang).values())


@pytest.mark.parametrize("lang", ["kk", "ru"])
def test_every_building_of_the_city_is_read_back(
    editor: Connection, demo_copy: Settings, plan: int, lang: str
) -> None:
    reading = read_decision(editor, demo_copy.city, decision(editor, demo_copy, plan, lang))
    assert reading.unmatched == [] and reading.precinct_of() == read_numbers(
        editor, demo_copy.city.region, plan
    )
    assert len(reading.sections) == 12 and all(section.location for section in reading.sections)


def test_one_precinct_reads_as_it_does_among_all(editor: Connection, demo_copy: Settings, plan: int) -> None:
    for number, texts in plan_texts(editor, demo_copy.city, plan, "kk").items():
        assert (
            plan_texts(editor, demo_copy.city, plan, "kk", number)[number].text == texts.text
            and texts.untold == {}
        )


def test_a_plan_is_made_of_an_old_decision(editor: Connection, demo_copy: Settings, plan: int) -> None:
    city = demo_copy.city
    decision_ = decision(editor, demo_copy, plan, "ru")
    wanted = read_numbers(editor, city.region, plan)
    made, unmatched = draft_from_text(editor, city, "old", decision_, "aizhan")
    assert (
        unmatched == []
        and {b: n for b, n in read_numbers(editor, city.region, made).items() if b in wanted} == wanted
    )
    sources = dict(
        tuple(row)
        for row in editor.execute(
            text("select source, count(*) from assignment where plan_id = :plan group by 1"), {"plan": made}
        ).all()
    )
    assert sources["text"] == len(wanted)
    state, stations = editor.execute(
        text(
            """select l.state, count(p.station_id) from plan l join precinct p on p.plan_id = l.id
                where l.id = :plan group by 1"""
        ),
        {"plan": made},
    ).one()
    assert (state, stations) == ("draft", 12)


def test_what_did_not_match_is_kept_as_a_worklist(editor: Connection, demo_copy: Settings, plan: int) -> None:
    city = demo_copy.city
    first, rest = decision(editor, demo_copy, plan, "ru").split("\n\n", 1)
    lines = first.split("\n")
    decision_ = "\n".join([*lines[:-1], "улица Несуществующая: № 1–9", "", rest])
    made, unmatched = draft_from_text(editor, city, "old", decision_, "aizhan")
    assert unmatched[0] == Unmatched(1, "street_unknown", "улица Несуществующая, 1–9")
    lost = {line.building for line in unmatched if line.code == "building_unnamed"}
    assert list(read_unmatched(editor, city.region, made).values()) == unmatched and lost <= set(
        read_numbers(editor, city.region, plan)
    )
    named = [address for address in read_addresses(editor, city.region) if address.building in lost]
    assert {address.street_ru for address in named} <= {lines[-1].split(":")[0]}


def test_a_list_makes_a_plan_and_is_written_into_a_draft(
    editor: Connection, demo_copy: Settings, plan: int
) -> None:
    city = demo_copy.city
    rows = assignment(editor, city, plan)
    body = "building,precinct\n" + "".join(f"{row['building']},{row['precinct']}\n" for row in rows)
    made, texts = draft_from_list(editor, city, "list", body.encode(), "aizhan")
    wanted = read_numbers(editor, city.region, plan)
    assert (texts.read, texts.rejects) == (len(wanted), [])
    assert {b: n for b, n in read_numbers(editor, city.region, made).items() if b in wanted} == wanted
    draft = draft_from(editor, city, plan, "2027", "aizhan")
    first = rows[0]
    other = next(row["precinct"] for row in rows if row["precinct"] != first["precinct"])
    moved, texts = assign_list(
        editor,
        city,
        draft,
        f"street;house;precinct\n{first['street']};{first['house']};{other}\nнет;1;1\nнет;1;x\n".encode(),
        "aizhan",
    )
    assert moved == 1 and read_numbers(editor, city.region, draft)[first["building"]] == other
    assert [(row, code) for row, code, _ in texts.rejects] == [(3, "building.unknown"), (4, "plan.no_number")]


def test_a_list_of_many_precincts_is_one_step(editor: Connection, demo_copy: Settings, plan: int) -> None:
    """Every precinct is locked before one is changed, and all of it is taken back at once."""
    city = demo_copy.city
    rows = assignment(editor, city, plan)
    numbers = sorted({row["precinct"] for row in rows})
    turned = dict(zip(numbers, numbers[1:] + numbers[:1]))
    draft = draft_from(editor, city, plan, "2027", "aizhan")
    body = (
        "building,precinct\n"
        + "".join(f"{row['building']},{turned[row['precinct']]}\n" for row in rows[::7])
        + f"{rows[1]['building']},99000\n"
    )
    moved, texts = assign_list(editor, city, draft, body.encode(), "aizhan")
    assert (
        len(numbers) > 2
        and moved == len(rows[::7])
        and [code for _, code, _ in texts.rejects] == ["plan.unknown_precinct"]
    )
    assert [one["what"] for one in steps(editor, city, draft, "aizhan")["undo"]] == ["assigned"]
    undo(Author(editor, city, draft, "aizhan"))
    assert read_numbers(editor, city.region, draft) == read_numbers(editor, city.region, plan)


def test_what_cannot_be_told_or_read_is_refused(editor: Connection, demo_copy: Settings, plan: int) -> None:
    city = demo_copy.city
    for call, error, code in (
        (lambda: plan_texts(editor, city, plan, "en"), InvalidInput, "legal.language"),
        (lambda: plan_texts(editor, city, 99, "kk"), NotFound, "plan.unknown"),
        (lambda: plan_texts(editor, city, plan, "kk", 99), NotFound, "plan.unknown_precinct"),
        (lambda: draft_from_text(editor, city, "x", "ничего", "me"), InvalidInput, "legal.no_precincts"),
        (
            lambda: draft_from_text(editor, city, "x", "Участок № 1\nГраницы: улица Нет: 1", "me"),
            InvalidInput,
            "plan.no_houses",
        ),
        (lambda: draft_from_list(editor, city, "x", b"a,b\n1,2", "me"), InvalidInput, "assignment.columns"),
    ):
        with pytest.raises(error) as raised:
            call()
        assert raised.value.code == code
