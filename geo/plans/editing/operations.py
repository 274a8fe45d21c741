"""What the studio does with whole precincts: give houses, split by a drawn line, merge, assign by hand.
Each in the caller's transaction, one event, one undo.

Every command also raises what `geo.plans.editing.draft.Draft.open`, `lock` (a stale `seen` of the author)
and `geo.plans.editing.save.save` raise.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import shapely
from sqlalchemy import Connection

from geo.addresses.buildings import addresses
from geo.crs import shapes_to_lon_lat
from geo.database import BUSY
from geo.errors import Conflict, InvalidInput
from geo.plans.editing import obstacles, topology
from geo.plans.editing.borders import REACH_M, checked_line, inner_lines
from geo.plans.editing.cells import houses_in
from geo.plans.editing.draft import LOCK_NUMBERS, Author, Draft, PrecinctRow
from geo.plans.editing.give import donors, give_area
from geo.plans.editing.mesh import Mesh, line_of
from geo.plans.editing.save import Edited, Step, save
from geo.settings import City

NEW = -1_000_000
"""The id of a new precinct until it is saved; more of them count down."""


def give(author: Author, buildings: Collection[int], to: int) -> Edited:
    """Give houses to a precinct; the border is drawn again between the houses, along streets. Raises
    `InvalidInput` ("plan.unknown_building", "plan.no_border")."""
    return give_all(author, [(to, buildings)], "given", {"to": to, "buildings": sorted(buildings)})


def give_all(
    author: Author, gives: Sequence[tuple[int | None, Collection[int]]], what: str, command: dict[str, Any]
) -> Edited:
    """Several gives as one edit: (precinct, houses); none for a precinct = a new one, under the next free
    number and in the district of the first that loses houses."""
    draft = Draft.opened(author)
    if any(to is None for to, _ in gives):
        draft.take_turns(LOCK_NUMBERS)
    targets = [NEW - n if to is None else to for n, (to, _) in enumerate(gives)]
    sources = [donors(draft, buildings, to) for to, (_, buildings) in zip(targets, gives)]
    losing = {donor for found, _ in sources for donor in found}
    area = draft.lock(
        losing | {face for _, assigned in sources for face in assigned} | {to for to in targets if to > NEW},
        seen=author.seen,
    )
    if sources != [donors(draft, buildings, to) for to, (_, buildings) in zip(targets, gives)]:
        raise Conflict(BUSY)
    for to, (found, _) in zip(targets, sources):
        for donor, houses in found.items():
            give_area(draft, area.mesh, donor, set(houses), to)
    area.mesh.dissolve()
    new = new_precincts(
        draft, {to: next(iter(found)) for to, (found, _) in zip(targets, sources) if to <= NEW}
    )
    decided = {
        building: (to, "geometry") for to, (_, buildings) in zip(targets, gives) for building in buildings
    }
    return save(draft, area, Step(what, author.who, command, precincts=new, decided=decided))


def new_precincts(
    draft: Draft, origin: Mapping[int, int], number: int | None = None
) -> dict[int, PrecinctRow]:
    """Rows of new precincts by their id until saved; `origin`: the one each is cut from. Raises `Conflict`
    ("plan.number_taken")."""
    if not origin:
        return {}
    parents = draft.precincts(origin.values())
    taken = {
        row.number
        for row in draft.all("select number from precinct where region = :region and plan_id = :plan")
    }
    if number in taken:
        raise Conflict("plan.number_taken", number=number)
    numbers = range(number or max(taken) + 1, (number or max(taken) + 1) + len(origin))
    return {
        new: PrecinctRow(given, parents[parent].kind, parents[parent].district, None, None)
        for given, (new, parent) in zip(numbers, origin.items())
    }


def preview(
    connection: Connection, city: City, plan_id: int, buildings: Collection[int], to: int
) -> dict[str, Any]:
    """The outcome that `give` would have: {"lines": GeoJSON MultiLineString in EPSG:4326, "precincts": ids
    that lose ground}. Writes nothing."""
    draft = Draft(connection, city, plan_id)
    found, _ = donors(draft, buildings, to)
    mesh = draft.mesh([to, *found])
    lines = [
        line for donor, houses in found.items() for line in give_area(draft, mesh, donor, set(houses), to)
    ]
    drawn = shapes_to_lon_lat(city.metric_srid, np.array([shapely.MultiLineString(lines)]))[0]
    return {"lines": shapely.geometry.mapping(drawn), "precincts": sorted(found)}


def split(
    author: Author, precinct: int, line: Sequence[tuple[float, float]], number: int | None = None
) -> Edited:
    """Split a precinct by a line drawn across it (lon, lat); the part with fewer voters becomes a new
    precinct (`number` none = the next free).

    The line is led around houses. Raises `InvalidInput` ("plan.line_open" where it does not reach the
    border, "plan.line_idle" where it does not cross the precinct),
    `Conflict` ("plan.number_taken").
    """
    draft = Draft.opened(author)
    draft.take_turns(LOCK_NUMBERS)
    area = draft.lock([precinct], seen=author.seen)
    drawn = obstacles.led_around(draft, line_of(draft.metric(checked_line(line))))
    polygon = area.mesh.polygon(precinct)
    inside = inner_lines(polygon, drawn)
    if not inside:
        raise InvalidInput("plan.line_idle")
    area.mesh.cut(precinct, inside, REACH_M)
    smaller = fewer_voters(draft, area.mesh, precinct)
    area.mesh.relabel(precinct, lambda piece: NEW if piece.wkb in smaller else precinct)
    area.mesh.dissolve()
    new = new_precincts(draft, {NEW: precinct}, number)
    return save(
        draft,
        area,
        Step(
            "split",
            author.who,
            {"precinct": precinct, "line": [list(point) for point in line], "number": number},
            precincts=new,
        ),
    )


def fewer_voters(draft: Draft, mesh: Mesh, face: int) -> set[bytes]:
    """The pieces of a cut precinct (WKB) on the side of the cut that has fewer voters; of two empty sides,
    the smaller. Raises `InvalidInput` ("plan.line_idle") for one piece."""
    pieces = mesh.pieces(face)
    side = sides_of_the_cut(mesh, face, pieces)
    houses = houses_in(draft, shapely.union_all(pieces))
    tree = shapely.STRtree(pieces)
    weights = np.zeros((len(pieces), 2))
    weights[:, 1] = [piece.area for piece in pieces]
    found, held = (
        tree.query(np.array([house.point for house in houses], dtype=object), predicate="covered_by")
        if houses
        else ([], [])
    )
    for house, piece in zip(found, held):
        weights[piece, 0] += houses[house].voters
    if len(set(side)) < 2:
        raise InvalidInput("plan.line_idle")
    sums = [tuple(weights[np.array(side) == which].sum(axis=0)) for which in (0, 1)]
    return {piece.wkb for piece, which in zip(pieces, side) if which == int(sums[1] < sums[0])}


def sides_of_the_cut(mesh: Mesh, face: int, pieces: list[shapely.Polygon]) -> list[int]:
    """0 or 1 for each piece: over each cut lies the other side."""
    holder = topology.sides_of_segments(np.array(pieces))
    across: dict[int, set[int]] = {}
    for edge in mesh.edges.values():
        if edge.left == edge.right == face:
            first, second = edge.line.coords[0], edge.line.coords[1]
            left, right = holder[first, second], holder[second, first]
            across.setdefault(left, set()).add(right)
            across.setdefault(right, set()).add(left)
    side = {0: 0}
    waiting = [0]
    while waiting:
        piece = waiting.pop()
        for other in across.get(piece, ()):
            if other not in side:
                side[other] = 1 - side[piece]
                waiting.append(other)
    return [side.get(piece, 0) for piece in range(len(pieces))]


def merge(author: Author, keep: int, gone: int) -> Edited:
    """Two neighbours become one, under the number and with the station of `keep`. Raises `InvalidInput`
    ("plan.not_neighbours")."""
    draft = Draft.opened(author)
    area = draft.lock([keep, gone], seen=author.seen)
    rows = draft.precincts([keep, gone])
    if not any({edge.left, edge.right} == {keep, gone} for edge in area.mesh.edges.values()) or keep == gone:
        raise InvalidInput(
            "plan.not_neighbours", precincts=", ".join(str(row.number) for row in rows.values())
        )
    area.mesh.relabel(gone, lambda piece: keep)
    area.mesh.dissolve()
    given = [row.given for row in rows.values() if row.given is not None]
    kept = replace(rows[keep], given=sum(given) if given else None)
    return save(
        draft,
        area,
        Step(
            "merged",
            author.who,
            {"keep": keep, "gone": gone},
            precincts={keep: kept, gone: None},
            successors={gone: keep},
        ),
    )


def assign(author: Author, buildings: Collection[int], to: int | None) -> Edited:
    """Assign houses by hand, whatever the border says; the border stays, and a house on its other side
    shows as a mismatch. `to` none: back to where the tag lies."""
    draft = Draft.opened(author)
    found, assigned = donors(draft, buildings, NEW) if to is None else ({}, current(draft, buildings))
    area = draft.lock({*found, *assigned, *([] if to is None else [to])}, seen=author.seen)
    if to is None and donors(draft, buildings, NEW)[0] != found:
        raise Conflict(BUSY)
    decided = (
        {building: (face, "geometry") for face, houses in found.items() for building in houses}
        if to is None
        else dict.fromkeys(buildings, (to, "hand"))
    )
    return save(
        draft, area, Step("assigned", author.who, {"to": to, "buildings": sorted(buildings)}, decided=decided)
    )


def assign_many(author: Author, number_of: Mapping[int, int]) -> tuple[Edited | None, set[int]]:
    """Assign houses by hand as a list says, building -> number, in one step: those that their precinct has
    already stay as they are.

    All precincts are locked before anything is read. Returns what changed (none where nothing does) and
    the numbers that the plan does not have.
    """
    draft = Draft.opened(author)
    area = draft.lock_all()
    ids = {row.number: id_ for id_, row in area.known.items()}
    held = {
        row.building_id: row.precinct_id
        for row in draft.all(
            "select building_id, precinct_id from assignment where region = :region and plan_id = "
            ":plan and building_id = any(:ids)",
            ids=list(number_of),
        )
    }
    decided = {
        building: (ids[number], "hand")
        for building, number in number_of.items()
        if number in ids and held.get(building) != ids[number]
    }
    unknown = set(number_of.values()) - ids.keys()
    if not decided:
        return None, unknown
    return save(
        draft,
        area,
        Step(
            "assigned", author.who, {"listed": len(number_of), "buildings": sorted(decided)}, decided=decided
        ),
    ), unknown


def current(draft: Draft, buildings: Collection[int]) -> list[int]:
    """The precincts that houses are assigned to. Raises `InvalidInput` ("plan.unknown_building")."""
    known = {
        row.id: row.precinct_id
        for row in draft.all(
            """select b.id, a.precinct_id from building b
        left join assignment a on a.region = :region and a.plan_id = :plan and a.building_id = b.id
            where b.region = :region and b.id =
        any(:ids)""",
            ids=list(buildings),
        )
    }
    missing = set(buildings) - known.keys()
    if missing or not buildings:
        raise InvalidInput(
            "plan.unknown_building", buildings=addresses(draft.connection, draft.city.region, sorted(missing))
        )
    return sorted({face for face in known.values() if face is not None})
