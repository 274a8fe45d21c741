"""The list of plans: each with its state, its figures and who changed it last; a new draft from any of
them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from dash import html

from dashboard.formats import moment, number
from dashboard.request_context import RequestContext
from dashboard.words import word
from geo.plans.deletion import DELETABLE

STATES = ("draft", "checked", "agreed", "approved", "published")


def layout(context: RequestContext, known: list[dict[str, Any]]) -> html.Div:
    may = context.may("precinct.edit")
    return html.Div(
        id="studio-plans",
        className="studio-plans",
        children=[
            html.Header(
                [
                    html.Div(
                        [
                            html.H1(word("studio.plans")),
                            html.P(word("studio.plans.lead"), className="studio-quiet"),
                        ]
                    ),
                    _legend(),
                ]
            ),
            html.P(id="studio-plans-message", className="studio-plans-message", role="alert"),
            html.Ul([_plan(context, row, may) for row in known], className="studio-plan-list")
            if known
            else html.P(word("studio.plans.none"), className="studio-quiet"),
        ],
    )


def _legend() -> html.Ul:
    return html.Ul(
        [
            html.Li([html.I(className="studio-mark", **{"data-mark": name}), word(f"studio.legend.{name}")])
            for name in ("within", "warning", "over")
        ],
        className="studio-plans-legend",
        **{"aria-label": word("studio.legend")},
    )


def _plan(context: RequestContext, row: dict[str, Any], may: bool) -> html.Li:
    return html.Li(
        [_picture(row), html.Div(_words(context, row, may), className="studio-plan-words")],
        className="studio-plan",
        **{"data-plan": row["id"], "data-state": row["state"], "data-in-force": str(row["in_force"]).lower()},
    )


def _picture(row: dict[str, Any]) -> html.A:
    """Drawn into by `assets/studio/plans.js`; its address changes with what it shows."""
    state = f"{row['events']}-{row['voters']}-{row['over']}"
    return html.A(
        href=f"/precincts?plan={row['id']}",
        className="studio-plan-picture",
        tabIndex=-1,
        **{"aria-hidden": "true", "data-picture": f"/layers/plans/{row['id']}/picture.svg?of={state}"},
    )


def _words(context: RequestContext, row: dict[str, Any], may: bool) -> list:
    return [
        html.Div(
            [html.H2(html.A(row["name"], href=f"/precincts?plan={row['id']}")), state_badge(row)],
            className="studio-plan-head",
        ),
        steps(row["state"]),
        html.Dl(
            [
                html.Div([html.Dt(word(f"studio.fact.{name}")), html.Dd(value)], **{"data-fact": name})
                for name, value in _facts(context, row)
            ],
            className="studio-plan-facts",
        ),
        html.Div(_actions(row, may), className="studio-plan-actions"),
    ]


def state_badge(row: dict[str, Any]) -> html.Span:
    text = word("studio.in_force") if row["in_force"] else word(f"studio.state.{row['state']}")
    return html.Span(
        text, className="studio-state", **{"data-state": "in_force" if row["in_force"] else row["state"]}
    )


def steps(state: str) -> html.Ol:
    """Where the plan stands on its way from draft to published."""
    reached = STATES.index(state)
    return html.Ol(
        [
            html.Li(
                word(f"studio.state.{name}"),
                **{"data-reached": str(n <= reached).lower()}
                | ({"aria-current": "step"} if n == reached else {}),
            )
            for n, name in enumerate(STATES)
        ],
        className="studio-steps",
    )


def _facts(context: RequestContext, row: dict[str, Any]) -> list[tuple[str, str]]:
    zone, now = context.settings.city.time_zone, datetime.now(UTC)
    facts = [
        ("precincts", number(row["precincts"])),
        ("voters", number(row["voters"])),
        ("over", number(row["over"])),
    ]
    if row["in_force_from"]:
        facts.append(("in_force_from", row["in_force_from"].strftime("%d.%m.%Y")))
    if row["edited_at"]:
        facts.append(("edited", f"{moment(row['edited_at'], zone, now)} · {row['edited_by']}"))
    return facts


def _actions(row: dict[str, Any], may: bool) -> list:
    opened = html.A(
        word("studio.open"), href=f"/precincts?plan={row['id']}", className="button studio-primary"
    )
    draft = html.Button(
        word("studio.new_draft"),
        type="button",
        className="button studio-new-draft",
        **{"data-plan": row["id"], "data-name": row["name"]},
    )
    if not may:
        return [opened]
    if row["state"] not in DELETABLE:
        return [opened, draft]
    delete = html.Button(
        word("studio.delete"),
        type="button",
        className="button studio-delete",
        **{"data-plan": row["id"], "data-name": row["name"]},
    )
    return [opened, draft, delete]
