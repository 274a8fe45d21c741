"""Writing an edit: what a command worked out on the mesh becomes rows, in the caller's transaction, or
nothing does.

Only the polygons that changed are built again; together with all around them they must be a coverage,
since two edits may each be current and yet cross. Buildings assigned by geometry follow their tag, those
set by a person or by the decision's text stay; voters are counted again; the plan's event and a change row
for every screen are written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely

from geo.changes.outbox import RESET_AFTER_ROWS, announce_reset, record_many
from geo.database import BUSY, AnyRow
from geo.errors import Conflict, InvalidInput
from geo.plans.editing import topology
from geo.plans.editing.assigning import Decisions, assign_again, write_assignments
from geo.plans.editing.draft import Area, Draft, PrecinctRow
from geo.plans.editing.locks import refuse_locked
from geo.plans.editing.rows import row_of, write_parts, write_precincts
from geo.plans.events import Changes, Pairs, next_event, write_event


@dataclass(frozen=True)
class Edited:
    """What changed, with the new versions: nodes and edges as {id: version}, precincts as the payloads
    that every screen gets, buildings as {"building", "from", "to"}."""

    event: int
    nodes: dict[int, int]
    edges: dict[int, int]
    removed_nodes: list[int]
    removed_edges: list[int]
    precincts: list[dict[str, Any]]
    moved: list[dict[str, Any]]


@dataclass(frozen=True)
class Step:
    """What a command decided besides the mesh. `precincts`: rows as they shall be (a new one under a
    negative id; none = gone); `decided`: building -> (precinct, source), none = no assignment; `otherwise`:
    the same for buildings that go by their tag, where no precinct that changed holds it; `successors`: who
    takes over the houses set by hand in a precinct that is gone; `command`: what was asked, for the
    record."""

    what: str
    who: str
    command: dict[str, Any]
    precincts: Mapping[int, PrecinctRow | None] | None = None
    decided: Mapping[int, tuple[int, str] | None] | None = None
    successors: Mapping[int, int] | None = None
    of_event: int | None = None
    otherwise: Mapping[int, tuple[int, str] | None] | None = None


def save(draft: Draft, area: Area, step: Step) -> Edited:
    """Raises `Conflict` ("plan.busy" when the edit reaches a precinct that is not locked,
    "plan.number_taken", "plan.locked"), `InvalidInput` ("plan.polygon", "plan.coverage",
    "plan.buildings_outside")."""
    step = renumbered(step, number_new_parts(draft, area, step))
    edges, nodes = area.mesh.changed(), area.mesh.changed_nodes()
    wanted = dict(step.precincts or {})
    gone = {id_ for id_, row in wanted.items() if row is None}
    faces = faces_of(edges) | {id_ for id_, row in wanted.items() if row is not None}
    known = area.known
    check_numbers(draft, wanted)
    before = {id_: known[id_] for id_ in faces | gone if id_ in known}
    reshaped = sorted(faces_of(edges) - gone)
    new = {id_ for id_, row in wanted.items() if row is not None and id_ not in before}
    if not faces - new - gone <= known.keys():
        raise Conflict(BUSY)
    after = {id_: wanted.get(id_) or before[id_] for id_ in faces - gone}
    polygons = polygons_of(draft, area, reshaped, gone, known | after)
    decisions = Decisions(step.decided or {}, step.otherwise or {}, step.successors or {})
    assignments = assign_again(draft, area, polygons, after, gone, edges, decisions)
    touched = faces | {precinct for pair in assignments.values() for precinct, _ in filter(None, pair)}
    if not touched - new - gone <= known.keys():
        raise Conflict(BUSY)
    before |= {id_: known[id_] for id_ in touched - before.keys() if id_ in known}
    after |= {id_: before[id_] for id_ in touched - after.keys() - gone}
    refuse_locked(draft, area, after | dict.fromkeys(gone), polygons, assignments)
    event = next_event(draft.connection)
    write_parts(draft, event, nodes, edges)
    write_assignments(draft, assignments)
    written = write_precincts(draft, event, after, gone, polygons)
    after = {row.id: replace(after[row.id], given=row.voters_given) for row in written}
    changes = Changes(nodes, edges, changed_rows(before, after), assignments)
    write_event(
        draft.connection,
        draft.city,
        draft.plan,
        event,
        step.who,
        step.what,
        {"command": step.command, "changes": changes.json()},
        step.of_event,
    )
    return announce(draft, event, changes, written, {id_: before[id_].number for id_ in sorted(gone)})


def changed_rows(before: Mapping[int, PrecinctRow], after: Mapping[int, PrecinctRow]) -> Pairs:
    rows = {id_: (row_of(before.get(id_)), row_of(after.get(id_))) for id_ in before.keys() | after.keys()}
    return {id_: (was, now) for id_, (was, now) in rows.items() if was != now}


def check_numbers(draft: Draft, wanted: Mapping[int, PrecinctRow | None]) -> None:
    """Raises `Conflict` ("plan.number_taken"): as when an undone precinct comes back and somebody has used
    its number."""
    numbers = [row.number for row in wanted.values() if row is not None]
    taken = (
        draft.all(
            "select number from precinct where region = :region and plan_id = :plan and number = "
            "any(:numbers) and not id = any(:ids)",
            numbers=numbers,
            ids=list(wanted),
        )
        if numbers
        else []
    )
    if taken:
        raise Conflict("plan.number_taken", number=taken[0].number)


def number_new_parts(draft: Draft, area: Area, step: Step) -> dict[int, int]:
    """Ids for what is new, nodes and edges in place; returns those of the precincts, by the negative id
    they had."""
    mesh = area.mesh
    new = sorted(
        {id_ for edge in mesh.edges.values() for id_ in (edge.id, edge.from_node, edge.to_node) if id_ < 0},
        reverse=True,
    )
    faces = [id_ for id_ in step.precincts or {} if id_ < 0]
    if not new and not faces:
        return {}
    ids = [
        row[0]
        for row in draft.all(
            "select nextval('plan_part_id_seq') from generate_series(1, :n)", n=len(new) + len(faces)
        )
    ]
    part_ids = dict(zip(new, ids))
    face_ids: dict[int, int] = dict(zip(faces, ids[len(new) :]))
    for edge in list(mesh.edges.values()):
        del mesh.edges[edge.id]
        edge.id, edge.from_node, edge.to_node = (
            part_ids.get(id_, id_) for id_ in (edge.id, edge.from_node, edge.to_node)
        )
        edge.left, edge.right = (
            None if face is None else face_ids.get(face, face) for face in (edge.left, edge.right)
        )
        mesh.edges[edge.id] = edge
    return face_ids


def renumbered(step: Step, ids: Mapping[int, int]) -> Step:
    """The step with the ids of new precincts in place of their negative ones."""
    decided = dict(step.decided or {})
    for building, vote in decided.items():
        if vote is not None:
            precinct, source = vote
            decided[building] = ids.get(precinct, precinct), source
    precincts = {ids.get(id_, id_): row for id_, row in (step.precincts or {}).items()}
    return replace(step, precincts=precincts, decided=decided)


def faces_of(edges: Mapping[int, tuple[Any, ...]]) -> set[int]:
    """The precincts on either side of what changed."""
    return {
        face
        for pair in edges.values()
        for _, _, left, right, _ in filter(None, pair)
        for face in (left, right)
        if face is not None
    }


def polygons_of(
    draft: Draft, area: Area, faces: Sequence[int], gone: set[int], rows: Mapping[int, PrecinctRow]
) -> dict[int, shapely.Geometry]:
    """The faces that changed as their edges make them, a coverage with all around them. A refusal has the
    "place" (lon, lat) where lines cross."""
    try:
        polygons = {face: area.mesh.polygon(face, rows[face].number) for face in faces}
        if polygons:
            everything = {id_: shape for id_, shape in area.polygons.items() if id_ not in gone} | polygons
            topology.check_coverage(
                np.array(list(everything.values()), dtype=object), [rows[id_].number for id_ in everything]
            )
    except InvalidInput as error:
        at = area.mesh.fault_corner()
        raise InvalidInput(
            error.code, **error.parameters, **({"place": draft.lon_lat(at)} if at else {})
        ) from error
    return polygons


def announce(
    draft: Draft, event: int, changes: Changes, written: list[AnyRow], gone: dict[int, int]
) -> Edited:
    payloads = [
        {key: value for key, value in row._mapping.items() if key != "voters_given"} for row in written
    ]
    payloads += [
        {"id": id_, "plan": draft.plan, "version": event, "number": number, "removed": True}
        for id_, number in gone.items()
    ]
    if len(payloads) > RESET_AFTER_ROWS:
        announce_reset(draft.connection, draft.city.region, "precincts")
    else:
        record_many(
            draft.connection,
            draft.city.region,
            "precinct",
            [(payload["id"], event, payload) for payload in payloads],
        )
    moved = [
        {"building": id_, "from": before and before[0], "to": after and after[0]}
        for id_, (before, after) in sorted(changes.assignments.items())
        if (before and before[0]) != (after and after[0])
    ]
    return Edited(
        event,
        there(changes.nodes, event),
        there(changes.edges, event),
        gone_of(changes.nodes),
        gone_of(changes.edges),
        payloads,
        moved,
    )


def there(pairs: Pairs, event: int) -> dict[int, int]:
    """The version of each part that stays or is new."""
    return {id_: event for id_, (_, after) in pairs.items() if after is not None}


def gone_of(pairs: Pairs) -> list[int]:
    return sorted(id_ for id_, (_, after) in pairs.items() if after is None)
