"""What an operator does to the walls from `/map`: `GET /api/v1/wall` says what they show, `POST
/api/v1/wall/<action>` holds, releases, silences.

Actions: `hold` and `release` {"show", "scene"} a playlist; `hold_incident` and `release_incident` the
critical incident that has the wall; `silence` and `sound`. Each answers 204, is written to the audit, and
reaches every screen through the change feed. 404 when there is nothing to hold or release.
"""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field, ValidationError

from dashboard.request_context import Visit, current
from dashboard.wall.playlists import find_show, shows
from dashboard.wall.scenes import find_scene
from geo import wall
from geo.errors import InvalidInput, NotFound
from layers.executors import CARDS

router = APIRouter(prefix="/api/v1/wall", include_in_schema=False)


class Asked(BaseModel, extra="forbid"):
    show: str = Field("", max_length=80)
    scene: str = Field("", max_length=80)


@router.get("")
async def tell() -> JSONResponse:
    """{"shows": [{"key", "name", "turns": [[scene, seconds], ...], "names": {scene: name}}], "state": as
    `geo.wall.read_state`}."""
    visit = current()
    state = await visit.run(CARDS, wall.read_state, visit.web, visit.settings.city.region)
    return JSONResponse({"shows": await visit.run(CARDS, _shows, visit.language), "state": state})


@router.post("/{action}")
async def act(request: Request, action: str) -> Response:
    """Raises `NotFound` for an action, a show or a scene that is none."""
    try:
        asked = Asked.model_validate_json(await request.body() or b"{}")
    except ValidationError as error:
        raise InvalidInput("wall.asked") from error
    if action not in ACTIONS:
        raise NotFound("wall.action", action=action[:40], known=", ".join(ACTIONS))
    await current().run(CARDS, ACTIONS[action], current(), asked)
    return Response(status_code=204)


def _shows(lang: str) -> list[dict]:
    return [
        show.as_json()
        | {"name": show.names[lang], "names": {scene: find_scene(scene).names[lang] for scene in show.scenes}}
        for show in shows()
    ]


def _hold(visit: Visit, asked: Asked) -> None:
    show = find_show(asked.show)
    if asked.scene not in show.scenes:
        raise NotFound("scene.unknown", scene=asked.scene, known=", ".join(show.scenes))
    wall.hold_scene(visit.web, visit.settings.city.region, show.key, asked.scene, visit.principal.name)


def _release(visit: Visit, asked: Asked) -> None:
    wall.release_scene(visit.web, visit.settings.city.region, asked.show, visit.principal.name)


def _hold_incident(visit: Visit, asked: Asked) -> None:
    wall.hold_incident(visit.web, visit.settings.city.region, visit.principal.name)


def _release_incident(visit: Visit, asked: Asked) -> None:
    wall.release_incident(visit.web, visit.settings.city.region, visit.principal.name)


def _silence(visit: Visit, asked: Asked) -> None:
    wall.silence(visit.web, visit.settings.city.region, visit.principal.name, True)


def _sound(visit: Visit, asked: Asked) -> None:
    wall.silence(visit.web, visit.settings.city.region, visit.principal.name, False)


ACTIONS = {
    "hold": _hold,
    "release": _release,
    "hold_incident": _hold_incident,
    "release_incident": _release_incident,
    "silence": _silence,
    "sound": _sound,
}
