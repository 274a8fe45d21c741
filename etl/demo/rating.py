"""The rating of the demo city: its strategy is adopted, each month of the last year closed by two people of
its invention, and indicators are proposed to deputy akims for the month that runs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

from etl.demo.facts.organisations import RATED_BY
from geo.audit.keys import open_signer, publish_key
from geo.database import Connection, connected_engine
from geo.rating import months, versions
from geo.rating.assignments import IndicatorProposal, answer_assignment, propose_assignment
from geo.rating.cases import next_month
from geo.rating.strategy import read_strategy
from geo.settings import City, Settings
from geo.statistics.counting import midnight

FILE = Path(__file__).with_name("strategy.toml")
CLOSED_MONTHS = 12
CLOSED_AFTER = timedelta(days=4)
"""The end of a month."""
PROPOSED = (
    ("deputy_utilities", "milestones", 15, 0.85, True, "Котельные и сети весь год под его надзором"),
    ("deputy_social", "repeated", 35, None, False, "Повторы по школам надо снизить вдвое"),
    ("deputy_transport", "milestones", 12, None, None, "Две развязки сдаются в этом году"),
)
"""Manager, indicator, weight, plan, whether it is accepted (none: not answered yet), and why."""


def close_year(settings: Settings, until: datetime, progress: Callable[[str, int, int], None]) -> None:
    """Close the last months that were over at `until`."""
    city, strategy = settings.city, read_strategy(FILE)
    signer = open_signer(settings.data / months.KEYS)
    publish_key(signer, settings.data / months.KEYS)
    month = until.astimezone(city.time_zone).date().replace(day=1)
    over: list[date] = []
    while len(over) < CLOSED_MONTHS:
        month = (month - timedelta(1)).replace(day=1)
        over.append(month)
    with connected_engine(settings, "owner") as engine:
        with engine.begin() as connection:
            versions.adopt(connection, city, strategy, RATED_BY[0])
        for done, month in enumerate(reversed(over)):
            progress("rating", done, len(over))
            as_of = min(midnight(city, next_month(month)) + CLOSED_AFTER, until)
            with engine.begin() as connection:
                counted = months.count_month(connection, city, strategy, month, as_of)
                for who in RATED_BY:
                    months.close_month(connection, city, month, counted, who, signer)
        with engine.begin() as connection:
            _propose(connection, city, until.astimezone(city.time_zone).date().replace(day=1))


def _propose(connection: Connection, city: City, since: date) -> None:
    for manager, indicator, weight, plan, is_accepted, why in PROPOSED:
        head, office = RATED_BY
        proposal = IndicatorProposal(since, manager, indicator, weight, plan)
        made = propose_assignment(connection, city, proposal, why, head)
        if is_accepted is not None:
            answer = "Согласовано" if is_accepted else "Вес велик: за год повторов по школам 4 %"
            answer_assignment(connection, city, made, is_accepted, answer, office)
