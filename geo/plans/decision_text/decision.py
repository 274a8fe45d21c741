"""What a decision on precincts has to say: the precincts of a plan whose text is another than in the plan in
force, in both languages of the law.

The text is what is published, so the text decides: a border that moved where no house stands changes nothing,
a station that moved does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from geo.plans.decision_text.plans import PrecinctText, plan_texts
from geo.plans.decision_text.words import LANGUAGES
from geo.plans.editing.precincts import FORMER
from geo.plans.lifecycle import plan
from geo.plans.model import plan_in_force
from geo.settings import City


@dataclass(frozen=True)
class DecisionDocument:
    """`plan`: as `geo.plans.lifecycle.plan`. `new`, `changed`: numbers, ascending; `abolished`: numbers of
    the plan in force that the plan has no more; `former`: number -> the number it had; `texts`: language
    -> number -> text of those in `new` and `changed`."""

    plan: dict[str, Any]
    new: list[int]
    changed: list[int]
    abolished: list[int]
    former: Mapping[int, int]
    texts: Mapping[str, Mapping[int, PrecinctText]]


def compose_decision(connection: Connection, city: City, plan_id: int) -> DecisionDocument:
    """The decision against the plan in force; without one, or for the one in force itself, every precinct is
    new. Raises `NotFound` ("plan.unknown")."""
    head, known = plan(connection, city, plan_id), plan_in_force(connection, city)
    texts = {lang: plan_texts(connection, city, plan_id, lang) for lang in LANGUAGES}
    before = {
        lang: plan_texts(connection, city, known, lang) if known not in (None, plan_id) else {}
        for lang in LANGUAGES
    }
    numbers, old = texts["kk"].keys(), before["kk"].keys()
    changed = [
        n
        for n in sorted(numbers & old)
        if any(texts[lang][n].text != before[lang][n].text for lang in LANGUAGES)
    ]
    new = sorted(numbers - old)
    described = {lang: {n: texts[lang][n] for n in (*new, *changed)} for lang in LANGUAGES}
    return DecisionDocument(
        head, new, changed, sorted(old - numbers), former_numbers(connection, city, plan_id), described
    )


def former_numbers(connection: Connection, city: City, plan_id: int) -> dict[int, int]:
    """Number -> the one it had when the plan began, of those that were given another."""
    rows = connection.execute(
        text(f"select number, {FORMER} as former from precinct p where region = :region and plan_id = :plan"),
        {"region": city.region, "plan": plan_id},
    )
    return {row.number: row.former for row in rows if row.former is not None}
