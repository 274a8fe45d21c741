"""What everybody is told of an incident or a mass event: `POST /api/v1/incidents/<incident>/alert` and
`.../mass-events/<event>/alert` with {"key", "version", "wish"}; the wish has severity, urgency, certainty,
valid_h and, for each language of the city, headline_ru, description_ru and, if wanted, instruction_ru.

An alert that stands is updated; the answer says which message was written and where it is read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import Field, StringConstraints

from dashboard.api.incidents.actions import ActionBody, PathId, caller
from dashboard.routes import read_body, respond
from dashboard.words import word
from geo.exchange.alerts import LONGEST_HOURS, PARTS, Notice, PublishedAlert
from geo.exchange.declared import declare_event, declare_incident
from geo.ranges import Id
from geo.settings import City

Name = Annotated[str, StringConstraints(pattern=r"^[a-z_]{2,30}$")]
Text = Annotated[str, StringConstraints(max_length=max(PARTS.values()))]
Declare = Callable[..., PublishedAlert]

router = APIRouter(prefix="/api/v1/incidents", include_in_schema=False)


class AlertBody(ActionBody):
    """`version`: the subject's that the officer looked at; the texts are their own, so nothing of it is
    compared."""

    version: Id
    wish: Annotated[dict[Name, Text | Annotated[int, Field(ge=1, le=LONGEST_HOURS)]], Field(max_length=20)]


@router.post("/{incident}/alert")
async def alert_of_incident(request: Request, incident: PathId) -> JSONResponse:
    return await publish(request, incident, declare_incident)


@router.post("/mass-events/{event}/alert")
async def alert_of_event(request: Request, event: PathId) -> JSONResponse:
    return await publish(request, event, declare_event)


async def publish(request: Request, subject: int, declare: Declare) -> JSONResponse:
    body, (city, principal) = await read_body(request, AlertBody), caller()
    notice = notice_of(city, body.wish)

    def published(connection: Any) -> dict[str, Any]:
        done = declare(connection, city, principal, subject, notice, body.key)
        return {
            "number": done.id,
            "address": f"/api/cap/v1/alerts/{done.identifier}.xml",
            "at": datetime.now(UTC).timestamp(),
            "undo_s": 0,
            "message": word(f"duty.done.alert.{done.message.lower()}"),
        }

    return await respond(request, published)


def notice_of(city: City, wish: dict[str, Any]) -> Notice:
    """`geo.exchange.alerts` checks it."""
    texts = {
        lang: {part: str(wish[name]) for part in PARTS if (name := f"{part}_{lang}") in wish}
        for lang in city.languages
    }
    hours = wish.get("valid_h", 0)
    return Notice(
        str(wish.get("severity", "")),
        str(wish.get("urgency", "")),
        str(wish.get("certainty", "Observed")),
        float(hours) if isinstance(hours, int) else 0.0,
        texts,
    )
