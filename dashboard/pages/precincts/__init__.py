"""The precinct studio: `/precincts` lists the plans, `/precincts?plan=7` opens one on the map.

Dash lays out the frame and says who may do what; everything that moves is `assets/studio.js` with
`assets/studio/`, which reads through `layers.plans` and writes through `dashboard.api.plans`. A border is
never drawn by a library's editor: handles are our own, on edges that two precincts share.

* `plans`: the list of plans: states, figures, a new draft
* `studio`: the studio's frame: bar, tools in their order, map, panel, legend
"""

from __future__ import annotations

from dash import Dash, html

from dashboard.pages.precincts import plans, studio
from dashboard.request_context import current
from geo.errors import NotFound
from layers.executors import LISTS
from layers.plans.studio import read_plans

__all__ = ["NAVIGATION", "PATH", "PERMISSION", "TITLE", "layout", "register"]

PATH = "/precincts"
TITLE = "studio.title"
PERMISSION = "page.precincts"
NAVIGATION = (PATH, "shell.nav.precincts")
HAS_MAP = True
WORK = LISTS
"""The executor of the layout, which reads every plan."""


def layout(plan: str | None = None, **_: str) -> html.Div:
    """Raises `NotFound` ("plan.unknown") for a plan that is none."""
    context = current()
    known = read_plans(context.servers.engine, context.settings.city)
    if plan is None:
        return plans.layout(context, known)
    chosen = next((row for row in known if str(row["id"]) == plan), None)
    if chosen is None:
        raise NotFound("plan.unknown", plan=plan[:20])
    return studio.layout(context, chosen, known)


def register(app: Dash) -> None:
    """No callbacks: what changes here goes through routes with versions, not through Dash."""
