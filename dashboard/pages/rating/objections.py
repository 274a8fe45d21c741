"""Objections to how a case of the month is counted: each with who, when and why, and what another person
decided; for those who may, the form of a new one and the decision of one that is open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import dcc, html

from dashboard.fields import select_field
from dashboard.formats import numbered
from dashboard.pages.rating import forms
from dashboard.request_context import RequestContext
from dashboard.words import word
from geo.database import Connection
from geo.rating.objections import LEFT_OUT, LONGEST_NUMBER, objections_of
from layers.rating.reading import RatedMonth, performer_names

OBJECT, DECIDE = "rating.object", "rating.decide"
UNSAID = ""
"""Nobody is chosen for who decides: leaving a case out is a choice like any other."""


def section(context: RequestContext, connection: Connection, month: RatedMonth, manager: str) -> html.Section:
    found = objections_of(connection, context.settings.city.region, month.month, manager)
    names = performer_names(connection, context.language)
    new = []
    if context.may(OBJECT):
        of = {"manager": manager, "month": f"{month.month:%Y-%m}"}
        captions = word("rating.objections.add"), word("rating.objections.make")
        new.append(forms.make_form(*captions, "objections", [*_signed(month), _case()], of))
    items = [_objection(context, month, names, one) for one in reversed(found)]
    return forms.section("objections", "rating.objections.about", new, items)


def _signed(month: RatedMonth) -> list[html.P]:
    """Said before it is sent: what a closed month counts stays as it was signed."""
    return [html.P(word("rating.objections.signed"))] if month.closing else []


def _case() -> html.Label:
    typed = dcc.Input(
        type="text", name="case", maxLength=LONGEST_NUMBER, required=True, autoComplete="off", value=""
    )
    return html.Label([html.Span(word("rating.objections.case")), typed], className="field rating-figure")


def _objection(
    context: RequestContext, month: RatedMonth, names: Mapping[str, str], one: Mapping[str, Any]
) -> list[Any]:
    state = "open" if one["accepted"] is None else "accepted" if one["accepted"] else "rejected"
    case = dcc.Link(one["number"], href=f"/map?window=dates&incident={one['incident_id']}", refresh=True)
    lines = [
        html.Div([html.B(numbered(one["id"])), case, html.Em(word(f"rating.objection.{state}"))]),
        html.P(one["reason"]),
        forms.step(context, one["made_at"], one["made_by"], word("rating.objections.of")),
    ]
    if one["decided_by"] is not None:
        lines += _decision(context, month, names, one)
    elif _may_decide(context, one):
        buttons = {how: word(f"rating.objections.{how}") for how in ("accept", "reject")}
        lines.append(forms.reply_form(f"objections/{one['id']}", [_performer(names)], buttons))
    return lines


def _may_decide(context: RequestContext, one: Mapping[str, Any]) -> bool:
    """Another person than who made it, and no manager on their own incidents."""
    another = context.principal.name != one["made_by"] and context.principal.manager != one["manager"]
    return context.may(DECIDE) and another


def _performer(names: Mapping[str, str]) -> html.Label:
    choices = {
        UNSAID: word("rating.objections.choose"),
        LEFT_OUT: word("rating.objections.left_out"),
        **names,
    }
    return select_field("performer", word("rating.objections.performer"), choices, UNSAID)


def _decision(
    context: RequestContext, month: RatedMonth, names: Mapping[str, str], one: Mapping[str, Any]
) -> list[Any]:
    """One that was decided after the month was counted did not change it."""
    lines = [forms.step(context, one["decided_at"], one["decided_by"], one["answer"])]
    if one["accepted"]:
        given = names.get(one["performer"], one["performer"])
        text = word("rating.objections.given", name=given) if given else word("rating.objections.left_out")
        lines.append(html.Small(text))
    if month.closing is not None and one["decided_at"] >= month.as_of:
        lines.append(html.Small(word("rating.objection.later")))
    return lines
