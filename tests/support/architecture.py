"""The picture of the rooms in `CONTRIBUTING.md`, drawn from the imports. `python -m
tests.support.architecture` draws it anew; a test says when it is stale."""

from __future__ import annotations

from pathlib import Path

import grimp

ROOT = Path(__file__).parents[2]
FILE = ROOT / "CONTRIBUTING.md"
BEGIN, END = "<!-- the rooms: begin -->", "<!-- the rooms: end -->"
TOPS = ("dashboard", "layers", "etl", "geo")

Arrows = dict[str, set[str]]


def arrows() -> Arrows:
    """Room -> the rooms that its modules import. Modules beside the rooms, such as `geo.settings`, are left
    out: everybody imports them."""
    graph = grimp.build_graph(*TOPS, cache_dir=None)
    rooms = {module for module in graph.modules if module.count(".") == 1 and graph.find_children(module)}
    found: Arrows = {room: set() for room in rooms}
    for module in graph.modules:
        imported = {room_of(other) for other in graph.find_modules_directly_imported_by(module)}
        if (room := room_of(module)) in rooms:
            found[room] |= (imported & rooms) - {room}
    return found


def room_of(module: str) -> str:
    return ".".join(module.split(".")[:2])


def without_implied(found: Arrows) -> Arrows:
    """Without an arrow that leads where a way of several arrows leads too: what is left can be read."""
    return {
        room: {to for to in onto if not any(to in reached(found, other) for other in onto - {to})}
        for room, onto in found.items()
    }


def reached(found: Arrows, room: str) -> set[str]:
    """Every room that one can come to from `room`."""
    seen: set[str] = set()
    ahead = list(found[room])
    while ahead:
        if (here := ahead.pop()) not in seen:
            seen.add(here)
            ahead += found[here]
    return seen


def drawn(found: Arrows) -> str:
    """The rooms in Mermaid, a frame for each top-level package."""
    lines = ["```mermaid", "flowchart TD"]
    for top in TOPS:
        inside = sorted(room for room in found if room.startswith(f"{top}."))
        lines += [
            f"    subgraph {top}",
            *(f"        {room}[{room.split('.')[1]}]" for room in inside),
            "    end",
        ]
    lines += [f"    {room} --> {to}" for room, onto in sorted(found.items()) for to in sorted(onto)]
    return "\n".join([*lines, "```"])


def with_picture(page: str) -> str:
    """The page with the picture of today between its two marks."""
    before, rest = page.split(BEGIN)
    return "\n".join([before + BEGIN, drawn(without_implied(arrows())), END + rest.split(END)[1]])


if __name__ == "__main__":
    FILE.write_text(with_picture(FILE.read_text(encoding="utf-8")), encoding="utf-8")
