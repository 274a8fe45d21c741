"""What an operator does to the walls from `/map`: `GET /api/v1/wall` says what they show, `POST
/api/v1/wall/<action>` holds, releases, silences.

Actions: `hold` and `release` {"show", "scene"} a playlist; `hold_incident` the critical incident that has the
wall; `release_incident` {"incident"} the turn of one, without it that of the one that has the wall; `silence`
and `sound`. Each answers 204, is written to the audit, and
reaches every screen through the change feed. 404 when there is nothing to hold or release.
"""

from __future__ import annotations

from typing import ClassVar

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from pydantic import Field

from dashboard.request_context import RequestContext, current
from dashboard.routes import Body, read_body
from dashboard.wall.playlists import find_show, shows
from dashboard.wall.scenes import find_scene
from geo import wall
from geo.errors import NotFound
from layers.executors import CARDS

router = APIRouter(prefix="/api/v1/wall", include_in_schema=False)


class WallBody(Body):
    refusal: ClassVar[str] = "wall.asked"

    show: str = Field("", max_length=80)
    scene: str = Field("", max_length=80)
    incident: int | None = Field(None, ge=1, lt=2**63)


@router.get("")
async def state() -> JSONResponse:
    """{"shows": [{"key", "name", "turns": [[scene, seconds], ...], "names": {scene: name}}], "state": as
    `geo.wall.read_state`}."""
    context = current()
    shown = await context.run(CARDS, wall.read_state, context.web, context.settings.city.region)
    return JSONResponse({"shows": await context.run(CARDS, _shows, context.language), "state": shown})


@router.post("/{action}")
async def act(request: Request, action: str) -> Response:
    """Raises `NotFound` for an action, a show or a scene that is none."""
    body = await read_body(request, WallBody)
    if action not in ACTIONS:
        raise NotFound("wall.action", action=action[:40], known=", ".join(ACTIONS))
    await current().run(CARDS, ACTIONS[action], current(), body)
    return Response(status_code=204)


def _shows(lang: str) -> list[dict]:
    return [
        show.as_json()
        | {"name": show.names[lang], "names": {scene: find_scene(scene).names[lang] for scene in show.scenes}}
        for show in shows()
    ]


def _hold(context: RequestContext, body: WallBody) -> None:
    show = find_show(body.show)
    if body.scene not in show.scenes:
        raise NotFound("scene.unknown", scene=body.scene, known=", ".join(show.scenes))
    wall.hold_scene(context.web, context.settings.city.region, show.key, body.scene, context.principal.name)


def _release(context: RequestContext, body: WallBody) -> None:
    wall.release_scene(context.web, context.settings.city.region, body.show, context.principal.name)


def _hold_incident(context: RequestContext, body: WallBody) -> None:
    wall.hold_incident(context.web, context.settings.city.region, context.principal.name)


def _release_incident(context: RequestContext, body: WallBody) -> None:
    wall.release_incident(context.web, context.settings.city.region, context.principal.name, body.incident)


def _silence(context: RequestContext, body: WallBody) -> None:
    wall.silence(context.web, context.settings.city.region, context.principal.name, True)


def _sound(context: RequestContext, body: WallBody) -> None:
    wall.silence(context.web, context.settings.city.region, context.principal.name, False)


ACTIONS = {
    "hold": _hold,
    "release": _release,
    "hold_incident": _hold_incident,
    "release_incident": _release_incident,
    "silence": _silence,
    "sound": _sound,
}
