"""What a precinct is besides its ground: its number, its kind, and precincts that have no ground at all.

A closed precinct (a hospital, a barracks) and one abroad have no polygon: the institution is their border,
and houses are theirs because a person said so.
Each command runs in the caller's transaction, is one event and one undo, and also raises what
`geo.plans.editing.draft.Draft.open`, `lock` and `geo.plans.editing.save.save`
raise.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from geo.base import Base, Region
from geo.database import BUSY
from geo.errors import Conflict, InvalidInput
from geo.plans.editing.draft import LOCK_NUMBERS, Author, Draft, PrecinctRow
from geo.plans.editing.give import donors
from geo.plans.editing.operations import NEW, current
from geo.plans.editing.save import Edited, Step, save

GROUNDLESS = ("closed", "abroad")
MOST_NUMBER = 99_999

FORMER = """(select nullif(f.number, p.number) from former_number f
    where f.region = p.region and f.plan_id = p.plan_id and f.precinct_id = p.id)"""
"""SQL over a row `p` of `precinct`: the number it had when the plan began, none where it has it still."""


class FormerNumber(Base):
    """The number that a precinct had before its plan first gave it another. Written once: an undo puts the
    old number back, and nothing is shown."""

    __tablename__ = "former_number"
    region: Mapped[Region]
    plan_id: Mapped[int] = mapped_column(primary_key=True)
    precinct_id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int]


def describe(author: Author, precinct: int, number: int | None = None, kind: str | None = None) -> Edited:
    """Another number or kind; none = as it is. The old number is kept beside the new one.

    Raises `Conflict` ("plan.number_taken"), `InvalidInput` ("plan.number"; "plan.kind_ground" where a
    precinct with ground should lose it, or one without
    should get it: that is a merger, or a new precinct).
    """
    draft = Draft.opened(author)
    draft.take_turns(LOCK_NUMBERS)
    area = draft.lock([precinct], seen=author.seen)
    row = area.known[precinct]
    if kind is not None and (kind in GROUNDLESS) != (precinct not in area.polygons):
        raise InvalidInput("plan.kind_ground", precinct=row.number)
    if number is not None:
        check_number(draft, number, precinct)
        draft.run(
            """insert into former_number (region, plan_id, precinct_id, number) values (:region, :plan, :id,
            :number)
            on conflict do nothing""",
            id=precinct,
            number=row.number,
        )
    command: dict[str, Any] = {
        key: value for key, value in (("number", number), ("kind", kind)) if value is not None
    }
    return save(
        draft,
        area,
        Step(
            "described",
            author.who,
            {"precinct": precinct, **command},
            precincts={precinct: replace(row, **command)},
        ),
    )


def check_number(draft: Draft, number: int, but: int | None = None) -> None:
    if not 1 <= number <= MOST_NUMBER:
        raise InvalidInput("plan.number", number=number, most=MOST_NUMBER)
    if draft.all(
        "select 1 from precinct where region = :region and plan_id = :plan and number = :number "
        "and id is distinct from :but",
        number=number,
        but=but,
    ):
        raise Conflict("plan.number_taken", number=number)


def found(author: Author, kind: str, number: int | None = None, buildings: Collection[int] = ()) -> Edited:
    """A new precinct without ground, closed or abroad; `buildings` vote in it from now on, by hand. `number`
    none: the next free one.

    Raises `InvalidInput` ("plan.kind_ground", "plan.number", "plan.unknown_building"), `Conflict`
    ("plan.number_taken").
    """
    if kind not in GROUNDLESS:
        raise InvalidInput("plan.kind_ground", precinct=number or 0)
    draft = Draft.opened(author)
    draft.take_turns(LOCK_NUMBERS)
    area = draft.lock(current(draft, buildings) if buildings else [], seen=author.seen)
    if number is None:
        number = draft.all(
            "select coalesce(max(number), 0) + 1 as next from precinct where region = :region and "
            "plan_id = :plan"
        )[0].next
    check_number(draft, number)
    decided = dict.fromkeys(buildings, (NEW, "hand"))
    command = {"kind": kind, "number": number, "buildings": sorted(buildings)}
    return save(
        draft,
        area,
        Step(
            "founded",
            author.who,
            command,
            precincts={NEW: PrecinctRow(number, kind, None, None, None)},
            decided=decided,
        ),
    )


def remove(author: Author, precinct: int) -> Edited:
    """A precinct without ground is taken out; its houses vote where they stand. Raises `InvalidInput`
    ("plan.kind_ground" for one with ground)."""
    draft = Draft.opened(author)
    stands = stand_in(draft, precinct)
    area = draft.lock({precinct, *stands}, seen=author.seen)
    if stand_in(draft, precinct) != stands:
        raise Conflict(BUSY)
    if precinct in area.polygons:
        raise InvalidInput("plan.kind_ground", precinct=area.known[precinct].number)
    decided = {building: (face, "geometry") for face, held in stands.items() for building in held}
    return save(
        draft,
        area,
        Step("removed", author.who, {"precinct": precinct}, precincts={precinct: None}, decided=decided),
    )


def stand_in(draft: Draft, precinct: int) -> dict[int, list[int]]:
    """The houses that vote in a precinct, by the precinct whose ground they stand on."""
    houses = [
        row.id
        for row in draft.all(
            """select building_id as id from assignment where region = :region and plan_id = :plan
        and precinct_id = :precinct""",
            precinct=precinct,
        )
    ]
    return donors(draft, houses, NEW)[0] if houses else {}
