"""Corners of borders dragged at random: what is a coverage as drawn is saved, else the refusal says where.
For the suite and for `tests/bench/drags.py`."""

from __future__ import annotations

import math
import random
from collections import Counter
from dataclasses import dataclass, field

import shapely
from sqlalchemy import Connection, text

from geo.crs import shapes_to_lon_lat
from geo.errors import IkomekError, InvalidInput
from geo.plans.editing.borders import EdgeLine, edit
from geo.plans.editing.draft import Author, Draft
from geo.plans.editing.mesh import line_of
from geo.plans.editing.save import polygons_of
from geo.settings import City

LEAST_M, MOST_M = 5.0, 50.0
LAWFUL = {"plan.cuts_footprint", "plan.buildings_outside"}
"""Refusals of a line that is a coverage as drawn: there is no way around a house, or houses would be left
in no precinct."""


@dataclass
class Drags:
    """Each drag is undone by a rollback. `wrong`: drags that were valid as drawn and refused as crossing,
    or whose refusal has no place."""

    connection: Connection
    city: City
    plan: int
    seen: Counter = field(default_factory=Counter)
    wrong: list[tuple] = field(default_factory=list)

    def run(self, drags: int, seed: int = 109) -> None:
        chance = random.Random(seed)
        rows = self.connection.execute(
            text("""select id, version, left_precinct, right_precinct, st_asbinary(geom) as wkb from edge
            where plan_id = :plan order by id"""),
            {"plan": self.plan},
        ).all()
        self.connection.rollback()
        for _ in range(drags):
            self.drag(chance.choice(rows), chance)

    def drag(self, row, chance: random.Random) -> None:
        line = shapely.from_wkb(bytes(row.wkb))
        corners = list(line.coords[1:-1]) or [line.interpolate(0.5, normalized=True).coords[0]]
        start, far, turn = (
            chance.randrange(len(corners)),
            chance.uniform(LEAST_M, MOST_M),
            chance.uniform(0, 2 * math.pi),
        )
        x, y = corners[start]
        corners[start] = x + far * math.cos(turn), y + far * math.sin(turn)
        drawn = [
            tuple(map(float, point))
            for point in shapely.get_coordinates(
                shapes_to_lon_lat(self.city.metric_srid, shapely.points(corners))
            )
        ]
        valid = self.is_coverage(row, drawn)
        try:
            edit(
                Author(self.connection, self.city, self.plan, "dragger"),
                [EdgeLine(row.id, row.version, tuple(drawn))],
            )
            outcome, placed = "saved", True
        except IkomekError as refused:
            outcome, placed = refused.code, "place" in refused.parameters
        self.connection.rollback()
        self.seen[("valid" if valid else "crossing", outcome)] += 1
        if valid and outcome not in LAWFUL | {"saved"} or not placed:
            self.wrong.append((row.id, outcome, start, corners[start]))

    def is_coverage(self, row, drawn: list[tuple[float, float]]) -> bool:
        """Whether the line as drawn makes a coverage, whatever houses are in the way."""
        draft = Draft(self.connection, self.city, self.plan)
        faces = [face for face in (row.left_precinct, row.right_precinct) if face is not None]
        middle = draft.metric(drawn)
        area = draft.lock(faces, [shapely.MultiPoint(middle)])
        edge = area.mesh.edges[row.id]
        edge.line = line_of([edge.line.coords[0], *middle, edge.line.coords[-1]])
        try:
            polygons_of(draft, area, faces, set(), area.known)
            return True
        except InvalidInput:
            return False
        finally:
            self.connection.rollback()
