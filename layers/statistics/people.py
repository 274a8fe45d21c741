"""Operators by person. A person sees themselves and their team; the people of a team are for its head alone,
whatever other rights somebody has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, text

from geo.accounts.users import Principal
from geo.errors import Forbidden
from geo.settings import City
from geo.statistics.counting import Counted
from geo.statistics.definitions import INQUIRY, LEVELS, Figure
from geo.statistics.inquiry_days import DayGrouping, count_days
from geo.statistics.teams import OF_OPERATOR
from layers.statistics.requests import StatisticsRequest

PERSONAL: tuple[Figure, ...] = tuple(figure for figure in LEVELS["operators"] if figure.source is INQUIRY)
"""The figures of a person's work: a lost call was answered by nobody."""
WHO = text("""select key, name, team, is_head from operator where region = :region and account = :account""")
TEAM_OF = text("select team from operator where region = :region and key = :key")
MEMBERS = text("""select key, name from operator where region = :region and team = :team
    and (:all or key = :me) order by name, key""")
OWN_TEAM = "case when o.team = :team then o.team end"
OWN_PERSON = "case when o.team = :team and (:all or d.value = :me) then d.value end"


@dataclass(frozen=True)
class SignedInOperator:
    key: str
    name: str
    team: str
    is_head: bool


@dataclass(frozen=True)
class Colleague:
    """`counted`: by figure; one of which nothing is theirs is absent."""

    key: str
    name: str
    counted: Mapping[str, Counted]


@dataclass(frozen=True)
class OwnTeam:
    """`people`: whoever the caller may see by name: themselves, and the whole team where they head it."""

    me: SignedInOperator
    team: Mapping[str, Counted]
    people: list[Colleague]


def find_operator(connection: Connection, city: City, principal: Principal) -> SignedInOperator | None:
    """Who of the contact centre has signed in; none = nobody of it. A screen or a program is nobody."""
    if principal.type != "person":
        return None
    row = connection.execute(WHO, {"region": city.region, "account": principal.name}).one_or_none()
    return None if row is None else SignedInOperator(row.key, row.name, row.team, row.is_head)


def read_own_team(
    connection: Connection, city: City, request: StatisticsRequest, principal: Principal
) -> OwnTeam | None:
    """None where the caller is no operator. Nobody else's people are read from the database."""
    me = find_operator(connection, city, principal)
    if me is None:
        return None
    values = {"region": city.region, "team": me.team, "me": me.key, "all": me.is_head}
    team, own = (
        count_days(
            connection, city, request.first, request.last, DayGrouping(key, values, OF_OPERATOR, "operator")
        )
        for key in (OWN_TEAM, OWN_PERSON)
    )
    people: dict[str, dict[str, Counted]] = {}
    for figure in PERSONAL:
        for key, counted in own[figure.key].items():
            people.setdefault(key, {})[figure.key] = counted
    members = connection.execute(MEMBERS, values)
    of_team = {figure.key: team[figure.key][me.team] for figure in PERSONAL if me.team in team[figure.key]}
    return OwnTeam(me, of_team, [Colleague(row.key, row.name, people.get(row.key, {})) for row in members])


def check_person(connection: Connection, city: City, principal: Principal, person: str) -> str:
    """The key, where the caller may see this person's cases. Raises `Forbidden` ("statistics.person")."""
    me = find_operator(connection, city, principal)
    if me is not None:
        team = connection.execute(TEAM_OF, {"region": city.region, "key": person}).scalar()
        if me.key == person or (me.is_head and team == me.team):
            return person
    raise Forbidden("statistics.person")
