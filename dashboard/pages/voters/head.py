"""The head of the electoral list: how many people, in how many precincts, under which cap, and where a file
is loaded."""

from __future__ import annotations

from typing import Any

from dash import html

from dashboard.formats import number
from dashboard.pages.voters import equation
from dashboard.request_context import current
from dashboard.words import word


def layout(found: dict[str, Any] | None) -> list:
    """How many there are, in how many precincts, under which cap."""
    rules = current().settings.city.precincts
    chips = []
    if found is not None:
        version = found["shown"]
        precincts = sum(row["number"] is not None for row in found["precincts"])
        chips = [
            _counted(version),
            word("voters.precincts", n=precincts)
            if rules is None
            else word("voters.precincts_cap", n=precincts, cap=number(rules.cap)),
        ]
    return [
        html.H1(word("voters.title")),
        *(html.Span(chip, className="voters-chip") for chip in [*chips, word("voters.hidden")]),
        *_loading(found),
    ]


def _counted(version: dict[str, Any]) -> str:
    """How many people the list has; of one that is not in force it says so."""
    about = {"n": equation.persons(version), "list": version["id"]}
    if version["state"] == "current":
        return word("voters.persons", **about)
    return word("voters.persons.of_state", **about, state=word(f"voters.state.{version['state']}"))


def _loading(found: dict[str, Any] | None) -> list:
    """Where a file is chosen or dropped; the script puts the field into it. Who loads the first list says for
    which day."""
    if not current().may("voters.load"):
        return []
    known = "" if found is None else found["shown"]["voting_day"]
    return [
        html.Label(word("voters.load"), id="voters-load", className="button", **{"data-day": known}),
    ]
