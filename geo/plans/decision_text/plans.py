"""The legal text of a plan's precincts, from its assignment and the register of addresses as they are now.
The border is a list of houses: no coordinate enters it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, text

from geo.errors import InvalidInput, NotFound
from geo.plans.decision_text.register import Register, RegisterAddress
from geo.plans.decision_text.words import LANGUAGES
from geo.plans.decision_text.write import StreetLine, document, lines
from geo.plans.stations import ADDRESS, ENTRANCE
from geo.settings import City


@dataclass(frozen=True)
class PrecinctText:
    """One precinct: its whole part of the decision, and the same by street. `untold`: buildings that the
    text cannot name, with the reason ("no_address", "shared_address")."""

    number: int
    text: str
    lines: tuple[StreetLine, ...]
    untold: Mapping[int, str]


def plan_texts(
    connection: Connection, city: City, plan_id: int, lang: str, number: int | None = None
) -> dict[int, PrecinctText]:
    """Number -> text in `lang` ("kk" or "ru") of every precinct with buildings, or of the one asked for.

    Raises `InvalidInput` ("legal.language"), `NotFound` ("plan.unknown", "plan.unknown_precinct").
    """
    if lang not in LANGUAGES:
        raise InvalidInput("legal.language", language=lang[:10], known=", ".join(LANGUAGES))
    locations = _locations(connection, city.region, plan_id, lang)
    if number is not None and number not in locations:
        raise NotFound("plan.unknown_precinct", precincts=number)
    precinct_of = read_numbers(connection, city.region, plan_id)
    register = Register(
        read_addresses(
            connection,
            city.region,
            None if number is None else [b for b, n in precinct_of.items() if n == number],
        ),
        lang,
    )
    lines_of, untold = lines(register, precinct_of), register.untold(precinct_of)
    wanted = locations if number is None else {number: locations[number]}
    return {
        n: PrecinctText(
            n,
            document(n, lang, lines_of.get(n, ()), location),
            tuple(lines_of.get(n, ())),
            {b: why for b, why in untold.items() if precinct_of[b] == n},
        )
        for n, location in wanted.items()
    }


def read_addresses(
    connection: Connection, region: str, on_streets_of: list[int] | None = None
) -> list[RegisterAddress]:
    """Every building of the city, or those on the streets of some: what a range of theirs may hold."""
    near = (
        ""
        if on_streets_of is None
        else """and (street_norm in (select o.street_norm from building o where o.region = :region
            and o.id = any(:near))
        or id = any(:near))"""
    )
    rows = connection.execute(
        text(
            f"select id, street_kk, street_ru, house from building where region = :region {near} order by id"
        ),
        {"region": region, "near": on_streets_of},
    )
    return [RegisterAddress(*row) for row in rows]


def read_numbers(connection: Connection, region: str, plan_id: int) -> dict[int, int]:
    """Building -> the number of its precinct."""
    rows = connection.execute(
        text("""select a.building_id, p.number from assignment a
        join precinct p on p.region = a.region and p.plan_id = a.plan_id and p.id = a.precinct_id
        where a.region = :region and a.plan_id = :plan"""),
        {"region": region, "plan": plan_id},
    )
    return dict(tuple(row) for row in rows)


def _locations(connection: Connection, region: str, plan_id: int, lang: str) -> dict[int, str | None]:
    """Number -> where its station is, as the decision says it."""
    rows = connection.execute(
        text(f"""select p.number, concat_ws(', ', s.name_{lang}, {ADDRESS[lang]}, {ENTRANCE[lang]}) as place
            from precinct p
        left join station s on s.region = p.region and s.id = p.station_id where p.region = :region
            and p.plan_id = :plan order by p.number"""),
        {"region": region, "plan": plan_id},
    ).all()
    if (
        not rows
        and connection.execute(
            text("select 1 from plan where region = :region and id = :plan"),
            {"region": region, "plan": plan_id},
        ).first()
        is None
    ):
        raise NotFound("plan.unknown", plan=plan_id)
    return {row.number: row.place or None for row in rows}
