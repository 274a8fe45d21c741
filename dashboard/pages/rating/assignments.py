"""Indicators assigned to a manager: each proposal with who, when and why, and what another person said to it;
for those who may, the form of a new one and the answer to one that is open."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from dash import dcc, html

from dashboard.fields import select_field
from dashboard.formats import numbered
from dashboard.pages.rating import forms
from dashboard.pages.rating.texts import indicator_name, month_name, share
from dashboard.request_context import RequestContext
from dashboard.words import word
from geo.database import Connection
from geo.rating.assignments import assignments_of
from geo.rating.cases import next_month
from geo.rating.strategy import Indicator
from layers.rating.reading import RatedMonth, newest_closed, previous_month

PROPOSE, ACCEPT = "rating.assign", "rating.accept"
MONTHS_AHEAD, MONTHS = 3, 12
"""From which months on one can be proposed: so many after this one, so many in all."""
WHOLE, TENTHS = r"\d{1,3}", r"\d{1,3}([.,]\d)?"
"""What a weight and a plan in percent are typed as."""


def section(context: RequestContext, connection: Connection, month: RatedMonth, manager: str) -> html.Section:
    city = context.settings.city
    found = assignments_of(connection, city.region, manager)
    assignable = [one for one in month.strategy.indicators if one.assign_weight is not None]
    new = []
    if assignable and context.may(PROPOSE):
        months = _months(city.today(), newest_closed(connection, city))
        fields = _fields(assignable, months, f"{city.today():%Y-%m}")
        captions = word("rating.assignments.add"), word("rating.assignments.propose")
        new.append(forms.make_form(*captions, "assignments", fields, {"manager": manager}))
    about = "rating.assignments.about" if assignable else "rating.assignments.closed"
    items = [_assignment(context, month, one) for one in reversed(found)]
    return forms.section("assignments", about, new, items)


def _months(today: date, closed: date | None) -> list[date]:
    """Those that are not closed, oldest first."""
    months = [today.replace(day=1)]
    for _ in range(MONTHS_AHEAD):
        months.append(next_month(months[-1]))
    while len(months) < MONTHS and closed is not None and previous_month(months[0]) > closed:
        months.insert(0, previous_month(months[0]))
    return months


def _fields(assignable: list[Indicator], months: list[date], now: str) -> list[html.Label]:
    choices = {one.key: _choice(one) for one in assignable}
    since = {f"{month:%Y-%m}": month_name(month) for month in months}
    return [
        select_field("indicator", word("rating.head.indicator"), choices, assignable[0].key),
        select_field("since", word("rating.assignments.since"), since, now),
        _figure("weight", word("rating.head.weight"), WHOLE, True),
        _figure("plan", word("rating.assignments.plan"), TENTHS, False),
    ]


def _choice(indicator: Indicator) -> str:
    """With what may be assigned: its weight, and its plan where that does not stand."""
    low, high = indicator.assign_weight or (0, 0)
    text = word(
        "rating.assignments.weights", indicator=indicator_name(indicator.figure.key), low=low, high=high
    )
    if indicator.assign_plan is None:
        return text
    least, most = (share(end) for end in indicator.assign_plan)
    return f"{text} · {word('rating.assignments.plans', low=least, high=most)}"


def _figure(name: str, caption: str, pattern: str, is_needed: bool) -> html.Label:
    typed = dcc.Input(
        type="text", name=name, inputMode="numeric", pattern=pattern, required=is_needed, autoComplete="off"
    )
    return html.Label([html.Span(caption), typed], className="field rating-figure")


def _assignment(context: RequestContext, month: RatedMonth, one: Mapping[str, Any]) -> list[Any]:
    state = "proposed" if one["accepted"] is None else "accepted" if one["accepted"] else "returned"
    plan = word("rating.assignments.plan_of", plan=share(one["plan"])) if one["plan"] is not None else ""
    terms = word(
        "rating.assignments.terms",
        indicator=_name(month, one["indicator"]),
        weight=one["weight"],
        month=month_name(one["since"]),
    )
    lines = [
        html.Div([html.B(numbered(one["id"])), html.Em(word(f"rating.assignment.{state}"))]),
        html.P(terms + (f" · {plan}" if plan else "")),
        forms.step(context, one["proposed_at"], one["proposed_by"], one["reason"]),
    ]
    if one["decided_by"] is not None:
        lines.append(forms.step(context, one["decided_at"], one["decided_by"], one["answer"]))
    elif _may_answer(context, one):
        buttons = {how: word(f"rating.assignments.{how}") for how in ("accept", "return")}
        lines.append(forms.reply_form(f"assignments/{one['id']}", [], buttons))
    if one["accepted"]:
        lines.append(html.Small(_effect(month, one)))
    return lines


def _may_answer(context: RequestContext, one: Mapping[str, Any]) -> bool:
    """Another person than who proposed it; of managers the one whose it is."""
    own = context.principal.manager
    another = context.principal.name != one["proposed_by"]
    return context.may(ACCEPT) and another and own in (None, one["manager"])


def _name(month: RatedMonth, key: str) -> str:
    """The name of an indicator that the month's strategy may not have any longer."""
    return next((indicator_name(one.figure.key) for one in month.strategy.indicators if one.key == key), key)


def _effect(month: RatedMonth, one: Mapping[str, Any]) -> str:
    """Whether it counts in the month that is shown, and why not."""
    if one["id"] in [assigned.number for assigned in month.strategy.assigned]:
        return word("rating.assignments.counts")
    if one["strategy"] != month.strategy.version:
        return word("rating.assignments.of_version", version=one["strategy"])
    if one["since"] > month.month:
        return word("rating.assignments.not_yet")
    return word(
        "rating.assignments.later" if one["decided_at"] >= month.as_of else "rating.assignments.replaced"
    )
