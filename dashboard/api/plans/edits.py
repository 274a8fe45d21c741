"""`POST /api/v1/plans/<plan>/edits` and `/redraw`: change the borders of a draft; `/nearest` {"change":
one of `changes`}: what could be saved of one that was refused.

The body of the first is {"changes": [{"node": 7, "version": 3, "point": [lon, lat]}, {"edge": 5,
"version": 1, "corners": [[lon, lat], ...]}]}, of the second {"precincts": [a, b], "line": [[lon, lat],
...], "seen": {precinct: version}}, all EPSG:4326. 200 with what changed (`geo.plans.editing.save.Edited`)
and the touched part of the plan; 400 what cannot be saved (a gap, an overlap), 404, 409 somebody was
faster or the plan is frozen.
"""

from __future__ import annotations

from fastapi import APIRouter

from dashboard.api.plans.requests import Command, Edit, EditBody, Line, PlanBody, add_commands, add_edits
from geo.plans.editing import borders
from geo.plans.nearest import nearest
from geo.ranges import Id

router = APIRouter(prefix="/api/v1/plans", include_in_schema=False)


class ChangesBody(PlanBody):
    changes: list[borders.NodeMove | borders.EdgeLine]
    snap: bool = False


class RefusedBody(PlanBody):
    change: borders.NodeMove | borders.EdgeLine


class RedrawBody(EditBody):
    precincts: tuple[Id, Id]
    line: Line
    snap: bool = True


EDITS: dict[str, tuple[type[PlanBody], Edit]] = {
    "edits": (ChangesBody, lambda author, body: borders.edit(author, body.changes, body.snap)),
    "redraw": (
        RedrawBody,
        lambda author, body: borders.redraw(author, body.precincts, body.line, body.snap),
    ),
}
COMMANDS: dict[str, tuple[type[PlanBody], Command]] = {
    "nearest": (RefusedBody, lambda author, body: nearest(author, body.change))
}

add_edits(router, EDITS)
add_commands(router, COMMANDS)
