"""One plan on the map: the bar above, the tools, the map, and the panel beside it."""

from __future__ import annotations

import json
from typing import Any

from dash import html

from dashboard.city_map import city_map
from dashboard.pages.precincts.plans import steps
from dashboard.request_context import RequestContext
from dashboard.words import word
from geo.settings import City
from layers.plans.studio import read_district_names

TOOLS = ("border", "redraw", "give", "split", "merge", "propose", "balance", "station", "address")
OPENING_ZOOM = 15
"""The zoom from which houses are drawn by their outlines."""
LEGEND = ("within", "warning", "over", "house", "station", "locked", "old", "other")


def layout(context: RequestContext, plan: dict[str, Any], known: list[dict[str, Any]]) -> html.Div:
    return html.Div(
        id="studio",
        className="studio",
        **{"data-session": json.dumps(describe(context, plan, known))},
        children=[_bar(plan), _stage(context.settings.city), _panel()],
    )


def describe(context: RequestContext, plan: dict[str, Any], known: list[dict[str, Any]]) -> dict[str, Any]:
    """The data for the script: the plan, the law's figures (none where the city names none), what this person
    may do."""
    rules = context.settings.city.precincts
    return {
        "plan": {"id": plan["id"], "name": plan["name"], "state": plan["state"], "events": plan["events"]},
        "in_force": next((row["id"] for row in known if row["in_force"]), None),
        "rules": {
            "cap": rules.cap,
            "warning_share": rules.warning_share,
            "target": rules.target,
            "snap_m": rules.snap_m,
        }
        if rules
        else None,
        "districts": read_district_names(context.servers.engine, context.settings.city, context.language),
        "me": context.principal.name,
        "may": {"edit": context.may("precinct.edit"), "approve": context.may("precinct.approve")},
    }


def _bar(plan: dict[str, Any]) -> html.Header:
    return html.Header(
        className="studio-bar-top",
        children=[
            html.H1(word("studio.title")),
            html.A(
                [
                    html.Span(word("studio.named", name=plan["name"])),
                    html.Span(word(f"studio.state.{plan['state']}"), id="studio-state"),
                    html.Span(id="studio-version"),
                ],
                href="/precincts",
                className="studio-chip",
                title=word("studio.plans"),
            ),
            html.Div(id="studio-people", className="studio-chip studio-people", role="status"),
            html.Div(steps(plan["state"]), id="studio-steps", className="studio-way"),
            html.Div(
                [
                    _step("undo", "Ctrl+Z"),
                    _step("redo", "Ctrl+Shift+Z"),
                    html.Button(
                        word("studio.compare"),
                        id="studio-compare",
                        type="button",
                        className="studio-button",
                        **{"aria-pressed": "false"},
                    ),
                    html.Div(id="studio-next", className="studio-next"),
                ],
                className="studio-acts",
            ),
        ],
    )


def _step(name: str, keys: str) -> html.Button:
    """One step back or forth; the script lets it be pressed once there is one."""
    return html.Button(
        word(f"studio.{name}"),
        id=f"studio-{name}",
        type="button",
        className="studio-button",
        title=keys,
        disabled=True,
    )


def _stage(city: City) -> html.Div:
    return html.Div(
        [
            city_map(
                "studio",
                city,
                zoom=max(city.zoom, OPENING_ZOOM),
                doubleClickZoom=False,
                boxZoom=False,
                maxZoom=19,
            ),
            html.Div(
                [
                    html.Button(
                        [html.Kbd(str(index)), html.Span(word(f"studio.tool.{name}"))],
                        type="button",
                        className="studio-tool",
                        **{"data-tool": name},
                    )
                    for index, name in enumerate(TOOLS, 1)
                ],
                className="studio-tools",
                role="toolbar",
                **{"aria-label": word("studio.tools"), "aria-orientation": "vertical"},
            ),
            html.Div(id="studio-options", className="studio-options"),
            html.Div(html.Div(id="studio-search"), className="studio-searching"),
            html.Div(
                id="studio-message", className="studio-message", role="status", **{"aria-live": "polite"}
            ),
            html.Ul(
                [
                    html.Li(
                        [
                            html.I(className="studio-mark", **{"data-mark": name}),
                            word(f"studio.legend.{name}"),
                        ],
                        **{"data-mark": name},
                    )
                    for name in LEGEND
                ],
                className="studio-legend",
                **{"aria-label": word("studio.legend")},
            ),
        ],
        className="studio-stage",
        **{"data-layers": "basemap districts buildings", "data-scale": "desk", "data-places": "none"},
    )


def _panel() -> html.Aside:
    """The panel: what changes with the work above, the checks always in view below."""
    return html.Aside(
        [
            html.Div(
                [
                    _card(name)
                    for name in (
                        "conflict",
                        "recount",
                        "station",
                        "precinct",
                        "proposals",
                        "compared",
                        "moved",
                        "text",
                        "unmatched",
                    )
                ],
                className="studio-work",
            ),
            _card("checks"),
        ],
        className="studio-panel",
        **{"aria-label": word("studio.panel")},
    )


def _card(name: str) -> html.Section:
    return html.Section(id=f"studio-{name}", className=f"studio-card studio-card-{name}")
