"""Language and size of letters of a message on a screen that has no scene to show: those of its scene and
its farthest seat, both from its address alone, since a screen that was turned away has nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dashboard.wall.playlists import find_show
from dashboard.wall.scenes import MOST_SHARE, SCREEN_M, SEAT_M, find_scene
from geo.errors import InvalidInput, NotFound
from geo.ranges import decimal

PREFIX = "/wall/"
NOTICE_SHARE = 0.1
"""The largest letters of a notice, as a share of the screen's height: a sentence in larger ones would not
fit."""


@dataclass(frozen=True)
class Manner:
    """`letter_share`: the size of the letters as a share of the screen's height."""

    language: str
    letter_share: float


def manner_of(path: str, query: Mapping[str, str]) -> Manner | None:
    """The manner of the wall at an address; none for another address, or for a show that does not exist. An
    invalid room is ignored here: it is refused elsewhere."""
    try:
        scene = (
            find_scene(find_show(path.removeprefix(PREFIX)).scenes[0]) if path.startswith(PREFIX) else None
        )
    except NotFound:
        scene = None
    if scene is None:
        return None
    try:
        scene = scene.seen_from(*read_room(query.get("seat_m"), query.get("screen_m")))
    except InvalidInput:
        return Manner(query.get("lang", scene.language), MOST_SHARE)
    return Manner(query.get("lang", scene.language), min(scene.letter_share, NOTICE_SHARE))


def read_room(seat_m: str | None, screen_m: str | None) -> tuple[float | None, float | None]:
    """The farthest seat and the screen's height as the address gives them, metres; none where it does not.
    Raises `InvalidInput` ("wall.metres")."""
    return _metres("seat_m", seat_m, SEAT_M), _metres("screen_m", screen_m, SCREEN_M)


def _metres(name: str, text: str | None, bounds: tuple[float, float]) -> float | None:
    if text is None:
        return None
    if (metres := decimal(text, *bounds)) is None:
        raise InvalidInput(
            "wall.metres", name=name, value=text[:20], low=f"{bounds[0]:g}", high=f"{bounds[1]:g}"
        )
    return metres
